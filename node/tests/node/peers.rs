//! Who may connect: the chain's list decides, and who is not on it gets nothing.

use crate::{
	harness::{new_base, subcommand, until, Base, Node},
	raw_peer::{NodeKey, RawPeer},
	scenario::{motion, Organisation, Signer, CONTROLLER},
};
use consentry_primitives::Role;
use consentry_runtime::{Runtime, RuntimeCall, CREDIT};
use frame_support::traits::BuildGenesisConfig;
use litep2p::protocol::request_response::{RejectReason, RequestResponseError};
use pallet_organisations::{Member, Status};
use pallet_peers::Call;
use serde_json::{json, Value};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Alice, Bob};
use sp_state_machine::BasicExternalities;
use std::path::PathBuf;

const VALIDATOR: NodeKey = NodeKey(1);
const FOLLOWER: NodeKey = NodeKey(2);
const STRANGER: NodeKey = NodeKey(3);

/// A chain whose genesis has Bob's organisation, and lists its peers.
struct Chain {
	specification: PathBuf,
	_directory: Base,
}

impl Chain {
	fn listing(peers: &[NodeKey]) -> Self {
		let exported = subcommand(&["export-chain-spec", "--chain", "development", "--raw"]).stdout;
		let mut exported: Value = serde_json::from_slice(&exported).expect("it is JSON");
		let genesis = exported["genesis"]["raw"]["top"].as_object_mut().expect("it is raw");
		for (key, value) in founded_on(peers) {
			let text = |bytes: &[u8]| format!("0x{}", hex::encode(bytes));
			genesis.insert(text(&key), text(&value).into());
		}
		let directory = new_base();
		let specification = directory.path().join("chain.json");
		std::fs::write(&specification, exported.to_string()).expect("it can be written");
		Self { specification, _directory: directory }
	}

	/// A validator that nobody else is needed with.
	async fn validator(&self) -> Node {
		self.start(VALIDATOR, &["--dev", "--sealing", "consensus"]).await
	}

	/// A node that knows where `other` is.
	async fn node(&self, key: NodeKey, other: &Node, arguments: &[&str]) -> Node {
		let address = other.address().await;
		self.start(key, &[&["--bootnodes", &address][..], arguments].concat()).await
	}

	async fn start(&self, key: NodeKey, arguments: &[&str]) -> Node {
		let chain = self.specification.to_str().expect("text");
		let secret = key.secret();
		let common = ["--chain", chain, "--node-key", &secret];
		Node::start(new_base(), &[&common[..], arguments].concat()).await
	}
}

/// The storage of an organisation with Bob as its Admin, and of its peers.
fn founded_on(peers: &[NodeKey]) -> Vec<(Vec<u8>, Vec<u8>)> {
	let mut storage = BasicExternalities::new_empty();
	storage.execute_with(|| {
		let name: pallet_organisations::NameOf<Runtime> =
			b"acme".to_vec().try_into().expect("it is short");
		let member = Member { organisation: CONTROLLER, roles: Role::Admin.into() };
		pallet_organisations::Names::<Runtime>::insert(&name, CONTROLLER);
		pallet_organisations::NextOrganisationId::<Runtime>::put(CONTROLLER + 1);
		pallet_organisations::Members::<Runtime>::insert(Bob.to_account_id(), member);
		pallet_organisations::Organisations::<Runtime>::insert(
			CONTROLLER,
			pallet_organisations::Organisation {
				name,
				status: Status::Active,
				registered: 0,
				members: 1,
				admins: 1,
			},
		);
		let peers = peers.iter().map(|key| (CONTROLLER, key.peer_id().to_base58())).collect();
		let list = pallet_peers::GenesisConfig::<Runtime> { peers, ..Default::default() };
		list.build();
	});
	storage.into_storages().top.into_iter().collect()
}

/// The peer ids that a node is connected with, as far as blocks are concerned.
async fn connected(node: &Node) -> Vec<String> {
	let peers = node.ask("system_peers", json!([])).await;
	let peers = peers.as_array().expect("a list").iter();
	peers.map(|peer| peer["peerId"].as_str().expect("text").to_owned()).collect()
}

async fn is_connected(node: &Node, key: NodeKey) -> bool {
	connected(node).await.contains(&key.peer_id().to_base58())
}

