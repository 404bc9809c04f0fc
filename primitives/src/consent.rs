//! Purposes, lawful bases and consents, and what a customer signs off the chain.

use crate::{Categories, Commitment, CustomerId, Denial, Moment, OrganisationId};
use alloc::vec::Vec;
use codec::Encode;
use sp_core::H256;

/// Number of a purpose, given in the order of creation.
pub type PurposeId = u32;

/// Domain separation of what customers sign; the last byte is the version of the payload.
const STATEMENT_TAG: &[u8] = b"consentry/statement/\x01";

shared_type! {
	/// What makes processing lawful (GDPR Art. 6(1), in its order).
	#[derive(Copy)]
	#[serde(rename_all = "kebab-case")]
	pub enum LawfulBasis {
		/// (a) The customer consented.
		#[codec(index = 0)]
		Consent,
		/// (b) A contract with the customer, or steps before one.
		#[codec(index = 1)]
		Contract,
		/// (c) A legal obligation of the controller.
		#[codec(index = 2)]
		LegalObligation,
		/// (d) The vital interests of a person.
		#[codec(index = 3)]
		VitalInterests,
		/// (e) A task in the public interest.
		#[codec(index = 4)]
		PublicTask,
		/// (f) Legitimate interests of the controller or of another.
		#[codec(index = 5)]
		LegitimateInterests,
	}
}

impl LawfulBasis {
	/// Whether the customer can object to processing on this basis (GDPR Art. 21(1)).
	pub fn can_be_objected_to(self) -> bool {
		matches!(self, Self::PublicTask | Self::LegitimateInterests)
	}

	/// Whether processing on this basis is the customer's to end, by withdrawal or objection.
	pub fn is_the_customers_to_end(self) -> bool {
		self == Self::Consent || self.can_be_objected_to()
	}
}

shared_type! {
	/// What a controller tells of a purpose, and can revise.
	#[serde(rename_all = "camelCase")]
	pub struct PurposeTerms {
		/// The categories of data that the purpose needs.
		pub categories: Categories,
		/// For how many days data is kept for it.
		pub retention_days: u32,
		/// Commitment to the privacy notice.
		pub notice: Commitment,
	}
}

shared_type! {
	/// Where a consent stands (ISO/IEC TS 27560: given, withdrawn, lapsed, …).
	#[derive(Copy)]
	#[serde(rename_all = "kebab-case")]
	pub enum ConsentState {
		/// Asked for and not yet confirmed: the first step of a double opt-in. Permits nothing.
		#[codec(index = 0)]
		Requested,
		/// Given.
		#[codec(index = 1)]
		Given,
		/// Withdrawn (GDPR Art. 7(3)).
		#[codec(index = 2)]
		Withdrawn,
		/// Objected to processing that rests on another basis (GDPR Art. 21).
		#[codec(index = 3)]
		Objected,
		/// Ended by time.
		#[codec(index = 4)]
		Expired,
	}
}

shared_type! {
	/// How clearly consent was expressed (ISO/IEC TS 27560: event type).
	#[derive(Copy)]
	#[serde(rename_all = "kebab-case")]
	pub enum Expression {
		/// By conduct.
		#[codec(index = 0)]
		Regular,
		/// By a clear affirmative act (GDPR Art. 4(11)).
		#[codec(index = 1)]
		Expressed,
		/// By a statement about just this.
		#[codec(index = 2)]
		Explicit,
	}
}

shared_type! {
	/// How a controller got to know what it records for a customer.
	#[derive(Copy)]
	#[serde(rename_all = "kebab-case")]
	pub enum CaptureMethod {
		/// A form, on paper or online.
		#[codec(index = 0)]
		Form,
		/// A letter or mail.
		#[codec(index = 1)]
		Mail,
		/// A call.
		#[codec(index = 2)]
		Phone,
		/// In person.
		#[codec(index = 3)]
		InPerson,
		/// A clause of a contract.
		#[codec(index = 4)]
		Contract,
		/// Taken over from another system.
		#[codec(index = 5)]
		Imported,
	}
}

shared_type! {
	/// How a change of a consent reached the chain.
	#[serde(tag = "type", rename_all = "kebab-case", rename_all_fields = "camelCase")]
	pub enum Capture<AccountId> {
		/// By a transaction of the customer or a guardian.
		#[codec(index = 0)]
		Transaction,
		/// By an off-chain signature of the customer or a guardian.
		#[codec(index = 1)]
		Signature {
			/// Who brought it to the chain.
			relayer: AccountId,
		},
		/// Recorded by the controller.
		#[codec(index = 2)]
		Recorded {
			/// How the controller got to know.
			method: CaptureMethod,
			/// Commitment to the evidence.
			evidence: Commitment,
		},
		/// By the chain, when the consent's time had passed.
		#[codec(index = 3)]
		Expiry,
	}
}

shared_type! {
	/// What is consented to.
	#[serde(rename_all = "camelCase")]
	pub struct Permission {
		/// The version of the notice that was shown.
		pub notice_version: u32,
		/// The categories of data.
		pub categories: Categories,
		/// When the consent ends by itself.
		pub until: Option<Moment>,
		/// How clearly it was expressed.
		pub expression: Expression,
		/// Commitment to the receipt that the customer got.
		pub receipt: Option<Commitment>,
	}
}

