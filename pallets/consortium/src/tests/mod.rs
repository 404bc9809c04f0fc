//! Tests of the consortium's powers, by topic.

mod credits;
mod property;
mod sizes;
mod slots;
mod upgrade;
