//! What the calls cost. Those of `()` are rough, for tests; a runtime takes what
//! `scripts/benchmark.sh` measured on it.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What each call costs.
pub trait WeightInfo {
	/// An organisation with the longest name.
	fn register() -> Weight;
	/// An active organisation suspended.
	fn suspend() -> Weight;
	/// A suspended organisation reinstated.
	fn reinstate() -> Weight;
	/// An account that was no member.
	fn appoint_admin() -> Weight;
	/// An account that was no member.
	fn add_member() -> Weight;
	/// An admin made agent.
	fn set_roles() -> Weight;
	/// An account that exists as a member only.
	fn remove_member() -> Weight;
}

impl WeightInfo for () {
	fn register() -> Weight {
		Weight::from_parts(60_000_000, 3_593)
			.saturating_add(ParityDbWeight::get().reads_writes(6, 5))
	}
	fn suspend() -> Weight {
		Weight::from_parts(30_000_000, 3_527)
			.saturating_add(ParityDbWeight::get().reads_writes(1, 1))
	}
	fn reinstate() -> Weight {
		Weight::from_parts(30_000_000, 3_527)
			.saturating_add(ParityDbWeight::get().reads_writes(1, 1))
	}
	fn appoint_admin() -> Weight {
		Weight::from_parts(50_000_000, 3_593)
			.saturating_add(ParityDbWeight::get().reads_writes(4, 3))
	}
	fn add_member() -> Weight {
		Weight::from_parts(50_000_000, 6_046)
			.saturating_add(ParityDbWeight::get().reads_writes(5, 3))
	}
	fn set_roles() -> Weight {
		Weight::from_parts(50_000_000, 6_046)
			.saturating_add(ParityDbWeight::get().reads_writes(3, 2))
	}
	fn remove_member() -> Weight {
		Weight::from_parts(60_000_000, 6_046)
			.saturating_add(ParityDbWeight::get().reads_writes(4, 3))
	}
}
