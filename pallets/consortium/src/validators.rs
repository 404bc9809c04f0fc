//! Who validates: the list that the session's validators are taken from.

use crate::{Config, Error, Event, MinimumValidators, Pallet};
use alloc::vec::Vec;
use frame_support::ensure;
use sp_runtime::DispatchResult;

/// The list of validators and what is known of them.
pub trait ValidatorList<AccountId> {
	/// All validators on the list.
	fn validators() -> Vec<AccountId>;

	/// Whether `who` has set session keys, without which it can neither author nor vote.
	fn has_keys(who: &AccountId) -> bool;

	/// Puts `who`, which is not on the list, on it.
	///
	/// Fails where the list is full.
	fn add(who: AccountId) -> DispatchResult;

	/// Takes `who`, which is on the list, off it.
	fn remove(who: AccountId) -> DispatchResult;

	/// Sets session keys for `who`, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn set_keys(who: &AccountId);
}

impl<T: Config> Pallet<T> {
	pub(crate) fn do_add_validator(who: T::AccountId) -> DispatchResult {
		ensure!(!T::Validators::validators().contains(&who), Error::<T>::AlreadyExists);
		ensure!(T::Validators::has_keys(&who), Error::<T>::NoSessionKeys);
		T::Validators::add(who.clone())?;
		Self::deposit_event(Event::ValidatorAdded { validator: who });
		Ok(())
	}

	pub(crate) fn do_remove_validator(who: T::AccountId) -> DispatchResult {
		let validators = T::Validators::validators();
		ensure!(validators.contains(&who), Error::<T>::NotFound);
		let left = validators.iter().filter(|one| **one != who && T::Validators::has_keys(one));
		ensure!(left.count() >= Self::minimum(), Error::<T>::TooFewValidators);
		T::Validators::remove(who.clone())?;
		Self::deposit_event(Event::ValidatorRemoved { validator: who });
		Ok(())
	}

	pub(crate) fn do_replace_validator(old: T::AccountId, new: T::AccountId) -> DispatchResult {
		ensure!(T::Validators::validators().contains(&old), Error::<T>::NotFound);
		// Added first: where the least number validates, none can be spared.
		Self::do_add_validator(new)?;
		Self::do_remove_validator(old)
	}

	/// Takes a validator that was convicted of an offence off the list, unless too few were left.
	///
	/// Does nothing where it is not on the list any more.
	pub fn exclude_validator(who: T::AccountId) {
		// Whom the chain cannot spare the council must first replace.
		if Self::do_remove_validator(who.clone()) == Err(Error::<T>::TooFewValidators.into()) {
			Self::deposit_event(Event::OffenderRemains { validator: who });
		}
	}

	/// The fewest validators that there may be, at least one: without any the chain would stand
	/// still for good.
	pub fn minimum() -> usize {
		MinimumValidators::<T>::get().max(1) as usize
	}
}
