//! Tests of the calls, by topic.

mod binding;
mod erasure;
mod free;
mod property;
mod queries;
mod registration;
mod sizes;
