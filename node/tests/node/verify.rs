//! The client verifies trails, and finds out a node that lies.

use crate::{
	harness::{new_base, Node},
	import::{export, imported, store},
	scenario::{whole_trail, Organisation},
};
use codec::Encode;
use consentry_client::{
	chain::{trail_key, Chain},
	finality::{Header, Pin},
	store::Store,
	verify::{Finality, Options, Report, Verifier},
	Error, Result,
};
use consentry_primitives::{api::TrailHead, trail::storage_key, CustomerId};
use jsonrpsee::{
	server::{Server, ServerHandle},
	types::{ErrorObjectOwned, Params},
	RpcModule,
};
use serde_json::{json, Value};
use sp_core::H256;
use sp_runtime::{traits::BlakeTwo256, StateVersion};
use sp_state_machine::{backend::AsTrieBackend, prove_read, InMemoryBackend};
use std::sync::Arc;
use tempfile::TempDir;

/// What the verification asks of a node.
const METHODS: [&str; 7] = [
	"chain_getBlockHash",
	"chain_getFinalizedHead",
	"chain_getHeader",
	"crm_trail",
	"grandpa_proveFinality",
	"state_getReadProof",
	"state_queryStorageAt",
];

/// A node with one customer of ten entries in the store.
struct Scene {
	node: Node,
	store: Store,
	customer: CustomerId,
	_home: TempDir,
}

async fn scene(arguments: &[&str]) -> Scene {
	let node = Node::start(new_base(), arguments).await;
	Organisation::create(&node).await;
	let home = TempDir::new().unwrap();
	let mut store = store(&home);
	imported(&node, &mut store, "salesforce", &export("salesforce-contacts.csv", 1)).await;
	let orders = b"OrderNumber,ContactId,OrderDate,TotalAmount\n\
		1,003000000000000AAA,2025-01-01,1\n2,003000000000000AAA,2025-01-01,2\n\
		3,003000000000000AAA,2025-01-01,3\n";
	imported(&node, &mut store, "orders", orders).await;
	let customer = store.customers().unwrap()[0];
	Scene { node, store, customer, _home: home }
}

async fn verify(url: &str, store: &mut Store, customer: &CustomerId) -> Result<Report> {
	verify_with(url, store, customer, &Options::default()).await
}

async fn verify_with(
	url: &str,
	store: &mut Store,
	customer: &CustomerId,
	options: &Options,
) -> Result<Report> {
	let chain = Chain::connect(url).await?;
	let verifier = Verifier::new(&chain, Some(store), options).await?;
	let fetched = verifier.fetch(customer).await?;
	verifier.conclude(Some(store), customer, fetched)
}

fn reason(result: Result<Report>) -> String {
	match result {
		Err(Error::Verification(reason)) => reason,
		other => panic!("it was not detected: {other:?}"),
	}
}

/// A node in between that changes answers: method, parameters and answer to another answer.
pub async fn liar(
	node: Arc<Node>,
	lie: impl Fn(&str, &Value, Value) -> Value + Send + Sync + Clone + 'static,
) -> (String, ServerHandle) {
	liar_who_asks(node, Value::clone, lie).await
}

/// One that changes what is asked, too.
pub async fn liar_who_asks(
	node: Arc<Node>,
	ask: impl Fn(&Value) -> Value + Send + Sync + Clone + 'static,
	lie: impl Fn(&str, &Value, Value) -> Value + Send + Sync + Clone + 'static,
) -> (String, ServerHandle) {
	let server = Server::builder().build("127.0.0.1:0").await.unwrap();
	let url = format!("ws://{}", server.local_addr().unwrap());
	let mut module = RpcModule::new(node);
	for method in METHODS {
		let (ask, lie) = (ask.clone(), lie.clone());
		module
			.register_async_method(method, move |params: Params<'static>, node, _| {
				let (ask, lie) = (ask.clone(), lie.clone());
				async move {
					let params: Value = params.parse()?;
					let answer = node.call(method, ask(&params)).await?;
					Ok::<_, ErrorObjectOwned>(lie(method, &params, answer))
				}
			})
			.unwrap();
	}
	(url, server.start(module))
}

