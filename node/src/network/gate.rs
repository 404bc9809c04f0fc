//! Refuses requests of peers that may not connect.

use consentry_runtime::opaque::Block;
use sc_network::{Litep2pNetworkBackend, NetworkBackend, PeerId, ProtocolName};
use sc_service::SpawnTaskHandle;
use sp_core::H256;
use std::{
	collections::HashSet,
	time::{Duration, Instant},
};
use tokio::sync::watch;

/// The peers that may connect, `None` where any may.
pub type Allowed = Option<HashSet<PeerId>>;

/// How the network is told of a request-response protocol.
pub type ProtocolConfig =
	<Litep2pNetworkBackend as NetworkBackend<Block, H256>>::RequestResponseProtocolConfig;

/// How often at most a protocol's refusals are logged: anyone can make up peer ids.
const TELL_EVERY: Duration = Duration::from_secs(60);

/// What stands between the network and each handler of requests. Who gets through follows the
/// chain's list.
#[derive(Clone)]
pub struct Gate {
	allowed: watch::Receiver<Allowed>,
	spawner: SpawnTaskHandle,
}

impl Gate {
	/// A gate that lets `allowed` through, at any time.
	pub fn new(allowed: watch::Receiver<Allowed>, spawner: SpawnTaskHandle) -> Self {
		Self { allowed, spawner }
	}

	/// Whether `peer` may connect now.
	pub fn allows(&self, peer: &PeerId) -> bool {
		self.allowed.borrow().as_ref().is_none_or(|peers| peers.contains(peer))
	}

	/// Puts the gate before the handler of a protocol's requests: others' than allowed peers' are
	/// refused. Every protocol of ours that answers requests has to go through here.
	pub fn guard(&self, mut config: ProtocolConfig) -> ProtocolConfig {
		let Some(handler) = config.inbound_queue.take() else { return config };
		let (sender, requests) = async_channel::bounded(handler.capacity().unwrap_or(1));
		config.inbound_queue = Some(sender);
		let (gate, protocol) = (self.clone(), config.protocol_name.clone());
		self.spawner.spawn("request-gate", Some("networking"), async move {
			let mut refusals = Refusals::default();
			while let Ok(request) = requests.recv().await {
				// A request that is dropped is refused: here, and where the handler's queue is full.
				if gate.allows(&request.peer) {
					let _ = handler.try_send(request);
				} else {
					refusals.note(&request.peer, &protocol);
				}
			}
		});
		config
	}
}

/// The refusals of one protocol.
#[derive(Default)]
struct Refusals {
	told: Option<Instant>,
	since_told: u64,
}

impl Refusals {
	fn note(&mut self, peer: &PeerId, protocol: &ProtocolName) {
		self.since_told += 1;
		if self.told.is_some_and(|told| told.elapsed() < TELL_EVERY) {
			return;
		}
		log::warn!(
			"🚫 Refused a request of the peer {peer}, which is not on the chain's list ({protocol}; \
			 {} requests refused since this was last said)",
			self.since_told
		);
		(self.told, self.since_told) = (Some(Instant::now()), 0);
	}
}
