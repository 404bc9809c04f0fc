//! Signs extrinsics and sets a chain up with an organisation and its customers.

use crate::harness::{until, Node};
use codec::{Compact, Decode, Encode};
use consentry_client::calls::{access_grants, consent, organisations, Call};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Scope},
	consent::{CaptureMethod, Expression, Permission, PurposeTerms, Statement},
	customer::customer_id,
	Categories, Commitment, CustomerId, DataCategory, GrantId, InteractionKind, LawfulBasis,
	Moment, PurposeId, Role,
};
use consentry_runtime::{RuntimeCall, CREDIT};
use jsonrpsee::core::client::Subscription;
use pallet_customers::{Interaction, NewCustomer};
use serde_json::{json, Value};
use sp_core::{Pair, H256};
use sp_crypto_hashing::blake2_256;
use sp_keyring::Sr25519Keyring;
use std::time::{SystemTime, UNIX_EPOCH};

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

	/// Submits a call, waits until it is final, and gives the hash of its block.
	pub async fn submit(&mut self, node: &Node, call: RuntimeCall) -> H256 {
		finalised(watch(node, self.sign(call)).await).await
	}

	/// Submits a call of the client's.
	pub async fn make(&mut self, node: &Node, call: Call) -> H256 {
		self.submit(node, runtime_call(call)).await
	}
}

/// A call of the client's, as the runtime has it.
pub fn runtime_call(call: Call) -> RuntimeCall {
	let bytes = call.encoded().expect("the chain has the call");
	RuntimeCall::decode(&mut &bytes[..]).expect("it has the runtime's shape")
}

/// Submits an extrinsic and follows it.
pub async fn watch(node: &Node, extrinsic: String) -> Subscription<Value> {
	node.subscribe("author_submitAndWatchExtrinsic", json!([extrinsic]), "author_unwatchExtrinsic")
		.await
		.expect("the extrinsic is accepted")
}

