//! What the calls cost. Those of `()` are rough, for tests; a runtime takes what
//! `scripts/benchmark.sh` measured on it.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What each call costs.
pub trait WeightInfo {
	/// A report about one of `n` validators.
	fn report_equivocation_unsigned(n: u32) -> Weight;
}

impl WeightInfo for () {
	fn report_equivocation_unsigned(n: u32) -> Weight {
		Weight::from_parts(350_000_000, 5_000)
			.saturating_add(Weight::from_parts(200_000, 100).saturating_mul(n.into()))
			.saturating_add(ParityDbWeight::get().reads_writes(12, 8))
	}
}
