//! A network goes over to the next runtime by the council's motion, from the first release on.

use super::{
	ledger::Told,
	network::{self, header, Network},
	sessions::{stored, SESSION},
	setup::{self, council_decides},
	workload::{development_key, Work, Workload},
	LIGHT,
};
use crate::{
	harness::{number, repository_file, until, Node},
	scenario::{commitment, hash},
};
use codec::Encode;
use consentry_client::{
	calls::customers,
	chain::{storage_key, Chain},
	submit::{submit_and_wait, Fate, Pipeline},
	Error,
};
use consentry_primitives::DataCategory;
use consentry_runtime::{
	AccessGrants, AuditTrail, Consent, Consortium, Customers, Equivocation, Executive,
	Organisations, Peers, RuntimeCall, UncheckedExtrinsic, VERSION, WASM_BINARY,
};
use frame_support::traits::PalletInfoAccess;
use serde_json::{json, Value};
use sp_core::{
	storage::{well_known_keys::CODE, Storage},
	H256,
};
use sp_crypto_hashing::{blake2_256, twox_128};
use sp_io::TestExternalities;
use sp_keyring::Sr25519Keyring::{Dave, Ferdie, One};
use std::collections::BTreeMap;

/// Who works: none of those who sign the motion meanwhile.
const WORK: [(&str, Work); 3] =
	[("Dave", Work::Register(2)), ("Ferdie", Work::Consent), ("Eve", Work::Access(4))];

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

/// The number of the session of the last finalised block.
async fn session(node: &Node) -> u32 {
	// Where there is none, it is the first.
	stored(node, "Session", "CurrentIndex").await.unwrap_or_default()
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

/// What has to hold of a state, and of what the upgrade makes of it: all that customers have is as
/// it was.
fn check(state: &State) {
	let storage = Storage { top: state.clone(), ..Default::default() };
	TestExternalities::new(storage).execute_with(|| {
		Executive::execute_on_runtime_upgrade();
		for (key, value) in of_customers(state) {
			assert_eq!(sp_io::storage::get(&key).as_deref(), Some(&value[..]));
		}
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
	setup::add_stewards(node, &[Dave, Ferdie, One]).await;
	network.agree().await;
	let mut told = Vec::new();
	for (host, node) in network.running() {
		let (follow, leave) = ("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads");
		let heads = node.subscribe(follow, json!([]), leave).await;
		told.push((host, heads.expect("finalised blocks are told of")));
	}
	// It goes on through the change.
	let workload = Workload::start(&network.validators(), &WORK, LIGHT, []);
	let enough = node.finalised().await + 3;
	network.finalise(network::ALL, enough).await;
	let before = network.agree().await;
	let block = network::block_hash(node, before).await;
	assert_eq!(spec_version(node, block).await, 1);
	let old = state(node, block).await;
	check(&old);
	if std::env::var_os("CONSENTRY_STATE").is_some() {
		keep(&old);
	}

	// Two that are signed before the change: of the second, which cannot be included without the
	// first, nothing will come; the first is sent too late.
	let chain = Chain::connect(&node.url).await.expect("the node answers");
	let key = development_key("One");
	let mut pipeline = Pipeline::open(&chain, &key).await.expect("the node answers");
	let customer = (H256::repeat_byte(1), vec![(DataCategory::Contact, commitment(1))]);
	let register = customers::register(&[customer]);
	let [first, second] = [(); 2].map(|()| pipeline.sign(&register).expect("the call is known"));
	pipeline.send(second.clone()).await.expect("the node keeps it for later");

	let code = WASM_BINARY.expect("the runtime was built").to_vec();
	let code_hash = H256(blake2_256(&code));
	let authorise = pallet_consortium::Call::authorise_upgrade { code_hash };
	council_decides(node, RuntimeCall::Consortium(authorise)).await;
	// Anyone hands it in, even without an account.
	let apply = RuntimeCall::System(frame_system::Call::apply_authorized_upgrade { code });
	let unsigned = hex::encode(UncheckedExtrinsic::new_bare(apply).encode());
	node.ask("author_submitExtrinsic", json!([format!("0x{unsigned}")])).await;
	for (host, node) in network.running() {
		until(&format!("node {host} finalised a block of the next runtime"), || async {
			let version = spec_version(node, finalised(node).await).await;
			(version == u64::from(VERSION.spec_version)).then_some(())
		})
		.await;
	}

	// The next runtime changes sessions, with the same validators, each of which makes blocks by it,
	// and hands on what it notes of them.
	let (upgraded, begun) = (network.newest_finalised().await, session(node).await);
	until("two sessions have begun since", || async {
		(session(node).await >= begun + 2).then_some(())
	})
	.await;
	for host in network::ALL {
		network.author(host, upgraded).await;
	}

	// What was signed for the first release and is not included, its sender is told of at once; and
	// what is signed anew, the next runtime takes.
	let (lost, fate) = pipeline.next_fate().await.expect("the node goes on");
	assert!(lost == second && matches!(fate, Fate::Expired), "{lost:?} is {fate:?}");
	let refused = pipeline.send(first).await.expect_err("it is too late");
	assert!(matches!(&refused, Error::Refused { reason, .. } if reason.contains("upgraded")));
	submit_and_wait(&chain, &key, &register).await.expect("it succeeds");
	let ledger = workload.finish().await;
	for one in &ledger.submitted {
		if let Told::Lost(reason) = &one.fate {
			assert!(reason == "expired" || reason.contains("upgraded"), "{one:?}");
		}
	}

	// Nothing was lost: all that customers had is there, whatever was added to it.
	let after = network.agree().await;
	let new = state(node, network::block_hash(node, after).await).await;
	check(&new);
	for key in of_customers(&old).keys() {
		assert!(new.contains_key(key), "0x{} is gone", hex::encode(key));
	}
	// Whatever block any node told to be final, before, during or after the change, is final. That
	// all nodes agree on the last one says that they do on each before it.
	for (host, mut heads) in told {
		loop {
			let head = heads.next().await.expect("the node goes on").expect("a header");
			let height = number(&head["number"]);
			if height <= after {
				assert_eq!(header(node, height).await, head, "what node {host} finalised");
			}
			if height >= after {
				break;
			}
		}
	}
	// What the clients were told is so on every node, and trails are whole, from the first block on.
	ledger.check(&network, 5).await;
}