#[tokio::test]
async fn an_honest_node_passes_and_its_trail_grows() {
	let Scene { node, mut store, customer, _home } = scene(&["--dev"]).await;
	let report = verify(&node.url, &mut store, &customer).await.unwrap();
	assert_eq!((report.entries, report.opened.opened, report.opened.unopened), (10, 9, 0));
	assert!(report.to_string().contains("no proof of finality exists"), "{report}");
	assert_eq!((report.finality, report.earlier), (Finality::Unproven, None));

	let more = b"OrderNumber,ContactId,OrderDate,TotalAmount\n4,003000000000000AAA,2025-01-01,4\n";
	imported(&node, &mut store, "orders", more).await;
	let report = verify(&node.url, &mut store, &customer).await.unwrap();
	assert_eq!(report.entries, 11);
	assert_eq!(report.earlier.unwrap().entries, 10);

	let insist = Options { require_finality: true, ..Default::default() };
	let refused = reason(verify_with(&node.url, &mut store, &customer, &insist).await);
	assert!(refused.contains("no proof"), "{refused}");
}

#[tokio::test]
async fn an_entry_changed_or_lost_behind_the_nodes_back_is_named() {
	let Scene { node, mut store, customer, _home } = scene(&["--dev"]).await;
	let (entries, _) = whole_trail(&node, customer, 256).await;
	for index in [0, 4, 9] {
		let head = crate::scenario::hash(&entries[index]["head"]);
		let key = format!("0x{}", hex::encode(storage_key(&head)));
		let stored = node.ask("offchain_localStorageGet", json!(["PERSISTENT", key])).await;
		let stored = stored.as_str().unwrap();
		let mut bytes = hex::decode(&stored[2..]).unwrap();
		*bytes.last_mut().unwrap() ^= 1;
		let changed = format!("0x{}", hex::encode(bytes));
		node.ask("offchain_localStorageSet", json!(["PERSISTENT", key, changed])).await;
		let found = reason(verify(&node.url, &mut store, &customer).await);
		assert!(found.contains(&format!("entry {index} was changed")), "{found}");

		node.ask("offchain_localStorageClear", json!(["PERSISTENT", key])).await;
		let found = reason(verify(&node.url, &mut store, &customer).await);
		assert!(found.contains(&format!("entry {index} is missing")), "{found}");
		node.ask("offchain_localStorageSet", json!(["PERSISTENT", key, stored])).await;
	}
	verify(&node.url, &mut store, &customer).await.unwrap();
}

#[tokio::test]
async fn entries_that_a_node_makes_up_are_named() {
	let Scene { node, mut store, customer, _home } = scene(&["--dev"]).await;
	let node = Arc::new(node);
	// Newest first: the entry at place 3 is entry 6.
	type Lie = fn(&mut Vec<Value>);
	let lies: [(Lie, &str); 4] = [
		(|list| list[3]["entry"]["moment"] = json!(1), "entry 6 was changed"),
		(|list| drop(list.remove(3)), "entry 6 is missing"),
		(|list| list.insert(3, list[2].clone()), "entry 7 was served where the trail has none"),
		(|list| list.swap(3, 4), "where entry 6 belongs, entry 5 was served"),
	];
	for (lie, expected) in lies {
		let (url, _server) = liar(node.clone(), move |method, _, mut answer| {
			let list = answer.get_mut("entries").and_then(Value::as_array_mut);
			if let ("crm_trail", Some(list)) = (method, list) {
				lie(list);
			}
			answer
		})
		.await;
		let found = reason(verify(&url, &mut store, &customer).await);
		assert!(found.contains(expected), "{found}");
	}
}