/// Waits until an extrinsic is final, and gives the hash of its block.
pub async fn finalised(mut status: Subscription<Value>) -> H256 {
	loop {
		let next = tokio::time::timeout(crate::harness::PATIENCE, status.next()).await;
		let next = next.expect("the extrinsic is final in time").expect("its state is told");
		let next = next.expect("a state");
		if let Some(block) = next.get("finalized") {
			return hash(block);
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
	/// Has the council register it, first of all.
	pub async fn create(node: &Node) -> Self {
		Self { bob: admit(node, CONTROLLER, "acme", Sr25519Keyring::Bob).await }
	}

	/// Registers a customer with one record and waits until that is final.
	pub async fn register(&mut self, node: &Node, seed: u64) -> CustomerId {
		self.bob.submit(node, register([seed])).await;
		let customer = customer(seed);
		let answer = node.ask("crm_customer", json!([customer])).await;
		assert_eq!(answer["value"]["controller"], CONTROLLER);
		customer
	}

	/// Makes an account a member that requests access.
	pub async fn add_agent(&mut self, node: &Node, key: Sr25519Keyring) -> Signer {
		let roles = [Role::Agent].into_iter().collect();
		self.bob.make(node, organisations::add_member(&key.to_account_id(), roles)).await;
		let member = node.ask("crm_member", json!([key.to_account_id()])).await;
		assert_eq!(member["value"]["roles"], json!(["agent"]));
		Signer::new(node, key).await
	}

	/// Creates a purpose that rests on consent and needs [`contact`].
	pub async fn create_purpose(&mut self, node: &Node, name: &str) -> PurposeId {
		let call = consent::create_purpose(
			name,
			"dpv:DirectMarketing",
			LawfulBasis::Consent,
			&purpose_terms(1),
		);
		self.bob.make(node, call).await;
		let answer = node.ask("crm_purposes", json!([CONTROLLER])).await;
		let purposes = answer["value"]["purposes"].as_array().expect("a list");
		let found = purposes.iter().find(|purpose| purpose["name"] == name);
		let purpose = found.and_then(|purpose| purpose["purpose"].as_u64());
		purpose.expect("the purpose was created") as PurposeId
	}

	/// Records what a customer stated on a form.
	pub async fn record(
		&mut self,
		node: &Node,
		customer: CustomerId,
		purpose: PurposeId,
		statement: Statement,
	) -> H256 {
		let recorded = (customer, purpose, statement, CaptureMethod::Form, commitment(2));
		self.bob.make(node, consent::record(&[recorded])).await
	}

	/// Grants an account access to all customers.
	pub async fn grant(
		&mut self,
		node: &Node,
		account: Sr25519Keyring,
		terms: &GrantTerms,
	) -> GrantId {
		let scope = Scope::Controller { organisation: CONTROLLER };
		let account = account.to_account_id();
		let grantee = Grantee::Account { account: account.clone() };
		self.bob.make(node, access_grants::grant(scope, &grantee, terms)).await;
		let answer = node.ask("crm_grantsOf", json!([account])).await;
		let grants = answer["value"]["grants"].as_array().expect("a list");
		let newest = grants.iter().filter_map(|grant| grant["grant"].as_u64()).max();
		newest.expect("it was granted")
	}
}

/// Has the council, which is Alice alone, register an organisation, which is to get this number, and
/// of which the account of `key` is administrator, steward and officer.
pub async fn admit(node: &Node, organisation: u32, name: &str, key: Sr25519Keyring) -> Signer {
	let mut alice = Signer::new(node, Sr25519Keyring::Alice).await;
	let account = key.to_account_id();
	let name = name.as_bytes().to_vec().try_into().expect("it is short");
	let register = pallet_organisations::Call::register { name, admin: account.clone() };
	alice.submit(node, motion(RuntimeCall::Organisations(register))).await;
	let amount = 100_000 * CREDIT;
	let issue = pallet_consortium::Call::issue_credits { organisation, amount };
	alice.submit(node, motion(RuntimeCall::Consortium(issue))).await;

	let mut signer = Signer::new(node, key).await;
	let roles = [Role::Admin, Role::Steward, Role::Officer].into_iter().collect();
	let set_roles = pallet_organisations::Call::set_roles { account: account.clone(), roles };
	signer.submit(node, RuntimeCall::Organisations(set_roles)).await;
	let member = node.ask("crm_member", json!([account])).await["value"].clone();
	assert_eq!(member["organisation"], organisation);
	assert_eq!(member["roles"], json!(["admin", "steward", "officer"]));
	signer
}

/// The one category that purposes, consents and grants here are about.
pub fn contact() -> Categories {
	DataCategory::Contact.into()
}

/// What a purpose tells; each `notice` is another notice.
pub fn purpose_terms(notice: u64) -> PurposeTerms {
	PurposeTerms { categories: contact(), retention_days: 365, notice: commitment(notice) }
}

/// Consent under a version of the notice.
pub fn give(notice_version: u32) -> Statement {
	let categories = contact();
	let expression = Expression::Explicit;
	let permission =
		Permission { notice_version, categories, until: None, expression, receipt: None };
	Statement::Give { permission }
}

/// What a grant allows, from now on.
pub fn grant_terms(purpose: PurposeId, until: Option<Moment>, uses: Option<u32>) -> GrantTerms {
	GrantTerms { purpose, categories: contact(), from: wall_clock(), until, uses }
}

/// What the chain takes the time to be, in milliseconds since the epoch.
pub async fn chain_time(node: &Node) -> Moment {
	let answer = node.ask("state_call", json!(["CrmApi_moment", "0x"])).await;
	let bytes = hex::decode(&answer.as_str().expect("bytes")[2..]).expect("hexadecimal");
	Moment::decode(&mut &bytes[..]).expect("a moment")
}

/// What the time is, in milliseconds since the epoch.
pub fn wall_clock() -> Moment {
	SystemTime::now().duration_since(UNIX_EPOCH).expect("it is after 1970").as_millis() as Moment
}

/// A motion of the council that needs no second voice.
pub fn motion(call: RuntimeCall) -> RuntimeCall {
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

/// A commitment to something.
pub fn commitment(content: u64) -> Commitment {
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
