//! Keeps the network to the peers that the chain's finalised state allows.

use super::gate::{Allowed, Gate};
use crate::service::FullClient;
use consentry_primitives::api::{CrmApi, PeersApi};
use consentry_runtime::{opaque::Block, AccountId};
use futures::StreamExt;
use sc_client_api::BlockchainEvents;
use sc_network::{
	config::{MultiaddrWithPeerId, NetworkConfiguration, NonReservedPeerMode},
	service::traits::NetworkService,
	Multiaddr, PeerId,
};
use sc_network_sync::SyncingService;
use sc_service::{Error, SpawnTaskHandle};
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_timestamp::Timestamp;
use std::{collections::HashSet, sync::Arc, time::Duration};
use tokio::{sync::watch, time::interval};

/// A finalised state older than this does not say who may connect today: the node has yet to catch
/// up, or finality has stopped.
const STALE: Duration = Duration::from_secs(60 * 60);

/// How often the list is read while nothing is finalised, since it can become stale.
const READ_EVERY: Duration = Duration::from_secs(60);

/// Reads the chain's list and applies it.
pub struct Doorkeeper {
	client: Arc<FullClient>,
	/// The peers that this node's operator names by `--reserved-nodes`.
	named: HashSet<PeerId>,
	own: PeerId,
	allowed: watch::Sender<Allowed>,
	/// Whether the node was last found to be on the list.
	listed: Option<bool>,
}

impl Doorkeeper {
	/// Reads the list and restricts the network to it, before that starts.
	pub fn new(client: Arc<FullClient>, network: &mut NetworkConfiguration) -> Result<Self, Error> {
		let own = network.node_key.clone().into_keypair()?.public().to_peer_id();
		let reserved = &network.default_peers_set.reserved_nodes;
		let named = reserved.iter().map(|node| node.peer_id).collect();
		let (sender, _) = watch::channel(None);
		let mut doorkeeper = Self { client, named, own, allowed: sender, listed: None };
		let allowed = doorkeeper.read()?;
		if let Some(peers) = &allowed {
			let peers_set = &mut network.default_peers_set;
			let unaddressed = peers.iter().filter(|peer| **peer != own);
			let unaddressed = unaddressed
				.map(|peer| MultiaddrWithPeerId { multiaddr: Multiaddr::empty(), peer_id: *peer });
			// Whoever is not on the list may come onto it: the addresses have to stay known.
			network.boot_nodes.append(&mut peers_set.reserved_nodes);
			peers_set.reserved_nodes = unaddressed.collect();
			peers_set.non_reserved_mode = NonReservedPeerMode::Deny;
			log::info!("🚪 Peers that may connect by the chain's list: {}", peers.len());
		}
		doorkeeper.allowed.send_replace(allowed);
		Ok(doorkeeper)
	}

	/// The gate that follows this doorkeeper.
	pub fn gate(&self, spawner: SpawnTaskHandle) -> Gate {
		Gate::new(self.allowed.subscribe(), spawner)
	}

	/// Who may connect by the finalised state.
	fn read(&mut self) -> sp_blockchain::Result<Allowed> {
		let info = self.client.info();
		let (at, number) = (info.finalized_hash, info.finalized_number);
		let api = self.client.runtime_api();
		// A runtime of before there was such a list.
		if !api.has_api::<dyn PeersApi<Block>>(at)? {
			return Ok(None);
		}
		let Some(listed) = api.allowed_peers(at)? else { return Ok(None) };
		let mut peers: HashSet<PeerId> =
			listed.iter().filter_map(|bytes| PeerId::from_bytes(bytes).ok()).collect();
		let moment = CrmApi::<Block, AccountId>::moment(&*api, at)?;
		drop(api);
		self.tell_whether_listed(peers.contains(&self.own), number);
		let age = Timestamp::current().as_millis().saturating_sub(moment);
		if u128::from(age) > STALE.as_millis() {
			peers.extend(&self.named);
		}
		Ok(Some(peers))
	}

	fn tell_whether_listed(&mut self, listed: bool, number: u32) {
		if self.listed == Some(listed) {
			return;
		}
		let own = self.own;
		if listed {
			log::info!("🚪 This node is on the chain's list of peers as of block #{number}");
		} else {
			log::warn!(
				"🚪 This node is not on the chain's list of peers as of finalised block #{number}: \
				 unless a newer block lists it, others refuse it. An Admin of its organisation adds \
				 it by the call peers.addPeer(0x{}), which is the peer id {own}",
				hex::encode(own.to_bytes())
			);
		}
		self.listed = Some(listed);
	}

	/// Follows the finalised state, until the node stops.
	pub async fn follow(
		mut self,
		network: Arc<dyn NetworkService>,
		sync: Arc<SyncingService<Block>>,
	) {
		let mut finality = self.client.finality_notification_stream();
		let mut regularly = interval(READ_EVERY);
		loop {
			tokio::select! {
				notification = finality.next() => if notification.is_none() { return },
				_ = regularly.tick() => {},
			}
			match self.read() {
				Ok(allowed) => self.apply(allowed, &*network, &sync),
				// As while a state is being downloaded. The last list stays in force.
				Err(error) => log::warn!("🚪 Who may connect cannot be read: {error}"),
			}
		}
	}

	/// Puts `allowed` into force, where it is not what is in force.
	fn apply(&self, allowed: Allowed, network: &dyn NetworkService, sync: &SyncingService<Block>) {
		let before = self.allowed.send_replace(allowed.clone());
		if before == allowed {
			return;
		}
		let others = |peers: HashSet<PeerId>| -> HashSet<PeerId> {
			peers.into_iter().filter(|peer| *peer != self.own).collect()
		};
		let restricted = before.is_some();
		match allowed {
			Some(peers) => {
				log::info!("🚪 Peers that may connect by the chain's list: {}", peers.len());
				let peers = others(peers);
				if !restricted {
					// The network loses track of peers that are reserved and connected when it is
					// told to deny the others: with none reserved it disconnects from all.
					network.set_authorized_peers(HashSet::new());
					network.deny_unreserved_peers();
				}
				network.set_authorized_peers(peers.clone());
				sync.set_no_slot_peers(peers);
			},
			None => {
				log::info!("🚪 Any peer may connect: the chain has no list in force");
				network.accept_unreserved_peers();
				network.set_authorized_peers(others(self.named.clone()));
				sync.set_no_slot_peers(self.named.clone());
			},
		}
	}
}
