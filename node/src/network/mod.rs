//! The node's network.
//!
//! It is put together as `sc_service::build_network` does it, which makes the handlers of requests
//! inside, where no [`Gate`] could be put before them.

mod gate;
mod peers;

pub use gate::Gate;
pub use peers::Doorkeeper;

use crate::service::{FullClient, Pool};
use consentry_runtime::opaque::Block;
use futures::{future, StreamExt};
use sc_client_api::{BlockBackend, BlockchainEvents};
use sc_consensus::{DefaultImportQueue, ImportQueue};
use sc_network::{
	config::{FullNetworkConfiguration, Params as BackendParams, ProtocolId, SyncMode},
	service::{
		traits::{NetworkService, PeerStore, RequestResponseConfig},
		NotificationMetrics,
	},
	Litep2pNetworkBackend, NetworkBackend, NetworkBlock,
};
use sc_network_light::light_client_requests::handler::LightClientRequestHandler;
use sc_network_sync::{
	block_relay_protocol::{BlockDownloader, BlockRelayParams},
	block_request_handler::BlockRequestHandler,
	engine::SyncingEngine,
	service::network::{NetworkServiceHandle, NetworkServiceProvider},
	state_request_handler::StateRequestHandler,
	strategy::polkadot::{PolkadotSyncingStrategy, PolkadotSyncingStrategyConfig},
	warp_request_handler::RequestHandler as WarpRequestHandler,
	SyncingService, WarpSyncConfig,
};
use sc_network_transactions::{TransactionsHandlerController, TransactionsHandlerPrototype};
use sc_service::{
	build_system_rpc_future, default_gap_sync_body_policy, Configuration, Error, TaskManager,
	TransactionPoolAdapter,
};
use sc_utils::mpsc::{tracing_unbounded, TracingUnboundedSender};
use sp_blockchain::HeaderBackend;
use sp_consensus::block_validation::DefaultBlockAnnounceValidator;
use sp_core::H256;
use std::sync::Arc;

/// How the network is configured.
pub type NetworkConfig = FullNetworkConfiguration<Block, H256, Litep2pNetworkBackend>;

/// GRANDPA's proofs by which a node that syncs skips to the newest state.
pub type WarpSyncProvider = Arc<dyn sc_network_sync::strategy::warp::WarpSyncProvider<Block>>;

const GROUP: Option<&str> = Some("networking");

/// What the network is made of.
pub struct Parts<'a> {
	pub config: &'a Configuration,
	pub net_config: NetworkConfig,
	pub client: Arc<FullClient>,
	pub pool: Arc<Pool>,
	pub import_queue: DefaultImportQueue<Block>,
	pub warp_sync: WarpSyncProvider,
	pub metrics: NotificationMetrics,
	pub doorkeeper: Doorkeeper,
	pub gate: Gate,
}

/// A network that runs.
pub struct Network {
	pub service: Arc<dyn NetworkService>,
	pub sync: Arc<SyncingService<Block>>,
	pub transactions: TransactionsHandlerController<H256>,
	pub system_rpc: TracingUnboundedSender<sc_rpc::system::Request<Block>>,
}

