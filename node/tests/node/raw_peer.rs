//! A peer that speaks the network's protocols itself, as nobody's node would.

use crate::{
	harness::{Node, PATIENCE},
	scenario::hash,
};
use codec::Encode;
use futures::StreamExt;
use litep2p::{
	config::ConfigBuilder,
	crypto::ed25519::{Keypair, SecretKey},
	protocol::{
		notification::{self, NotificationEvent, NotificationHandle, ValidationResult},
		request_response::{
			self, DialOptions, RequestResponseError, RequestResponseEvent, RequestResponseHandle,
		},
	},
	transport::tcp::config::Config as TcpConfig,
	types::multiaddr::{Multiaddr, Protocol},
	Litep2p, PeerId,
};
use serde_json::json;
use sp_core::H256;
use std::collections::HashMap;

/// A node's key, which its peer id follows from.
#[derive(Clone, Copy)]
pub struct NodeKey(pub u8);

impl NodeKey {
	fn pair(self) -> Keypair {
		SecretKey::try_from_bytes([self.0; 32]).expect("any bytes are a key").into()
	}

	/// As `--node-key` takes it.
	pub fn secret(self) -> String {
		hex::encode([self.0; 32])
	}

	pub fn peer_id(self) -> PeerId {
		self.pair().public().to_peer_id()
	}

	/// As the chain lists it.
	pub fn listed(self) -> consentry_primitives::PeerId {
		self.peer_id().to_bytes().try_into().expect("a peer id is short")
	}
}

/// The end of the name of our own protocol, which has but one.
const TRAILS: &str = "trail-entries/1";

/// The peer, with the protocols by the end of their names.
pub struct RawPeer {
	node: PeerId,
	genesis: H256,
	requests: HashMap<String, RequestResponseHandle>,
	notifications: HashMap<String, NotificationHandle>,
}

impl RawPeer {
	/// A peer with `key` that knows where `node` is.
	pub async fn new(node: &Node, key: NodeKey) -> Self {
		let genesis = hash(&node.ask("chain_getBlockHash", json!([0])).await);
		let chain = hex::encode(genesis);
		let tcp = TcpConfig {
			listen_addresses: vec!["/ip4/127.0.0.1/tcp/0".parse().expect("valid")],
			..Default::default()
		};
		let mut config = ConfigBuilder::new().with_keypair(key.pair()).with_tcp(tcp);
		let mut requests = HashMap::new();
		// A protocol has two names: by the chain's first block, and by the chain's protocol id.
		for full in ["sync/2", "state/2", "sync/warp", "light/2"]
			.iter()
			.flat_map(|name| [format!("/{chain}/{name}"), format!("/consentry/{name}")])
			.chain([format!("/{chain}/{TRAILS}")])
		{
			let (protocol, handle) = request_response::ConfigBuilder::new(full.clone().into())
				.with_max_size(16 * 1024 * 1024)
				.with_timeout(PATIENCE)
				.build();
			config = config.with_request_response_protocol(protocol);
			requests.insert(full, handle);
		}
		let mut notifications = HashMap::new();
		// A full node at the first block.
		let announces = (1u8, 0u32, genesis, genesis).encode();
		for (name, handshake) in
			[("block-announces/1", announces), ("transactions/1", vec![1]), ("grandpa/1", vec![1])]
		{
			let full = format!("/{chain}/{name}");
			let (protocol, handle) = notification::ConfigBuilder::new(full.clone().into())
				.with_max_size(1024 * 1024)
				.with_handshake(handshake)
				.with_auto_accept_inbound(true)
				.build();
			config = config.with_notification_protocol(protocol);
			notifications.insert(full, handle);
		}
		let mut network = Litep2p::new(config.build()).expect("the configuration is valid");
		let address: Multiaddr = node.address().await.parse().expect("an address");
		let peer = address.iter().find_map(|part| match part {
			Protocol::P2p(multihash) => PeerId::from_multihash(multihash).ok(),
			_ => None,
		});
		let node = peer.expect("the address names the peer");
		network.add_known_address(node, [address].into_iter());
		tokio::spawn(async move { while network.next_event().await.is_some() {} });
		Self { node, genesis, requests, notifications }
	}

