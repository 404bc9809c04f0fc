//! Signs extrinsics and sets a chain up with an organisation and its customers.

use crate::harness::{until, Node};
use codec::{Compact, Encode};
use consentry_primitives::{
	customer::customer_id, Commitment, CustomerId, DataCategory, InteractionKind, Role,
};
use consentry_runtime::{RuntimeCall, CREDIT};
use jsonrpsee::core::client::Subscription;
use pallet_customers::{Interaction, NewCustomer};
use serde_json::{json, Value};
use sp_core::{Pair, H256};
use sp_crypto_hashing::blake2_256;
use sp_keyring::Sr25519Keyring;

/// The organisation that [`Organisation::create`] makes first.
pub const CONTROLLER: u32 = 0;

/// An account that signs extrinsics one after the other.
pub struct Signer {
	key: Sr25519Keyring,
	nonce: u32,
	versions: (u32, u32),
	genesis: H256,
}

impl Signer {
	/// An account with its next nonce on the node's chain.
	pub async fn new(node: &Node, key: Sr25519Keyring) -> Self {
		let address = key.to_account_id().to_string();
		let nonce = node.ask("system_accountNextIndex", json!([address])).await;
		let version = node.ask("state_getRuntimeVersion", json!([])).await;
		let version_of = |name: &str| version[name].as_u64().expect("a version") as u32;
		Self {
			key,
			nonce: nonce.as_u64().expect("a nonce") as u32,
			versions: (version_of("specVersion"), version_of("transactionVersion")),
			genesis: hash(&node.ask("chain_getBlockHash", json!([0])).await),
		}
	}

	/// The next extrinsic, immortal and without a tip, in hexadecimal.
	pub fn sign(&mut self, call: RuntimeCall) -> String {
		// Mortality, nonce, tip, and no hash of the metadata.
		let extension = (0u8, Compact(self.nonce), Compact(0u128), 0u8);
		let implicit = (self.versions, self.genesis, self.genesis, None::<H256>);
		let payload = (&call, &extension, implicit).encode();
		let signature = match payload.len() {
			0..=256 => self.key.pair().sign(&payload),
			_ => self.key.pair().sign(&blake2_256(&payload)),
		};
		self.nonce += 1;
		// Version 4, signed; by an account id; with sr25519.
		let signed = (0x84u8, 0u8, self.key.to_account_id(), 1u8, signature, extension, call);
		format!("0x{}", hex::encode(signed.encode().encode()))
	}

	/// Submits a call and waits until it is final.
	pub async fn submit(&mut self, node: &Node, call: RuntimeCall) {
		finalised(watch(node, self.sign(call)).await).await;
	}
}

/// Submits an extrinsic and follows it.
pub async fn watch(node: &Node, extrinsic: String) -> Subscription<Value> {
	node.subscribe("author_submitAndWatchExtrinsic", json!([extrinsic]), "author_unwatchExtrinsic")
		.await
		.expect("the extrinsic is accepted")
}

/// Waits until an extrinsic is final.
pub async fn finalised(mut status: Subscription<Value>) {
	loop {
		let next = tokio::time::timeout(crate::harness::PATIENCE, status.next()).await;
		let next = next.expect("the extrinsic is final in time").expect("its state is told");
		let next = next.expect("a state");
		if next.get("finalized").is_some() {
			return;
		}
		let lost = ["invalid", "dropped", "usurped", "finalityTimeout"];
		let is_lost = lost.iter().any(|state| next == *state || next.get(state).is_some());
		assert!(!is_lost, "the extrinsic is {next}");
	}
}

/// A hash from JSON.
pub fn hash(value: &Value) -> H256 {
	value.as_str().and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("no hash: {value}"))
}

/// An organisation of which Bob is administrator, steward and officer.
pub struct Organisation {
	/// Signs for it.
	pub bob: Signer,
}

