//! Tests of the reports, by topic.

mod evidence;
mod history;
mod pool;
mod property;
mod reports;
mod sizes;

use crate::{mock::*, EquivocationProof};

/// Validator `n` authored two blocks in slot 7.
fn proof(n: u64) -> EquivocationProof<Test> {
	EquivocationProof::<Test> {
		offender: sp_core::Pair::public(&key(n)),
		slot: 7.into(),
		first_header: sealed(&key(n), 7, 1),
		second_header: sealed(&key(n), 7, 2),
	}
}
