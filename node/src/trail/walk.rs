//! Walking a trail back to its first entry, and filling the gaps that are met.

use super::{state::Page, Entries, Link};
use consentry_primitives::{
	api::TrailHead,
	trail::{advance, StoredEntry},
	CustomerId,
};
use consentry_runtime::AccountId;
use sp_core::{offchain::OffchainStorage, H256};

/// A walk along one trail, from its head in state back to its first entry.
///
/// It goes on from a head only by the entry that hashes to it. What was come past is therefore as
/// sure as the state that the walk began with, whoever the entries are from.
#[derive(Debug)]
pub struct Walk {
	next: H256,
	left: u64,
}

impl Walk {
	/// A walk that begins at the end of a trail.
	pub fn new(end: &TrailHead) -> Self {
		Self { next: end.head, left: end.entries }
	}

	/// Walks along those trails of `page` that `entries` does not hold to the first entry, each as
	/// far as it gets.
	pub fn unfinished(
		page: &Page,
		entries: &Entries<impl OffchainStorage>,
	) -> Vec<(CustomerId, Self)> {
		page.iter()
			.map(|(customer, end)| {
				let mut walk = Self::new(end);
				walk.proceed(entries);
				(*customer, walk)
			})
			.filter(|(_, walk)| !walk.is_done())
			.collect()
	}

	/// The head that the next entry, the newest not yet come past, leads to.
	pub fn next(&self) -> H256 {
		self.next
	}

	/// How many entries were not come past yet.
	pub fn left(&self) -> u64 {
		self.left
	}

	/// Whether the trail's first entry was come past.
	pub fn is_done(&self) -> bool {
		self.left == 0
	}

	/// Goes on by the next entry and returns it, if this node holds it.
	pub fn step(
		&mut self,
		entries: &Entries<impl OffchainStorage>,
	) -> Option<StoredEntry<AccountId>> {
		if self.is_done() {
			return None;
		}
		let Link { entry, previous, .. } = entries.get(self.next).ok()?;
		let stored = StoredEntry { previous, entry };
		self.pass(&stored);
		Some(stored)
	}

	/// Goes on as far as this node holds the entries.
	pub fn proceed(&mut self, entries: &Entries<impl OffchainStorage>) {
		while self.step(entries).is_some() {}
	}

	/// Goes on by an entry that came from elsewhere and keeps it, if it is the next one. Returns
	/// whether it is.
	pub fn take(
		&mut self,
		stored: &StoredEntry<AccountId>,
		entries: &mut Entries<impl OffchainStorage>,
	) -> bool {
		if self.is_done() || advance(&stored.previous, &stored.entry) != self.next {
			return false;
		}
		entries.put(stored);
		self.pass(stored);
		true
	}

	/// An entry's index is the number of those before it.
	fn pass(&mut self, stored: &StoredEntry<AccountId>) {
		self.next = stored.previous;
		self.left = stored.entry.index;
	}
}