#[tokio::test]
async fn a_forged_header_is_found_out() {
	let Scene { node, mut store, customer, _home } = scene(&["--dev"]).await;
	let node = Arc::new(node);
	let (url, _server) = liar(node.clone(), |method, _, mut answer| {
		if method == "chain_getHeader" {
			answer["stateRoot"] = json!(format!("0x{}", "11".repeat(32)));
		}
		answer
	})
	.await;
	let found = reason(verify(&url, &mut store, &customer).await);
	assert!(found.contains("forged header"), "{found}");

	// A storage proof of another state does not fit the header.
	let (url, _server) = liar(node, |method, _, mut answer| {
		let nodes = answer.get_mut("proof").and_then(Value::as_array_mut);
		if let ("state_getReadProof", Some(nodes)) = (method, nodes) {
			nodes.remove(0);
		}
		answer
	})
	.await;
	let found = reason(verify(&url, &mut store, &customer).await);
	assert!(found.contains("storage proof is wrong"), "{found}");
}

/// A block that nobody finalised, in whose state the customer's trail lacks its last entry:
/// header, state and entries fit each other.
#[derive(Clone)]
struct Forgery {
	/// Hash of the block in whose place it stands.
	real: H256,
	hash: H256,
	header: Value,
	proof: Value,
}

impl Forgery {
	async fn new(node: &Node, customer: &CustomerId) -> Self {
		let real = crate::scenario::hash(&node.ask("chain_getFinalizedHead", json!([])).await);
		let (entries, _) = whole_trail(node, *customer, 256).await;
		let head = crate::scenario::hash(&entries[entries.len() - 2]["head"]);
		let end = TrailHead { entries: entries.len() as u64 - 1, head };
		let key = trail_key(customer);
		let state = InMemoryBackend::<BlakeTwo256>::default()
			.update(vec![(None, vec![(key.clone(), Some(end.encode()))])], StateVersion::V1);
		let mut header = node.ask("chain_getHeader", json!([real])).await;
		header["stateRoot"] = json!(state.as_trie_backend().root());
		let hash = serde_json::from_value::<Header>(header.clone()).unwrap().hash();
		let nodes = prove_read(state, [key]).unwrap().into_nodes();
		let nodes: Vec<_> =
			nodes.into_iter().map(|node| format!("0x{}", hex::encode(node))).collect();
		Self { real, hash, header, proof: json!({ "at": hash, "proof": nodes }) }
	}

	/// A node in between that serves it as the last finalised block; where it is asked to, it
	/// knows of no proof of finality.
	async fn serve(self, node: Arc<Node>, hides_finality: bool) -> (String, ServerHandle) {
		let (real, forged) = (format!("{:?}", self.real), format!("{:?}", self.hash));
		let ask = {
			let (real, forged) = (real.clone(), forged.clone());
			move |params: &Value| {
				serde_json::from_str(&params.to_string().replace(&forged, &real)).unwrap()
			}
		};
		let lie = move |method: &str, params: &Value, mut answer: Value| {
			let is_about_it = params.to_string().contains(&forged);
			match method {
				"chain_getFinalizedHead" => json!(self.hash),
				"chain_getHeader" if is_about_it => self.header.clone(),
				"state_getReadProof" if is_about_it => self.proof.clone(),
				"crm_trail" => {
					answer["entries"].as_array_mut().expect("a list").remove(0);
					answer
				},
				"grandpa_proveFinality" if hides_finality => Value::Null,
				_ => answer,
			}
		};
		liar_who_asks(node, ask, lie).await
	}
}

