//! The chain's calls, encoded from the types that chain and client share.
//!
//! `metadata/consentry.scale` is the metadata of the runtime that this client was made for. Before
//! a call is signed, the shape that it has there is compared with the shape that it has on the
//! node's chain, so that a call is never misread by a runtime that changed it.

use crate::{Error, Result};
use codec::{Compact, Encode};
use consentry_primitives::{
	customer::IdentificationMethod, Commitment, CustomerId, DataCategory, InteractionKind, Moment,
	OrganisationId, Roles,
};
use sp_core::{crypto::AccountId32, H256};
use sp_crypto_hashing::blake2_256;
use std::sync::LazyLock;
use subxt::{
	ext::{
		codec::Decode,
		scale_encode::{EncodeAsFields, Error as EncodeError, FieldIter},
		scale_type_resolver::TypeResolver,
	},
	tx::{Payload, ValidationDetails},
	Metadata,
};

/// Most customers or interactions in one call: the runtime's `MaxBatch`.
pub const MAX_BATCH: usize = 256;

/// The metadata of the runtime that this client was made for, in version 16.
pub const METADATA: &[u8] = include_bytes!("../metadata/consentry.scale");

static KNOWN: LazyLock<Metadata> = LazyLock::new(|| {
	Metadata::decode(&mut &METADATA[..]).expect("the metadata in the repository is tested; qed")
});

/// A call with its arguments.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Call {
	pallet: &'static str,
	name: &'static str,
	arguments: Arguments,
}

/// Arguments in SCALE.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Arguments(Vec<u8>);

impl EncodeAsFields for Arguments {
	fn encode_as_fields_to<R: TypeResolver>(
		&self,
		_: &mut dyn FieldIter<'_, R::TypeId>,
		_: &R,
		out: &mut Vec<u8>,
	) -> Result<(), EncodeError> {
		out.extend_from_slice(&self.0);
		Ok(())
	}
}

impl Payload for Call {
	type CallData = Arguments;

	fn pallet_name(&self) -> &str {
		self.pallet
	}

	fn call_name(&self) -> &str {
		self.name
	}

	fn call_data(&self) -> &Arguments {
		&self.arguments
	}

	fn validation_details(&self) -> Option<ValidationDetails<'_>> {
		let hash = KNOWN.pallet_by_name(self.pallet)?.call_hash(self.name)?;
		Some(ValidationDetails { pallet_name: self.pallet, call_name: self.name, hash })
	}
}

impl std::fmt::Display for Call {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		write!(f, "{}.{}", self.pallet, self.name)
	}
}

impl Call {
	fn new(pallet: &'static str, name: &'static str, arguments: impl Encode) -> Self {
		Self { pallet, name, arguments: Arguments(arguments.encode()) }
	}

	/// The call as it stands within another one.
	pub fn encoded(&self) -> Result<Vec<u8>> {
		let pallet = KNOWN.pallet_by_name(self.pallet);
		let indices = pallet.and_then(|pallet| {
			Some([pallet.call_index(), pallet.call_variant_by_name(self.name)?.index])
		});
		let indices = indices.ok_or_else(|| Error::Usage(format!("the chain has no {self}")))?;
		Ok([&indices[..], &self.arguments.0].concat())
	}
}

/// A customer to be registered: nonce, and a commitment for each category of record.
pub type NewCustomer = (H256, Vec<(DataCategory, Commitment)>);

/// An interaction to be recorded.
pub type NewInteraction = (CustomerId, InteractionKind, Commitment);

/// Calls about customers.
pub mod customers {
	use super::*;

	const PALLET: &str = "Customers";

	/// Registers customers.
	pub fn register(customers: &[NewCustomer]) -> Call {
		Call::new(PALLET, "register", (customers,))
	}

	/// Seals a record.
	pub fn seal(customer: &CustomerId, category: DataCategory, commitment: &Commitment) -> Call {
		Call::new(PALLET, "seal", (customer, category, commitment))
	}

