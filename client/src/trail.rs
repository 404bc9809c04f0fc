//! Checking a trail against the head that the chain's state commits to.
//!
//! Nothing here asks a node: what a node served is checked, entry by entry, from the proven head
//! back to the customer's origin. Each head is a hash over the head before it and one entry, so
//! the first entry that does not fit is the one that was changed, left out, added or moved.

use crate::store::{verified::VerifiedHead, Fact, Subject};
use codec::Encode;
use consentry_primitives::{
	api::TrailHead,
	consent::Capture,
	trail::{advance, origin},
	Action, Commitment, CustomerId, Entry,
};
use serde::{Deserialize, Serialize};
use sp_core::{crypto::AccountId32, H256};
use std::collections::HashSet;

/// An entry as a node serves it, with the heads that it leads from and to.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Link {
	/// The entry.
	pub entry: Entry<AccountId32>,
	/// The head after it.
	pub head: H256,
	/// The head before it.
	pub previous: H256,
}

/// What is wrong with a trail.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Finding {
	/// An entry is not the one that the state commits to.
	#[error("entry {0} was changed: it does not lead to the head that the chain commits to")]
	Changed(u64),
	/// An entry was left out.
	#[error("entry {0} is missing")]
	Missing(u64),
	/// There is an entry too many.
	#[error("an entry was added: entry {0} was served where the trail has none")]
	Added(u64),
	/// Entries stand in another order.
	#[error("entries are out of order: where entry {expected} belongs, entry {found} was served")]
	Reordered {
		/// The entry that belongs there.
		expected: u64,
		/// The entry that was served.
		found: u64,
	},
	/// The first entry does not start from the customer's origin on this chain.
	#[error("the first entry belongs to another customer or another chain")]
	OtherOrigin,
	/// The trail is no continuation of the one verified before.
	#[error(
		"history was rewritten: the trail verified at block {block} had {entries} entries, and \
		 today's does not begin with them"
	)]
	Rewritten {
		/// Number of entries then.
		entries: u64,
		/// Number of the block then.
		block: u32,
	},
	/// Something that was sealed or recorded is not in the trail.
	#[error("the {subject} sealed as {} is not in the trail", shown(.commitment))]
	NotInTrail {
		/// What it is about.
		subject: Subject,
		/// Its commitment.
		commitment: Commitment,
	},
	/// The local store does not hold what was committed to.
	#[error("the local store's {subject} does not open its commitment {}", shown(.commitment))]
	NotOpened {
		/// What it is about.
		subject: Subject,
		/// The commitment.
		commitment: Commitment,
	},
}

fn shown(commitment: &Commitment) -> String {
	format!("0x{}", hex::encode(commitment.encode()))
}

/// Heads after each entry of a trail that was checked, oldest first.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Checked {
	/// The entries, oldest first.
	pub entries: Vec<Entry<AccountId32>>,
	/// The head after each.
	pub heads: Vec<H256>,
}

/// Checks entries as served, newest first, against the proven end of the trail.
pub fn check(
	genesis: &H256,
	customer: &CustomerId,
	proven: &TrailHead,
	served: &[Link],
) -> Result<Checked, Finding> {
	let mut expected_head = proven.head;
	let mut heads = Vec::with_capacity(served.len());
	for (position, expected) in (0..proven.entries).rev().enumerate() {
		let Some(link) = served.get(position) else {
			return Err(Finding::Missing(expected));
		};
		if advance(&link.previous, &link.entry) != expected_head {
			return Err(diagnose(expected, position, served));
		}
		// The hash covers the index: this can only fail where the chain itself numbers wrongly.
		if link.entry.index != expected {
			return Err(Finding::Reordered { expected, found: link.entry.index });
		}
		heads.push(expected_head);
		expected_head = link.previous;
	}
	if let Some(link) = served.get(heads.len()) {
		return Err(Finding::Added(link.entry.index));
	}
	if expected_head != origin(genesis, customer) {
		return Err(Finding::OtherOrigin);
	}
	heads.reverse();
	Ok(Checked { entries: served.iter().rev().map(|link| link.entry.clone()).collect(), heads })
}

/// What happened to the entry `expected`, where the one served at `position` is not it.
fn diagnose(expected: u64, position: usize, served: &[Link]) -> Finding {
	let found = served[position].entry.index;
	if found == expected {
		return Finding::Changed(expected);
	}
	if served[..position].iter().any(|link| link.entry.index == found) || found > expected {
		return Finding::Added(found);
	}
	match served[position..].iter().any(|link| link.entry.index == expected) {
		true => Finding::Reordered { expected, found },
		false => Finding::Missing(expected),
	}
}

/// The commitment in an entry that the local store can open, with what it is about.
pub fn committed(entry: &Entry<AccountId32>) -> Option<(Subject, Commitment)> {
	match entry.action {
		Action::RecordSealed { category, commitment, .. } => {
			Some((Subject::Record(category), commitment))
		},
		Action::InteractionRecorded { kind, commitment } => {
			Some((Subject::Interaction(kind), commitment))
		},
		Action::Invited { evidence, .. }
		| Action::GuardianAppointed { evidence, .. }
		| Action::ConsentRequested { capture: Capture::Recorded { evidence, .. }, .. }
		| Action::ConsentGiven { capture: Capture::Recorded { evidence, .. }, .. }
		| Action::ConsentWithdrawn { capture: Capture::Recorded { evidence, .. }, .. }
		| Action::Objected { capture: Capture::Recorded { evidence, .. }, .. } => {
			Some((Subject::Evidence, evidence))
		},
		Action::HoldPlaced { reason: commitment, .. }
		| Action::GlassBroken { emergency: commitment, .. }
		| Action::GlassReviewed { review: commitment, .. } => Some((Subject::Evidence, commitment)),
		_ => None,
	}
}

impl Checked {
	/// Checks that this trail continues the one verified before.
	pub fn continues(&self, earlier: &VerifiedHead) -> Result<(), Finding> {
		let then = earlier.entries.checked_sub(1).and_then(|last| self.heads.get(last as usize));
		match then == Some(&earlier.head) {
			true => Ok(()),
			false => Err(Finding::Rewritten { entries: earlier.entries, block: earlier.block }),
		}
	}

	/// The commitments in the trail, with what they are about.
	pub fn commitments(&self) -> HashSet<(Subject, Commitment)> {
		self.entries.iter().filter_map(committed).collect()
	}

	/// Checks that everything the local store holds as done is in the trail, and opens its
	/// commitment; tells how many of the trail's commitments were opened, and how many are left.
	pub fn open(&self, facts: &[Fact]) -> Result<Opened, Finding> {
		let mut unopened = self.commitments();
		let mut opened = 0;
		for fact in facts.iter().filter(|fact| fact.done) {
			let (subject, commitment) = (fact.subject, fact.commitment);
			if fact.sealed.commitment() != commitment {
				return Err(Finding::NotOpened { subject, commitment });
			}
			if !unopened.remove(&(subject, commitment)) {
				return Err(Finding::NotInTrail { subject, commitment });
			}
			opened += 1;
		}
		Ok(Opened { opened, unopened: unopened.len() })
	}
}

/// How much of a trail the local store opens.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default, Serialize)]
pub struct Opened {
	/// Commitments that the local store opens.
	pub opened: usize,
	/// Commitments of which the local store knows nothing: another store of the controller wrote
	/// them.
	pub unopened: usize,
}

#[cfg(test)]
#[path = "trail_tests.rs"]
mod tests;
