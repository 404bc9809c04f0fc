//! The client imports an export into a running node, whatever interrupts it.

use crate::{
	harness::{new_base, repository_file, Node},
	scenario::{whole_trail, Organisation, Signer, CONTROLLER},
};
use consentry_client::{
	calls::METADATA,
	chain::{customer_key, storage_key, Chain},
	import::{import, plan, Options, Progress, Summary},
	keys::{from_suri, KeyFile},
	mapping::Mapping,
	passphrase::Passphrase,
	store::{Origin, Store},
	verify::{self, Verifier},
	Error, Result,
};
use serde_json::{json, Value};
use std::{path::Path, pin::pin};
use tempfile::TempDir;

/// The passphrase of every store here.
pub fn passphrase() -> Passphrase {
	Passphrase::new("passphrase")
}

/// A store in `home`.
pub fn store(home: &TempDir) -> Store {
	Store::open(home.path(), &passphrase()).expect("the passphrase is right")
}

/// Imports `file` as Bob into the node at `url`.
async fn import_as_bob(
	url: &str,
	store: &mut Store,
	mapping: &str,
	file: &[u8],
	options: Options,
	progress: &mut dyn Progress,
) -> Result<Summary> {
	let bob = from_suri("//Bob").expect("a development key");
	let key = KeyFile::encrypt("bob", &bob, &passphrase()).decrypt(&passphrase())?;
	let chain = Chain::connect(url).await?;
	let mapping = Mapping::load(mapping)?;
	import(&chain, store, &key, &mapping, file, options, progress).await
}

/// Imports `file` as Bob with nothing in the way.
pub async fn imported(node: &Node, store: &mut Store, mapping: &str, file: &[u8]) -> Summary {
	let options = Options::default();
	let summary = import_as_bob(&node.url, store, mapping, file, options, &mut ()).await;
	summary.unwrap_or_else(|error| panic!("{mapping}: {error}"))
}

/// The first `count` rows of a real export, with its header.
pub fn export(name: &str, count: usize) -> Vec<u8> {
	let path = repository_file("client/tests/data").join(Path::new(name));
	let text = std::fs::read_to_string(path).expect("the export is in the repository");
	text.split_inclusive('\n').take(count + 1).collect::<String>().into_bytes()
}

/// Number of all customers on chain.
pub async fn customers_on_chain(node: &Node) -> usize {
	let prefix = format!("0x{}", hex::encode(storage_key("Customers", "Customers")));
	let (mut count, mut last) = (0, Value::Null);
	loop {
		let keys = node.ask("state_getKeysPaged", json!([prefix, 1000, last])).await;
		let keys = keys.as_array().expect("a list").clone();
		let Some(end) = keys.last() else { return count };
		count += keys.len();
		last = end.clone();
	}
}

/// Verifies all customers of the store and returns their number with that of all their entries.
pub async fn verify_all(node: &Node, store: &mut Store) -> (usize, u64) {
	let chain = Chain::connect(&node.url).await.unwrap();
	let verifier = Verifier::new(&chain, Some(store), &verify::Options::default()).await.unwrap();
	let (mut count, mut entries) = (0, 0);
	for customer in store.customers().unwrap() {
		let fetched = verifier.fetch(&customer).await.unwrap();
		let report = verifier.conclude(Some(store), &customer, fetched).unwrap();
		assert_eq!(report.opened.unopened, 0);
		count += 1;
		entries += report.entries;
	}
	(count, entries)
}

#[tokio::test]
async fn the_metadata_in_the_repository_is_that_of_the_runtime() {
	let node = Node::development().await;
	let chain = Chain::connect(&node.url).await.unwrap();
	let metadata = chain.metadata(chain.genesis()).await.unwrap();
	assert!(metadata == METADATA, "it is not: run scripts/metadata.sh");
}

#[tokio::test]
async fn contacts_and_orders_become_customers_and_interactions() {
	let (node, home) = (Node::development().await, TempDir::new().unwrap());
	Organisation::create(&node).await;
	let mut store = store(&home);
	let contacts = export("salesforce-contacts.csv", 1000);
	let summary = imported(&node, &mut store, "salesforce", &contacts).await;
	assert_eq!((summary.rows, summary.registered, summary.rejects.len()), (1000, 1000, 0));
	let orders = export("orders.csv", 300);
	let summary = imported(&node, &mut store, "orders", &orders).await;
	assert_eq!((summary.rows, summary.recorded, summary.rejects.len()), (300, 300, 0));
	assert_eq!(customers_on_chain(&node).await, 1000);

	// Each customer has an entry for itself, one for each record and one for each order.
	let facts: usize =
		store.customers().unwrap().iter().map(|id| store.facts(id).unwrap().len()).sum();
	assert_eq!(verify_all(&node, &mut store).await, (1000, 1000 + facts as u64));

	// Again, nothing happens; with a change, only the change.
	for (mapping, file) in [("salesforce", &contacts), ("orders", &orders)] {
		let again = imported(&node, &mut store, mapping, file).await;
		assert_eq!((again.unchanged, again.registered, again.recorded), (again.rows, 0, 0));
	}
	let changed = String::from_utf8(contacts).unwrap().replacen("Badajoz", "Elvas", 1);
	let summary = imported(&node, &mut store, "salesforce", changed.as_bytes()).await;
	assert_eq!((summary.unchanged, summary.registered, summary.sealed), (999, 0, 1));
	verify_all(&node, &mut store).await;
}

