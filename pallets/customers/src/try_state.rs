//! What holds of the stored customers after every call. Each map is gone through once.

use crate::{
	Binding, Bindings, Config, Customers, Erasures, Guardians, Invitations, Pallet, Records,
	Sweeping,
};
use consentry_primitives::{day_of, DueDay};
use frame_support::{ensure, pallet_prelude::Get};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Customers and the maps beside them agree with each other.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		Self::check_customers()?;
		Self::check_bindings()?;
		for customer in Records::<T>::iter_keys().map(|(customer, _)| customer) {
			let live = Customers::<T>::get(customer).is_some_and(|c| c.erased.is_none());
			ensure!(
				live || Sweeping::<T>::contains_key(customer),
				"a record outlived its customer"
			);
		}
		Ok(())
	}

	fn check_customers() -> Result<(), TryRuntimeError> {
		let mut pending = 0usize;
		for (id, customer) in Customers::<T>::iter() {
			if let Some(account) = &customer.account {
				ensure!(
					Bindings::<T>::get(account) == Some(Binding::Customer(id)),
					"a customer's account is not bound to it"
				);
			}
			if let Some(due) = customer.erasure_due(T::ErasurePeriod::get()) {
				let key = (customer.controller, DueDay::from(day_of(due)), id);
				ensure!(Erasures::<T>::contains_key(key), "a pending erasure is not indexed");
				pending = pending.saturating_add(1);
			}
			if customer.erased.is_some() {
				let bare = customer.account.is_none()
					&& customer.erasure_requested.is_none()
					&& customer.held_until.is_none()
					&& !Invitations::<T>::contains_key(id)
					&& !Guardians::<T>::contains_key(id);
				ensure!(bare, "a tombstone holds more than it may");
			}
		}
		ensure!(Erasures::<T>::iter_keys().count() == pending, "an indexed erasure is not pending");
		Ok(())
	}

	fn check_bindings() -> Result<(), TryRuntimeError> {
		let mut bound = 0usize;
		for (account, binding) in Bindings::<T>::iter() {
			let held = match binding {
				Binding::Invited(id) => Invitations::<T>::get(id).is_some_and(|i| i.key == account),
				Binding::Customer(id) => {
					let customer = Customers::<T>::get(id);
					customer.is_some_and(|customer| customer.account.as_ref() == Some(&account))
				},
				Binding::Guardian(id) => {
					Guardians::<T>::get(id).iter().any(|g| g.account == account)
				},
				Binding::Spent => continue,
			};
			ensure!(held, "an account is bound to a customer that does not know it");
			ensure!(
				frame_system::Pallet::<T>::sufficients(&account) > 0,
				"a bound account lacks its reference"
			);
			bound = bound.saturating_add(1);
		}
		let accounts = Customers::<T>::iter_values().filter(|c| c.account.is_some()).count();
		let guardians: usize = Guardians::<T>::iter_values().map(|g| g.len()).sum();
		let known = accounts
			.saturating_add(guardians)
			.saturating_add(Invitations::<T>::iter_keys().count());
		ensure!(known == bound, "an account that a customer knows is not bound to it");
		Ok(())
	}
}
