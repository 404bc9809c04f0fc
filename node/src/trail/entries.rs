//! The trail entries in a node's off-chain storage, each under the head that it led to.

use codec::{DecodeAll, Encode};
use consentry_primitives::{
	api::TrailHead,
	trail::{advance, origin, storage_key, StoredEntry},
	CustomerId, Entry,
};
use consentry_runtime::AccountId;
use serde::Serialize;
use sp_core::{
	offchain::{OffchainStorage, STORAGE_PREFIX},
	H256,
};

/// Why an entry cannot be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Error {
	/// This node holds nothing under that head.
	NotHeld(H256),
	/// What this node holds under that head does not lead to it: it was changed or damaged.
	Corrupt(H256),
	/// The cursor is no head of this customer's trail.
	NotInTrail(H256),
}

/// An entry, the head that it leads to and the head before it.
#[derive(Clone, Debug, Serialize)]
pub struct Link {
	/// The entry.
	pub entry: Entry<AccountId>,
	/// The head after it.
	pub head: H256,
	/// The head before it.
	pub previous: H256,
}

/// A part of a trail, newest entry first.
#[derive(Clone, Debug)]
pub struct Page {
	/// The entries.
	pub entries: Vec<Link>,
	/// The cursor of the page after this one, `None` where the trail's first entry was reached.
	pub next: Option<H256>,
}

/// The entries in a node's off-chain storage.
#[derive(Clone)]
pub struct Entries<S> {
	storage: S,
	genesis: H256,
}

impl<S: OffchainStorage> Entries<S> {
	/// The entries in `storage` of the chain whose first block has the hash `genesis`.
	pub fn new(storage: S, genesis: H256) -> Self {
		Self { storage, genesis }
	}

	/// What lies under `head`: an entry, but maybe not the one that led there.
	pub fn read(&self, head: H256) -> Result<StoredEntry<AccountId>, Error> {
		let stored =
			self.storage.get(STORAGE_PREFIX, &storage_key(&head)).ok_or(Error::NotHeld(head))?;
		StoredEntry::decode_all(&mut &stored[..]).map_err(|_| Error::Corrupt(head))
	}

	/// The entry that led to `head`.
	pub fn get(&self, head: H256) -> Result<Link, Error> {
		let StoredEntry { previous, entry } = self.read(head)?;
		if advance(&previous, &entry) != head {
			return Err(Error::Corrupt(head));
		}
		Ok(Link { entry, head, previous })
	}

	/// Whether this is held, under the head that it leads to.
	pub fn holds(&self, stored: &StoredEntry<AccountId>) -> bool {
		self.get(advance(&stored.previous, &stored.entry)).is_ok()
	}

	/// Keeps an entry, under the head that it leads to.
	pub fn put(&mut self, stored: &StoredEntry<AccountId>) {
		let head = advance(&stored.previous, &stored.entry);
		self.storage.set(STORAGE_PREFIX, &storage_key(&head), &stored.encode());
	}

