//! Consents that ended by time. They have no effect from their moment on, without any work; what
//! is left is to record it, in idle time or before the consent changes.

use crate::{Config, Consent, ConsentRevision, Consents, Event, Expiries, Pallet, WeightInfo};
use consentry_primitives::{
	consent::{Capture, ConsentState},
	customer::CustomerRegistry,
	day_of, Action, Actor, AuditTrail, CustomerId, Day, DueDay, PurposeId,
};
use frame_support::{pallet_prelude::Weight, traits::Time, weights::WeightMeter};

impl<T: Config> Pallet<T> {
	/// Spends idle time on recording the consents that ended on days that are over; returns the
	/// weight used.
	pub(crate) fn expire_when_idle(limit: Weight) -> Weight {
		let mut meter = WeightMeter::with_limit(limit);
		let today = day_of(T::Time::now());
		// One iterator for all of them: a new one would pass over what was removed in this block.
		let mut ending = Expiries::<T>::iter_keys();
		while meter.try_consume(T::WeightInfo::expire_queue()).is_ok() {
			let first = ending.next().filter(|(day, ..)| Day::from(*day) < today);
			let Some(due) = first else { break };
			if meter.try_consume(T::WeightInfo::expire_one()).is_err() {
				break;
			}
			Self::expire(due);
		}
		meter.consumed()
	}

	/// Records the end of a consent; where its customer was erased, just stops to wait for it.
	pub(crate) fn expire((day, customer, purpose): (DueDay, CustomerId, PurposeId)) {
		Expiries::<T>::remove((day, customer, purpose));
		if T::Customers::ensure_live(&customer).is_ok() {
			Self::record_end(&customer, purpose);
		}
	}

	/// The revision that records the end of `consent`, where its time has passed and it can have
	/// another one.
	pub(crate) fn end_of(consent: &Consent<T::AccountId>) -> Option<Consent<T::AccountId>> {
		let since = T::Time::now();
		consent.latest.ends().filter(|until| *until <= since)?;
		let revision = consent.revision.checked_add(1)?;
		let latest = ConsentRevision {
			since,
			state: ConsentState::Expired,
			actor: Actor::Chain,
			capture: Capture::Expiry,
			permission: consent.latest.permission.clone(),
		};
		Some(Consent { revision, latest })
	}

	/// Records the end of the consent, where its time has passed.
	pub(crate) fn record_end(customer: &CustomerId, purpose: PurposeId) {
		let Some(consent) = Consents::<T>::get(customer, purpose) else { return };
		let (Some(until), Some(ended)) = (consent.latest.ends(), Self::end_of(&consent)) else {
			return;
		};
		let (customer, revision) = (*customer, ended.revision);
		Self::store(&customer, purpose, ended);
		Self::deposit_event(Event::Expired { customer, purpose, revision, until });
		let action = Action::ConsentExpired { purpose, revision, until };
		T::AuditTrail::append(&customer, Actor::Chain, action);
	}
}
