//! What the calls cost. Those of `()` are rough, for tests; a runtime takes what
//! `scripts/benchmark.sh` measured on it.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What each call costs.
pub trait WeightInfo {
	/// The last peer that the organisation can list.
	fn add_peer() -> Weight;
	/// A peer of an organisation that lists as many as it can.
	fn remove_peer() -> Weight;
	/// A list that was not enforced.
	fn enforce() -> Weight;
}

impl WeightInfo for () {
	fn add_peer() -> Weight {
		Weight::from_parts(40_000_000, 4_000)
			.saturating_add(ParityDbWeight::get().reads_writes(6, 3))
	}
	fn remove_peer() -> Weight {
		Weight::from_parts(45_000_000, 4_000)
			.saturating_add(ParityDbWeight::get().reads_writes(7, 3))
	}
	fn enforce() -> Weight {
		Weight::from_parts(15_000_000, 1_500)
			.saturating_add(ParityDbWeight::get().reads_writes(2, 1))
	}
}
