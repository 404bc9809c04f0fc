//! Tests of the calls, by topic.

mod as_of;
mod erasure;
mod expiry;
mod free;
mod giving;
mod lawfulness;
mod objecting;
mod property;
mod purposes;
mod queries;
mod recording;
mod signed;
mod sizes;
mod withdrawing;
