//! What holds of the stored trails after every call.

use crate::{Config, Pallet, Trails};
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// A stored trail has entries, and its head is no longer the origin.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		for (customer, trail) in Trails::<T>::iter() {
			ensure!(trail.entries > 0, "a trail without entries is stored");
			ensure!(
				trail.head != Self::origin(&customer),
				"a trail's head does not cover its entries"
			);
		}
		Ok(())
	}
}
