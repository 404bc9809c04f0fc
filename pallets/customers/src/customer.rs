//! What the chain keeps of a customer, and who may act on it.

use crate::{Bindings, Call, Config, Customers, Error, Guardians, Pallet};
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use consentry_primitives::{
	customer::{CustomerRegistry, CustomerStatus},
	day_of, Actor, Commitment, CustomerId, DataCategory, DueDay, InteractionKind, Membership,
	Moment, OrganisationId, Role,
};
use frame_support::{
	ensure,
	pallet_prelude::Get,
	traits::{OriginTrait, Time},
	BoundedVec, DebugNoBound,
};
use frame_support::{CloneNoBound, EqNoBound, PartialEqNoBound};
use frame_system::pallet_prelude::OriginFor;
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::DispatchError;

/// A customer. After erasure only `controller`, `registered` and `erased` are left: the tombstone.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Customer<AccountId> {
	/// The organisation that keeps the customer's data.
	pub controller: OrganisationId,
	/// When the customer was registered.
	pub registered: Moment,
	/// The account that the customer acts with, once claimed.
	pub account: Option<AccountId>,
	/// When erasure was asked for.
	pub erasure_requested: Option<Moment>,
	/// When the legal hold ends; one that ended has no effect.
	pub held_until: Option<Moment>,
	/// When the customer was erased.
	pub erased: Option<Moment>,
}

impl<AccountId> Customer<AccountId> {
	/// By when the erasure that was asked for has to be done: `period` after the request, or when
	/// the legal hold ends, if that is later.
	pub fn erasure_due(&self, period: Moment) -> Option<Moment> {
		let due = self.erasure_requested?.saturating_add(period);
		Some(due.max(self.held_until.unwrap_or(due)))
	}
}

/// A one-time key's right to claim a customer.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Invitation<AccountId> {
	/// The key's account.
	pub key: AccountId,
	/// From when it can be used.
	pub opens: Moment,
	/// Until when it can be used.
	pub expires: Moment,
}

/// An account that may act for a customer.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Guardian<AccountId> {
	/// The guardian's account.
	pub account: AccountId,
	/// When the appointment ends.
	pub until: Moment,
}

/// The latest revision of a record.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Record {
	/// Revision, from 0.
	pub revision: u32,
	/// Commitment to the content.
	pub commitment: Commitment,
	/// When this revision was sealed.
	pub sealed: Moment,
}

/// What an account was bound to; an account is bound once, ever.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub enum Binding {
	/// A one-time key, invited to claim the customer.
	#[codec(index = 0)]
	Invited(CustomerId),
	/// The customer's own account.
	#[codec(index = 1)]
	Customer(CustomerId),
	/// A guardian of the customer.
	#[codec(index = 2)]
	Guardian(CustomerId),
	/// Was bound; tells no longer to whom.
	#[codec(index = 3)]
	Spent,
}

/// A customer to be registered.
#[derive(
	CloneNoBound,
	PartialEqNoBound,
	EqNoBound,
	DebugNoBound,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
)]
#[scale_info(skip_type_params(MaxRecords))]
pub struct NewCustomer<MaxRecords: Get<u32>> {
	/// 256 random bits, from which the id is derived: see `consentry_primitives::customer_id`.
	pub nonce: H256,
	/// Commitments to the customer's first records, one for each category.
	pub records: BoundedVec<(DataCategory, Commitment), MaxRecords>,
}

/// Something that happened between controller and customer.
#[derive(
	Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, MaxEncodedLen, TypeInfo,
)]
pub struct Interaction {
	/// The customer.
	pub customer: CustomerId,
	/// What happened.
	pub kind: InteractionKind,
	/// Commitment to the details.
	pub commitment: Commitment,
}

/// A customer, and who acts on it.
pub(crate) type Acting<AccountId> = (Customer<AccountId>, Actor<AccountId>);

impl<T: Config> Pallet<T> {
	/// The customer, unless there is none or it was erased.
	pub(crate) fn ensure_live(id: &CustomerId) -> Result<Customer<T::AccountId>, DispatchError> {
		let customer = Customers::<T>::get(id).ok_or(Error::<T>::NotFound)?;
		ensure!(customer.erased.is_none(), Error::<T>::Erased);
		Ok(customer)
	}

