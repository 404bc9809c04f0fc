//! What holds after every call.

use crate::{Config, Pallet, ValidatorList};
use codec::Encode;
use frame_support::ensure;
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// An upgrade is never authorised without a check of its version: nobody has Root, by which
	/// `frame_system` would let the check be skipped. No validator is listed twice.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		if let Some(authorisation) = frame_system::Pallet::<T>::authorized_upgrade() {
			// Its fields are private: the hash comes first, then whether the version is checked.
			ensure!(
				authorisation.encode().last() == Some(&1),
				"an upgrade is authorised without a check of its version"
			);
		}
		let mut validators = T::Validators::validators();
		let listed = validators.len();
		validators.sort();
		validators.dedup();
		ensure!(validators.len() == listed, "a validator is listed twice");
		Ok(())
	}
}