/// Waits until `node` has `more` finalised blocks than it has now.
async fn goes_on(node: &Node, more: u64) {
	let reached = node.finalised().await + more;
	until("the chain goes on", || async { (node.finalised().await >= reached).then_some(()) }).await
}

/// Waits until `follower` has what `node` has finalised now.
async fn catches_up(follower: &Node, node: &Node) {
	let reached = node.finalised().await;
	until("it has the finalised blocks", || async {
		(follower.finalised().await >= reached).then_some(())
	})
	.await
}

/// Gives Bob's organisation what its transactions cost.
async fn endow(node: &Node) {
	let mut alice = Signer::new(node, Alice).await;
	let amount = 1_000 * CREDIT;
	let issue = pallet_consortium::Call::issue_credits { organisation: CONTROLLER, amount };
	alice.submit(node, motion(RuntimeCall::Consortium(issue))).await;
}

fn add(key: NodeKey) -> RuntimeCall {
	RuntimeCall::Peers(Call::add_peer { peer: key.listed() })
}

fn remove(key: NodeKey) -> RuntimeCall {
	RuntimeCall::Peers(Call::remove_peer { peer: key.listed() })
}

/// Whether a node is listed as of a block.
async fn is_listed(node: &Node, key: NodeKey, block: H256) -> bool {
	let key = pallet_peers::Owners::<Runtime>::hashed_key_for(key.listed());
	let key = format!("0x{}", hex::encode(key));
	!node.ask("state_getStorage", json!([key, block])).await.is_null()
}

#[tokio::test]
async fn who_is_listed_syncs_and_a_stranger_does_not() {
	let chain = Chain::listing(&[VALIDATOR, FOLLOWER]);
	let validator = chain.validator().await;
	goes_on(&validator, 1).await;
	let strangers = [
		chain.node(STRANGER, &validator, &[]).await,
		chain.node(NodeKey(4), &validator, &["--sync", "warp"]).await,
		chain.node(NodeKey(5), &validator, &["--sync", "fast"]).await,
	];
	strangers[0].logged("not on the chain's list of peers").await;
	// It comes last and gets everything, while the others had all this time.
	let follower = chain.node(FOLLOWER, &validator, &[]).await;
	catches_up(&follower, &validator).await;
	goes_on(&follower, 2).await;
	for stranger in &strangers {
		assert_eq!((stranger.best().await, connected(stranger).await), (0, vec![]));
	}
	assert_eq!(connected(&validator).await, [FOLLOWER.peer_id().to_base58()]);
}

#[tokio::test]
async fn a_stranger_that_speaks_the_protocols_itself_gets_nothing() {
	let listed = NodeKey(6);
	let chain = Chain::listing(&[VALIDATOR, listed]);
	let validator = chain.validator().await;
	let mut listed = RawPeer::new(&validator, listed).await;
	let mut stranger = RawPeer::new(&validator, STRANGER).await;

	for (protocol, answer) in listed.ask_for_everything().await {
		assert!(answer.as_ref().is_ok_and(|bytes| !bytes.is_empty()), "{protocol}: {answer:?}");
	}
	for (protocol, answer) in stranger.ask_for_everything().await {
		let refused =
			matches!(&answer, Err(RequestResponseError::Rejected(RejectReason::SubstreamClosed)));
		assert!(refused, "{protocol}: {answer:?}");
	}
	let refused = validator.logged("Refused a request of the peer ").await;
	assert!(refused.starts_with(&STRANGER.peer_id().to_base58()), "{refused}");

	// The stream of announcements comes first: with it the node takes a peer for connected.
	for protocol in ["block-announces/1", "transactions/1", "grandpa/1"] {
		assert!(listed.opens(protocol).await, "{protocol}");
		assert!(!stranger.opens(protocol).await, "{protocol}");
	}
}

