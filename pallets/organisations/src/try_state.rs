//! What holds of organisations and members after every call.

use crate::{
	organisation::is_name, Config, Members, Names, NextOrganisationId, Organisations, Pallet,
};
use alloc::collections::BTreeMap;
use consentry_primitives::{OrganisationId, Role};
use frame_support::{ensure, traits::Get};
use sp_runtime::TryRuntimeError;

impl<T: Config> Pallet<T> {
	/// Every name belongs to one organisation, every member to one that exists; members and admins
	/// are counted right, and no organisation is without an admin.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		// Members and admins of each organisation, in one pass over all members.
		let mut counts = BTreeMap::<OrganisationId, (u32, u32)>::new();
		for (account, member) in Members::<T>::iter() {
			ensure!(member.roles.is_valid(), "a member has no valid roles");
			ensure!(
				frame_system::Pallet::<T>::sufficients(&account) > 0,
				"a member's account has no sufficient reference"
			);
			let (members, admins) = counts.entry(member.organisation).or_default();
			*members = members.saturating_add(1);
			*admins = admins.saturating_add(member.roles.contains(Role::Admin).into());
		}

		let mut organisations: u32 = 0;
		for (id, organisation) in Organisations::<T>::iter() {
			organisations = organisations.saturating_add(1);
			ensure!(id < NextOrganisationId::<T>::get(), "an id was not counted");
			ensure!(is_name(&organisation.name), "an organisation has an invalid name");
			ensure!(
				Names::<T>::get(&organisation.name) == Some(id),
				"an organisation is not found by its name"
			);
			let counted = counts.remove(&id).unwrap_or_default();
			ensure!(
				counted == (organisation.members, organisation.admins),
				"members or admins are counted wrong"
			);
			ensure!(organisation.admins > 0, "an organisation has no admin");
			ensure!(
				organisation.members <= T::MaxMembers::get(),
				"an organisation has too many members"
			);
		}
		ensure!(counts.is_empty(), "a member belongs to no registered organisation");
		ensure!(
			organisations == NextOrganisationId::<T>::get(),
			"an organisation was removed or not counted"
		);
		ensure!(
			Names::<T>::iter_keys().count() == organisations as usize,
			"a name belongs to no organisation"
		);
		Ok(())
	}
}
