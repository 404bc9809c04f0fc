//! The chain's calls, encoded from the types that chain and client share.
//!
//! `metadata/consentry.scale` is the metadata of the runtime that this client was made for. Before
//! a call is signed, the shape that it has there is compared with the shape that it has on the
//! node's chain, so that a call is never misread by a runtime that changed it.

use crate::{validators::SessionKeys, Error, Result};
use codec::{Compact, Encode};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Policy, Scope},
	consent::{
		CaptureMethod, Permission, PurposeTerms, SignedStatement, Statement, StatementSignature,
	},
	customer::IdentificationMethod,
	Categories, Commitment, CustomerId, DataCategory, GrantId, InteractionKind, LawfulBasis,
	Moment, OrganisationId, PurposeId, Roles,
};
use sp_core::{crypto::AccountId32, H256};
use sp_crypto_hashing::blake2_256;
use sp_runtime::MultiSignature;
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

/// Most customers, interactions or consents in one call: the runtime's `MaxBatch`.
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

/// A statement of a customer that its controller records: how it got to know, and a commitment to
/// the evidence.
pub type RecordedStatement = (CustomerId, PurposeId, Statement, CaptureMethod, Commitment);

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

/// Calls about purposes and consents.
pub mod consent {
	use super::*;

	const PALLET: &str = "Consent";

	/// Creates a purpose of the signer's organisation.
	pub fn create_purpose(name: &str, dpv: &str, basis: LawfulBasis, terms: &PurposeTerms) -> Call {
		Call::new(PALLET, "create_purpose", (name.as_bytes(), dpv.as_bytes(), basis, terms))
	}

	/// Revises a purpose; `renew` voids consents under older notices.
	pub fn revise_purpose(purpose: PurposeId, terms: &PurposeTerms, renew: bool) -> Call {
		Call::new(PALLET, "revise_purpose", (purpose, terms, renew))
	}

	/// Retires a purpose.
	pub fn retire_purpose(purpose: PurposeId) -> Call {
		Call::new(PALLET, "retire_purpose", purpose)
	}

	/// Gives consent, as the customer or a guardian.
	pub fn give(customer: &CustomerId, purpose: PurposeId, permission: &Permission) -> Call {
		Call::new(PALLET, "give", (customer, purpose, permission))
	}

	/// Withdraws consent, as the customer or a guardian.
	pub fn withdraw(customer: &CustomerId, purpose: PurposeId) -> Call {
		Call::new(PALLET, "withdraw", (customer, purpose))
	}

	/// Objects, as the customer or a guardian.
	pub fn object(customer: &CustomerId, purpose: PurposeId) -> Call {
		Call::new(PALLET, "object", (customer, purpose))
	}

	/// Submits what a customer or guardian signed off the chain.
	pub fn submit(
		statement: &SignedStatement<AccountId32>,
		signature: &StatementSignature<MultiSignature>,
	) -> Call {
		Call::new(PALLET, "submit", (statement, signature))
	}

	/// Records what customers stated; all of it or nothing.
	pub fn record(statements: &[RecordedStatement]) -> Call {
		Call::new(PALLET, "record", (statements,))
	}
}

/// Calls about grants, policies and access.
pub mod access_grants {
	use super::*;

	const PALLET: &str = "AccessGrants";

	/// Grants access.
	pub fn grant(scope: Scope, grantee: &Grantee<AccountId32>, terms: &GrantTerms) -> Call {
		Call::new(PALLET, "grant", (scope, grantee, terms))
	}

	/// Revokes a grant of the signer's organisation.
	pub fn revoke(grant: GrantId) -> Call {
		Call::new(PALLET, "revoke", grant)
	}

	/// Revokes a grant for the customer's own data, as the customer or a guardian.
	pub fn revoke_own(customer: &CustomerId, grant: GrantId) -> Call {
		Call::new(PALLET, "revoke_own", (customer, grant))
	}

	/// Sets the policy of the signer's organisation.
	pub fn set_policy(policy: &Policy) -> Call {
		Call::new(PALLET, "set_policy", policy)
	}

	/// Requests access to data of customers; `reader` is a one-time public key.
	pub fn request_access(
		grant: GrantId,
		purpose: PurposeId,
		categories: Categories,
		customers: &[CustomerId],
		reader: Option<[u8; 32]>,
	) -> Call {
		Call::new(PALLET, "request_access", (grant, purpose, categories, customers, reader))
	}

