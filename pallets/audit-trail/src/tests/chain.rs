//! Heads, entries and where they lie.

use crate::{mock::*, Event, Trail, Trails};
use codec::{Encode, MaxEncodedLen};
use consentry_primitives::{trail, Action, Actor, Entry};
use sp_core::H256;

fn registered() -> Action<u64> {
	Action::Registered { controller: 3 }
}

#[test]
fn the_first_entry_starts_from_the_origin() {
	let (head, ext) = run(|| append(customer(1), Actor::Customer, registered()));
	let entry =
		Entry { index: 0, moment: 1_000, block: 1, actor: Actor::Customer, action: registered() };
	let origin = trail::origin(&GENESIS, &customer(1));
	assert_eq!(head, trail::advance(&origin, &entry));
	let stored = stored(&ext, &head).expect("the entry is in off-chain storage");
	assert_eq!((stored.previous, stored.entry), (origin, entry));
}

#[test]
fn entries_can_be_walked_back_from_the_head() {
	let (_, mut ext) = run(|| {
		for _ in 0..5 {
			append(customer(1), Actor::Chain, registered());
			append(customer(2), Actor::Chain, Action::Claimed);
		}
	});
	let Trail { entries, mut head } =
		ext.execute_with(|| Trails::<Test>::get(customer(1))).expect("there is a trail");
	assert_eq!(entries, 5);
	for index in (0..5).rev() {
		let stored = stored(&ext, &head).expect("the entry is in off-chain storage");
		assert_eq!(stored.entry.index, index);
		assert_eq!(trail::advance(&stored.previous, &stored.entry), head);
		head = stored.previous;
	}
	assert_eq!(head, trail::origin(&GENESIS, &customer(1)));
}

#[test]
fn an_event_tells_entry_and_head() {
	let (head, mut ext) = run(|| append(customer(1), Actor::Customer, registered()));
	ext.execute_with(|| {
		let event = Event::Appended {
			customer: customer(1),
			entry: Entry {
				index: 0,
				moment: 1_000,
				block: 1,
				actor: Actor::Customer,
				action: registered(),
			},
			head,
		};
		System::assert_last_event(event.into());
	});
}

#[test]
fn sizes_are_pinned() {
	assert_eq!(Trail::<H256>::max_encoded_len(), 40);
	assert_eq!(Entry::<sp_runtime::AccountId32>::max_encoded_len(), 20 + 37 + 94);
	assert_eq!(Trail { entries: 1, head: H256::zero() }.encoded_size(), 40);
}
