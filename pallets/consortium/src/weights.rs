//! Weights of the calls: generous estimates, for as long as the runtime has none that `scripts/benchmark.sh`
//! measured.

use core::marker::PhantomData;
use frame_support::{
	traits::Get,
	weights::{constants::RocksDbWeight, Weight},
};

/// What each call costs.
pub trait WeightInfo {
	/// An upgrade authorised.
	fn authorise_upgrade() -> Weight;
	/// The first credits of an organisation.
	fn issue_credits() -> Weight;
}

/// Weights on a chain whose database has the weights of its `frame_system`.
pub struct SubstrateWeight<T>(PhantomData<T>);

impl<T: frame_system::Config> WeightInfo for SubstrateWeight<T> {
	fn authorise_upgrade() -> Weight {
		Weight::from_parts(25_000_000, 0).saturating_add(T::DbWeight::get().writes(1))
	}
	fn issue_credits() -> Weight {
		Weight::from_parts(80_000_000, 3_593).saturating_add(T::DbWeight::get().reads_writes(3, 2))
	}
}

impl WeightInfo for () {
	fn authorise_upgrade() -> Weight {
		Weight::from_parts(25_000_000, 0).saturating_add(RocksDbWeight::get().writes(1))
	}
	fn issue_credits() -> Weight {
		Weight::from_parts(80_000_000, 3_593)
			.saturating_add(RocksDbWeight::get().reads_writes(3, 2))
	}
}