	/// Accesses data without a grant, in an emergency.
	pub fn break_glass(
		customer: &CustomerId,
		purpose: PurposeId,
		categories: Categories,
		emergency: &Commitment,
		reader: Option<[u8; 32]>,
	) -> Call {
		Call::new(PALLET, "break_glass", (customer, purpose, categories, emergency, reader))
	}

	/// Reviews an access in an emergency, named by its entry in the customer's trail.
	pub fn review(customer: &CustomerId, entry: u64, justified: bool, review: &Commitment) -> Call {
		Call::new(PALLET, "review", (customer, entry, justified, review))
	}

	/// Reinstates an account that the policy suspended.
	pub fn reinstate(account: &AccountId32) -> Call {
		Call::new(PALLET, "reinstate", account)
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

	/// Puts an account on the list of validators; for the council.
	pub fn add_validator(validator: &AccountId32) -> Call {
		Call::new("Consortium", "add_validator", validator)
	}

	/// Takes a validator off the list; for the council.
	pub fn remove_validator(validator: &AccountId32) -> Call {
		Call::new("Consortium", "remove_validator", validator)
	}

	/// Puts one account in the place of another; for the council.
	pub fn replace_validator(old: &AccountId32, new: &AccountId32) -> Call {
		Call::new("Consortium", "replace_validator", (old, new))
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

/// Calls of validators.
pub mod session {
	use super::*;

	/// Sets the signer's session keys; `proof` is that who holds them agrees to it.
	pub fn set_keys(keys: &SessionKeys, proof: &[u8]) -> Call {
		Call::new("Session", "set_keys", (keys, proof))
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use consentry_primitives::{access::RateLimit, consent::Expression, Role};
	use std::sync::Arc;
	use subxt::{config::substrate::SpecVersionForRange, OfflineClient, SubstrateConfig};

	/// Decodes each call by the metadata: a wrong order, type or number of arguments fails.
	#[test]
	fn calls_have_the_shape_that_the_runtime_expects() {
		let (id, account) = (H256::repeat_byte(1), AccountId32::new([2; 32]));
		let commitment = Commitment::Blake2b256V1(H256::repeat_byte(3));
		let category = DataCategory::Contact;
		let categories = Categories::from(category);
		let terms = PurposeTerms { categories, retention_days: 30, notice: commitment };
		let permission = Permission {
			notice_version: 1,
			categories,
			until: Some(7),
			expression: Expression::Explicit,
			receipt: Some(commitment),
		};
		let statement = SignedStatement {
			customer: id,
			controller: 1,
			account: account.clone(),
			purpose: 4,
			notice: commitment,
			revisions: 2,
			expires: 9,
			statement: Statement::Give { permission: permission.clone() },
		};
		let signature = StatementSignature::Account(MultiSignature::Sr25519(Default::default()));
		let give = Statement::Give { permission: permission.clone() };
		let recorded = [
			(id, 4, give, CaptureMethod::Phone, commitment),
			(id, 4, Statement::Withdraw, CaptureMethod::Imported, commitment),
		];
		let grantees = [
			Grantee::Account { account: account.clone() },
			Grantee::Role { organisation: 1, role: Role::Agent },
		];
		let grant = GrantTerms { purpose: 4, categories, from: 1, until: Some(7), uses: Some(3) };
		let limit = RateLimit { count: 5, window: 60_000 };
		let policy = Policy { rate: Some(limit), denials: Some(limit), ..Policy::default() };
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
			consent::create_purpose("news", "dpv:DirectMarketing", LawfulBasis::Consent, &terms),
			consent::revise_purpose(4, &terms, true),
			consent::retire_purpose(4),
			consent::give(&id, 4, &permission),
			consent::withdraw(&id, 4),
			consent::object(&id, 4),
			consent::submit(&statement, &signature),
			consent::record(&recorded),
			access_grants::grant(Scope::Customer { customer: id }, &grantees[0], &grant),
			access_grants::grant(Scope::Controller { organisation: 1 }, &grantees[1], &grant),
			access_grants::revoke(3),
			access_grants::revoke_own(&id, 3),
			access_grants::set_policy(&policy),
			access_grants::request_access(3, 4, categories, &[id, id], Some([8; 32])),
			access_grants::break_glass(&id, 4, categories, &commitment, None),
			access_grants::review(&id, 6, true, &commitment),
			access_grants::reinstate(&account),
			council::issue_credits(1, 1_000),
			council::propose(3, &organisations::register("acme", &account)).unwrap(),
			council::vote(&id, 70, true),
			council::close(&id, 70, 1 << 40, 1 << 20, 90),
			session::set_keys(&SessionKeys { aura: id, grandpa: id }, &[5; 128]),
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
