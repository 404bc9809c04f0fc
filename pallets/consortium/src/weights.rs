//! What the calls cost. Those of `()` are rough, for tests; a runtime takes what
//! `scripts/benchmark.sh` measured on it.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What each call costs.
pub trait WeightInfo {
	/// An upgrade authorised.
	fn authorise_upgrade() -> Weight;
	/// The first credits of an organisation.
	fn issue_credits() -> Weight;
	/// One more validator on a full list.
	fn add_validator() -> Weight;
	/// One validator fewer on a full list.
	fn remove_validator() -> Weight;
	/// One validator for another on a full list.
	fn replace_validator() -> Weight;
}

impl WeightInfo for () {
	fn authorise_upgrade() -> Weight {
		Weight::from_parts(25_000_000, 0).saturating_add(ParityDbWeight::get().writes(1))
	}
	fn issue_credits() -> Weight {
		Weight::from_parts(80_000_000, 3_593)
			.saturating_add(ParityDbWeight::get().reads_writes(3, 2))
	}
	fn add_validator() -> Weight {
		Weight::from_parts(100_000_000, 10_000)
			.saturating_add(ParityDbWeight::get().reads_writes(2, 1))
	}
	fn remove_validator() -> Weight {
		Weight::from_parts(200_000_000, 400_000)
			.saturating_add(ParityDbWeight::get().reads_writes(102, 1))
	}
	fn replace_validator() -> Weight {
		Self::add_validator().saturating_add(Self::remove_validator())
	}
}
