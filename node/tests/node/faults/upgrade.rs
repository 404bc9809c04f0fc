//! A network goes over to the next runtime by the council's motion, from the first release on.

use super::{
	network::{self, Network},
	setup::{self, council_decides, in_block},
	workload::{Work, Workload},
	LIGHT,
};
use crate::{
	harness::{number, repository_file, until, Node},
	scenario::{hash, Signer},
};
use codec::{Decode, Encode};
use consentry_client::chain::storage_key;
use consentry_runtime::{
	AccessGrants, AuditTrail, Consent, Consortium, Customers, Equivocation, Executive,
	Organisations, Peers, RuntimeCall, VERSION, WASM_BINARY,
};
use frame_support::traits::PalletInfoAccess;
use serde_json::{json, Value};
use sp_core::{
	storage::{well_known_keys::CODE, Storage},
	H256,
};
use sp_crypto_hashing::{blake2_256, twox_128};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::Dave;
use std::collections::BTreeMap;

/// Blocks of a session after the upgrade.
const SESSION: u32 = 6;

/// The runtime of the first release, as it was built then.
const FIRST_RELEASE: &[u8] = include_bytes!("../../data/runtime-1.compact.compressed.wasm");

/// The specification of the chain `local`, started with the first release.
fn first_release() -> Value {
	let mut spec = network::specification();
	let genesis = &mut spec["genesis"]["runtimeGenesis"];
	genesis["code"] = format!("0x{}", hex::encode(FIRST_RELEASE)).into();
	// What the first release's genesis does not know.
	let patch = genesis["patch"].as_object_mut().expect("the preset is a patch");
	patch["consortium"].as_object_mut().expect("a table").remove("minimumValidators");
	// Of an hour with the first release, which does not look at this; short with the next one, so
	// that the test sees it change sessions.
	let mut spec = network::raw(&spec);
	let length = format!("0x{}", hex::encode(SESSION.encode()));
	let key = format!("0x{}", hex::encode(storage_key("Consortium", "SessionBlocks")));
	spec["genesis"]["raw"]["top"][key] = length.into();
	spec
}

/// The number of a block's session.
async fn session(node: &Node, block: H256) -> u32 {
	let key = format!("0x{}", hex::encode(storage_key("Session", "CurrentIndex")));
	let value = node.ask("state_getStorage", json!([key, block])).await;
	// Where there is none, it is the first.
	let Some(text) = value.as_str() else { return 0 };
	let bytes = hex::decode(text.trim_start_matches("0x")).expect("hexadecimal");
	u32::decode(&mut &bytes[..]).expect("a number")
}

/// All that a block's state holds.
type State = BTreeMap<Vec<u8>, Vec<u8>>;

async fn state(node: &Node, block: H256) -> State {
	let bytes = |text: &Value| {
		let text = text.as_str().and_then(|text| text.strip_prefix("0x")).expect("hexadecimal");
		hex::decode(text).expect("hexadecimal")
	};
	let mut state = State::new();
	let mut after = Value::Null;
	loop {
		let keys = node.ask("state_getKeysPaged", json!(["0x", 500, after, block])).await;
		let Some(last) = keys.as_array().and_then(|keys| keys.last()) else { return state };
		after = last.clone();
		let sets = node.ask("state_queryStorageAt", json!([keys, block])).await;
		for change in sets[0]["changes"].as_array().expect("a list") {
			state.insert(bytes(&change[0]), bytes(&change[1]));
		}
	}
}

/// Keeps a state for the checks of try-runtime, without the runtime in it.
fn keep(state: &State) {
	let mut state = state.clone();
	state.remove(CODE);
	let path = repository_file("runtime/src/tests/data/release-1.state");
	std::fs::write(path, state.encode()).expect("it can be written");
}

/// What has to hold of a state, and of what the upgrade makes of it.
fn check(state: &State) {
	let storage = Storage { top: state.clone(), ..Default::default() };
	TestExternalities::new(storage).execute_with(|| {
		Executive::execute_on_runtime_upgrade();
		let checks = [
			Consortium::do_try_state(),
			Organisations::do_try_state(),
			AuditTrail::do_try_state(),
			Customers::do_try_state(),
			Consent::do_try_state(),
			AccessGrants::do_try_state(),
			Peers::do_try_state(),
			Equivocation::do_try_state(),
		];
		for check in checks {
			check.expect("the invariants hold");
		}
	});
}

