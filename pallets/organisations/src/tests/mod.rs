//! Tests of organisations and members, by topic.

mod genesis;
mod invariants;
mod members;
mod property;
mod recovery;
mod registration;
mod sizes;
mod suspension;
