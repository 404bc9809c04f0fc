//! What is on the chain before anything fails: an organisation that the council of four admitted,
//! with members, a purpose and a grant, and a customer with an account.

use crate::{
	harness::Node,
	scenario::{
		commitment, customer, give, grant_terms, purpose_terms, register, runtime_call, wall_clock,
		watch, Signer, CONTROLLER,
	},
};
use codec::{Decode, Encode};
use consentry_client::{
	calls::{access_grants, consent, council, customers, organisations},
	chain::Chain,
	keys::{account_of, Keypair},
	submit::submit_and_wait,
};
use consentry_primitives::{
	access::{Grantee, Scope},
	consent::CaptureMethod,
	customer::IdentificationMethod,
	CustomerId, GrantId, LawfulBasis, PurposeId, Role, HOUR,
};
use consentry_runtime::{RuntimeCall, CREDIT};
use serde_json::json;
use sp_core::H256;
use sp_crypto_hashing::blake2_256;
use sp_keyring::Sr25519Keyring::{self, Alice, Bob, Charlie, Eve};
use sp_runtime::Weight;

/// The organisation's one purpose.
pub const PURPOSE: PurposeId = 0;
/// The grant to the organisation's agents.
pub const GRANT: GrantId = 0;

/// What the customers follow from.
const SEEDS: [u64; 2] = [1, 2];
/// What is added for the keys that they are invited by.
const ONE_TIME: u64 = 100;

/// A customer who can act for itself.
pub struct Customer {
	/// Its id.
	pub id: CustomerId,
	/// The key of its account, which holds no credits.
	pub key: Keypair,
}

/// Brings everything onto the chain, and waits until it is final. The customers have consented to
/// the purpose.
pub async fn set_up(node: &Node) -> [Customer; 2] {
	admit_organisation(node).await;
	let bobs = [Role::Admin, Role::Steward, Role::Officer].into_iter().collect();
	let all = Scope::Controller { organisation: CONTROLLER };
	let agents = Grantee::Role { organisation: CONTROLLER, role: Role::Agent };
	let organise = [
		organisations::set_roles(&Bob.to_account_id(), bobs),
		organisations::add_member(&Charlie.to_account_id(), Role::Steward.into()),
		organisations::add_member(&Eve.to_account_id(), Role::Agent.into()),
		consent::create_purpose("news", "dpv:Marketing", LawfulBasis::Consent, &purpose_terms(1)),
		access_grants::grant(all, &agents, &grant_terms(PURPOSE, None, None)),
	];
	let mut calls: Vec<_> = organise.into_iter().map(runtime_call).collect();
	calls.push(register(SEEDS));
	for seed in SEEDS {
		let (id, one_time) = (customer(seed), account_of(&secret(ONE_TIME + seed)));
		let (method, expires) = (IdentificationMethod::InPerson, wall_clock() + HOUR);
		let consented = (id, PURPOSE, give(1), CaptureMethod::Form, commitment(2));
		let invite = customers::invite(&id, &one_time, method, &commitment(1), expires);
		calls.extend([invite, consent::record(&[consented])].map(runtime_call));
	}
	in_block(node, &mut Signer::new(node, Bob).await, batch(calls)).await;

	let chain = Chain::connect(&node.url).await.expect("the node answers");
	let claims = SEEDS.map(|seed| {
		let (chain, key) = (&chain, secret(seed));
		async move {
			let (claim, one_time) = (customers::claim(&account_of(&key)), secret(ONE_TIME + seed));
			submit_and_wait(chain, &one_time, &claim).await.expect("the invitation holds");
			Customer { id: customer(seed), key }
		}
	});
	let [one, other] = claims;
	tokio::join!(one, other).into()
}

/// Makes accounts Stewards of the organisation, and waits until that is final.
pub async fn add_stewards(node: &Node, keys: &[Sr25519Keyring]) {
	let steward = |key: &Sr25519Keyring| {
		runtime_call(organisations::add_member(&key.to_account_id(), Role::Steward.into()))
	};
	let calls = keys.iter().map(steward).collect();
	Signer::new(node, Bob).await.submit(node, batch(calls)).await;
}

/// A key that follows from a number.
fn secret(seed: u64) -> Keypair {
	Keypair::from_secret_key([seed as u8; 32]).expect("any bytes will do")
}

/// Has the council admit the organisation and issue credits to it.
async fn admit_organisation(node: &Node) {
	let admit = organisations::register("acme", &Bob.to_account_id());
	let issue = council::issue_credits(CONTROLLER, 100_000 * CREDIT);
	council_decides(node, batch([admit, issue].map(runtime_call).into())).await;
}

/// Has three of the council's four seats make a call.
pub async fn council_decides(node: &Node, motion: RuntimeCall) {
	let (hash, length_bound) = (H256(blake2_256(&motion.encode())), motion.encoded_size() as u32);
	let motions = node.ask("state_getStorage", json!([storage_key("ProposalCount")])).await;
	let index = motions.as_str().map_or(0, |count| {
		let count = hex::decode(&count[2..]).expect("hexadecimal");
		u32::decode(&mut &count[..]).expect("a number")
	});
	let vote = || {
		let vote = pallet_collective::Call::vote { proposal: hash, index, approve: true };
		RuntimeCall::Council(vote)
	};
	let proposal = Box::new(motion);
	let propose = pallet_collective::Call::propose { threshold: 3, proposal, length_bound };
	let mut alice = Signer::new(node, Alice).await;
	in_block(node, &mut alice, batch(vec![RuntimeCall::Council(propose), vote()])).await;
	for member in [Bob, Charlie] {
		in_block(node, &mut Signer::new(node, member).await, vote()).await;
	}
	let close = pallet_collective::Call::close {
		proposal_hash: hash,
		index,
		// More than the calls weigh, and less than a block can.
		proposal_weight_bound: Weight::from_parts(100_000_000_000, 1_000_000),
		length_bound,
	};
	in_block(node, &mut alice, RuntimeCall::Council(close)).await;
}

/// The key of one of the council's values.
fn storage_key(item: &str) -> String {
	format!("0x{}", hex::encode(consentry_client::chain::storage_key("Council", item)))
}

/// Calls of which all succeed or none has an effect.
pub fn batch(calls: Vec<RuntimeCall>) -> RuntimeCall {
	RuntimeCall::Utility(pallet_utility::Call::batch_all { calls })
}

/// Submits a call and waits until it is in a block.
pub async fn in_block(node: &Node, signer: &mut Signer, call: RuntimeCall) {
	let mut status = watch(node, signer.sign(call)).await;
	loop {
		let next = status.next().await.expect("its state is told").expect("a state");
		if next.get("inBlock").is_some() {
			return;
		}
	}
}
