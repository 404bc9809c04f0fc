//! Tests of the calls, by topic.

mod break_glass;
mod decisions;
mod dry_run;
mod erasure;
mod grants;
mod policies;
mod property;
mod queries;
mod refusals;
mod revocation;
mod scope;
mod sizes;
mod suspension;