impl Organisation {
	/// Has the council, which is Alice alone, register it.
	pub async fn create(node: &Node) -> Self {
		let mut alice = Signer::new(node, Sr25519Keyring::Alice).await;
		let admin = Sr25519Keyring::Bob.to_account_id();
		let name = b"acme".to_vec().try_into().expect("it is short");
		let register = pallet_organisations::Call::register { name, admin: admin.clone() };
		alice.submit(node, motion(RuntimeCall::Organisations(register))).await;
		let amount = 100_000 * CREDIT;
		let issue = pallet_consortium::Call::issue_credits { organisation: CONTROLLER, amount };
		alice.submit(node, motion(RuntimeCall::Consortium(issue))).await;

		let mut bob = Signer::new(node, Sr25519Keyring::Bob).await;
		let roles = [Role::Admin, Role::Steward, Role::Officer].into_iter().collect();
		let set_roles = pallet_organisations::Call::set_roles { account: admin, roles };
		bob.submit(node, RuntimeCall::Organisations(set_roles)).await;
		let member = node.ask("crm_member", json!([Sr25519Keyring::Bob.to_account_id()])).await;
		assert_eq!(member["value"]["roles"], json!(["admin", "steward", "officer"]));
		Self { bob }
	}

	/// Registers a customer with one record and waits until that is final.
	pub async fn register(&mut self, node: &Node, seed: u64) -> CustomerId {
		self.bob.submit(node, register([seed])).await;
		let customer = customer(seed);
		let answer = node.ask("crm_customer", json!([customer])).await;
		assert_eq!(answer["value"]["controller"], CONTROLLER);
		customer
	}
}

/// A motion of the council that needs no second voice.
fn motion(call: RuntimeCall) -> RuntimeCall {
	let proposal = Box::new(call);
	let length_bound = proposal.encoded_size() as u32;
	let propose = pallet_collective::Call::propose { threshold: 1, proposal, length_bound };
	RuntimeCall::Council(propose)
}

/// The customer whom [`register`] registers under `seed`.
pub fn customer(seed: u64) -> CustomerId {
	customer_id(CONTROLLER, &H256::from_low_u64_be(seed))
}

/// Registers customers, each with one record.
pub fn register(seeds: impl IntoIterator<Item = u64>) -> RuntimeCall {
	let new = |seed| NewCustomer {
		nonce: H256::from_low_u64_be(seed),
		records: vec![(DataCategory::Contact, commitment(seed))]
			.try_into()
			.expect("one is not too many"),
	};
	let customers: Vec<_> = seeds.into_iter().map(new).collect();
	let customers = customers.try_into().expect("not too many at once");
	RuntimeCall::Customers(pallet_customers::Call::register { customers })
}

/// Records purchases of one customer.
pub fn purchases(customer: CustomerId, count: u64) -> RuntimeCall {
	let purchase = |index| {
		let kind = InteractionKind::Purchase;
		Interaction { customer, kind, commitment: commitment(index) }
	};
	let interactions: Vec<_> = (0..count).map(purchase).collect();
	let interactions = interactions.try_into().expect("not too many at once");
	RuntimeCall::Customers(pallet_customers::Call::record_interactions { interactions })
}

fn commitment(content: u64) -> Commitment {
	Commitment::blake2_256_v1(&[7; 32], &content.to_le_bytes())
}

/// The whole trail of a customer, oldest entry first, read in pages of `limit`, with its head.
pub async fn whole_trail(node: &Node, customer: CustomerId, limit: u32) -> (Vec<Value>, H256) {
	let mut page = node.ask("crm_trail", json!([customer, null, limit])).await;
	let head = hash(&page["head"]);
	let mut entries = Vec::new();
	loop {
		let of_page = page["entries"].as_array().expect("a list").clone();
		assert!(of_page.len() <= limit as usize);
		entries.extend(of_page);
		if page["next"].is_null() {
			entries.reverse();
			return (entries, head);
		}
		let at = page["block"].clone();
		page = node.ask("crm_trail", json!([customer, page["next"], limit, at])).await;
	}
}

/// Waits until the pool is empty.
pub async fn pool_is_empty(node: &Node) {
	until("the pool is empty", || async {
		let pending = node.ask("author_pendingExtrinsics", json!([])).await;
		pending.as_array().is_some_and(Vec::is_empty).then_some(())
	})
	.await
}
