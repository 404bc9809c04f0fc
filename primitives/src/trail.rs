//! The trail of a customer: its entries, and the hash chain over them.
//!
//! `head' = blake2_256(head ‖ SCALE(entry))`, starting from [`origin`]. Whoever holds the entries
//! can recompute the head and compare it with the one in a finalised block's state.

use crate::{
	access::{GrantTerms, Grantee},
	consent::{Capture, Permission},
	customer::IdentificationMethod,
	Categories, Commitment, CustomerId, DataCategory, Denial, GrantId, InteractionKind,
	LawfulBasis, Moment, OrganisationId, PurposeId,
};
use alloc::vec::Vec;
use codec::{Decode, Encode};
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};

/// Domain separation of [`origin`]; the last byte is the version of the chain's form.
const ORIGIN_TAG: &[u8] = b"consentry/trail/\x01";

/// Domain separation of [`decision_id`]; the last byte is its version.
const DECISION_TAG: &[u8] = b"consentry/decision/\x01";

/// Prefix of the keys under which entries lie in a node's off-chain storage.
const STORAGE_TAG: &[u8] = b"consentry/trail-entry/";

/// The head of `customer`'s trail before its first entry, on the chain with this `genesis` hash.
pub fn origin(genesis: &H256, customer: &CustomerId) -> H256 {
	BlakeTwo256::hash(&[ORIGIN_TAG, genesis.as_bytes(), customer.as_bytes()].concat())
}

/// The head to which `entry` leads from `head`.
pub fn advance<AccountId: Encode>(head: &H256, entry: &Entry<AccountId>) -> H256 {
	BlakeTwo256::hash_of(&(head, entry))
}

/// Identifies the access decision that `entry` in the trail of `customer` records, on the chain
/// with this `genesis` hash.
pub fn decision_id<AccountId: Encode>(
	genesis: &H256,
	customer: &CustomerId,
	entry: &Entry<AccountId>,
) -> H256 {
	BlakeTwo256::hash(&[DECISION_TAG, &(genesis, customer, entry).encode()].concat())
}

/// Where a node keeps the entry that led to `head`, a [`StoredEntry`], in its off-chain storage.
pub fn storage_key(head: &H256) -> Vec<u8> {
	[STORAGE_TAG, head.as_bytes()].concat()
}

shared_type! {
	/// One fact in a customer's trail.
	#[serde(rename_all = "camelCase")]
	pub struct Entry<AccountId> {
		/// Place in the trail, from 0.
		pub index: u64,
		/// Time of the block that holds it.
		pub moment: Moment,
		/// Number of that block.
		pub block: u32,
		/// Who did it.
		pub actor: Actor<AccountId>,
		/// What was done.
		pub action: Action<AccountId>,
	}
}

/// An entry as a node keeps it, with the head before it: enough to walk back.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct StoredEntry<AccountId> {
	/// The head that this entry was appended to.
	pub previous: H256,
	/// The entry.
	pub entry: Entry<AccountId>,
}

shared_type! {
	/// Who did what an entry tells.
	#[serde(tag = "type", rename_all = "kebab-case")]
	pub enum Actor<AccountId> {
		/// The customer.
		#[codec(index = 0)]
		Customer,
		/// One of the customer's guardians.
		#[codec(index = 1)]
		Guardian {
			/// The guardian's account.
			account: AccountId,
		},
		/// A member, for its organisation.
		#[codec(index = 2)]
		Member {
			/// The organisation.
			organisation: OrganisationId,
			/// The member's account.
			account: AccountId,
		},
		/// The chain itself: a deadline passed, a sweep ended.
		#[codec(index = 3)]
		Chain,
	}
}

