//! Consents that ended by time. They have no effect from their moment on, without any work; what
//! is left for idle time is to record it.

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
		if T::Customers::ensure_live(&customer).is_err() {
			return;
		}
		let Some(Consent { revision, latest }) = Consents::<T>::get(customer, purpose) else {
			return;
		};
		// A consent that cannot have another revision has ended all the same.
		let (Some(until), Some(revision)) = (latest.ends(), revision.checked_add(1)) else {
			return;
		};
		let latest = ConsentRevision {
			since: T::Time::now(),
			state: ConsentState::Expired,
			actor: Actor::Chain,
			capture: Capture::Expiry,
			permission: latest.permission,
		};
		Self::store(&customer, purpose, Consent { revision, latest });
		Self::deposit_event(Event::Expired { customer, purpose, revision, until });
		let action = Action::ConsentExpired { purpose, revision, until };
		T::AuditTrail::append(&customer, Actor::Chain, action);
	}
}
