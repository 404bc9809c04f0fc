//! What can go wrong with a `crm_` method; `docs/rpc.md` tables the codes.

use crate::trail;
use consentry_primitives::{CustomerId, Moment, OrganisationId, PurposeId};
use consentry_runtime::AccountId;
use jsonrpsee::types::{error::INVALID_PARAMS_CODE, ErrorObject, ErrorObjectOwned};
use serde_json::{json, Value};
use sp_core::H256;

/// First of the codes that are this namespace's own.
const BASE: i32 = 20_000;

/// What went wrong, with what it is about.
#[derive(Clone, Debug, thiserror::Error)]
pub enum Error {
	/// A parameter is missing, of another kind than asked for, or out of bounds.
	#[error("invalid parameter `{parameter}`: expected {expected}, got {given}")]
	InvalidParameter {
		/// Its name.
		parameter: String,
		/// What it should be.
		expected: String,
		/// What it is.
		given: String,
	},
	/// There is no such customer at that block.
	#[error("no customer {0:?} is known")]
	UnknownCustomer(CustomerId),
	/// There is no such organisation at that block.
	#[error("no organisation {0} is known")]
	UnknownOrganisation(OrganisationId),
	/// The account is no member of an organisation at that block.
	#[error("the account {0} is no member of an organisation")]
	UnknownMember(AccountId),
	/// This node does not know the block.
	#[error("no block {0:?} is known to this node")]
	UnknownBlock(H256),
	/// This node knows the block and has discarded its state.
	#[error(
		"this node no longer keeps the state of block {0:?}: ask for a later block, or ask a node \
		 that runs with --state-pruning archive"
	)]
	StateDiscarded(H256),
	/// This node does not hold an entry.
	#[error(
		"this node does not hold the entry under head {0:?}, though it once held all: it lost the \
		 entry; stop it and give it another node's entries by import-trails, and ask another node \
		 meanwhile"
	)]
	EntryNotHeld(H256),
	/// What this node holds is not the entry that led to the head.
	#[error(
		"what this node holds under head {0:?} does not lead to that head: it was changed or \
		 damaged; trust none of this node's entries"
	)]
	EntryCorrupt(H256),
	/// The cursor is no head of the customer's trail.
	#[error("the cursor {0:?} is no head of this customer's trail")]
	NotInTrail(H256),
	/// The runtime could not answer.
	#[error("the runtime could not answer: {0}")]
	Runtime(String),
	/// The node's database could not answer.
	#[error("the node's database could not answer: {0}")]
	Database(String),
	/// There is no such purpose at that block.
	#[error("no purpose {0} is known")]
	UnknownPurpose(PurposeId),
	/// Nothing is known of how consent stood at a moment.
	#[error(
		"how customer {customer:?} consented to purpose {purpose} at moment {moment} is not \
		 known: the moment lies in the future, before the purpose or before the customer was \
		 registered, the purpose is another controller's, or the customer was erased"
	)]
	NotKnownAsOf {
		/// The customer.
		customer: CustomerId,
		/// The purpose.
		purpose: PurposeId,
		/// The moment.
		moment: Moment,
	},
	/// This node does not hold an entry, and is fetching those that it lacks.
	#[error(
		"this node does not hold the entry under head {0:?} yet: it began with the state of a later \
		 block, and is fetching older blocks' entries from its peers; crm_trailCoverage tells how \
		 many it lacks"
	)]
	EntryNotYetHeld(H256),
}

impl Error {
	/// Its code.
	pub fn code(&self) -> i32 {
		let offset = match self {
			Self::InvalidParameter { .. } => return INVALID_PARAMS_CODE,
			Self::UnknownCustomer(_) => 1,
			Self::UnknownOrganisation(_) => 2,
			Self::UnknownMember(_) => 3,
			Self::UnknownBlock(_) => 4,
			Self::StateDiscarded(_) => 5,
			Self::EntryNotHeld(_) => 6,
			Self::EntryCorrupt(_) => 7,
			Self::NotInTrail(_) => 8,
			Self::Runtime(_) => 9,
			Self::Database(_) => 10,
			Self::UnknownPurpose(_) => 11,
			Self::NotKnownAsOf { .. } => 12,
			Self::EntryNotYetHeld(_) => 13,
		};
		BASE + offset
	}

