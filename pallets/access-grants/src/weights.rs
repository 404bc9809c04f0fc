//! What the calls cost. Those of `()` are rough, for tests; a runtime takes what
//! `scripts/benchmark.sh` measured on it.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What each call and each step of the idle work costs.
pub trait WeightInfo {
	/// A grant to one customer, to a member of another organisation.
	fn grant() -> Weight;
	/// A grant to one customer revoked.
	fn revoke() -> Weight;
	/// A grant to one customer revoked by it.
	fn revoke_own() -> Weight;
	/// A policy replaced.
	fn set_policy() -> Weight;
	/// `n` customers under a grant to all of a controller's, all authorised but the last, for which
	/// the account is suspended.
	fn request_access(n: u32) -> Weight;
	/// `n` customers under no grant, each of another controller, whose policies all suspend the
	/// account.
	fn request_access_at_fault(n: u32) -> Weight;
	/// A denial for which the account is suspended.
	fn break_glass() -> Weight;
	/// A pending review done.
	fn review() -> Weight;
	/// An account reinstated by one of as many controllers as a request can name.
	fn reinstate() -> Weight;
	/// Deleting one grant of an erased customer, for the pallet that sweeps.
	fn sweep_value() -> Weight;
	/// Checking one pending review and reporting it.
	fn report_overdue() -> Weight;
}

fn rough(micros: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(micros.saturating_mul(1_000_000), 0)
		.saturating_add(ParityDbWeight::get().reads_writes(reads, writes))
}

impl WeightInfo for () {
	fn grant() -> Weight {
		rough(80, 11, 5)
	}
	fn revoke() -> Weight {
		rough(70, 7, 5)
	}
	fn revoke_own() -> Weight {
		rough(70, 7, 5)
	}
	fn set_policy() -> Weight {
		rough(30, 4, 1)
	}
	fn request_access(n: u32) -> Weight {
		rough(80, 10, 6).saturating_add(rough(40, 4, 1).saturating_mul(n.into()))
	}
	fn request_access_at_fault(n: u32) -> Weight {
		rough(80, 7, 2).saturating_add(rough(60, 5, 3).saturating_mul(n.into()))
	}
	fn break_glass() -> Weight {
		rough(80, 9, 5)
	}
	fn review() -> Weight {
		rough(60, 6, 3)
	}
	fn reinstate() -> Weight {
		rough(70, 7, 4)
	}
	fn sweep_value() -> Weight {
		rough(40, 4, 4)
	}
	fn report_overdue() -> Weight {
		rough(20, 4, 2)
	}
}
