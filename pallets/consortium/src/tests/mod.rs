//! Tests of the consortium's powers, by topic.

mod credits;
mod property;
mod sessions;
mod sizes;
mod slots;
mod upgrade;
mod validators;
