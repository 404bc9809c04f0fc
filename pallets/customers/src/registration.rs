//! Registering customers, sealing their records, recording interactions.

use crate::{
	Config, Customer, Customers, Error, Event, Interaction, NewCustomer, Pallet, Record, Records,
};
use consentry_primitives::{
	customer::{categories_are_unique, customer_id},
	Action, Actor, AuditTrail, Commitment, CustomerId, DataCategory, Membership, Role,
};
use frame_support::{ensure, pallet_prelude::DispatchResult, traits::Time};

impl<T: Config> Pallet<T> {
	pub(crate) fn do_register(
		who: T::AccountId,
		customers: impl IntoIterator<Item = NewCustomer<T::MaxRecords>>,
	) -> DispatchResult {
		let controller = T::Membership::ensure_role(&who, Role::Steward)?;
		let actor = Actor::Member { organisation: controller, account: who };
		for NewCustomer { nonce, records } in customers {
			let id = customer_id(controller, &nonce);
			ensure!(!Customers::<T>::contains_key(id), Error::<T>::AlreadyExists);
			ensure!(categories_are_unique(&records), Error::<T>::DuplicateCategory);
			let customer = Customer {
				controller,
				registered: T::Time::now(),
				account: None,
				erasure_requested: None,
				held_until: None,
				erased: None,
			};
			Customers::<T>::insert(id, customer);
			Self::deposit_event(Event::Registered { customer: id, controller });
			T::AuditTrail::append(&id, actor.clone(), Action::Registered { controller });
			for (category, commitment) in records {
				Self::seal_record(&id, &actor, category, commitment)?;
			}
		}
		Ok(())
	}

	pub(crate) fn do_seal(
		who: T::AccountId,
		id: CustomerId,
		category: DataCategory,
		commitment: Commitment,
	) -> DispatchResult {
		let (_, actor) = Self::ensure_controller(who, Role::Steward, &id)?;
		Self::seal_record(&id, &actor, category, commitment)
	}

	fn seal_record(
		id: &CustomerId,
		actor: &Actor<T::AccountId>,
		category: DataCategory,
		commitment: Commitment,
	) -> DispatchResult {
		let revision = match Records::<T>::get(id, category) {
			Some(record) => record.revision.checked_add(1).ok_or(Error::<T>::TooManyRevisions)?,
			None => 0,
		};
		let record = Record { revision, commitment, sealed: T::Time::now() };
		Records::<T>::insert(id, category, record);
		Self::deposit_event(Event::RecordSealed { customer: *id, category, revision });
		let action = Action::RecordSealed { category, revision, commitment };
		T::AuditTrail::append(id, actor.clone(), action);
		Ok(())
	}

	pub(crate) fn do_record_interactions(
		who: T::AccountId,
		interactions: impl IntoIterator<Item = Interaction>,
	) -> DispatchResult {
		let organisation = T::Membership::ensure_role(&who, Role::Steward)?;
		let actor = Actor::Member { organisation, account: who };
		for Interaction { customer: id, kind, commitment } in interactions {
			let customer = Self::ensure_live(&id)?;
			ensure!(customer.controller == organisation, Error::<T>::NotAuthorised);
			Self::deposit_event(Event::InteractionRecorded { customer: id, kind });
			let action = Action::InteractionRecorded { kind, commitment };
			T::AuditTrail::append(&id, actor.clone(), action);
		}
		Ok(())
	}
}
