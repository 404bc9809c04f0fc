//! What the calls cost. Those of `()` are rough, for tests; a runtime takes what
//! `scripts/benchmark.sh` measured on it.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What each call and each step of the idle work costs.
pub trait WeightInfo {
	/// `c` customers with `r` records in all.
	fn register(c: u32, r: u32) -> Weight {
		Self::register_records(r)
			.saturating_sub(Self::register_records(0))
			.saturating_add(Self::register_customers(c))
	}
	/// `c` customers without records.
	fn register_customers(c: u32) -> Weight;
	/// A full batch of customers with `r` records in all.
	fn register_records(r: u32) -> Weight;
	/// A record sealed anew.
	fn seal() -> Weight;
	/// `i` interactions.
	fn record_interactions(i: u32) -> Weight;
	/// An expired invitation replaced, for a claimed customer.
	fn invite() -> Weight;
	/// A pending invitation revoked.
	fn revoke_invitation() -> Weight;
	/// A customer claimed from another account.
	fn claim() -> Weight;
	/// A veto by the last guardian.
	fn veto_invitation() -> Weight;
	/// The last guardian that fits appointed.
	fn appoint_guardian() -> Weight;
	/// The last guardian dismissed.
	fn dismiss_guardian() -> Weight;
	/// Asked for by the last guardian.
	fn request_erasure() -> Weight;
	/// A hold that moves a pending erasure.
	fn place_hold() -> Weight;
	/// A lift that moves a pending erasure.
	fn lift_hold() -> Weight;
	/// A customer with all that it can have.
	fn erase() -> Weight;
	/// Taking an erased customer from the queue.
	fn sweep_queue() -> Weight;
	/// Deleting one value of an erased customer.
	fn sweep_value() -> Weight;
	/// Checking one pending erasure and reporting it.
	fn report_overdue() -> Weight;
}

fn rough(micros: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(micros.saturating_mul(1_000_000), 0)
		.saturating_add(ParityDbWeight::get().reads_writes(reads, writes))
}

impl WeightInfo for () {
	fn register_customers(c: u32) -> Weight {
		rough(50, 3, 0).saturating_add(rough(40, 2, 2).saturating_mul(c.into()))
	}
	fn register_records(r: u32) -> Weight {
		Self::register_customers(256).saturating_add(rough(30, 1, 1).saturating_mul(r.into()))
	}
	fn seal() -> Weight {
		rough(60, 6, 2)
	}
	fn record_interactions(i: u32) -> Weight {
		rough(50, 3, 0).saturating_add(rough(30, 2, 1).saturating_mul(i.into()))
	}
	fn invite() -> Weight {
		rough(80, 9, 6)
	}
	fn revoke_invitation() -> Weight {
		rough(60, 7, 4)
	}
	fn claim() -> Weight {
		rough(80, 9, 8)
	}
	fn veto_invitation() -> Weight {
		rough(60, 7, 4)
	}
	fn appoint_guardian() -> Weight {
		rough(60, 8, 4)
	}
	fn dismiss_guardian() -> Weight {
		rough(60, 8, 4)
	}
	fn request_erasure() -> Weight {
		rough(60, 7, 3)
	}
	fn place_hold() -> Weight {
		rough(60, 7, 4)
	}
	fn lift_hold() -> Weight {
		rough(60, 7, 4)
	}
	fn erase() -> Weight {
		rough(150, 16, 16)
	}
	fn sweep_queue() -> Weight {
		rough(20, 2, 1)
	}
	fn sweep_value() -> Weight {
		rough(20, 2, 1)
	}
	fn report_overdue() -> Weight {
		rough(20, 4, 2)
	}
}
