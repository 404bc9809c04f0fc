//! Appending to the hash chain.

use crate::{Config, Event, Pallet, Trail, Trails};
use codec::Encode;
use consentry_primitives::{
	api::{Appended, TrailHead},
	trail::{self, StoredEntry},
	Action, Actor, AuditTrail, CustomerId, Entry,
};
use frame_support::traits::Time;
use frame_system::pallet_prelude::BlockNumberFor;
use sp_core::H256;
use sp_runtime::{traits::Zero, SaturatedConversion};

impl<T: Config> Pallet<T> {
	/// The head of `customer`'s trail before its first entry.
	pub fn origin(customer: &CustomerId) -> H256 {
		let genesis = frame_system::Pallet::<T>::block_hash(BlockNumberFor::<T>::zero());
		trail::origin(&genesis, customer)
	}

	/// Length and head of `customer`'s trail, `None` where it has none.
	pub fn trail_head(customer: &CustomerId) -> Option<TrailHead> {
		Trails::<T>::get(customer).map(|Trail { entries, head }| TrailHead { entries, head })
	}

	/// The entry among `event`s that this pallet deposited, if it is one.
	pub fn appended(event: Event<T>) -> Option<Appended<T::AccountId>> {
		match event {
			Event::Appended { customer, entry, head } => {
				Some(Appended { customer, controller: None, entry, head })
			},
			_ => None,
		}
	}
}

impl<T: Config> AuditTrail<T::AccountId> for Pallet<T> {
	fn append(
		customer: &CustomerId,
		actor: Actor<T::AccountId>,
		action: Action<T::AccountId>,
	) -> Entry<T::AccountId> {
		let Trail { entries: index, head: previous } = Trails::<T>::get(customer)
			.unwrap_or_else(|| Trail { entries: 0, head: Self::origin(customer) });
		let entry = Entry {
			index,
			moment: T::Time::now(),
			block: frame_system::Pallet::<T>::block_number().saturated_into(),
			actor,
			action,
		};
		let head = trail::advance(&previous, &entry);
		// A `u64` of entries cannot be reached: a trail would take 2^64 extrinsics.
		Trails::<T>::insert(customer, Trail { entries: index.saturating_add(1), head });
		let stored = StoredEntry { previous, entry };
		sp_io::offchain_index::set(&trail::storage_key(&head), &stored.encode());
		let entry = stored.entry;
		Self::deposit_event(Event::Appended { customer: *customer, entry: entry.clone(), head });
		entry
	}
}