	/// What it is about, for programs.
	fn data(&self) -> Option<Value> {
		match self {
			Self::InvalidParameter { parameter, expected, given } => {
				Some(json!({ "parameter": parameter, "expected": expected, "given": given }))
			},
			Self::UnknownCustomer(customer) => Some(json!({ "customer": customer })),
			Self::UnknownOrganisation(organisation) => {
				Some(json!({ "organisation": organisation }))
			},
			Self::UnknownMember(account) => Some(json!({ "account": account })),
			Self::UnknownBlock(block) | Self::StateDiscarded(block) => {
				Some(json!({ "block": block }))
			},
			Self::EntryNotHeld(head) | Self::EntryCorrupt(head) | Self::EntryNotYetHeld(head) => {
				Some(json!({ "head": head }))
			},
			Self::NotInTrail(cursor) => Some(json!({ "cursor": cursor })),
			Self::Runtime(_) | Self::Database(_) => None,
			Self::UnknownPurpose(purpose) => Some(json!({ "purpose": purpose })),
			Self::NotKnownAsOf { customer, purpose, moment } => {
				Some(json!({ "customer": customer, "purpose": purpose, "moment": moment }))
			},
		}
	}
}

impl From<Error> for ErrorObjectOwned {
	fn from(error: Error) -> Self {
		ErrorObject::owned(error.code(), error.to_string(), error.data())
	}
}

impl From<trail::Error> for Error {
	fn from(error: trail::Error) -> Self {
		match error {
			trail::Error::NotHeld(head) => Self::EntryNotHeld(head),
			trail::Error::Corrupt(head) => Self::EntryCorrupt(head),
			trail::Error::NotInTrail(cursor) => Self::NotInTrail(cursor),
		}
	}
}

impl From<std::io::Error> for Error {
	fn from(error: std::io::Error) -> Self {
		Self::Database(error.to_string())
	}
}

impl From<sp_api::ApiError> for Error {
	fn from(error: sp_api::ApiError) -> Self {
		Self::Runtime(error.to_string())
	}
}

impl From<sp_blockchain::Error> for Error {
	fn from(error: sp_blockchain::Error) -> Self {
		Self::Database(error.to_string())
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn each_code_is_documented_once() {
		let hash = H256::zero();
		let errors = [
			Error::InvalidParameter {
				parameter: "at".into(),
				expected: "a hash".into(),
				given: "1".into(),
			},
			Error::UnknownCustomer(hash),
			Error::UnknownOrganisation(0),
			Error::UnknownMember(AccountId::new([0; 32])),
			Error::UnknownBlock(hash),
			Error::StateDiscarded(hash),
			Error::EntryNotHeld(hash),
			Error::EntryCorrupt(hash),
			Error::NotInTrail(hash),
			Error::Runtime("error".into()),
			Error::Database("error".into()),
			Error::UnknownPurpose(0),
			Error::NotKnownAsOf { customer: hash, purpose: 0, moment: 0 },
			Error::EntryNotYetHeld(hash),
		];
		// None is left out here.
		let (enumeration, _) = include_str!("error.rs").split_once("#[cfg(test)]").unwrap();
		assert_eq!(enumeration.matches("#[error(").count(), errors.len());
		let document = include_str!("../../../docs/rpc.md");
		let table: Vec<_> = document
			.lines()
			.filter_map(|line| line.strip_prefix("| ")?.split(' ').next()?.parse::<i32>().ok())
			.collect();
		assert_eq!(table, errors.each_ref().map(Error::code));
	}
}
