
//! Estimated weights for `pallet_equivocation`, to be measured by `scripts/benchmark.sh`.

#![cfg_attr(rustfmt, rustfmt_skip)]
#![allow(unused_parens)]
#![allow(unused_imports)]
#![allow(missing_docs)]

use frame_support::{traits::Get, weights::Weight};
use core::marker::PhantomData;

/// Weight functions for `pallet_equivocation`.
pub struct WeightInfo<T>(PhantomData<T>);
impl<T: frame_system::Config> pallet_equivocation::WeightInfo for WeightInfo<T> {
	fn report_equivocation_unsigned(n: u32) -> Weight {
		Weight::from_parts(350_000_000, 10_000)
			.saturating_add(Weight::from_parts(500_000, 100).saturating_mul(n.into()))
			.saturating_add(T::DbWeight::get().reads(14))
			.saturating_add(T::DbWeight::get().reads(u64::from(n)))
			.saturating_add(T::DbWeight::get().writes(10))
	}
}
