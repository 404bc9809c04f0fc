//! Nodes that lack trail entries get them from others, or from a file.

use crate::{
	harness::{new_base, subcommand, until, Base, Node},
	scenario::{customer, hash, purchases, register, whole_trail, Organisation},
};
use consentry_primitives::trail::storage_key;
use consentry_runtime::RuntimeCall;
use pallet_customers::Call;
use serde_json::{json, Value};

/// A validator, alone on its chain.
const VALIDATOR: [&str; 3] = ["--dev", "--sealing", "consensus"];

/// How many customers [`fill`] registers.
const CUSTOMERS: u64 = 3;

/// Registers customers: one with a longer trail, one that is erased.
async fn fill(node: &Node) {
	let mut organisation = Organisation::create(node).await;
	let bob = &mut organisation.bob;
	bob.submit(node, register(0..CUSTOMERS)).await;
	bob.submit(node, purchases(customer(1), 10)).await;
	let customer = customer(2);
	bob.submit(node, RuntimeCall::Customers(Call::request_erasure { customer })).await;
	bob.submit(node, RuntimeCall::Customers(Call::erase { customer })).await;
	let erased = node.ask("crm_customer", json!([customer])).await;
	assert!(erased["value"]["erased"].is_number(), "{erased}");
}

/// The trails of all customers at a node.
async fn trails(node: &Node) -> Vec<Vec<Value>> {
	let mut trails = Vec::new();
	for seed in 0..CUSTOMERS {
		trails.push(whole_trail(node, customer(seed), 256).await.0);
	}
	trails
}

/// A new node that begins with the state of a late block, of which `peer` tells it.
async fn warp(base: Base, peer: &Node) -> Node {
	let address = peer.address().await;
	let arguments = ["--chain", "development", "--sync", "warp", "--bootnodes", &address];
	Node::start(base, &arguments).await
}

/// How far a node says that it holds the entries.
async fn coverage(node: &Node) -> Value {
	node.ask("crm_trailCoverage", json!([])).await["value"].clone()
}

async fn is_complete(node: &Node) {
	until("all entries are held", || async {
		(coverage(node).await == json!({ "complete": true, "missing": 0 })).then_some(())
	})
	.await;
}

/// Where an entry lies in a node's off-chain storage.
fn place_of(link: &Value) -> Value {
	json!(format!("0x{}", hex::encode(storage_key(&hash(&link["head"])))))
}

async fn stored(node: &Node, place: &Value) -> Value {
	node.ask("offchain_localStorageGet", json!(["PERSISTENT", place])).await
}

/// Changes an entry in a node's off-chain storage, to one that can be read.
async fn tamper(node: &Node, place: &Value) {
	let entry = stored(node, place).await;
	let mut bytes = hex::decode(&entry.as_str().expect("the entry")[2..]).expect("hexadecimal");
	// A byte of the entry's moment, behind the head before it and the entry's index.
	bytes[40] ^= 1;
	let changed = format!("0x{}", hex::encode(bytes));
	node.ask("offchain_localStorageSet", json!(["PERSISTENT", place, changed])).await;
}

#[tokio::test]
async fn a_warp_synced_node_fetches_the_entries_it_lacks() {
	let validator = Node::start(new_base(), &VALIDATOR).await;
	fill(&validator).await;
	is_complete(&validator).await;
	let expected = trails(&validator).await;

	// It is killed as soon as it knows what it lacks.
	let node = warp(new_base(), &validator).await;
	let missing = node.logged("Asking peers for ").await;
	let number: usize = expected.iter().map(Vec::len).sum();
	assert!(missing.starts_with(&format!("{number} trail entries")), "{missing}");
	let node = warp(node.kill(), &validator).await;
	is_complete(&node).await;
	assert_eq!(trails(&node).await, expected);
	// It never had the state of an early block, so it did not execute what followed.
	let early = validator.ask("chain_getBlockHash", json!([1])).await;
	let error = node.call("crm_trailHead", json!([customer(0), early])).await.unwrap_err();
	assert!([20_004, 20_005].contains(&error.code()), "{error}");

	// Later entries come with their blocks.
	let mut bob = crate::scenario::Signer::new(&validator, sp_keyring::Sr25519Keyring::Bob).await;
	bob.submit(&validator, purchases(customer(0), 2)).await;
	let expected = trails(&validator).await;
	let reached = validator.finalised().await;
	let follows = || async { (node.finalised().await >= reached).then_some(()) };
	until("the node follows", follows).await;
	assert_eq!(trails(&node).await, expected);

	// It remembers that all is there, and needs nobody for it.
	drop(validator);
	let arguments = ["--chain", "development", "--prometheus-port", "0"];
	let node = Node::start(node.kill(), &arguments).await;
	assert_eq!(coverage(&node).await, json!({ "complete": true, "missing": 0 }));
	assert_eq!(trails(&node).await, expected);
	let address = node.logged("Prometheus exporter started at ").await;
	let metrics = crate::subcommands::get(&address, "/metrics");
	for (metric, value) in [("trails_complete", "1"), ("trail_entries_missing", "0")] {
		let line = metrics.lines().find(|line| line.starts_with(&format!("consentry_{metric}")));
		assert_eq!(line.and_then(|line| line.rsplit(' ').next()), Some(value), "{metric}");
	}
}

