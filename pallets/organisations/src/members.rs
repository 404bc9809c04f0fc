//! Members of organisations and what they may do.

use crate::{Config, Error, Event, Members, Organisations, Pallet, Status};
use codec::{Decode, Encode, MaxEncodedLen};
use consentry_primitives::{
	api::MemberInfo, customer::Bindings, organisation::Suspensions, Membership, OrganisationId,
	Role, Roles,
};
use frame_support::{ensure, traits::Get};
use scale_info::TypeInfo;
use sp_runtime::{DispatchError, DispatchResult};

/// What an account may do, and for whom.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Member {
	/// The organisation it belongs to.
	pub organisation: OrganisationId,
	/// What it may do for that organisation.
	pub roles: Roles,
}

impl<T: Config> Pallet<T> {
	/// What the runtime API tells about `account`, `None` where it is no member.
	pub fn member_info(account: &T::AccountId) -> Option<MemberInfo> {
		let Member { organisation, roles } = Members::<T>::get(account)?;
		let active = Self::is_active(organisation);
		Some(MemberInfo { organisation, roles, active })
	}

	pub(crate) fn do_appoint_admin(
		organisation: OrganisationId,
		account: T::AccountId,
	) -> DispatchResult {
		ensure!(Organisations::<T>::contains_key(organisation), Error::<T>::NotFound);
		let Some(member) = Members::<T>::get(&account) else {
			return Self::add(organisation, account, Role::Admin.into());
		};
		let may_rise = member.organisation == organisation && !member.roles.contains(Role::Admin);
		ensure!(may_rise, Error::<T>::AlreadyMember);
		let roles = member.roles.to_vec().into_iter().chain([Role::Admin]).collect();
		Self::replace_roles(account, member, roles)
	}

	pub(crate) fn do_add_member(
		signer: T::AccountId,
		account: T::AccountId,
		roles: Roles,
	) -> DispatchResult {
		let organisation = Self::ensure_role(&signer, Role::Admin)?;
		ensure!(roles.is_valid(), Error::<T>::InvalidRoles);
		Self::add(organisation, account, roles)
	}

	pub(crate) fn do_set_roles(
		signer: T::AccountId,
		account: T::AccountId,
		roles: Roles,
	) -> DispatchResult {
		let member = Self::managed_by(&signer, &account)?;
		ensure!(roles.is_valid(), Error::<T>::InvalidRoles);
		Self::replace_roles(account, member, roles)
	}

	pub(crate) fn do_remove_member(signer: T::AccountId, account: T::AccountId) -> DispatchResult {
		// Whoever was added without being asked must be able to leave.
		let Member { organisation, roles } = match signer == account {
			true => Members::<T>::get(&account).ok_or(Error::<T>::NotFound)?,
			false => Self::managed_by(&signer, &account)?,
		};
		Self::recount(organisation, Some(roles), None)?;
		Members::<T>::remove(&account);
		frame_system::Pallet::<T>::dec_sufficients(&account);
		Self::deposit_event(Event::MemberRemoved { organisation, account });
		Ok(())
	}

	/// Makes `account` a member of `organisation`.
	pub(crate) fn add(
		organisation: OrganisationId,
		account: T::AccountId,
		roles: Roles,
	) -> DispatchResult {
		ensure!(!Members::<T>::contains_key(&account), Error::<T>::AlreadyMember);
		ensure!(!T::Bindings::is_bound(&account), Error::<T>::AlreadyBound);
		Self::recount(organisation, None, Some(roles))?;
		Members::<T>::insert(&account, Member { organisation, roles });
		frame_system::Pallet::<T>::inc_sufficients(&account);
		Self::deposit_event(Event::MemberAdded { organisation, account, roles });
		Ok(())
	}

	fn replace_roles(account: T::AccountId, member: Member, roles: Roles) -> DispatchResult {
		let organisation = member.organisation;
		Self::recount(organisation, Some(member.roles), Some(roles))?;
		Members::<T>::insert(&account, Member { organisation, roles });
		Self::deposit_event(Event::RolesSet { organisation, account, roles });
		Ok(())
	}

	/// The member `account`, if `signer` may manage it.
	fn managed_by(signer: &T::AccountId, account: &T::AccountId) -> Result<Member, DispatchError> {
		let organisation = Self::ensure_role(signer, Role::Admin)?;
		let member = Members::<T>::get(account).ok_or(Error::<T>::NotFound)?;
		ensure!(member.organisation == organisation, Error::<T>::NotAuthorised);
		Ok(member)
	}

	/// Counts an account of `organisation` whose roles change, `None` standing for no member;
	/// fails where there is no room for it, or no admin would be left.
	fn recount(
		organisation: OrganisationId,
		before: Option<Roles>,
		after: Option<Roles>,
	) -> DispatchResult {
		let is_admin =
			|roles: Option<Roles>| u32::from(roles.is_some_and(|r| r.contains(Role::Admin)));
		Organisations::<T>::try_mutate(organisation, |stored| {
			let stored = stored.as_mut().ok_or(Error::<T>::NotFound)?;
			let room = before.is_some() || stored.members < T::MaxMembers::get();
			ensure!(room, Error::<T>::TooManyMembers);
			stored.members = stored
				.members
				.saturating_sub(before.is_some().into())
				.saturating_add(after.is_some().into());
			stored.admins =
				stored.admins.saturating_sub(is_admin(before)).saturating_add(is_admin(after));
			ensure!(stored.admins > 0, Error::<T>::LastAdmin);
			Ok(())
		})
	}
}

impl<T: Config> Membership<T::AccountId> for Pallet<T> {
	fn organisation_of(account: &T::AccountId) -> Option<OrganisationId> {
		Members::<T>::get(account).map(|member| member.organisation)
	}

	fn member(account: &T::AccountId) -> Option<MemberInfo> {
		Self::member_info(account)
	}

	fn is_active(organisation: OrganisationId) -> bool {
		Organisations::<T>::get(organisation).is_some_and(|stored| stored.status == Status::Active)
	}

	fn ensure_role(account: &T::AccountId, role: Role) -> Result<OrganisationId, DispatchError> {
		let member = Members::<T>::get(account).ok_or(Error::<T>::NotAuthorised)?;
		ensure!(member.roles.contains(role), Error::<T>::NotAuthorised);
		ensure!(Self::is_active(member.organisation), Error::<T>::Suspended);
		ensure!(!T::Suspensions::is_suspended(account), Error::<T>::AccountSuspended);
		Ok(member.organisation)
	}

	// An account that is a member keeps its organisation, so that this can be run again.
	#[cfg(feature = "runtime-benchmarks")]
	fn create_member(account: &T::AccountId) -> OrganisationId {
		let organisation = Self::organisation_of(account).unwrap_or_else(|| {
			let name = alloc::format!("benchmark-{}", crate::NextOrganisationId::<T>::get());
			let name = name.into_bytes().try_into().expect("the name is short; qed");
			Self::do_register(name, account.clone()).expect("the name is free; qed")
		});
		let member = Members::<T>::get(account).expect("it is a member; qed");
		Self::replace_roles(account.clone(), member, Role::ALL.into_iter().collect())
			.expect("an admin is added, none removed; qed");
		Organisations::<T>::mutate_extant(organisation, |stored| stored.status = Status::Active);
		organisation
	}
}
