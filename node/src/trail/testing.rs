//! Trails for tests.

use super::{
	state::{Page, TrailEnds},
	Entries,
};
use consentry_primitives::{
	api::TrailHead,
	trail::{advance, origin, StoredEntry},
	Action, Actor, CustomerId, Entry,
};
use consentry_runtime::AccountId;
use sp_blockchain::Error;
use sp_core::{offchain::storage::InMemOffchainStorage, H256};
use std::collections::BTreeMap;

/// Hash of the chain's first block.
pub const GENESIS: H256 = H256::repeat_byte(7);

/// How many trails come in a page, few enough for several pages.
const PAGE: usize = 5;

/// Entries that are held in memory.
pub type Held = Entries<InMemOffchainStorage>;

/// None.
pub fn nothing() -> Held {
	Entries::new(InMemOffchainStorage::default(), GENESIS)
}

/// The entries of a trail, oldest first.
pub fn trail(customer: &CustomerId, length: u64) -> Vec<StoredEntry<AccountId>> {
	let mut previous = origin(&GENESIS, customer);
	(0..length)
		.map(|index| {
			let action = Action::Registered { controller: 0 };
			let entry = Entry { index, moment: 5, block: 3, actor: Actor::Chain, action };
			let stored = StoredEntry { previous, entry };
			previous = head_of(&stored);
			stored
		})
		.collect()
}

/// The head to which an entry leads.
pub fn head_of(stored: &StoredEntry<AccountId>) -> H256 {
	advance(&stored.previous, &stored.entry)
}

/// The trails of some customers, and all of their entries.
#[derive(Clone)]
pub struct Trails {
	/// The trails' ends.
	pub ends: BTreeMap<CustomerId, TrailHead>,
	/// Their entries, those of each trail oldest first.
	pub entries: Vec<StoredEntry<AccountId>>,
}

impl Trails {
	/// Trails of these lengths.
	pub fn new(lengths: impl IntoIterator<Item = u64>) -> Self {
		let mut trails = Self { ends: BTreeMap::new(), entries: Vec::new() };
		for (number, length) in lengths.into_iter().enumerate() {
			let customer = H256::from_low_u64_be(number as u64);
			let entries = trail(&customer, length);
			let head = entries.last().map(head_of).expect("a trail has an entry");
			trails.ends.insert(customer, TrailHead { entries: length, head });
			trails.entries.extend(entries);
		}
		trails
	}

	/// Those of their entries that fit.
	pub fn held(&self, fits: impl Fn(&StoredEntry<AccountId>) -> bool) -> Held {
		let mut held = nothing();
		self.entries.iter().filter(|stored| fits(stored)).for_each(|stored| held.put(stored));
		held
	}

	/// Whether all of their entries are held.
	pub fn are_in(&self, held: &Held) -> bool {
		self.entries.iter().all(|stored| held.holds(stored))
	}

	/// How many of their entries are held.
	pub fn number_in(&self, held: &Held) -> usize {
		self.entries.iter().filter(|stored| held.holds(stored)).count()
	}
}

impl TrailEnds for Trails {
	fn end(&self, customer: &CustomerId) -> Result<Option<TrailHead>, Error> {
		Ok(self.ends.get(customer).cloned())
	}

	fn page(&self, after: Option<CustomerId>) -> Result<Page, Error> {
		let all = self.ends.iter().map(|(customer, end)| (*customer, end.clone()));
		Ok(all.filter(|(customer, _)| Some(*customer) > after).take(PAGE).collect())
	}
}
