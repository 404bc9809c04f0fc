//! Tests of the list of peers, by topic.

mod enforcement;
mod genesis;
mod invariants;
mod listing;
mod property;
mod sizes;
