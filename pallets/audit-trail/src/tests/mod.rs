//! Tests of the trail, by topic.

mod chain;
mod property;
