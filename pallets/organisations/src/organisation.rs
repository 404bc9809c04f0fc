//! Registering and suspending organisations.

use crate::{Config, Error, Event, NameOf, Names, NextOrganisationId, Organisations, Pallet};
use alloc::string::String;
use codec::{Decode, Encode, MaxEncodedLen};
use consentry_primitives::{api::OrganisationInfo, Moment, OrganisationId, Role};
use frame_support::{
	ensure,
	traits::{Get, Time},
};
use scale_info::TypeInfo;
use sp_runtime::{
	traits::{AccountIdConversion, TryConvert},
	DispatchError, DispatchResult,
};

/// Whether an organisation's members may act.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Status {
	/// They may.
	#[codec(index = 0)]
	Active,
	/// They may not, whatever their roles.
	#[codec(index = 1)]
	Suspended,
}

/// A legal entity that takes part.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Organisation<Name> {
	/// Short machine name of the legal entity, never a person's.
	pub name: Name,
	/// Whether its members may act.
	pub status: Status,
	/// When it was registered.
	pub registered: Moment,
	/// Number of members.
	pub members: u32,
	/// Number of members that are admins, at least 1.
	pub admins: u32,
}

/// Whether `name` is a letter `a`-`z`, then letters `a`-`z`, digits and hyphens.
pub(crate) fn is_name(name: &[u8]) -> bool {
	name.first().is_some_and(u8::is_ascii_lowercase)
		&& name.iter().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || *c == b'-')
}

impl<T: Config> Pallet<T> {
	/// The name that `text` is, `None` where no organisation can be called so.
	pub fn parse_name(text: &str) -> Option<NameOf<T>> {
		NameOf::<T>::try_from(text.as_bytes().to_vec()).ok().filter(|name| is_name(name))
	}

	/// The account that pays for what the members of `organisation` do. Nobody has its key.
	pub fn account_of(organisation: OrganisationId) -> T::AccountId {
		T::PalletId::get().into_sub_account_truncating(organisation)
	}

	/// What the runtime API tells about `organisation`, `None` where there is none.
	pub fn organisation_info(
		organisation: OrganisationId,
	) -> Option<OrganisationInfo<T::AccountId>> {
		Organisations::<T>::get(organisation).map(|stored| OrganisationInfo {
			name: String::from_utf8_lossy(&stored.name).into_owned(),
			active: stored.status == Status::Active,
			registered: stored.registered,
			members: stored.members,
			admins: stored.admins,
			account: Self::account_of(organisation),
		})
	}

	pub(crate) fn do_register(
		name: NameOf<T>,
		admin: T::AccountId,
	) -> Result<OrganisationId, DispatchError> {
		ensure!(is_name(&name), Error::<T>::InvalidName);
		ensure!(!Names::<T>::contains_key(&name), Error::<T>::AlreadyExists);
		let id = NextOrganisationId::<T>::get();
		let next = id.checked_add(1).ok_or(Error::<T>::TooManyOrganisations)?;

		NextOrganisationId::<T>::put(next);
		Names::<T>::insert(&name, id);
		let organisation = Organisation {
			name: name.clone(),
			status: Status::Active,
			registered: T::Time::now(),
			members: 0,
			admins: 0,
		};
		Organisations::<T>::insert(id, organisation);
		Self::deposit_event(Event::Registered { organisation: id, name, admin: admin.clone() });
		Self::add(id, admin, Role::Admin.into())?;
		Ok(id)
	}

	pub(crate) fn do_suspend(organisation: OrganisationId) -> DispatchResult {
		Self::switch(organisation, Status::Suspended, Error::<T>::Suspended)?;
		Self::deposit_event(Event::Suspended { organisation });
		Ok(())
	}

	pub(crate) fn do_reinstate(organisation: OrganisationId) -> DispatchResult {
		Self::switch(organisation, Status::Active, Error::<T>::NotSuspended)?;
		Self::deposit_event(Event::Reinstated { organisation });
		Ok(())
	}

	/// Gives `organisation` the status `to`; fails with `already` where it has it.
	fn switch(organisation: OrganisationId, to: Status, already: Error<T>) -> DispatchResult {
		Organisations::<T>::try_mutate(organisation, |stored| {
			let stored = stored.as_mut().ok_or(Error::<T>::NotFound)?;
			ensure!(stored.status != to, already);
			stored.status = to;
			Ok(())
		})
	}
}

/// The account of an organisation that is registered.
impl<T: Config> TryConvert<OrganisationId, T::AccountId> for Pallet<T> {
	fn try_convert(organisation: OrganisationId) -> Result<T::AccountId, OrganisationId> {
		if Organisations::<T>::contains_key(organisation) {
			Ok(Self::account_of(organisation))
		} else {
			Err(organisation)
		}
	}
}