shared_type! {
	/// What was done to a customer. Indices 0 to 31 belong to `customers`, 32 to 63 to `consent`, 64
	/// to 95 to `access-grants`; none is ever used again for something else.
	#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
	pub enum Action<AccountId> {
		/// The customer was registered.
		#[codec(index = 0)]
		Registered {
			/// The organisation that keeps the customer's data.
			controller: OrganisationId,
		},
		/// A one-time key was invited to claim the customer.
		#[codec(index = 1)]
		Invited {
			/// How the controller made sure whom it invites.
			method: IdentificationMethod,
			/// Commitment to the evidence of that.
			evidence: Commitment,
			/// From when the invitation can be used: later than its entry where an account could
			/// still veto it.
			opens: Moment,
			/// Until when it can be used.
			expires: Moment,
		},
		/// The invitation was taken back by the controller.
		#[codec(index = 2)]
		InvitationRevoked,
		/// The invitation was refused by the account that holds the customer.
		#[codec(index = 3)]
		InvitationVetoed,
		/// An account was bound to the customer.
		#[codec(index = 4)]
		Claimed,
		/// A guardian was appointed.
		#[codec(index = 5)]
		GuardianAppointed {
			/// The guardian's account.
			guardian: AccountId,
			/// Commitment to the evidence of its authority.
			evidence: Commitment,
			/// When the appointment ends.
			until: Moment,
		},
		/// A guardian was dismissed before its time.
		#[codec(index = 6)]
		GuardianDismissed {
			/// The guardian's account.
			guardian: AccountId,
		},
		/// A record was sealed: first (revision 0) or anew (rectification, GDPR Art. 16).
		#[codec(index = 7)]
		RecordSealed {
			/// What the record is about.
			category: DataCategory,
			/// Revision of the record, from 0.
			revision: u32,
			/// Commitment to its content.
			commitment: Commitment,
		},
		/// An interaction was recorded.
		#[codec(index = 8)]
		InteractionRecorded {
			/// What happened.
			kind: InteractionKind,
			/// Commitment to its details.
			commitment: Commitment,
		},
		/// Erasure was asked for (GDPR Art. 17).
		#[codec(index = 9)]
		ErasureRequested {
			/// By when it has to be done.
			due: Moment,
		},
		/// Erasure was suspended by law (GDPR Art. 17(3)).
		#[codec(index = 10)]
		HoldPlaced {
			/// When the hold ends by itself.
			until: Moment,
			/// Commitment to its reason.
			reason: Commitment,
		},
		/// The hold was ended before its time.
		#[codec(index = 11)]
		HoldLifted,
		/// The customer was erased: what is kept on chain stopped having effect in this block.
		#[codec(index = 12)]
		Erased,
		/// Consent was asked for, to be confirmed.
		#[codec(index = 32)]
		ConsentRequested {
			/// The purpose.
			purpose: PurposeId,
			/// Revision of the consent, from 0.
			revision: u32,
			/// What is to be consented to.
			permission: Permission,
			/// How that reached the chain.
			capture: Capture<AccountId>,
		},
		/// Consent was given, confirmed or given anew.
		#[codec(index = 33)]
		ConsentGiven {
			/// The purpose.
			purpose: PurposeId,
			/// Revision of the consent, from 0.
			revision: u32,
			/// What was consented to.
			permission: Permission,
			/// How that reached the chain.
			capture: Capture<AccountId>,
		},
		/// Consent was withdrawn.
		#[codec(index = 34)]
		ConsentWithdrawn {
			/// The purpose.
			purpose: PurposeId,
			/// Revision of the consent, from 0.
			revision: u32,
			/// How that reached the chain.
			capture: Capture<AccountId>,
		},
		/// The customer objected to processing on another basis than consent.
		#[codec(index = 35)]
		Objected {
			/// The purpose.
			purpose: PurposeId,
			/// Revision of the consent, from 0.
			revision: u32,
			/// How that reached the chain.
			capture: Capture<AccountId>,
		},
		/// The time of a consent had passed: it had no effect from then on, which lies before this
		/// entry.
		#[codec(index = 36)]
		ConsentExpired {
			/// The purpose.
			purpose: PurposeId,
			/// Revision of the consent, from 0.
			revision: u32,
			/// When it ended.
			until: Moment,
		},
		/// Access to just this customer was granted.
		#[codec(index = 64)]
		Granted {
			/// The grant.
			grant: GrantId,
			/// Who may use it.
			grantee: Grantee<AccountId>,
			/// What it allows.
			terms: GrantTerms,
		},
		/// A grant was revoked: one to just this customer, or by the customer for its own data one
		/// to all customers.
		#[codec(index = 65)]
		GrantRevoked {
			/// The grant.
			grant: GrantId,
		},
		/// A member may read.
		#[codec(index = 66)]
		AccessAuthorised {
			/// The grant.
			grant: GrantId,
			/// For what.
			purpose: PurposeId,
			/// Which data.
			categories: Categories,
			/// What makes it lawful.
			basis: LawfulBasis,
			/// Hash of the reader's one-time public key, where it named one.
			reader: Option<H256>,
		},
		/// A member may not read.
		#[codec(index = 67)]
		AccessDenied {
			/// The grant that it named, if it named one.
			grant: Option<GrantId>,
			/// For what.
			purpose: PurposeId,
			/// Which data.
			categories: Categories,
			/// Why not.
			reason: Denial,
		},
		/// A member may read without a grant, in an emergency.
		#[codec(index = 68)]
		GlassBroken {
			/// For what.
			purpose: PurposeId,
			/// Which data.
			categories: Categories,
			/// Commitment to the description of the emergency.
			emergency: Commitment,
			/// By when an Officer has to review it.
			review_due: Moment,
			/// Hash of the reader's one-time public key, where it named one.
			reader: Option<H256>,
		},
		/// An Officer reviewed an access in an emergency.
		#[codec(index = 69)]
		GlassReviewed {
			/// Index of its entry in this trail.
			entry: u64,
			/// Whether it was justified.
			justified: bool,
			/// Commitment to the review.
			review: Commitment,
		},
	}
}

/// Appends to trails: what other pallets ask `audit-trail`.
pub trait AuditTrail<AccountId> {
	/// Appends what `actor` did to the trail of `customer`, and returns the entry.
	fn append(
		customer: &CustomerId,
		actor: Actor<AccountId>,
		action: Action<AccountId>,
	) -> Entry<AccountId>;
}

#[cfg(test)]
mod tests {
	use super::*;

	fn entry(index: u64) -> Entry<u64> {
		let actor = Actor::Member { organisation: 1, account: 7 };
		Entry { index, moment: 5, block: 3, actor, action: Action::Registered { controller: 1 } }
	}

	#[test]
	fn origins_differ_by_chain_and_customer() {
		let (a, b) = (H256::repeat_byte(1), H256::repeat_byte(2));
		assert_ne!(origin(&a, &b), origin(&b, &a));
		assert_ne!(origin(&a, &a), origin(&a, &b));
	}

	#[test]
	fn heads_depend_on_order_and_content() {
		let start = origin(&H256::zero(), &H256::zero());
		let forwards = advance(&advance(&start, &entry(0)), &entry(1));
		let backwards = advance(&advance(&start, &entry(1)), &entry(0));
		assert_ne!(forwards, backwards);
	}

	/// Clients in other languages depend on these bytes.
	#[test]
	fn encoding_is_pinned() {
		let expected = [
			&[9, 0, 0, 0, 0, 0, 0, 0][..],
			&[5, 0, 0, 0, 0, 0, 0, 0],
			&[3, 0, 0, 0],
			&[2, 1, 0, 0, 0, 7, 0, 0, 0, 0, 0, 0, 0],
			&[0, 1, 0, 0, 0],
		];
		assert_eq!(entry(9).encode(), expected.concat());
	}
}