/// Builds the network and starts its tasks.
pub fn start(parts: Parts, tasks: &TaskManager) -> Result<Network, Error> {
	let Parts {
		config,
		mut net_config,
		client,
		pool,
		import_queue,
		warp_sync,
		metrics,
		doorkeeper,
		gate,
	} = parts;
	if config.network.ipfs_server {
		return Err(Error::Other("leave out --ipfs-server: it would serve anyone".into()));
	}
	let registry = config.prometheus_registry();
	let (protocol_id, fork_id) = (config.protocol_id(), config.chain_spec.fork_id());
	let genesis_hash = client.info().genesis_hash;
	let spawner = tasks.spawn_handle();
	let essential = tasks.spawn_essential_handle();
	let provider = NetworkServiceProvider::new();

	let handlers =
		Handlers { config, client: &client, tasks, gate: &gate, protocol_id: &protocol_id };
	handlers.serve_light_clients(&mut net_config);
	let downloader = handlers.serve_blocks(&mut net_config, provider.handle());
	let strategy = handlers.serve_syncing(&mut net_config, downloader, warp_sync)?;
	let (engine, sync, block_announce_config) = SyncingEngine::new(
		(&config.role).into(),
		client.clone(),
		registry,
		metrics.clone(),
		&net_config,
		protocol_id.clone(),
		fork_id,
		Box::new(DefaultBlockAnnounceValidator),
		strategy,
		provider.handle(),
		import_queue.service(),
		net_config.peer_store_handle(),
	)?;
	let sync = Arc::new(sync);
	// A node that can no longer sync is better shut down than kept running.
	essential.spawn_blocking("syncing", None, engine.run());

	let (transactions, transactions_config) =
		TransactionsHandlerPrototype::new::<_, Block, Litep2pNetworkBackend>(
			protocol_id.clone(),
			genesis_hash,
			fork_id,
			metrics.clone(),
			net_config.peer_store_handle(),
		);
	net_config.add_notification_protocol(transactions_config);
	spawner.spawn("peer-store", GROUP, net_config.take_peer_store().run());

	let has_bootnodes = !net_config.network_config.boot_nodes.is_empty();
	let backend = <Litep2pNetworkBackend as NetworkBackend<Block, H256>>::new(BackendParams {
		role: config.role,
		executor: {
			let spawner = spawner.clone();
			Box::new(move |task| spawner.spawn("libp2p-node", GROUP, task))
		},
		network_config: net_config,
		genesis_hash,
		protocol_id,
		fork_id: fork_id.map(ToOwned::to_owned),
		metrics_registry: registry.cloned(),
		block_announce_config,
		ipfs_config: None,
		notification_metrics: metrics,
	})?;
	let service = <Litep2pNetworkBackend as NetworkBackend<Block, H256>>::network_service(&backend);

	let (handler, transactions) = transactions.build(
		service.clone(),
		sync.clone(),
		Arc::new(TransactionPoolAdapter::new(pool, client.clone())),
		registry,
	)?;
	spawner.spawn_blocking("network-transactions-handler", GROUP, handler.run());
	let provider = provider.run(Arc::new(service.clone()));
	spawner.spawn_blocking("chain-sync-network-service-provider", GROUP, provider);
	spawner.spawn("import-queue", None, {
		let sync = sync.clone();
		async move { import_queue.run(&*sync).await }
	});
	let (system_rpc, requests) = tracing_unbounded("mpsc_system_rpc", 10_000);
	let answering = build_system_rpc_future::<_, _, H256>(
		config.role,
		service.clone(),
		sync.clone(),
		client.clone(),
		requests,
		has_bootnodes,
	);
	spawner.spawn("system-rpc-handler", GROUP, answering);
	spawner.spawn("doorkeeper", GROUP, doorkeeper.follow(service.clone(), sync.clone()));
	let running = run(backend, client, sync.clone(), config.announce_block);
	essential.spawn_blocking("network-worker", GROUP, running);
	Ok(Network { service, sync, transactions, system_rpc })
}

/// Drives the network and tells syncing of the blocks that the client imports, until either ends.
async fn run(
	backend: Litep2pNetworkBackend,
	client: Arc<FullClient>,
	sync: Arc<SyncingService<Block>>,
	announce_blocks: bool,
) {
	let imported = {
		let sync = sync.clone();
		client.import_notification_stream().for_each(move |block| {
			if announce_blocks {
				sync.announce_block(block.hash, None);
			}
			if block.is_new_best {
				sync.new_best_block_imported(block.hash, block.header.number);
			}
			future::ready(())
		})
	};
	let finalised = client.finality_notification_stream().for_each(move |block| {
		sync.on_block_finalized(block.hash, block.header);
		future::ready(())
	});
	let network = <Litep2pNetworkBackend as NetworkBackend<Block, H256>>::run(backend);
	tokio::select! {
		_ = imported => log::warn!("The client's blocks have ended, so does the network"),
		_ = finalised => log::warn!("The client's finality has ended, so does the network"),
		_ = network => log::warn!("The network has ended"),
	}
}