	/// Records interactions.
	pub fn record_interactions(interactions: &[NewInteraction]) -> Call {
		Call::new(PALLET, "record_interactions", (interactions,))
	}

	/// Invites a one-time key to claim a customer.
	pub fn invite(
		customer: &CustomerId,
		key: &AccountId32,
		method: IdentificationMethod,
		evidence: &Commitment,
		expires: Moment,
	) -> Call {
		Call::new(PALLET, "invite", (customer, key, method, evidence, expires))
	}

	/// Takes an invitation back.
	pub fn revoke_invitation(customer: &CustomerId) -> Call {
		Call::new(PALLET, "revoke_invitation", customer)
	}

	/// Binds an account to the customer that the signer was invited to claim.
	pub fn claim(account: &AccountId32) -> Call {
		Call::new(PALLET, "claim", account)
	}

	/// Refuses an invitation.
	pub fn veto_invitation(customer: &CustomerId) -> Call {
		Call::new(PALLET, "veto_invitation", customer)
	}

	/// Appoints a guardian.
	pub fn appoint_guardian(
		customer: &CustomerId,
		guardian: &AccountId32,
		evidence: &Commitment,
		until: Moment,
	) -> Call {
		Call::new(PALLET, "appoint_guardian", (customer, guardian, evidence, until))
	}

	/// Dismisses a guardian.
	pub fn dismiss_guardian(customer: &CustomerId, guardian: &AccountId32) -> Call {
		Call::new(PALLET, "dismiss_guardian", (customer, guardian))
	}

	/// Asks for erasure.
	pub fn request_erasure(customer: &CustomerId) -> Call {
		Call::new(PALLET, "request_erasure", customer)
	}

	/// Suspends erasure by law.
	pub fn place_hold(customer: &CustomerId, until: Moment, reason: &Commitment) -> Call {
		Call::new(PALLET, "place_hold", (customer, until, reason))
	}

	/// Ends the suspension of erasure.
	pub fn lift_hold(customer: &CustomerId) -> Call {
		Call::new(PALLET, "lift_hold", customer)
	}

	/// Erases a customer.
	pub fn erase(customer: &CustomerId) -> Call {
		Call::new(PALLET, "erase", customer)
	}
}

/// Calls about organisations and their members.
pub mod organisations {
	use super::*;

	const PALLET: &str = "Organisations";

	/// Registers an organisation; for the council.
	pub fn register(name: &str, admin: &AccountId32) -> Call {
		Call::new(PALLET, "register", (name.as_bytes(), admin))
	}

	/// Suspends an organisation; for the council.
	pub fn suspend(organisation: OrganisationId) -> Call {
		Call::new(PALLET, "suspend", organisation)
	}

	/// Reinstates an organisation; for the council.
	pub fn reinstate(organisation: OrganisationId) -> Call {
		Call::new(PALLET, "reinstate", organisation)
	}

	/// Appoints an admin; for the council.
	pub fn appoint_admin(organisation: OrganisationId, account: &AccountId32) -> Call {
		Call::new(PALLET, "appoint_admin", (organisation, account))
	}

	/// Makes an account a member of the signer's organisation.
	pub fn add_member(account: &AccountId32, roles: Roles) -> Call {
		Call::new(PALLET, "add_member", (account, roles))
	}

	/// Replaces a member's roles.
	pub fn set_roles(account: &AccountId32, roles: Roles) -> Call {
		Call::new(PALLET, "set_roles", (account, roles))
	}

	/// Ends a membership.
	pub fn remove_member(account: &AccountId32) -> Call {
		Call::new(PALLET, "remove_member", account)
	}
}

/// Calls of the council.
pub mod council {
	use super::*;

	const PALLET: &str = "Council";

	/// Issues credits to an organisation; for the council.
	pub fn issue_credits(organisation: OrganisationId, amount: u128) -> Call {
		Call::new("Consortium", "issue_credits", (organisation, amount))
	}

