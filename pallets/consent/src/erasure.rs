//! Deleting what is kept of an erased customer (GDPR Art. 17).

use crate::{Allowances, Config, Consents, Expiries, Pallet, PastConsents, WeightInfo};
use consentry_primitives::{
	customer::{Sweep, Swept},
	CustomerId,
};
use frame_support::pallet_prelude::Weight;

/// Deletes the consents of an erased customer with all their revisions. The superseded ones go
/// first, so that a consent leaves no revision behind that nothing leads to.
impl<T: Config> Sweep for Pallet<T> {
	fn sweep(customer: &CustomerId, limit: u32) -> Swept {
		let mut deleted = 0u32;
		for (purpose, revision) in PastConsents::<T>::iter_key_prefix((*customer,)) {
			if deleted == limit {
				return Swept { deleted, done: false };
			}
			PastConsents::<T>::remove((customer, purpose, revision));
			deleted = deleted.saturating_add(1);
		}
		for (purpose, consent) in Consents::<T>::iter_prefix(customer) {
			if deleted == limit {
				return Swept { deleted, done: false };
			}
			if let Some(day) = consent.latest.due_day() {
				Expiries::<T>::remove((day, customer, purpose));
			}
			Consents::<T>::remove(customer, purpose);
			deleted = deleted.saturating_add(1);
		}
		if Allowances::<T>::contains_key(customer) {
			if deleted == limit {
				return Swept { deleted, done: false };
			}
			Allowances::<T>::remove(customer);
			deleted = deleted.saturating_add(1);
		}
		Swept { deleted, done: true }
	}

	fn weight_of_one() -> Weight {
		T::WeightInfo::sweep_value()
	}
}