/// What the handlers of requests are made with: each answers behind the gate.
struct Handlers<'a> {
	config: &'a Configuration,
	client: &'a Arc<FullClient>,
	tasks: &'a TaskManager,
	gate: &'a Gate,
	protocol_id: &'a ProtocolId,
}

impl Handlers<'_> {
	fn fork_id(&self) -> Option<&str> {
		self.config.chain_spec.fork_id()
	}

	/// Proofs of storage and of calls, for light clients.
	fn serve_light_clients(&self, net_config: &mut NetworkConfig) {
		let (handler, protocol) = LightClientRequestHandler::new::<Litep2pNetworkBackend>(
			self.protocol_id,
			self.fork_id(),
			self.client.clone(),
		);
		let spawner = self.tasks.spawn_handle();
		spawner.spawn("light-client-request-handler", GROUP, handler.run());
		net_config.add_request_response_protocol(self.gate.guard(protocol));
	}

	/// Blocks.
	fn serve_blocks(
		&self,
		net_config: &mut NetworkConfig,
		network: NetworkServiceHandle,
	) -> Arc<dyn BlockDownloader<Block>> {
		let peers = &self.config.network.default_peers_set;
		let BlockRelayParams { mut server, downloader, request_response_config } =
			BlockRequestHandler::new::<Litep2pNetworkBackend>(
				network,
				self.protocol_id,
				self.fork_id(),
				self.client.clone(),
				peers.in_peers.saturating_add(peers.out_peers) as usize,
			);
		let spawner = self.tasks.spawn_handle();
		spawner.spawn("block-request-handler", GROUP, async move { server.run().await });
		net_config.add_request_response_protocol(self.gate.guard(request_response_config));
		downloader
	}

	/// States and proofs of finality. Returns how this node itself syncs.
	fn serve_syncing(
		&self,
		net_config: &mut NetworkConfig,
		block_downloader: Arc<dyn BlockDownloader<Block>>,
		warp_sync: WarpSyncProvider,
	) -> Result<Box<PolkadotSyncingStrategy<Block, FullClient>>, Error> {
		let network = &self.config.network;
		if self.client.requires_full_sync() && !matches!(network.sync_mode, SyncMode::Full) {
			return Err(Error::Other("an archive node has to sync all blocks: --sync full".into()));
		}
		let spawner = self.tasks.spawn_handle();
		let (handler, state) = StateRequestHandler::new::<Litep2pNetworkBackend>(
			self.protocol_id,
			self.fork_id(),
			self.client.clone(),
			network.default_peers_set_num_full as usize
				+ network.default_peers_set.reserved_nodes.len(),
		);
		spawner.spawn("state-request-handler", GROUP, handler.run());
		let (handler, warp) = WarpRequestHandler::new::<_, Litep2pNetworkBackend>(
			self.protocol_id.clone(),
			self.client.info().genesis_hash,
			self.fork_id(),
			warp_sync.clone(),
		);
		spawner.spawn("warp-sync-request-handler", GROUP, handler.run());

		let settings = PolkadotSyncingStrategyConfig {
			mode: network.sync_mode,
			max_parallel_downloads: network.max_parallel_downloads,
			max_blocks_per_request: network.max_blocks_per_request,
			min_peers_to_start_warp_sync: network.min_peers_to_start_warp_sync,
			metrics_registry: self.config.prometheus_registry().cloned(),
			state_request_protocol_name: state.protocol_name().clone(),
			block_downloader,
			gap_sync_body_policy: default_gap_sync_body_policy(self.config.blocks_pruning),
		};
		let warp_name = warp.protocol_name().clone();
		net_config.add_request_response_protocol(self.gate.guard(state));
		net_config.add_request_response_protocol(self.gate.guard(warp));
		Ok(Box::new(PolkadotSyncingStrategy::new(
			settings,
			self.client.clone(),
			Some(WarpSyncConfig::WithProvider(warp_sync)),
			Some(warp_name),
		)?))
	}
}
