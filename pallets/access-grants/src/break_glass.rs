//! Access in an emergency: without a grant and without consent, never without a trace. An Officer
//! of the controller has to review it.

use crate::{
	decisions::{ensure_admissible, reader_hash},
	Config, Error, Event, OverdueChecked, OverdueCursor, Pallet, Policies, Reviews, ReviewsDue,
	WeightInfo,
};
use codec::{Decode, Encode, MaxEncodedLen};
use consentry_primitives::{
	api::MemberInfo,
	consent::LawfulBases,
	customer::{CustomerRegistry, CustomerStatus},
	day_of, Action, Actor, AuditTrail, Categories, Commitment, CustomerId, Day, Denial, DueDay,
	Membership, Moment, OrganisationId, PurposeId, Role,
};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchResult, Get, Weight},
	traits::Time,
	weights::WeightMeter,
};
use scale_info::TypeInfo;

/// An access in an emergency that is still to be reviewed.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, MaxEncodedLen, TypeInfo)]
pub struct Review<AccountId> {
	/// Whose Officer has to review it.
	pub controller: OrganisationId,
	/// Who read.
	pub account: AccountId,
	/// Commitment to the description of the emergency.
	pub emergency: Commitment,
	/// By when it has to be reviewed.
	pub due: Moment,
}

impl<AccountId> Review<AccountId> {
	/// The day by which the review is found.
	pub(crate) fn due_day(&self) -> DueDay {
		day_of(self.due).into()
	}
}

impl<T: Config> Pallet<T> {
	/// The first reason, in the order of [`Denial`], why access in an emergency is denied.
	fn judge_emergency(
		member: &MemberInfo,
		customer: &CustomerStatus,
		purpose: PurposeId,
		categories: Categories,
	) -> Result<(), Denial> {
		let controller = customer.controller;
		ensure_admissible(customer, T::Membership::is_active(controller), member)?;
		let allowed =
			member.organisation == controller && Policies::<T>::get(controller).break_glass;
		ensure!(allowed, Denial::BreakGlassNotAllowed);
		let purpose = T::LawfulBases::purpose(purpose)
			.filter(|purpose| purpose.controller == controller)
			.ok_or(Denial::WrongPurpose)?;
		// No grant narrows what may be asked for, so asking for what the purpose needs is all up to
		// the caller.
		let needed = categories.is_valid() && purpose.categories.contains(categories);
		ensure!(needed, Denial::CategoryNotGranted);
		ensure!(!purpose.retired, Denial::PurposeRetired);
		Ok(())
	}

	pub(crate) fn do_break_glass(
		who: T::AccountId,
		customer: CustomerId,
		purpose: PurposeId,
		categories: Categories,
		emergency: Commitment,
		reader: Option<[u8; 32]>,
	) {
		let member = match Self::admit(&who) {
			Ok(member) => member,
			Err(reason) => return Self::deposit_event(Event::Refused { account: who, reason }),
		};
		let actor = Actor::Member { organisation: member.organisation, account: who.clone() };
		let status = T::Customers::status(&customer);
		let verdict = match &status {
			Some(status) => Self::judge_emergency(&member, status, purpose, categories),
			None => Err(Denial::UnknownCustomer),
		};
		if let Err(reason) = verdict {
			let action = Action::AccessDenied { grant: None, purpose, categories, reason };
			Self::deny(&who, &actor, customer, purpose, reason, action);
			if let Some(status) = status.filter(|_| reason.is_the_callers_fault()) {
				Self::count_denials([status.controller], &who);
			}
			return;
		}
		let controller = member.organisation;
		let due = T::Time::now().saturating_add(T::ReviewPeriod::get());
		let reader = reader.map(reader_hash);
		let action =
			Action::GlassBroken { purpose, categories, emergency, review_due: due, reader };
		let (decision, entry) = Self::record(&customer, actor, action);
		let review = Review { controller, account: who.clone(), emergency, due };
		ReviewsDue::<T>::insert((controller, review.due_day(), customer, entry.index), ());
		Reviews::<T>::insert(customer, entry.index, review);
		Self::deposit_event(Event::GlassBroken {
			controller,
			customer,
			account: who,
			decision,
			review_due: due,
		});
	}

	pub(crate) fn do_review(
		who: T::AccountId,
		customer: CustomerId,
		entry: u64,
		justified: bool,
		review: Commitment,
	) -> DispatchResult {
		let organisation = T::Membership::ensure_role(&who, Role::Officer)?;
		let pending = Reviews::<T>::get(customer, entry).ok_or(Error::<T>::NotFound)?;
		// Nobody reviews an access of its own.
		let may = pending.controller == organisation && pending.account != who;
		ensure!(may, Error::<T>::NotAuthorised);
		Reviews::<T>::remove(customer, entry);
		ReviewsDue::<T>::remove((organisation, pending.due_day(), customer, entry));
		Self::deposit_event(Event::GlassReviewed { customer, entry, justified });
		let actor = Actor::Member { organisation, account: who };
		let action = Action::GlassReviewed { entry, justified, review };
		T::AuditTrail::append(&customer, actor, action);
		Ok(())
	}

	/// Once a day goes through the pending reviews and reports those whose last day is over, in idle
	/// time; returns the weight used.
	pub(crate) fn report_overdue(limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		let today = day_of(T::Time::now());
		while meter.try_consume(T::WeightInfo::report_overdue()).is_ok() {
			if OverdueChecked::<T>::get() == Some(today) {
				break;
			}
			let mut pending = match OverdueCursor::<T>::get() {
				Some(last) => {
					ReviewsDue::<T>::iter_keys_from(ReviewsDue::<T>::hashed_key_for(last))
				},
				None => ReviewsDue::<T>::iter_keys(),
			};
			let Some(key) = pending.next() else {
				OverdueCursor::<T>::kill();
				OverdueChecked::<T>::put(today);
				break;
			};
			OverdueCursor::<T>::put(key);
			let (controller, due, customer, entry) = key;
			let due = Day::from(due);
			if due < today {
				Self::deposit_event(Event::ReviewOverdue { controller, customer, entry, due });
			}
		}
		meter.consumed()
	}
}