	/// Moves that the council makes a call, which `threshold` of its members have to approve. One
	/// is enough to have it made at once.
	pub fn propose(threshold: u32, motion: &Call) -> Result<Call> {
		let motion = motion.encoded()?;
		// The call follows as it is: its encoding has no length of its own.
		let mut arguments = Compact(threshold).encode();
		arguments.extend_from_slice(&motion);
		Compact(motion.len() as u32).encode_to(&mut arguments);
		Ok(Call { pallet: PALLET, name: "propose", arguments: Arguments(arguments) })
	}

	/// Votes on a motion.
	pub fn vote(motion: &H256, index: u32, approve: bool) -> Call {
		Call::new(PALLET, "vote", (motion, Compact(index), approve))
	}

	/// Ends the vote on a motion and makes its call, if it was approved.
	pub fn close(motion: &H256, index: u32, ref_time: u64, proof_size: u64, length: u32) -> Call {
		let weight = (Compact(ref_time), Compact(proof_size));
		Call::new(PALLET, "close", (motion, Compact(index), weight, Compact(length)))
	}

	/// The hash under which a motion is voted on.
	pub fn motion_hash(motion: &Call) -> Result<H256> {
		Ok(H256(blake2_256(&motion.encoded()?)))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use std::sync::Arc;
	use subxt::{config::substrate::SpecVersionForRange, OfflineClient, SubstrateConfig};

	/// Decodes each call by the metadata: a wrong order, type or number of arguments fails.
	#[test]
	fn calls_have_the_shape_that_the_runtime_expects() {
		let (id, account) = (H256::repeat_byte(1), AccountId32::new([2; 32]));
		let commitment = Commitment::Blake2b256V1(H256::repeat_byte(3));
		let category = DataCategory::Contact;
		let calls = [
			customers::register(&[(id, vec![(category, commitment)]), (id, vec![])]),
			customers::seal(&id, category, &commitment),
			customers::record_interactions(&[(id, InteractionKind::Visit, commitment)]),
			customers::invite(&id, &account, IdentificationMethod::InPerson, &commitment, 7),
			customers::revoke_invitation(&id),
			customers::claim(&account),
			customers::veto_invitation(&id),
			customers::appoint_guardian(&id, &account, &commitment, 7),
			customers::dismiss_guardian(&id, &account),
			customers::request_erasure(&id),
			customers::place_hold(&id, 7, &commitment),
			customers::lift_hold(&id),
			customers::erase(&id),
			organisations::register("acme", &account),
			organisations::suspend(1),
			organisations::reinstate(1),
			organisations::appoint_admin(1, &account),
			organisations::add_member(&account, Roles(3)),
			organisations::set_roles(&account, Roles(3)),
			organisations::remove_member(&account),
			council::issue_credits(1, 1_000),
			council::propose(3, &organisations::register("acme", &account)).unwrap(),
			council::vote(&id, 70, true),
			council::close(&id, 70, 1 << 40, 1 << 20, 90),
		];
		let config = SubstrateConfig::builder()
			.set_metadata_for_spec_versions([(
				1,
				Arc::new(Metadata::decode(&mut &METADATA[..]).unwrap()),
			)])
			.set_spec_version_for_block_ranges([SpecVersionForRange {
				block_range: 0..u64::MAX,
				spec_version: 1,
				transaction_version: 1,
			}])
			.build();
		let client = OfflineClient::new_with_config(config).at_block(0u64).unwrap();
		for call in calls {
			client.tx().validate(&call).unwrap_or_else(|error| panic!("{call}: {error}"));
			let bytes = client.tx().call_data(&call).unwrap();
			assert_eq!(bytes, call.encoded().unwrap(), "{call}");
			let decoded = client.tx().from_call_data_bytes(&bytes);
			let decoded = decoded.unwrap_or_else(|error| panic!("{call}: {error}"));
			assert_eq!(client.tx().call_data(&decoded).unwrap(), bytes, "{call}");
		}
	}
}