	/// At most `limit` entries of `customer`'s trail, which ends in `end`, walking back from
	/// `cursor` or else from its end.
	///
	/// A cursor is checked as far as the walk goes: an entry must have the place in the trail that
	/// it claims, and the first one must start from the customer's origin.
	pub fn walk(
		&self,
		customer: &CustomerId,
		end: &TrailHead,
		cursor: Option<H256>,
		limit: usize,
	) -> Result<Page, Error> {
		let mut page = Page { entries: Vec::new(), next: Some(cursor.unwrap_or(end.head)) };
		// A state and its entries come from the same blocks: only a cursor can be out of place.
		let out_of_place = |head| match cursor {
			Some(cursor) => Error::NotInTrail(cursor),
			None => Error::Corrupt(head),
		};
		while let Some(head) = page.next.filter(|_| page.entries.len() < limit) {
			let link = self.get(head)?;
			let index = link.entry.index;
			let fits = match page.entries.last() {
				Some(later) => index.checked_add(1) == Some(later.entry.index),
				None => index < end.entries && (index + 1 == end.entries) == (head == end.head),
			};
			let is_first = index == 0;
			let starts = !is_first || link.previous == origin(&self.genesis, customer);
			if !fits || !starts {
				return Err(out_of_place(head));
			}
			page.next = (!is_first).then_some(link.previous);
			page.entries.push(link);
		}
		Ok(page)
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use consentry_primitives::{Action, Actor};
	use sp_core::offchain::storage::InMemOffchainStorage;

	const GENESIS: H256 = H256::repeat_byte(7);
	const CUSTOMER: H256 = H256::repeat_byte(1);
	const OTHER: H256 = H256::repeat_byte(2);

	/// Appends `count` entries to the customer's trail and returns the head after each.
	fn append(
		entries: &mut Entries<InMemOffchainStorage>,
		customer: &H256,
		count: u64,
	) -> Vec<H256> {
		let mut head = origin(&GENESIS, customer);
		(0..count)
			.map(|index| {
				let action = Action::Registered { controller: 0 };
				let entry = Entry { index, moment: 5, block: 3, actor: Actor::Chain, action };
				let stored = StoredEntry::<AccountId> { previous: head, entry };
				head = advance(&head, &stored.entry);
				entries.storage.set(STORAGE_PREFIX, &storage_key(&head), &stored.encode());
				head
			})
			.collect()
	}

	fn trail(count: u64) -> (Entries<InMemOffchainStorage>, Vec<H256>, TrailHead) {
		let mut entries = Entries::new(InMemOffchainStorage::default(), GENESIS);
		let heads = append(&mut entries, &CUSTOMER, count);
		let head = heads[heads.len() - 1];
		(entries, heads, TrailHead { entries: count, head })
	}

	fn indices(page: &Page) -> Vec<u64> {
		page.entries.iter().map(|link| link.entry.index).collect()
	}

	#[test]
	fn pages_cover_the_trail_once() {
		let (entries, heads, end) = trail(5);
		let first = entries.walk(&CUSTOMER, &end, None, 2).unwrap();
		assert_eq!(indices(&first), [4, 3]);
		assert_eq!(first.next, Some(heads[2]));
		let second = entries.walk(&CUSTOMER, &end, first.next, 2).unwrap();
		assert_eq!(indices(&second), [2, 1]);
		let third = entries.walk(&CUSTOMER, &end, second.next, 2).unwrap();
		assert_eq!(indices(&third), [0]);
		assert_eq!(third.next, None);
	}

	#[test]
	fn a_page_that_ends_at_the_first_entry_has_no_next() {
		let (entries, _, end) = trail(3);
		assert_eq!(entries.walk(&CUSTOMER, &end, None, 3).unwrap().next, None);
	}

	#[test]
	fn a_missing_entry_is_an_error_and_no_shorter_list() {
		let (mut entries, heads, end) = trail(3);
		entries.storage.remove(STORAGE_PREFIX, &storage_key(&heads[1]));
		let error = entries.walk(&CUSTOMER, &end, None, 3).unwrap_err();
		assert_eq!(error, Error::NotHeld(heads[1]));
	}

	#[test]
	fn a_changed_entry_is_an_error() {
		let (mut entries, heads, end) = trail(3);
		let key = storage_key(&heads[1]);
		let stored = entries.storage.get(STORAGE_PREFIX, &key).unwrap();
		for position in 0..stored.len() {
			let mut changed = stored.clone();
			changed[position] ^= 1;
			entries.storage.set(STORAGE_PREFIX, &key, &changed);
			let error = entries.walk(&CUSTOMER, &end, None, 3).unwrap_err();
			assert_eq!(error, Error::Corrupt(heads[1]), "byte {position}");
		}
	}

	#[test]
	fn an_entry_under_anothers_head_is_an_error() {
		let (mut entries, heads, end) = trail(3);
		let first = entries.storage.get(STORAGE_PREFIX, &storage_key(&heads[0])).unwrap();
		entries.storage.set(STORAGE_PREFIX, &storage_key(&heads[2]), &first);
		let error = entries.walk(&CUSTOMER, &end, None, 3).unwrap_err();
		assert_eq!(error, Error::Corrupt(heads[2]));
	}

	#[test]
	fn a_cursor_of_another_trail_is_an_error() {
		let (mut entries, _, end) = trail(3);
		let foreign = append(&mut entries, &OTHER, 4);
		// One is later than the trail's last entry, one claims the place of its last entry, one is
		// found out at its first entry.
		for cursor in [foreign[3], foreign[2], foreign[1]] {
			let error = entries.walk(&CUSTOMER, &end, Some(cursor), 3).unwrap_err();
			assert_eq!(error, Error::NotInTrail(cursor));
		}
	}
}
