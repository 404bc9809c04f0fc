//! Asks the nodes that this one is connected with for trail entries.

use super::{
	backfill::Source,
	protocol::{self, Request, Response, MALFORMED, WRONG_ENTRY},
};
use codec::Encode;
use consentry_runtime::opaque::Block;
use sc_network::{
	request_responses::IfDisconnected, service::traits::NetworkService, types::ProtocolName, PeerId,
};
use sc_network_sync::SyncingService;
use sp_core::H256;
use std::sync::Arc;

/// The nodes of the network.
pub struct Peers {
	network: Arc<dyn NetworkService>,
	sync_service: Arc<SyncingService<Block>>,
	protocol: ProtocolName,
}

impl Peers {
	/// The nodes of the chain whose first block has the hash `genesis`.
	pub fn new(
		network: Arc<dyn NetworkService>,
		sync_service: Arc<SyncingService<Block>>,
		genesis: &H256,
	) -> Self {
		Self { network, sync_service, protocol: protocol::name(genesis) }
	}
}

impl Source for Peers {
	type Peer = PeerId;

	async fn peers(&self) -> Vec<PeerId> {
		// None are known any more when the node stops.
		let peers = self.sync_service.peers_info().await.unwrap_or_default();
		peers.into_iter().map(|(peer, _)| peer).collect()
	}

	async fn ask(&self, peer: PeerId, request: &Request) -> Option<Response> {
		let answer = self
			.network
			.request(
				peer,
				self.protocol.clone(),
				request.encode(),
				None,
				IfDisconnected::ImmediateError,
			)
			.await;
		match answer {
			Ok((bytes, _)) => {
				let response = Response::read(&bytes, request);
				if response.is_none() {
					self.network.report_peer(peer, MALFORMED);
				}
				response
			},
			Err(error) => {
				log::debug!(target: "trails", "{peer} gives no trail entries: {error}");
				None
			},
		}
	}

	fn blame(&self, peer: PeerId) {
		log::warn!(
			target: "trails",
			"{peer} gave a trail entry that does not lead to the head asked for: not kept"
		);
		self.network.report_peer(peer, WRONG_ENTRY);
	}
}
