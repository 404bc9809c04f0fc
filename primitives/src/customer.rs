//! Customers and what is kept of them.

use crate::OrganisationId;
use alloc::vec::Vec;
use codec::{Decode, DecodeWithMemTracking, Encode, MaxEncodedLen};
use scale_info::TypeInfo;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Hash};

/// Pseudonym of a customer, known to one controller only: see [`customer_id`].
pub type CustomerId = H256;

/// The id of the customer whom `controller` registers under `nonce`, 256 random bits.
///
/// Since the controller is part of the preimage, nobody else can squat on an id seen in flight;
/// since the nonce is random, one person known to two controllers is two unlinkable ids.
pub fn customer_id(controller: OrganisationId, nonce: &H256) -> CustomerId {
	BlakeTwo256::hash_of(&(controller, nonce))
}

/// What a record is about; deliberately coarse, so that it identifies no one.
///
/// There is none for the special categories of GDPR Art. 9.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	PartialOrd,
	Ord,
	Hash,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum DataCategory {
	/// Names, titles, identifiers of the CRM.
	#[codec(index = 0)]
	Identity,
	/// Mail addresses, phone numbers, handles.
	#[codec(index = 1)]
	Contact,
	/// Postal addresses and countries.
	#[codec(index = 2)]
	Address,
	/// Birth date, language, household.
	#[codec(index = 3)]
	Demographic,
	/// Employer, position, account in the CRM.
	#[codec(index = 4)]
	Employment,
	/// Orders, invoices, payments.
	#[codec(index = 5)]
	Transaction,
	/// Correspondence, calls, tickets.
	#[codec(index = 6)]
	Communication,
	/// Opt-ins, opt-outs, legal basis as the CRM knows them.
	#[codec(index = 7)]
	Preference,
	/// Visits, clicks, lifecycle stage, lead scores.
	#[codec(index = 8)]
	Behaviour,
	/// Owner, dates and other administration of the record in the CRM.
	#[codec(index = 9)]
	Administration,
}

impl DataCategory {
	/// All categories, in the order of their codec indices.
	pub const ALL: [DataCategory; 10] = [
		Self::Identity,
		Self::Contact,
		Self::Address,
		Self::Demographic,
		Self::Employment,
		Self::Transaction,
		Self::Communication,
		Self::Preference,
		Self::Behaviour,
		Self::Administration,
	];
}

/// What happened between controller and customer.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Hash,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum InteractionKind {
	/// An order, a payment, a return.
	#[codec(index = 0)]
	Purchase,
	/// A call, made or taken.
	#[codec(index = 1)]
	Call,
	/// A visit, in person or online.
	#[codec(index = 2)]
	Visit,
	/// A letter, mail or chat.
	#[codec(index = 3)]
	Message,
	/// A request for support.
	#[codec(index = 4)]
	Support,
}

/// How a controller made sure whom it invites.
#[derive(
	Clone,
	Copy,
	PartialEq,
	Eq,
	Debug,
	Encode,
	Decode,
	DecodeWithMemTracking,
	MaxEncodedLen,
	TypeInfo,
	serde::Serialize,
	serde::Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum IdentificationMethod {
	/// A link or code sent to the address on file.
	#[codec(index = 0)]
	AddressOnFile,
	/// Logged in to the controller's customer account.
	#[codec(index = 1)]
	CustomerAccount,
	/// A document checked in person.
	#[codec(index = 2)]
	InPerson,
	/// An electronic identity (eIDAS).
	#[codec(index = 3)]
	ElectronicIdentity,
}

/// What a bounded deletion did: see [`Sweep`].
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Swept {
	/// Values deleted.
	pub deleted: u32,
	/// Whether nothing is left of the customer.
	pub done: bool,
}

/// Deletes what a pallet keeps of an erased customer, bounded.
pub trait Sweep {
	/// Deletes at most `limit` values kept of `customer`.
	fn sweep(customer: &CustomerId, limit: u32) -> Swept;
}

/// Whether a list of pairs names each category at most once.
pub fn categories_are_unique<T>(records: &[(DataCategory, T)]) -> bool {
	let mut categories: Vec<_> = records.iter().map(|(category, _)| *category).collect();
	categories.sort_unstable();
	categories.windows(2).all(|pair| pair[0] != pair[1])
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn ids_depend_on_controller_and_nonce() {
		let id = customer_id(1, &H256::repeat_byte(1));
		assert_ne!(id, customer_id(2, &H256::repeat_byte(1)));
		assert_ne!(id, customer_id(1, &H256::repeat_byte(2)));
	}

	#[test]
	fn all_lists_every_category_at_its_index() {
		for (index, category) in DataCategory::ALL.iter().enumerate() {
			assert_eq!(category.encode(), [index as u8]);
		}
		assert!(DataCategory::decode(&mut &[DataCategory::ALL.len() as u8][..]).is_err());
	}
}
