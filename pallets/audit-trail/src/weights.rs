//! Weights of appending, measured by `scripts/benchmark.sh`.

use frame_support::weights::{constants::RocksDbWeight, Weight};

/// What it costs to append.
pub trait WeightInfo {
	/// One entry with the largest action.
	fn append() -> Weight;
}

impl WeightInfo for () {
	fn append() -> Weight {
		Weight::from_parts(20_000_000, 3_537)
			.saturating_add(RocksDbWeight::get().reads_writes(3, 1))
	}
}
