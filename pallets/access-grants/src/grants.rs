//! Grants: given by a controller's Officer, revoked by one or, for its own data, by the customer.

use crate::{
	Call, Config, Error, Event, Grants, GrantsIn, GrantsTo, NextGrantId, Pallet, Revocations,
	WeightInfo,
};
use codec::{Decode, Encode, MaxEncodedLen};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Scope},
	api::GrantState,
	consent::LawfulBases,
	customer::{CustomerRegistry, Sweep, Swept},
	Action, Actor, AuditTrail, CustomerId, GrantId, Membership, Moment, OrganisationId, Role,
	Roles,
};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchResult, Weight},
	traits::{OriginTrait, Time},
};
use scale_info::TypeInfo;
use sp_runtime::DispatchError;

/// A grant.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Grant<AccountId> {
	/// The controller that gave it.
	pub grantor: OrganisationId,
	/// Whose data it opens.
	pub scope: Scope,
	/// Who may use it.
	pub grantee: Grantee<AccountId>,
	/// The organisation of the grantee when the grant was given: an account that changes to
	/// another does not take the grant along.
	pub recipient: OrganisationId,
	/// What it allows; `uses` are those that are left.
	pub terms: GrantTerms,
	/// When it was given.
	pub created: Moment,
	/// When it was revoked, for whomever it opened.
	pub revoked: Option<Moment>,
}

impl<AccountId: PartialEq> Grant<AccountId> {
	/// Whether `account`, which has `roles` in `organisation`, is the grantee or one of them.
	pub fn is_to(&self, account: &AccountId, organisation: OrganisationId, roles: Roles) -> bool {
		self.recipient == organisation
			&& match &self.grantee {
				Grantee::Account { account: grantee } => grantee == account,
				Grantee::Role { role, .. } => roles.contains(*role),
			}
	}

	/// Whether the grant is on data of `customer`, whose data `controller` keeps.
	pub fn covers(&self, customer: &CustomerId, controller: OrganisationId) -> bool {
		match &self.scope {
			Scope::Customer { customer: only } => only == customer,
			Scope::Controller { organisation } => *organisation == controller,
		}
	}

	/// Where the grant itself stands at `moment`.
	pub fn state(&self, moment: Moment) -> GrantState {
		if self.revoked.is_some() {
			GrantState::Revoked
		} else if moment < self.terms.from {
			GrantState::NotYetValid
		} else if self.terms.until.is_some_and(|until| until <= moment) {
			GrantState::Expired
		} else if self.terms.uses == Some(0) {
			GrantState::UsedUp
		} else {
			GrantState::Valid
		}
	}
}

/// A grant's id as a storage key that sorts by it: big-endian.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct GrantKey([u8; 8]);

impl From<GrantId> for GrantKey {
	fn from(grant: GrantId) -> Self {
		Self(grant.to_be_bytes())
	}
}

impl From<GrantKey> for GrantId {
	fn from(grant: GrantKey) -> Self {
		Self::from_be_bytes(grant.0)
	}
}

impl<T: Config> Pallet<T> {
	/// The organisation of a grantee, where it is active.
	fn recipient(grantee: &Grantee<T::AccountId>) -> Result<OrganisationId, DispatchError> {
		let organisation = match grantee {
			Grantee::Account { account } => T::Membership::organisation_of(account),
			Grantee::Role { organisation, .. } => Some(*organisation),
		};
		organisation
			.filter(|organisation| T::Membership::is_active(*organisation))
			.ok_or(Error::<T>::InvalidGrantee.into())
	}

	/// Checks that `grantor` can give such a grant.
	fn check_terms(grantor: OrganisationId, terms: &GrantTerms) -> DispatchResult {
		let GrantTerms { purpose, categories, from, until, uses } = terms;
		let purpose = T::LawfulBases::purpose(*purpose).ok_or(Error::<T>::NotFound)?;
		ensure!(purpose.controller == grantor, Error::<T>::NotAuthorised);
		ensure!(!purpose.retired, Error::<T>::Retired);
		let needed = categories.is_valid() && purpose.categories.contains(*categories);
		ensure!(needed, Error::<T>::InvalidCategories);
		let start = T::Time::now().max(*from);
		ensure!(until.is_none_or(|until| start < until), Error::<T>::InvalidPeriod);
		ensure!(*uses != Some(0), Error::<T>::InvalidUses);
		Ok(())
	}

	pub(crate) fn do_grant(
		who: T::AccountId,
		scope: Scope,
		grantee: Grantee<T::AccountId>,
		terms: GrantTerms,
	) -> DispatchResult {
		let grantor = T::Membership::ensure_role(&who, Role::Officer)?;
		let controller = match &scope {
			Scope::Customer { customer } => T::Customers::ensure_live(customer)?,
			Scope::Controller { organisation } => *organisation,
		};
		ensure!(controller == grantor, Error::<T>::NotAuthorised);
		Self::check_terms(grantor, &terms)?;
		let recipient = Self::recipient(&grantee)?;

		let id = NextGrantId::<T>::get();
		NextGrantId::<T>::put(id.checked_add(1).ok_or(Error::<T>::TooManyGrants)?);
		GrantsIn::<T>::insert(scope, GrantKey::from(id), ());
		GrantsTo::<T>::insert(&grantee, GrantKey::from(id), ());
		let grant = Grant {
			grantor,
			scope,
			grantee: grantee.clone(),
			recipient,
			terms: terms.clone(),
			created: T::Time::now(),
			revoked: None,
		};
		Grants::<T>::insert(id, grant);
		Self::deposit_event(Event::Granted { grant: id, grantor, scope, grantee: grantee.clone() });
		if let Scope::Customer { customer } = scope {
			let actor = Actor::Member { organisation: grantor, account: who };
			T::AuditTrail::append(&customer, actor, Action::Granted { grant: id, grantee, terms });
		}
		Ok(())
	}

