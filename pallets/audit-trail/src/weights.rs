//! What appending costs. Those of `()` are rough, for tests; a runtime takes what
//! `scripts/benchmark.sh` measured on it.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What it costs to append.
pub trait WeightInfo {
	/// One entry with the largest action.
	fn append() -> Weight;
}

impl WeightInfo for () {
	fn append() -> Weight {
		Weight::from_parts(20_000_000, 3_537)
			.saturating_add(ParityDbWeight::get().reads_writes(3, 1))
	}
}