shared_type! {
	/// What a customer states about a purpose.
	#[serde(tag = "type", rename_all = "kebab-case")]
	pub enum Statement {
		/// The first step of a double opt-in.
		#[codec(index = 0)]
		Request {
			/// What is to be consented to.
			permission: Permission,
		},
		/// Consents; after a request, confirms it.
		#[codec(index = 1)]
		Give {
			/// What is consented to.
			permission: Permission,
		},
		/// Withdraws the consent.
		#[codec(index = 2)]
		Withdraw,
		/// Objects to processing that rests on another basis.
		#[codec(index = 3)]
		Object,
	}
}

shared_type! {
	/// What a customer or guardian signs off the chain, for somebody else to submit.
	#[serde(rename_all = "camelCase")]
	pub struct SignedStatement<AccountId> {
		/// The customer.
		pub customer: CustomerId,
		/// The customer's controller.
		pub controller: OrganisationId,
		/// The account that signs: the customer's or a guardian's.
		pub account: AccountId,
		/// The purpose.
		pub purpose: PurposeId,
		/// Commitment to the notice that was shown: the purpose's latest, for what is to be consented
		/// to.
		pub notice: Commitment,
		/// Number of revisions that the consent has: any newer one voids the signature, so that a
		/// consent cannot be held back and played after a withdrawal. The one that records its end
		/// by time does not.
		pub revisions: u32,
		/// When the signature ends to be good.
		pub expires: Moment,
		/// What is stated.
		pub statement: Statement,
	}
}

impl<AccountId: Encode> SignedStatement<AccountId> {
	/// The bytes that are signed, on the chain with this `genesis` hash.
	pub fn message(&self, genesis: &H256) -> Vec<u8> {
		(STATEMENT_TAG, genesis, self).using_encoded(|bytes| bytes.to_vec())
	}

	/// The bytes as wallets sign them when they are asked to sign anything but a transaction.
	pub fn wrapped_message(&self, genesis: &H256) -> Vec<u8> {
		[b"<Bytes>", &self.message(genesis)[..], b"</Bytes>"].concat()
	}
}

shared_type! {
	/// A signature under a [`SignedStatement`]. Others than the chain's own (passkeys' P-256, say)
	/// can stand beside it.
	#[derive(Copy)]
	pub enum StatementSignature<Signature> {
		/// By the key of the account, in one of the chain's signature schemes.
		#[codec(index = 1)]
		Account(Signature),
	}
}

/// A purpose, as far as other pallets need to know it.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct PurposeStatus {
	/// Whose purpose it is.
	pub controller: OrganisationId,
	/// What makes it lawful.
	pub basis: LawfulBasis,
	/// The categories that it needs.
	pub categories: Categories,
	/// Whether it was retired: then nothing may be processed for it.
	pub retired: bool,
}

/// What makes processing lawful: what other pallets ask `consent`.
pub trait LawfulBases<AccountId> {
	/// The purpose, `None` where there is none.
	fn purpose(purpose: PurposeId) -> Option<PurposeStatus>;

	/// The basis on which data of `customer` in all of `categories` may be processed for `purpose`
	/// at `moment`, now or later; or the first reason why it may not.
	///
	/// Says nothing about the customer itself: whether it exists, was erased, or belongs to the
	/// purpose's controller.
	fn permits(
		customer: &CustomerId,
		purpose: PurposeId,
		categories: Categories,
		moment: Moment,
	) -> Result<LawfulBasis, Denial>;

	/// Creates a purpose of the organisation of `officer`, a member with all roles, which rests
	/// on consent and needs all categories, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn create_purpose(officer: &AccountId) -> PurposeId;

	/// Gives the consent of `customer` to all categories of `purpose`, for benchmarks.
	#[cfg(feature = "runtime-benchmarks")]
	fn give_consent(customer: &CustomerId, purpose: PurposeId);
}

#[cfg(test)]
mod tests {
	use super::*;

	fn signed() -> SignedStatement<u64> {
		SignedStatement {
			customer: H256::repeat_byte(1),
			controller: 2,
			account: 3,
			purpose: 4,
			notice: Commitment::Blake2b256V1(H256::repeat_byte(5)),
			revisions: 6,
			expires: 7,
			statement: Statement::Withdraw,
		}
	}

	/// Clients in other languages depend on these bytes.
	#[test]
	fn what_is_signed_is_pinned() {
		let message = signed().message(&H256::repeat_byte(9));
		let expected = [
			&[84][..],
			b"consentry/statement/\x01",
			&[9; 32],
			&[1; 32],
			&[2, 0, 0, 0],
			&[3, 0, 0, 0, 0, 0, 0, 0],
			&[4, 0, 0, 0],
			&[1],
			&[5; 32],
			&[6, 0, 0, 0],
			&[7, 0, 0, 0, 0, 0, 0, 0],
			&[2],
		];
		assert_eq!(message, expected.concat());
	}

	#[test]
	fn another_chain_or_statement_is_another_message() {
		let message = signed().message(&H256::zero());
		assert_ne!(message, signed().message(&H256::repeat_byte(1)));
		let objection = SignedStatement { statement: Statement::Object, ..signed() };
		assert_ne!(message, objection.message(&H256::zero()));
	}
}