	/// Ends a grant that is not revoked.
	fn end(id: GrantId, mut grant: Grant<T::AccountId>) {
		GrantsIn::<T>::remove(grant.scope, GrantKey::from(id));
		GrantsTo::<T>::remove(&grant.grantee, GrantKey::from(id));
		if let Scope::Customer { customer } = grant.scope {
			Revocations::<T>::insert(customer, GrantKey::from(id), ());
		}
		grant.revoked = Some(T::Time::now());
		Grants::<T>::insert(id, grant);
		Self::deposit_event(Event::Revoked { grant: id });
	}

	pub(crate) fn do_revoke(who: T::AccountId, id: GrantId) -> DispatchResult {
		let organisation = T::Membership::ensure_role(&who, Role::Officer)?;
		let grant = Grants::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(grant.grantor == organisation, Error::<T>::NotAuthorised);
		ensure!(grant.revoked.is_none(), Error::<T>::AlreadyRevoked);
		let scope = grant.scope;
		Self::end(id, grant);
		if let Scope::Customer { customer } = scope {
			if T::Customers::ensure_live(&customer).is_ok() {
				let actor = Actor::Member { organisation, account: who };
				T::AuditTrail::append(&customer, actor, Action::GrantRevoked { grant: id });
			}
		}
		Ok(())
	}

	/// Whether `call` would be dispatched for its signer and pass `check`, so that a call that was
	/// validated as free cannot fail.
	pub(crate) fn is_free(
		origin: &T::RuntimeOrigin,
		call: Call<T>,
		check: impl FnOnce(&T::AccountId) -> bool,
	) -> bool {
		origin.filter_call(&call.into()) && origin.as_signer().is_some_and(check)
	}

	/// The grant and `who` as an actor, where it may revoke the grant for the data of `customer`.
	pub(crate) fn check_revoke_own(
		who: &T::AccountId,
		customer: &CustomerId,
		id: GrantId,
	) -> Result<(Grant<T::AccountId>, Actor<T::AccountId>), DispatchError> {
		let controller = T::Customers::ensure_live(customer)?;
		let actor = T::Customers::ensure_customer(who, customer)?;
		let grant = Grants::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(grant.covers(customer, controller), Error::<T>::NotAuthorised);
		let state = Self::state_for(customer, id, &grant, T::Time::now());
		ensure!(state != GrantState::Revoked, Error::<T>::AlreadyRevoked);
		let purpose = T::LawfulBases::purpose(grant.terms.purpose).ok_or(Error::<T>::NotFound)?;
		ensure!(purpose.basis.is_the_customers_to_end(), Error::<T>::NotRevocable);
		Ok((grant, actor))
	}

	pub(crate) fn do_revoke_own(
		who: T::AccountId,
		customer: CustomerId,
		id: GrantId,
	) -> DispatchResult {
		let (grant, actor) = Self::check_revoke_own(&who, &customer, id)?;
		match grant.scope {
			Scope::Customer { .. } => Self::end(id, grant),
			Scope::Controller { .. } => {
				Revocations::<T>::insert(customer, GrantKey::from(id), ());
				Self::deposit_event(Event::Excluded { grant: id, customer });
			},
		}
		T::AuditTrail::append(&customer, actor, Action::GrantRevoked { grant: id });
		Ok(())
	}

	/// Where a grant that covers `customer` stands for it at `moment`.
	pub(crate) fn state_for(
		customer: &CustomerId,
		id: GrantId,
		grant: &Grant<T::AccountId>,
		moment: Moment,
	) -> GrantState {
		let to_all = matches!(grant.scope, Scope::Controller { .. });
		if to_all && Revocations::<T>::contains_key(customer, GrantKey::from(id)) {
			return GrantState::Revoked;
		}
		grant.state(moment)
	}

	/// Whether a grant is to one customer who was erased: the next sweep deletes it.
	pub(crate) fn went_with_customer(grant: &Grant<T::AccountId>) -> bool {
		let Scope::Customer { customer } = grant.scope else { return false };
		T::Customers::status(&customer).is_none_or(|status| status.erased)
	}

	/// Deletes a grant to `customer`, or that this customer is excluded from one to all.
	fn forget(customer: &CustomerId, key: GrantKey) {
		Revocations::<T>::remove(customer, key);
		let id = GrantId::from(key);
		let to_one = |grant: &Grant<_>| matches!(grant.scope, Scope::Customer { .. });
		if let Some(grant) = Grants::<T>::get(id).filter(to_one) {
			GrantsIn::<T>::remove(grant.scope, key);
			GrantsTo::<T>::remove(&grant.grantee, key);
			Grants::<T>::remove(id);
		}
	}
}

/// Deletes the grants to an erased customer, and what it was excluded from. Pending reviews stay:
/// an erasure must not spare anyone a review.
impl<T: Config> Sweep for Pallet<T> {
	fn sweep(customer: &CustomerId, limit: u32) -> Swept {
		let valid = GrantsIn::<T>::iter_key_prefix(Scope::Customer { customer: *customer });
		let mut keys = valid.chain(Revocations::<T>::iter_key_prefix(customer));
		let mut deleted = 0u32;
		while deleted < limit {
			let Some(key) = keys.next() else { return Swept { deleted, done: true } };
			Self::forget(customer, key);
			deleted = deleted.saturating_add(1);
		}
		Swept { deleted, done: keys.next().is_none() }
	}

	fn weight_of_one() -> Weight {
		T::WeightInfo::sweep_value()
	}
}
