//! What the calls cost. Those of `()` are rough, for tests; a runtime takes what
//! `scripts/benchmark.sh` measured on it.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What each call costs.
pub trait WeightInfo {
	/// An upgrade authorised.
	fn authorise_upgrade() -> Weight;
	/// The first credits of an organisation.
	fn issue_credits() -> Weight;
}

impl WeightInfo for () {
	fn authorise_upgrade() -> Weight {
		Weight::from_parts(25_000_000, 0).saturating_add(ParityDbWeight::get().writes(1))
	}
	fn issue_credits() -> Weight {
		Weight::from_parts(80_000_000, 3_593)
			.saturating_add(ParityDbWeight::get().reads_writes(3, 2))
	}
}
