//! Erasure (GDPR Art. 17), the legal holds that suspend it, and the work that is left for idle
//! time: deleting what is kept of erased customers, and reporting erasures that are overdue.

use crate::{
	Binding, Bindings, Config, Customer, Erasures, Error, Event, OverdueChecked, OverdueCursor,
	Pallet, Records, Sweeping, WeightInfo,
};
use consentry_primitives::{
	customer::{Sweep, Swept},
	day_of, Action, Actor, AuditTrail, Commitment, CustomerId, Day, Moment, Role,
};
use frame_support::{
	ensure,
	pallet_prelude::{DispatchResult, Get, Weight},
	traits::Time,
	weights::WeightMeter,
};
use sp_runtime::DispatchError;

impl<T: Config> Pallet<T> {
	/// The live customer, where no erasure is pending yet.
	fn ensure_not_requested(id: &CustomerId) -> Result<Customer<T::AccountId>, DispatchError> {
		let customer = Self::ensure_live(id)?;
		ensure!(customer.erasure_requested.is_none(), Error::<T>::AlreadyRequested);
		Ok(customer)
	}

	/// The actor, where `who` may ask for erasure as the customer or a guardian.
	pub(crate) fn check_request_erasure(
		who: &T::AccountId,
		id: &CustomerId,
	) -> Result<Actor<T::AccountId>, DispatchError> {
		Self::ensure_not_requested(id)?;
		Self::ensure_customer(who, id)
	}

	pub(crate) fn do_request_erasure(who: T::AccountId, id: CustomerId) -> DispatchResult {
		let mut customer = Self::ensure_not_requested(&id)?;
		let actor = match Bindings::<T>::get(&who) {
			Some(Binding::Customer(_) | Binding::Guardian(_)) => Self::ensure_customer(&who, &id)?,
			_ => Self::ensure_controller(who, Role::Officer, &id)?.1,
		};
		customer.erasure_requested = Some(T::Time::now());
		let due = customer.erasure_due(T::ErasurePeriod::get()).unwrap_or(Moment::MAX);
		Self::store(&id, customer);
		Self::deposit_event(Event::ErasureRequested { customer: id, due });
		T::AuditTrail::append(&id, actor, Action::ErasureRequested { due });
		Ok(())
	}

	pub(crate) fn do_place_hold(
		who: T::AccountId,
		id: CustomerId,
		until: Moment,
		reason: Commitment,
	) -> DispatchResult {
		let (mut customer, actor) = Self::ensure_controller(who, Role::Officer, &id)?;
		ensure!(T::Time::now() < until, Error::<T>::InvalidPeriod);
		customer.held_until = Some(until);
		Self::store(&id, customer);
		Self::deposit_event(Event::HoldPlaced { customer: id, until });
		T::AuditTrail::append(&id, actor, Action::HoldPlaced { until, reason });
		Ok(())
	}

	pub(crate) fn do_lift_hold(who: T::AccountId, id: CustomerId) -> DispatchResult {
		let (mut customer, actor) = Self::ensure_controller(who, Role::Officer, &id)?;
		ensure!(customer.held_until.take().is_some(), Error::<T>::NotHeld);
		Self::store(&id, customer);
		Self::deposit_event(Event::HoldLifted { customer: id });
		T::AuditTrail::append(&id, actor, Action::HoldLifted);
		Ok(())
	}

	pub(crate) fn do_erase(who: T::AccountId, id: CustomerId) -> DispatchResult {
		let (mut customer, actor) = Self::ensure_controller(who, Role::Officer, &id)?;
		let now = T::Time::now();
		ensure!(customer.held_until.is_none_or(|until| until <= now), Error::<T>::OnHold);
		Self::release_all(&id, customer.account.take());
		customer.erasure_requested = None;
		customer.held_until = None;
		customer.erased = Some(now);
		Self::store(&id, customer);
		Sweeping::<T>::insert(id, ());
		Self::deposit_event(Event::Erased { customer: id });
		T::AuditTrail::append(&id, actor, Action::Erased);
		Ok(())
	}

	/// Spends idle time on sweeping and reporting; returns the weight used.
	pub(crate) fn work_when_idle(limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		Self::sweep_erased(&mut meter);
		Self::report_overdue(&mut meter);
		meter.consumed()
	}

	/// Deletes what is kept of erased customers, one after the other.
	fn sweep_erased(meter: &mut WeightMeter) {
		let value = T::Sweep::weight_of_one();
		// One iterator for all of them: a new one would pass over what was deleted in this block.
		let mut erased = Sweeping::<T>::drain();
		while meter.try_consume(T::WeightInfo::sweep_queue()).is_ok() {
			let Some((id, ())) = erased.next() else { return };
			let affordable = meter.remaining().checked_div_per_component(&value).unwrap_or(0);
			let swept = match u32::try_from(affordable).unwrap_or(u32::MAX) {
				0 => Swept { deleted: 0, done: false },
				limit => {
					let swept = T::Sweep::sweep(&id, limit);
					// To find that nothing is kept costs as much as a value.
					meter.consume(value.saturating_mul(swept.deleted.max(1).into()));
					swept
				},
			};
			if !swept.done {
				Sweeping::<T>::insert(id, ());
				return;
			}
			Self::deposit_event(Event::Swept { customer: id });
		}
	}

	/// Once a day goes through the pending erasures and reports those whose last day is over.
	fn report_overdue(meter: &mut WeightMeter) {
		let today = day_of(T::Time::now());
		while meter.try_consume(T::WeightInfo::report_overdue()).is_ok() {
			if OverdueChecked::<T>::get() == Some(today) {
				return;
			}
			let mut pending = match OverdueCursor::<T>::get() {
				Some(last) => Erasures::<T>::iter_keys_from(Erasures::<T>::hashed_key_for(last)),
				None => Erasures::<T>::iter_keys(),
			};
			let Some(key) = pending.next() else {
				OverdueCursor::<T>::kill();
				OverdueChecked::<T>::put(today);
				return;
			};
			OverdueCursor::<T>::put(key);
			let (controller, due, customer) = key;
			if Day::from(due) < today {
				Self::deposit_event(Event::ErasureOverdue {
					customer,
					controller,
					due: due.into(),
				});
			}
		}
	}
}

/// Deletes the records of an erased customer.
impl<T: Config> Sweep for Pallet<T> {
	fn sweep(customer: &CustomerId, limit: u32) -> Swept {
		let mut keys = Records::<T>::iter_key_prefix(customer);
		let mut deleted = 0u32;
		while deleted < limit {
			let Some(category) = keys.next() else { return Swept { deleted, done: true } };
			Records::<T>::remove(customer, category);
			deleted = deleted.saturating_add(1);
		}
		Swept { deleted, done: keys.next().is_none() }
	}

	fn weight_of_one() -> Weight {
		T::WeightInfo::sweep_value()
	}
}