#[tokio::test]
async fn the_good_row_of_a_malformed_file_goes_in() {
	let (node, home) = (Node::development().await, TempDir::new().unwrap());
	Organisation::create(&node).await;
	let file = std::fs::read(repository_file("client/tests/data/malformed-contacts.csv")).unwrap();
	let mut store = store(&home);
	let summary = imported(&node, &mut store, "hubspot", &file).await;
	assert_eq!((summary.rows, summary.registered, summary.rejects.len()), (8, 1, 7));
	assert_eq!(verify_all(&node, &mut store).await.0, 1);
}

/// Ends an import, as an interruption would, once so many are done.
struct StopAfter {
	left: usize,
	stop: tokio::sync::watch::Sender<bool>,
}

impl Progress for StopAfter {
	fn begin(&mut self, _: &'static str, _: usize) {}

	fn advance(&mut self, by: usize) {
		self.left = self.left.saturating_sub(by);
		if self.left == 0 {
			self.stop.send_replace(true);
		}
	}

	fn end(&mut self) {}
}

/// Small batches, so that there is something left to interrupt.
const SLOWLY: Options = Options { batch: 7, in_flight: 8 };

/// Starts an import and drops it in the middle, with extrinsics in flight.
pub async fn interrupted(node: &Node, store: &mut Store, mapping: &str, file: &[u8], after: usize) {
	let (stop, mut stopped) = tokio::sync::watch::channel(false);
	let mut progress = StopAfter { left: after, stop };
	let import = import_as_bob(&node.url, store, mapping, file, SLOWLY, &mut progress);
	tokio::select! {
		result = import => panic!("it was not interrupted: {result:?}"),
		_ = stopped.wait_for(|stopped| *stopped) => {},
	}
}

/// Kills the node in the middle of an import, which then says that it cannot be reached; and starts
/// another on what the first has written.
pub async fn killed(
	node: Node,
	store: &mut Store,
	mapping: &str,
	file: &[u8],
	after: usize,
) -> Node {
	let (stop, mut stopped) = tokio::sync::watch::channel(false);
	let mut progress = StopAfter { left: after, stop };
	let url = node.url.clone();
	let mut import = pin!(import_as_bob(&url, store, mapping, file, SLOWLY, &mut progress));
	tokio::select! {
		result = &mut import => panic!("it was not interrupted: {result:?}"),
		_ = stopped.wait_for(|stopped| *stopped) => {},
	}
	let base = node.kill();
	let result = import.await;
	assert!(matches!(result, Err(Error::Unreachable { .. })), "{result:?}");
	Node::start(base, &["--dev"]).await
}

#[tokio::test]
async fn an_interrupted_import_loses_and_doubles_nobody() {
	let (node, home) = (Node::development().await, TempDir::new().unwrap());
	Organisation::create(&node).await;
	let contacts = export("salesforce-contacts.csv", 1000);
	let orders = export("orders.csv", 400);

	interrupted(&node, &mut store(&home), "salesforce", &contacts, 100).await;
	interrupted(&node, &mut store(&home), "salesforce", &contacts, 100).await;
	let summary = imported(&node, &mut store(&home), "salesforce", &contacts).await;
	assert!(summary.registered < 900, "{summary:?}");
	assert_eq!(customers_on_chain(&node).await, 1000);

	interrupted(&node, &mut store(&home), "orders", &orders, 50).await;
	imported(&node, &mut store(&home), "orders", &orders).await;
	let mut store = store(&home);
	let facts: usize =
		store.customers().unwrap().iter().map(|id| store.facts(id).unwrap().len()).sum();
	assert_eq!(verify_all(&node, &mut store).await, (1000, 1000 + facts as u64));
}

#[tokio::test]
async fn a_node_killed_during_an_import_loses_and_doubles_nobody() {
	let home = TempDir::new().unwrap();
	let mut node = Node::start(new_base(), &["--dev"]).await;
	Organisation::create(&node).await;
	let contacts = export("salesforce-contacts.csv", 500);
	let mut store = store(&home);
	for _ in 0..2 {
		node = killed(node, &mut store, "salesforce", &contacts, 30).await;
	}
	imported(&node, &mut store, "salesforce", &contacts).await;
	assert_eq!(customers_on_chain(&node).await, 500);
	assert_eq!(verify_all(&node, &mut store).await.0, 500);
}

#[tokio::test]
async fn a_customer_that_the_chain_has_already_is_kept() {
	let (node, home, backup) =
		(Node::development().await, TempDir::new().unwrap(), TempDir::new().unwrap());
	Organisation::create(&node).await;
	let contacts = export("salesforce-contacts.csv", 20);
	let mapping = Mapping::load("salesforce").unwrap();
	plan(&mut store(&home), CONTROLLER, &mapping, &contacts, &mut Summary::default()).unwrap();
	std::fs::copy(Store::path(home.path()), Store::path(backup.path())).unwrap();
	assert_eq!(imported(&node, &mut store(&home), "salesforce", &contacts).await.registered, 20);

	// What the backup does not know of, it loses nothing of; and what it has otherwise, it seals.
	let mut store = store(&backup);
	let changed = String::from_utf8(contacts).unwrap().replacen("Badajoz", "Elvas", 1);
	let summary = imported(&node, &mut store, "salesforce", changed.as_bytes()).await;
	assert_eq!((summary.registered, summary.sealed, summary.rejects), (0, 1, vec![]));
	assert_eq!((customers_on_chain(&node).await, store.customers().unwrap().len()), (20, 20));
	let again = imported(&node, &mut store, "salesforce", changed.as_bytes()).await;
	assert_eq!(again.unchanged, 20);
}

#[tokio::test]
async fn the_real_consensus_takes_an_import_too() {
	let home = TempDir::new().unwrap();
	let node = Node::start(new_base(), &["--dev", "--sealing", "consensus"]).await;
	Organisation::create(&node).await;
	let mut store = store(&home);
	let contacts = export("suitecrm-contacts.csv", 200);
	let summary = imported(&node, &mut store, "suitecrm", &contacts).await;
	assert_eq!(summary.registered, 200);
	assert_eq!(customers_on_chain(&node).await, 200);
	assert_eq!(verify_all(&node, &mut store).await.0, 200);
	assert!(store.authorities().unwrap().is_some(), "finality was proven");
}

#[tokio::test]
async fn who_is_no_steward_imports_nothing() {
	let (node, home) = (Node::development().await, TempDir::new().unwrap());
	let mut store = store(&home);
	let options = Options::default();
	let contacts = export("hubspot-contacts.csv", 3);
	let result = import_as_bob(&node.url, &mut store, "hubspot", &contacts, options, &mut ()).await;
	assert!(matches!(result, Err(Error::Refused { .. })), "{result:?}");
	assert!(store.planned_registrations().unwrap().is_empty());
}

#[tokio::test]
async fn a_customer_that_was_erased_on_chain_is_reported_and_the_others_go_in() {
	let (node, home) = (Node::development().await, TempDir::new().unwrap());
	Organisation::create(&node).await;
	let mut store = store(&home);
	let contacts = export("salesforce-contacts.csv", 1000);
	imported(&node, &mut store, "salesforce", &contacts).await;
	// Order 0 is this contact's.
	let origin = Origin { source: "salesforce".into(), id: "003000000000917AAA".into() };
	let customer = store.customer_from(&origin).unwrap().unwrap().id;
	let erase = pallet_customers::Call::erase { customer };
	let mut bob = Signer::new(&node, sp_keyring::Sr25519Keyring::Bob).await;
	bob.submit(&node, consentry_runtime::RuntimeCall::Customers(erase)).await;

	let summary = imported(&node, &mut store, "orders", &export("orders.csv", 60)).await;
	assert_eq!((summary.recorded, summary.rejects.len()), (59, 1), "{:?}", summary.rejects);
	assert!(summary.rejects[0].reason.contains("Customers::Erased"), "{:?}", summary.rejects);
	assert_eq!(summary.rejects[0].line, Some(2));
	let chain = Chain::connect(&node.url).await.unwrap();
	let head = chain.finalised().await.unwrap();
	let found = chain.storage(head.hash, &[customer_key(&customer)]).await.unwrap();
	assert!(found[0].is_some(), "the tombstone stays");
	let (entries, _) = whole_trail(&node, customer, 256).await;
	assert_eq!(entries.last().unwrap()["entry"]["action"]["type"], "erased");
	assert!(store.in_flight().unwrap().is_empty());
}