#[tokio::test]
async fn a_forgery_that_fits_itself_is_revealed_by_grandpas_proof_alone() {
	let Scene { node, mut store, customer, _home } =
		scene(&["--dev", "--sealing", "consensus"]).await;
	let node = Arc::new(node);
	let forgery = Forgery::new(&node, &customer).await;
	let of_nobody = |url: String, options: Options| async move {
		let chain = Chain::connect(&url).await?;
		let verifier = Verifier::new(&chain, None, &options).await?;
		let fetched = verifier.fetch(&customer).await?;
		verifier.conclude(None, &customer, fetched)
	};

	// Who knows nothing beforehand and gets no proof finds nothing wrong, and is told so.
	let (url, _hiding) = forgery.clone().serve(node.clone(), true).await;
	let report = of_nobody(url.clone(), Options::default()).await.unwrap();
	assert_eq!((report.entries, report.finality.clone()), (9, Finality::Unproven));
	assert!(!report.genesis.known);
	assert!(report.to_string().contains("no proof of finality exists"), "{report}");
	// Who insists on a proof, or has seen one, does not go without.
	let insist = Options { require_finality: true, ..Default::default() };
	let found = reason(of_nobody(url.clone(), insist).await);
	assert!(found.contains("no proof"), "{found}");
	let honest = verify(&node.url, &mut store, &customer).await.unwrap();
	let genesis = Chain::connect(&node.url).await.unwrap().genesis();
	let pin = Pin::new(genesis, &store.authorities().unwrap().unwrap());
	let pinned = Options { pin: Some(pin), ..Default::default() };
	let found = reason(of_nobody(url.clone(), pinned).await);
	assert!(found.contains("no proof"), "{found}");
	assert_eq!(honest.entries, 10);
	assert!(honest.genesis.known);
	let found = reason(verify(&url, &mut store, &customer).await);
	assert!(found.contains("no proof"), "{found}");

	// The votes are for the real block, and for no other.
	let (url, _showing) = forgery.serve(node, false).await;
	let found = reason(of_nobody(url, Options::default()).await);
	assert!(found.contains("do not lead from the block"), "{found}");
}

#[tokio::test]
async fn another_chain_and_a_shorter_one_are_found_out() {
	let Scene { node, mut store, customer, _home } = scene(&["--dev"]).await;
	verify(&node.url, &mut store, &customer).await.unwrap();
	// The same genesis with nothing in it: as if history had been wiped.
	let fresh = Node::development().await;
	let found = reason(verify(&fresh.url, &mut store, &customer).await);
	assert!(found.contains("the chain has no trail of it"), "{found}");
	let other = Node::start(new_base(), &["--chain", "local"]).await;
	let found = reason(verify(&other.url, &mut store, &customer).await);
	assert!(found.contains("belongs to the chain with genesis"), "{found}");
}

#[tokio::test]
async fn finality_is_proven_from_genesis_on() {
	let Scene { node, mut store, customer, _home } =
		scene(&["--dev", "--sealing", "consensus"]).await;
	let report = verify(&node.url, &mut store, &customer).await.unwrap();
	let Finality::Proven(finalised) = report.finality else { panic!("it was not proven") };
	assert_eq!((finalised.signed, finalised.validators, finalised.set), (1, 1, 0));
	assert!(report.to_string().contains("1 of 1 validators"), "{report}");

	// The set that was reached can be passed on; another one proves nothing.
	let chain = Chain::connect(&node.url).await.unwrap();
	let set = store.authorities().unwrap().unwrap();
	let pin = Pin::new(chain.genesis(), &set);
	let with = |pin| Options { pin: Some(pin), require_finality: true, ..Default::default() };
	verify_with(&node.url, &mut store, &customer, &with(pin.clone())).await.unwrap();
	let mut wrong = pin;
	wrong.authorities[0].0 .0[0] ^= 1;
	reason(verify_with(&node.url, &mut store, &customer, &with(wrong)).await);

	let node = Arc::new(node);
	// A node that hides the proof, now that there has been one.
	let (url, _server) = liar(node.clone(), |method, _, answer| match method {
		"grandpa_proveFinality" => Value::Null,
		_ => answer,
	})
	.await;
	let found = reason(verify(&url, &mut store, &customer).await);
	assert!(found.contains("no proof"), "{found}");
	// A node that changes the signatures.
	let (url, _server) = liar(node, |method, _, mut answer| {
		if let ("grandpa_proveFinality", Some(proof)) = (method, answer.as_str()) {
			// In the middle of the one signature.
			let at = proof.len() / 2;
			let digit = if &proof[at..=at] == "0" { "1" } else { "0" };
			answer = json!(format!("{}{digit}{}", &proof[..at], &proof[at + 1..]));
		}
		answer
	})
	.await;
	let result = verify(&url, &mut store, &customer).await;
	assert!(result.is_err(), "{result:?}");
}