	/// Sends the node a request, and gives what it answers.
	async fn request(
		&mut self,
		protocol: &str,
		request: Vec<u8>,
	) -> Result<Vec<u8>, RequestResponseError> {
		let handle = self.requests.get_mut(protocol).expect("the protocol is known");
		handle
			.send_request(self.node, request, DialOptions::Dial)
			.await
			.expect("the request can be sent");
		loop {
			match handle.next().await.expect("the network runs") {
				RequestResponseEvent::ResponseReceived { response, .. } => return Ok(response),
				RequestResponseEvent::RequestFailed { error, .. } => return Err(error),
				RequestResponseEvent::RequestReceived { .. } => {},
			}
		}
	}

	/// What the node answers to requests for blocks, a state, a proof of finality and a proof of
	/// storage, each by both of the protocol's names.
	pub async fn ask_for_everything(
		&mut self,
	) -> Vec<(String, Result<Vec<u8>, RequestResponseError>)> {
		let genesis = self.genesis.as_bytes().to_vec();
		// Protobuf: header and body, from the first block on, one of them.
		let blocks = [number(1, 0b11 << 24), bytes(3, &0u32.encode()), number(6, 1)].concat();
		let state = bytes(1, &genesis);
		let warp = genesis.clone();
		let code = [bytes(2, &genesis), bytes(3, b":heappages")].concat();
		let light = bytes(2, &code);
		let mut answers = Vec::new();
		for (name, request) in
			[("sync/2", blocks), ("state/2", state), ("sync/warp", warp), ("light/2", light)]
		{
			for chain in [hex::encode(self.genesis), "consentry".into()] {
				let protocol = format!("/{chain}/{name}");
				let answer = self.request(&protocol, request.clone()).await;
				answers.push((protocol, answer));
			}
		}
		// The entries that lead back from one head.
		let protocol = format!("/{}/{TRAILS}", hex::encode(self.genesis));
		let answer = self.request(&protocol, vec![H256::zero()].encode()).await;
		answers.push((protocol, answer));
		answers
	}

	/// Whether the node accepts a stream of notifications.
	pub async fn opens(&mut self, name: &str) -> bool {
		let protocol = format!("/{}/{name}", hex::encode(self.genesis));
		let handle = self.notifications.get_mut(&protocol).expect("the protocol is known");
		// Fails where the node is ahead and opens the stream itself.
		let _ = handle.open_substream(self.node).await;
		loop {
			let event = tokio::time::timeout(PATIENCE, handle.next()).await;
			match event.expect("the node answers in time").expect("the network runs") {
				NotificationEvent::NotificationStreamOpened { .. } => return true,
				NotificationEvent::NotificationStreamOpenFailure { .. } => return false,
				NotificationEvent::ValidateSubstream { peer, .. } => {
					handle.send_validation_result(peer, ValidationResult::Accept)
				},
				_ => {},
			}
		}
	}
}

/// A field of a Protobuf message that is a number.
fn number(field: u8, value: u32) -> Vec<u8> {
	[&[field << 3][..], &varint(value)].concat()
}

/// A field of a Protobuf message that is bytes or another message.
fn bytes(field: u8, value: &[u8]) -> Vec<u8> {
	[&[field << 3 | 2][..], &varint(value.len() as u32), value].concat()
}

/// Seven bits a byte, the lowest first; all but the last have the highest bit set.
fn varint(mut value: u32) -> Vec<u8> {
	let mut bytes = Vec::new();
	while value >= 0x80 {
		bytes.push(value as u8 | 0x80);
		value >>= 7;
	}
	bytes.push(value as u8);
	bytes
}
