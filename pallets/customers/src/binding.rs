//! Binding accounts to customers: invitations, claims and guardians.
//!
//! An account without balance can sign only while something refers to it, so a binding comes with
//! a sufficient reference. When the binding ends the reference goes, and the account stays spent:
//! were it bound again, whoever watches the chain could link two ids, and extrinsics signed for the
//! first binding could be replayed.

use crate::{
	Binding, Bindings, Config, Customers, Error, Event, Guardian, Guardians, Invitation,
	Invitations, Pallet,
};
use consentry_primitives::{
	customer::{self, IdentificationMethod},
	Action, Actor, AuditTrail, Commitment, CustomerId, Membership, Moment, Role,
};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchResult, Get},
	traits::Time,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	fn ensure_unbound(account: &T::AccountId) -> DispatchResult {
		ensure!(!Bindings::<T>::contains_key(account), Error::<T>::AlreadyBound);
		// A member's account would tie the customer to a person on the staff.
		ensure!(T::Membership::organisation_of(account).is_none(), Error::<T>::AlreadyBound);
		Ok(())
	}

	fn bind(account: &T::AccountId, binding: Binding) {
		frame_system::Pallet::<T>::inc_sufficients(account);
		Bindings::<T>::insert(account, binding);
	}

	fn release(account: &T::AccountId) {
		Bindings::<T>::insert(account, Binding::Spent);
		frame_system::Pallet::<T>::dec_sufficients(account);
	}

	fn remove_invitation(id: &CustomerId) -> DispatchResult {
		let invitation = Invitations::<T>::take(id).ok_or(Error::<T>::NotInvited)?;
		Self::release(&invitation.key);
		Ok(())
	}

	/// Releases every account bound to `id`.
	pub(crate) fn release_all(id: &CustomerId, account: Option<T::AccountId>) {
		let key = Invitations::<T>::take(id).map(|invitation| invitation.key);
		let guardians = Guardians::<T>::take(id).into_iter().map(|guardian| guardian.account);
		account.into_iter().chain(key).chain(guardians).for_each(|bound| Self::release(&bound));
	}

	pub(crate) fn do_invite(
		who: T::AccountId,
		id: CustomerId,
		key: T::AccountId,
		method: IdentificationMethod,
		evidence: Commitment,
		expires: Moment,
	) -> DispatchResult {
		let (customer, actor) = Self::ensure_controller(who, Role::Steward, &id)?;
		let now = T::Time::now();
		// The account that holds the customer gets time to veto.
		let opens = match customer.account {
			Some(_) => now.saturating_add(T::ReclaimDelay::get()),
			None => now,
		};
		let latest = opens.saturating_add(T::MaxInvitationPeriod::get());
		ensure!(opens < expires && expires <= latest, Error::<T>::InvalidPeriod);
		Self::ensure_unbound(&key)?;
		if let Some(pending) = Invitations::<T>::get(id) {
			ensure!(pending.expires <= now, Error::<T>::AlreadyInvited);
			Self::remove_invitation(&id)?;
		}
		Self::bind(&key, Binding::Invited(id));
		Invitations::<T>::insert(id, Invitation { key: key.clone(), opens, expires });
		Self::deposit_event(Event::Invited { customer: id, key, opens, expires });
		let action = Action::Invited { method, evidence, opens, expires };
		T::AuditTrail::append(&id, actor, action);
		Ok(())
	}

	pub(crate) fn do_revoke_invitation(who: T::AccountId, id: CustomerId) -> DispatchResult {
		let (_, actor) = Self::ensure_controller(who, Role::Steward, &id)?;
		Self::remove_invitation(&id)?;
		Self::deposit_event(Event::InvitationRevoked { customer: id });
		T::AuditTrail::append(&id, actor, Action::InvitationRevoked);
		Ok(())
	}

	/// The actor, where `who` may veto the pending invitation.
	pub(crate) fn check_veto(
		who: &T::AccountId,
		id: &CustomerId,
	) -> Result<Actor<T::AccountId>, DispatchError> {
		Self::ensure_live(id)?;
		let actor = Self::ensure_customer(who, id)?;
		ensure!(Invitations::<T>::contains_key(id), Error::<T>::NotInvited);
		Ok(actor)
	}

	pub(crate) fn do_veto_invitation(who: T::AccountId, id: CustomerId) -> DispatchResult {
		let actor = Self::check_veto(&who, &id)?;
		Self::remove_invitation(&id)?;
		Self::deposit_event(Event::InvitationVetoed { customer: id });
		T::AuditTrail::append(&id, actor, Action::InvitationVetoed);
		Ok(())
	}

	/// The customer that the one-time `key` may bind `account` to.
	pub(crate) fn check_claim(
		key: &T::AccountId,
		account: &T::AccountId,
	) -> Result<CustomerId, DispatchError> {
		let Some(Binding::Invited(id)) = Bindings::<T>::get(key) else {
			return Err(Error::<T>::NotInvited.into());
		};
		Self::ensure_live(&id)?;
		let invitation = Invitations::<T>::get(id).ok_or(Error::<T>::NotInvited)?;
		let now = T::Time::now();
		ensure!(invitation.opens <= now, Error::<T>::NotYetOpen);
		ensure!(now < invitation.expires, Error::<T>::Expired);
		Self::ensure_unbound(account)?;
		Ok(id)
	}

	pub(crate) fn do_claim(key: T::AccountId, account: T::AccountId) -> DispatchResult {
		let id = Self::check_claim(&key, &account)?;
		let mut customer = Self::ensure_live(&id)?;
		Self::remove_invitation(&id)?;
		if let Some(old) = customer.account.replace(account.clone()) {
			Self::release(&old);
		}
		Self::bind(&account, Binding::Customer(id));
		Customers::<T>::insert(id, customer);
		Self::deposit_event(Event::Claimed { customer: id, account });
		T::AuditTrail::append(&id, Actor::Customer, Action::Claimed);
		Ok(())
	}

	pub(crate) fn do_appoint_guardian(
		who: T::AccountId,
		id: CustomerId,
		guardian: T::AccountId,
		evidence: Commitment,
		until: Moment,
	) -> DispatchResult {
		let (_, actor) = Self::ensure_controller(who, Role::Officer, &id)?;
		ensure!(T::Time::now() < until, Error::<T>::InvalidPeriod);
		Guardians::<T>::try_mutate(id, |guardians| -> DispatchResult {
			match guardians.iter_mut().find(|appointed| appointed.account == guardian) {
				Some(appointed) => appointed.until = until,
				None => {
					Self::ensure_unbound(&guardian)?;
					let appointed = Guardian { account: guardian.clone(), until };
					guardians.try_push(appointed).map_err(|_| Error::<T>::TooManyGuardians)?;
					Self::bind(&guardian, Binding::Guardian(id));
				},
			}
			Ok(())
		})?;
		Self::deposit_event(Event::GuardianAppointed {
			customer: id,
			guardian: guardian.clone(),
			until,
		});
		let action = Action::GuardianAppointed { guardian, evidence, until };
		T::AuditTrail::append(&id, actor, action);
		Ok(())
	}

	pub(crate) fn do_dismiss_guardian(
		who: T::AccountId,
		id: CustomerId,
		guardian: T::AccountId,
	) -> DispatchResult {
		let (_, actor) = Self::ensure_controller(who, Role::Officer, &id)?;
		let binding = Bindings::<T>::get(&guardian);
		ensure!(binding == Some(Binding::Guardian(id)), Error::<T>::NotFound);
		Guardians::<T>::mutate_exists(id, |slot| {
			let mut guardians = slot.take().unwrap_or_default();
			guardians.retain(|appointed| appointed.account != guardian);
			*slot = (!guardians.is_empty()).then_some(guardians);
		});
		Self::release(&guardian);
		Self::deposit_event(Event::GuardianDismissed { customer: id, guardian: guardian.clone() });
		T::AuditTrail::append(&id, actor, Action::GuardianDismissed { guardian });
		Ok(())
	}
}

impl<T: Config> customer::Bindings<T::AccountId> for Pallet<T> {
	fn is_bound(account: &T::AccountId) -> bool {
		Bindings::<T>::contains_key(account)
	}
}