#[tokio::test]
async fn a_partners_node_is_added_and_removed() {
	let chain = Chain::listing(&[VALIDATOR]);
	let validator = chain.validator().await;
	endow(&validator).await;
	let mut bob = Signer::new(&validator, Bob).await;
	let partner = chain.node(STRANGER, &validator, &[]).await;
	partner.logged("not on the chain's list of peers").await;
	goes_on(&validator, 2).await;
	assert_eq!(partner.best().await, 0);

	let block = bob.submit(&validator, add(STRANGER)).await;
	assert!(is_listed(&validator, STRANGER, block).await);
	catches_up(&partner, &validator).await;
	partner.logged("is on the chain's list of peers").await;
	let mut raw = RawPeer::new(&validator, STRANGER).await;
	assert!(raw.ask_for_everything().await.iter().all(|(_, answer)| answer.is_ok()));

	let block = bob.submit(&validator, remove(STRANGER)).await;
	assert!(!is_listed(&validator, STRANGER, block).await);
	until("the validator disconnects", || async {
		(!is_connected(&validator, STRANGER).await).then_some(())
	})
	.await;
	until("the partner notices", || async { connected(&partner).await.is_empty().then_some(()) })
		.await;
	let reached = partner.best().await;
	goes_on(&validator, 3).await;
	assert_eq!((partner.best().await, connected(&validator).await), (reached, vec![]));
	assert!(raw.ask_for_everything().await.iter().all(|(_, answer)| answer.is_err()));

	// The only one that is left cannot go.
	let block = bob.submit(&validator, remove(VALIDATOR)).await;
	assert!(is_listed(&validator, VALIDATOR, block).await);
}

/// Who syncs from genesis knows the list of then. Where its nodes are gone, the operator names one of
/// today.
#[tokio::test]
async fn an_old_list_lets_in_a_node_that_the_operator_names() {
	let chain = Chain::listing(&[FOLLOWER]);
	let validator = chain.validator().await;
	goes_on(&validator, 1).await;
	let address = validator.address().await;
	let follower = chain.start(FOLLOWER, &["--reserved-nodes", &address]).await;
	until("it gets blocks", || async { (follower.best().await > 0).then_some(()) }).await;
	// By the list of today the validator may not connect.
	until("it disconnects", || async { connected(&follower).await.is_empty().then_some(()) }).await;
	goes_on(&validator, 3).await;
	assert!(follower.best().await < validator.best().await);
	assert!(connected(&follower).await.is_empty());
}

/// A chain that began without a list gets one, and a node that was started anew keeps to it from
/// its first moment.
#[tokio::test]
async fn a_running_chain_is_closed_to_strangers() {
	let dev = ["--dev", "--sealing", "consensus", "--node-key"];
	let secret = VALIDATOR.secret();
	let validator = Node::start(new_base(), &[&dev[..], &[&secret]].concat()).await;
	let mut organisation = Organisation::create(&validator).await;
	let address = validator.address().await;
	let join = |key: NodeKey| {
		let (address, secret) = (address.clone(), key.secret());
		async move {
			let arguments =
				["--chain", "development", "--bootnodes", &address, "--node-key", &secret];
			Node::start(new_base(), &arguments).await
		}
	};
	let (follower, stranger) = (join(FOLLOWER).await, join(STRANGER).await);
	catches_up(&follower, &validator).await;
	catches_up(&stranger, &validator).await;

	for key in [VALIDATOR, FOLLOWER] {
		organisation.bob.submit(&validator, add(key)).await;
	}
	assert!(is_connected(&validator, STRANGER).await, "it is closed before it is enforced");
	let mut alice = Signer::new(&validator, Alice).await;
	alice.submit(&validator, motion(RuntimeCall::Peers(Call::enforce {}))).await;
	until("the validator disconnects from the stranger", || async {
		(!is_connected(&validator, STRANGER).await).then_some(())
	})
	.await;
	goes_on(&validator, 2).await;
	catches_up(&follower, &validator).await;
	assert!(!is_connected(&validator, STRANGER).await);
	assert!(!is_connected(&follower, STRANGER).await);

	drop((follower, stranger));
	let validator = Node::start(validator.kill(), &[&dev[..], &[&secret]].concat()).await;
	assert_eq!(validator.logged("Peers that may connect by the chain's list: ").await.trim(), "2");
	let mut raw = RawPeer::new(&validator, STRANGER).await;
	assert!(raw.ask_for_everything().await.iter().all(|(_, answer)| answer.is_err()));
	let mut raw = RawPeer::new(&validator, FOLLOWER).await;
	assert!(raw.ask_for_everything().await.iter().all(|(_, answer)| answer.is_ok()));
}