#[tokio::test]
async fn a_changed_entry_is_not_kept_and_an_honest_peer_helps() {
	let validator = Node::start(new_base(), &VALIDATOR).await;
	fill(&validator).await;
	let expected = trails(&validator).await;
	let follow = ["--chain", "development", "--bootnodes", &validator.address().await];
	let honest = Node::start(new_base(), &follow).await;
	let reached = validator.finalised().await;
	let follows = || async { (honest.finalised().await >= reached).then_some(()) };
	until("another node holds the trails", follows).await;
	let honest = honest.kill();
	let link = &expected[1][5];
	let place = place_of(link);
	tamper(&validator, &place).await;

	// The only peer lies about the sixth entry: it and those before it are not to be had.
	let node = warp(new_base(), &validator).await;
	node.logged("gave a trail entry that does not lead to the head asked for").await;
	until("the rest is held", || async {
		(coverage(&node).await == json!({ "complete": false, "missing": 6 })).then_some(())
	})
	.await;
	assert!(stored(&node, &place).await.is_null());
	let error = node.call("crm_trail", json!([customer(1)])).await.unwrap_err();
	assert_eq!(error.code(), 20_013, "{error}");
	let data: Value = serde_json::from_str(error.data().expect("data").get()).expect("JSON");
	assert_eq!(data, json!({ "head": link["head"] }));
	let later = node.ask("crm_trail", json!([customer(1), null, 6])).await;
	assert_eq!(later["entries"].as_array().map(Vec::len), Some(6));
	assert_eq!(whole_trail(&node, customer(2), 256).await.0, expected[2]);

	// Another peer comes, which holds the entry as it was.
	let follow = ["--chain", "development", "--bootnodes", &node.address().await];
	let _honest = Node::start(honest, &follow).await;
	is_complete(&node).await;
	assert_eq!(trails(&node).await, expected);
}

/// Runs a subcommand on a node's data, and gives whether it succeeded and what it said.
fn run(command: &str, base: &Base, file: &str) -> (bool, String) {
	let path = base.path().to_str().expect("the path is text");
	let output = subcommand(&[command, "--dev", "--base-path", path, file]);
	let said = [output.stdout, output.stderr].concat();
	(output.status.success(), String::from_utf8_lossy(&said).into_owned())
}

#[tokio::test]
async fn a_file_gives_a_node_what_it_lost() {
	let node = Node::development().await;
	fill(&node).await;
	let expected = trails(&node).await;
	let base = node.stop().await;
	let file = base.path().join("trails");
	let file = file.to_str().expect("the path is text");
	let (succeeded, said) = run("export-trails", &base, file);
	assert!(succeeded, "{said}");
	let number: usize = expected.iter().map(Vec::len).sum();
	assert!(said.contains(&format!("Wrote {number} entries of 3 trails.")), "{said}");

	let node = Node::start(base, &["--dev"]).await;
	let lost = place_of(&expected[0][0]);
	node.ask("offchain_localStorageClear", json!(["PERSISTENT", lost])).await;
	tamper(&node, &place_of(&expected[1][5])).await;
	// A node that once held all walks along the trails no more: what is lost is found when it is read.
	let node = Node::start(node.stop().await, &["--dev"]).await;
	assert_eq!(coverage(&node).await["complete"], true);
	for (seed, code) in [(0, 20_006), (1, 20_007)] {
		let error = node.call("crm_trail", json!([customer(seed)])).await.unwrap_err();
		assert_eq!(error.code(), code);
	}
	// The database belongs to the node while it runs.
	let (succeeded, said) = run("import-trails", &node.base, file);
	assert!(!succeeded && said.contains("Database file is in use"), "{said}");
	let base = node.kill();
	let partial = format!("{file}-partial");
	let (succeeded, said) = run("export-trails", &base, &partial);
	assert!(!succeeded && said.contains("lacks 7 entries"), "{said}");

	// What the damaged node wrote does not help it, and it says so.
	let (succeeded, said) = run("import-trails", &base, &partial);
	assert!(succeeded && said.contains("2 trails remain incomplete and lack 7 entries"), "{said}");
	let node = Node::start(base, &["--dev"]).await;
	let found = json!({ "complete": false, "missing": 7 });
	let told = || async { (coverage(&node).await == found).then_some(()) };
	until("the node says so too", told).await;

	let base = node.kill();
	let (succeeded, said) = run("import-trails", &base, file);
	assert!(succeeded && said.contains("Kept 2 entries"), "{said}");
	assert!(said.contains("rejected 0") && said.contains("All trails are complete."), "{said}");
	let node = Node::start(base, &["--dev"]).await;
	assert_eq!(coverage(&node).await["complete"], true);
	assert_eq!(trails(&node).await, expected);
}

#[tokio::test]
async fn a_file_that_is_none_is_refused() {
	let node = Node::development().await;
	fill(&node).await;
	let base = node.kill();
	let path = base.path().join("trails");
	let file = path.to_str().expect("the path is text");
	let (succeeded, said) = run("import-trails", &base, file);
	assert!(!succeeded && said.contains("trails: No such file"), "{said}");
	std::fs::write(&path, "Jane Doe,jane@example.org,+44 20 7946 0000,London")
		.expect("it is written");
	let (succeeded, said) = run("import-trails", &base, file);
	assert!(!succeeded && said.contains("no file of trail entries"), "{said}");
	assert!(run("export-trails", &base, file).0);
	let whole = std::fs::read(&path).expect("it is there");
	std::fs::write(&path, &whole[..whole.len() - 20]).expect("it is written");
	let (succeeded, said) = run("import-trails", &base, file);
	assert!(!succeeded && said.contains("damaged or ends too early"), "{said}");
}
