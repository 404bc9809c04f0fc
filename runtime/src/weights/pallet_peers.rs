
//! Weights for `pallet_peers`, estimated from what calls of the same reads and writes cost in the
//! other pallets; `scripts/benchmark.sh` measures them and writes this file anew.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]

use frame_support::{traits::Get, weights::Weight};
use core::marker::PhantomData;

/// Weight functions for `pallet_peers`.
pub struct WeightInfo<T>(PhantomData<T>);
impl<T: frame_system::Config> pallet_peers::WeightInfo for WeightInfo<T> {
	/// Storage: `Organisations::Members` (r:1 w:0)
	/// Storage: `Organisations::Organisations` (r:1 w:0)
	/// Storage: `AccessGrants::Suspensions` (r:1 w:0)
	/// Storage: `Peers::Owners` (r:1 w:1)
	/// Storage: `Peers::Peers` (r:1 w:1)
	/// Storage: `Peers::CounterForOwners` (r:1 w:1)
	fn add_peer() -> Weight {
		Weight::from_parts(45_000_000, 0)
			.saturating_add(Weight::from_parts(0, 4547))
			.saturating_add(T::DbWeight::get().reads(6))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// Storage: `Organisations::Members` (r:1 w:0)
	/// Storage: `Organisations::Organisations` (r:1 w:0)
	/// Storage: `AccessGrants::Suspensions` (r:1 w:0)
	/// Storage: `Peers::Owners` (r:1 w:1)
	/// Storage: `Peers::CounterForOwners` (r:1 w:1)
	/// Storage: `Peers::Enforced` (r:1 w:0)
	/// Storage: `Peers::Peers` (r:1 w:1)
	fn remove_peer() -> Weight {
		Weight::from_parts(50_000_000, 0)
			.saturating_add(Weight::from_parts(0, 4547))
			.saturating_add(T::DbWeight::get().reads(7))
			.saturating_add(T::DbWeight::get().writes(3))
	}
	/// Storage: `Peers::Enforced` (r:1 w:1)
	/// Storage: `Peers::CounterForOwners` (r:1 w:0)
	fn enforce() -> Weight {
		Weight::from_parts(15_000_000, 0)
			.saturating_add(Weight::from_parts(0, 1489))
			.saturating_add(T::DbWeight::get().reads(2))
			.saturating_add(T::DbWeight::get().writes(1))
	}
}