	/// The live customer and `who` as an actor, where `who` may act as `role` for its controller.
	pub(crate) fn ensure_controller(
		who: T::AccountId,
		role: Role,
		id: &CustomerId,
	) -> Result<Acting<T::AccountId>, DispatchError> {
		let organisation = T::Membership::ensure_role(&who, role)?;
		let customer = Self::ensure_live(id)?;
		ensure!(customer.controller == organisation, Error::<T>::NotAuthorised);
		Ok((customer, Actor::Member { organisation, account: who }))
	}

	/// `who` as an actor, where it is the customer or a guardian whose appointment has not ended.
	pub(crate) fn ensure_customer(
		who: &T::AccountId,
		id: &CustomerId,
	) -> Result<Actor<T::AccountId>, DispatchError> {
		match Bindings::<T>::get(who) {
			Some(Binding::Customer(customer)) if customer == *id => Ok(Actor::Customer),
			Some(Binding::Guardian(customer)) if customer == *id => {
				let now = T::Time::now();
				let effective = Guardians::<T>::get(id)
					.iter()
					.any(|guardian| guardian.account == *who && now < guardian.until);
				ensure!(effective, Error::<T>::Expired);
				Ok(Actor::Guardian { account: who.clone() })
			},
			_ => Err(Error::<T>::NotAuthorised.into()),
		}
	}

	/// Whether `call` would be dispatched for its signer and pass `check`, so that a call that was
	/// validated as free cannot fail.
	pub(crate) fn is_free(
		origin: &OriginFor<T>,
		call: Call<T>,
		check: impl FnOnce(&T::AccountId) -> bool,
	) -> bool {
		origin.filter_call(&call.into()) && origin.as_signer().is_some_and(check)
	}

	/// Writes the customer, and keeps the index of due erasures in step with it.
	pub(crate) fn store(id: &CustomerId, customer: Customer<T::AccountId>) {
		let due_day = |customer: &Customer<T::AccountId>| {
			customer.erasure_due(T::ErasurePeriod::get()).map(day_of).map(DueDay::from)
		};
		let controller = customer.controller;
		let before = Customers::<T>::get(id).as_ref().and_then(due_day);
		let after = due_day(&customer);
		if before != after {
			if let Some(day) = before {
				crate::Erasures::<T>::remove((controller, day, id));
			}
			if let Some(day) = after {
				crate::Erasures::<T>::insert((controller, day, id), ());
			}
		}
		Customers::<T>::insert(id, customer);
	}
}

impl<T: Config> CustomerRegistry<T::AccountId> for Pallet<T> {
	fn status(customer: &CustomerId) -> Option<CustomerStatus> {
		let customer = Customers::<T>::get(customer)?;
		Some(CustomerStatus {
			controller: customer.controller,
			registered: customer.registered,
			erased: customer.erased.is_some(),
		})
	}

	fn ensure_live(customer: &CustomerId) -> Result<OrganisationId, DispatchError> {
		Self::ensure_live(customer).map(|customer| customer.controller)
	}

	// Erasure releases the accounts: the account of an erased customer is bound to none.
	fn ensure_customer(
		who: &T::AccountId,
		customer: &CustomerId,
	) -> Result<Actor<T::AccountId>, DispatchError> {
		Self::ensure_customer(who, customer)
	}

	fn ensure_controller(
		who: &T::AccountId,
		role: Role,
		customer: &CustomerId,
	) -> Result<Actor<T::AccountId>, DispatchError> {
		Self::ensure_controller(who.clone(), role, customer).map(|(_, actor)| actor)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn create_customer(
		steward: &T::AccountId,
		seed: u32,
		account: Option<&T::AccountId>,
	) -> CustomerId {
		use sp_runtime::traits::{BlakeTwo256, Hash};

		let nonce = BlakeTwo256::hash_of(&("benchmark", seed));
		let new = NewCustomer { nonce, records: BoundedVec::default() };
		Self::do_register(steward.clone(), [new]).expect("the id is free; qed");
		let controller = T::Membership::organisation_of(steward).expect("a steward; qed");
		let id = consentry_primitives::customer::customer_id(controller, &nonce);
		if let Some(account) = account {
			let others = (1..T::MaxGuardians::get())
				.map(|n| frame_benchmarking::account("other guardian", n, seed));
			for guardian in others.chain([account.clone()]) {
				let evidence = Commitment::Blake2b256V1(nonce);
				let until = Moment::MAX;
				Self::do_appoint_guardian(steward.clone(), id, guardian, evidence, until)
					.expect("there is room for one more; qed");
			}
		}
		id
	}
}