/// What a state holds of customers' data and of who may write it.
fn of_customers(state: &State) -> State {
	let names = [
		Organisations::name(),
		AuditTrail::name(),
		Customers::name(),
		Consent::name(),
		AccessGrants::name(),
	];
	let prefixes = names.map(|name| twox_128(name.as_bytes()));
	let is_theirs = |key: &[u8]| prefixes.iter().any(|prefix| key.starts_with(prefix));
	state.iter().filter(|(key, _)| is_theirs(key)).map(|(k, v)| (k.clone(), v.clone())).collect()
}

async fn spec_version(node: &Node, block: H256) -> u64 {
	let version = node.ask("state_getRuntimeVersion", json!([block])).await;
	version["specVersion"].as_u64().expect("a number")
}

async fn finalised(node: &Node) -> H256 {
	hash(&node.ask("chain_getFinalizedHead", json!([])).await)
}

#[tokio::test]
async fn an_upgrade_by_motion_loses_nothing() {
	if !super::namespace::inside("faults::upgrade::an_upgrade_by_motion_loses_nothing") {
		return;
	}
	let network = Network::start_on(&first_release()).await;
	let node = network.node(0);
	setup::set_up(node).await;
	let work = || Workload::start(&network.validators(), &Work::MIXED, LIGHT, []);
	let workload = work();
	let enough = node.finalised().await + 3;
	network.finalise(network::ALL, enough).await;
	let mut ledger = workload.finish().await;
	let mut heads = node
		.subscribe("chain_subscribeFinalizedHeads", json!([]), "chain_unsubscribeFinalizedHeads")
		.await
		.expect("finalised blocks are told of");
	let before = network.agree().await;
	let block = network::block_hash(node, before).await;
	assert_eq!(spec_version(node, block).await, 1);
	let old = state(node, block).await;
	check(&old);
	if std::env::var_os("CONSENTRY_STATE").is_some() {
		keep(&old);
	}

	let code = WASM_BINARY.expect("the runtime was built").to_vec();
	let code_hash = H256(blake2_256(&code));
	let authorise = pallet_consortium::Call::authorise_upgrade { code_hash };
	council_decides(node, RuntimeCall::Consortium(authorise)).await;
	// Anyone hands it in.
	let apply = frame_system::Call::apply_authorized_upgrade { code };
	in_block(node, &mut Signer::new(node, Dave).await, RuntimeCall::System(apply)).await;
	for (host, node) in network.running() {
		until(&format!("node {host} finalised a block of the next runtime"), || async {
			let version = spec_version(node, finalised(node).await).await;
			(version == u64::from(VERSION.spec_version)).then_some(())
		})
		.await;
	}

	// The next runtime changes sessions, with the same validators, and hands on what it notes of them.
	let begun = session(node, finalised(node).await).await;
	until("two sessions have begun since", || async {
		(session(node, finalised(node).await).await >= begun + 2).then_some(())
	})
	.await;

	// Nothing was lost: every block from before is still there, and so is all that customers had.
	let after = network.agree().await;
	let new = state(node, network::block_hash(node, after).await).await;
	assert_eq!(of_customers(&new), of_customers(&old));
	check(&new);
	// The blocks from before the motion up to the change and after it follow each other without a
	// gap, none of them was given up, and each is the same everywhere.
	let mut last = block;
	loop {
		let head = heads.next().await.expect("the node goes on").expect("a header");
		let height = number(&head["number"]);
		if height <= before {
			continue;
		}
		assert_eq!(hash(&head["parentHash"]), last, "the parent of block {height}");
		last = network::block_hash(node, height).await;
		for (host, node) in network.running() {
			let found = network::block_hash(node, height).await;
			assert_eq!(found, last, "block {height} on node {host}");
		}
		if height >= after {
			break;
		}
	}

	// The network works on, and what it does is whole on every node, from the first block on.
	let workload = work();
	let enough = node.finalised().await + 3;
	network.finalise(network::ALL, enough).await;
	ledger.merge(workload.finish().await);
	ledger.check(&network, 5).await;
}
