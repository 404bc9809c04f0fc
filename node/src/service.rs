//! Puts the node together.

mod consensus;
mod equivocation;
mod executor;

use self::equivocation::EquivocationWatch;
use crate::{
	clock, inherents,
	network::{self, Doorkeeper, Network},
	rpc,
	sealing::{self, Sealing},
	trail,
};
use consentry_runtime::{opaque::Block, RuntimeApi};
use futures::FutureExt;
use sc_client_api::{Backend, BlockBackend};
use sc_consensus::BoxBlockImport;
use sc_consensus_aura::{CheckForEquivocation, ImportQueueParams};
use sc_consensus_grandpa::SharedVoterState;
use sc_network::{Litep2pNetworkBackend, NetworkBackend};
use sc_service::{error::Error, Configuration, TaskManager};
use sc_storage_monitor::{StorageMonitorParams, StorageMonitorService};
use sc_telemetry::{Telemetry, TelemetryWorker};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_consensus_aura::sr25519::AuthorityPair as AuraPair;
use sp_core::H256;
use std::{path::Path, sync::Arc};

#[cfg(not(feature = "runtime-benchmarks"))]
type HostFunctions = sp_io::SubstrateHostFunctions;
#[cfg(feature = "runtime-benchmarks")]
type HostFunctions =
	(sp_io::SubstrateHostFunctions, frame_benchmarking::benchmarking::HostFunctions);

/// The client: blocks, state and the runtime, which is executed as WebAssembly only.
pub type FullClient =
	sc_service::TFullClient<Block, RuntimeApi, sc_executor::WasmExecutor<HostFunctions>>;
/// The database behind the client.
pub type FullBackend = sc_service::TFullBackend<Block>;
/// The rule that says which chain is best.
pub type SelectChain = sc_consensus::LongestChain<FullBackend, Block>;
/// The extrinsics that wait for a block.
pub type Pool = sc_transaction_pool::TransactionPoolHandle<Block, FullClient>;

/// GRANDPA's proofs of finality.
pub type GrandpaProofs = sc_consensus_grandpa::FinalityProofProvider<FullBackend, Block>;

type GrandpaImport =
	sc_consensus_grandpa::GrandpaBlockImport<FullBackend, Block, FullClient, SelectChain>;
type GrandpaLink = sc_consensus_grandpa::LinkHalf<Block, FullClient, SelectChain>;

/// The parts of a node that its subcommands need too.
pub type Partial = sc_service::PartialComponents<
	FullClient,
	FullBackend,
	SelectChain,
	sc_consensus::DefaultImportQueue<Block>,
	Pool,
	(GrandpaImport, GrandpaLink, Option<Telemetry>),
>;

/// How often, in blocks, GRANDPA's justification is kept with a block. The one of the last
/// finalised block and those of changes of the validators are always kept.
const JUSTIFICATION_PERIOD: u32 = 512;

/// Bytes of the unit in which the storage monitor's threshold is given.
const MIB: u64 = 1 << 20;

/// Opens the database and builds what stands on it.
///
/// `asked` and `default` are the way of sealing as in [`sealing::settle`], `compiled` is where
/// compiled runtimes are kept, as in [`executor::new`].
pub fn new_partial(
	config: &mut Configuration,
	asked: Option<Sealing>,
	default: Sealing,
	compiled: Option<&Path>,
) -> Result<Partial, Error> {
	// Trail entries are written by off-chain indexing, with the block: a node without it would
	// hold none of them.
	config.offchain_worker.indexing_enabled = true;

	let telemetry = config
		.telemetry_endpoints
		.clone()
		.filter(|endpoints| !endpoints.is_empty())
		.map(|endpoints| -> Result<_, sc_telemetry::Error> {
			let worker = TelemetryWorker::new(16)?;
			let telemetry = worker.handle().new_telemetry(endpoints);
			Ok((worker, telemetry))
		})
		.transpose()?;

	let (client, backend, keystore_container, task_manager) =
		sc_service::new_full_parts::<Block, RuntimeApi, _>(
			config,
			telemetry.as_ref().map(|(_, telemetry)| telemetry.handle()),
			executor::new(config, compiled),
			Vec::new(),
		)?;
	let client = Arc::new(client);
	let sealing = sealing::settle(&*client, config.chain_spec.id(), asked, default)?;

	let telemetry = telemetry.map(|(worker, telemetry)| {
		task_manager.spawn_handle().spawn("telemetry", None, worker.run());
		telemetry
	});
	let select_chain = SelectChain::new(backend.clone());
	let transaction_pool: Arc<Pool> = Arc::from(
		sc_transaction_pool::Builder::new(
			task_manager.spawn_essential_handle(),
			client.clone(),
			config.role.is_authority().into(),
		)
		.with_options(config.transaction_pool.clone())
		.with_prometheus(config.prometheus_registry())
		.build(),
	);
	let (grandpa_import, grandpa_link) = sc_consensus_grandpa::block_import(
		client.clone(),
		JUSTIFICATION_PERIOD,
		&client,
		select_chain.clone(),
		telemetry.as_ref().map(Telemetry::handle),
	)?;
	let spawner = task_manager.spawn_essential_handle();
	let import_queue = match sealing {
		Sealing::Consensus => {
			let slot_duration = sc_consensus_aura::slot_duration(&*client)?;
			sc_consensus_aura::import_queue::<AuraPair, _, _, _, _, _>(ImportQueueParams {
				block_import: EquivocationWatch::new(
					grandpa_import.clone(),
					client.clone(),
					transaction_pool.clone(),
					slot_duration,
				),
				justification_import: Some(Box::new(grandpa_import.clone())),
				client: client.clone(),
				// Others' blocks are measured by the wall clock alone: by their parent's time, each
				// could run ahead a little further.
				create_inherent_data_providers: move |_, ()| {
					let now = sp_timestamp::InherentDataProvider::from_system_time();
					std::future::ready(Ok(inherents::in_slot(now, slot_duration)))
				},
				spawner: &spawner,
				registry: config.prometheus_registry(),
				// `EquivocationWatch` does, and does more than log it.
				check_for_equivocation: CheckForEquivocation::No,
				telemetry: telemetry.as_ref().map(Telemetry::handle),
				compatibility_mode: Default::default(),
			})?
		},
		Sealing::Instant | Sealing::Interval(_) => {
			let import: BoxBlockImport<Block> = Box::new(client.clone());
			sc_consensus_manual_seal::import_queue(import, &spawner, config.prometheus_registry())
		},
	};

	Ok(Partial {
		client,
		backend,
		task_manager,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool,
		other: (grandpa_import, grandpa_link, telemetry),
	})
}

/// Builds the node and starts all of its tasks.
pub fn new_full(
	mut config: Configuration,
	sealing: Sealing,
	storage_monitor: StorageMonitorParams,
	compiled: Option<&Path>,
) -> Result<TaskManager, Error> {
	let Partial {
		client,
		backend,
		mut task_manager,
		import_queue,
		keystore_container,
		select_chain,
		transaction_pool,
		other: (grandpa_import, grandpa_link, mut telemetry),
	} = new_partial(&mut config, Some(sealing), sealing, compiled)?;
	log::info!("🦭 Sealing: {sealing}");

	// A consortium may have few nodes, and the proof of finality that one peer gives is checked.
	config.network.min_peers_to_start_warp_sync = Some(1);

	let genesis: H256 = client
		.block_hash(0)?
		.ok_or_else(|| Error::Other("the database holds no first block".into()))?;
	let doorkeeper = Doorkeeper::new(client.clone(), &mut config.network)?;
	let gate = doorkeeper.gate(task_manager.spawn_handle());
	let mut net_config =
		network::NetworkConfig::new(&config.network, config.prometheus_registry().cloned());
	let metrics =
		<Litep2pNetworkBackend as NetworkBackend<Block, H256>>::register_notification_metrics(
			config.prometheus_registry(),
		);
	let grandpa_protocol =
		sc_consensus_grandpa::protocol_standard_name(&genesis, &config.chain_spec);
	// Other nodes are not told of a protocol that nobody serves: it would break their connections.
	let votes = sealing == Sealing::Consensus && !config.disable_grandpa;
	let grandpa_notifications = votes.then(|| {
		let (protocol_config, notifications) =
			sc_consensus_grandpa::grandpa_peers_set_config::<Block, Litep2pNetworkBackend>(
				grandpa_protocol.clone(),
				metrics.clone(),
				net_config.peer_store_handle(),
			);
		net_config.add_notification_protocol(protocol_config);
		notifications
	});
	let (trail_protocol, trail_requests) =
		trail::protocol_config::<Litep2pNetworkBackend>(&genesis);
	net_config.add_request_response_protocol(gate.guard(trail_protocol));
	let warp_sync = Arc::new(sc_consensus_grandpa::warp_proof::NetworkProvider::new(
		backend.clone(),
		grandpa_link.shared_authority_set().clone(),
		Vec::new(),
	));

	let Network { service: network, sync: sync_service, transactions, system_rpc } =
		network::start(
			network::Parts {
				config: &config,
				net_config,
				client: client.clone(),
				pool: transaction_pool.clone(),
				import_queue,
				warp_sync,
				metrics,
				doorkeeper,
				gate,
			},
			&task_manager,
		)?;

	if config.offchain_worker.enabled {
		let workers = sc_offchain::OffchainWorkers::new(sc_offchain::OffchainWorkerOptions {
			runtime_api_provider: client.clone(),
			is_validator: config.role.is_authority(),
			keystore: Some(keystore_container.keystore()),
			offchain_db: backend.offchain_storage(),
			transaction_pool: Some(OffchainTransactionPoolFactory::new(transaction_pool.clone())),
			network_provider: Arc::new(network.clone()),
			enable_http_requests: false,
			custom_extensions: |_| Vec::new(),
		})?;
		task_manager.spawn_handle().spawn(
			"offchain-workers-runner",
			"offchain-worker",
			workers.run(client.clone(), task_manager.spawn_handle()).boxed(),
		);
	}

	let disk = config.database.path().map(|path| rpc::Disk {
		path: path.to_path_buf(),
		stops_below: storage_monitor.threshold.saturating_mul(MIB),
	});
	if let Some(disk) = &disk {
		StorageMonitorService::try_spawn(
			storage_monitor,
			disk.path.clone(),
			&task_manager.spawn_essential_handle(),
		)
		.map_err(|error| Error::Application(error.into()))?;
	}

	let entries = trail::held_entries(&backend, genesis)?;
	trail::serve(entries.clone(), trail_requests, &task_manager);
	let coverage = trail::fetch(
		backend.clone(),
		entries.clone(),
		&genesis,
		network.clone(),
		sync_service.clone(),
		config.prometheus_registry(),
		&task_manager,
	)?;

	let settings = consensus::Settings::new(&config, grandpa_protocol);
	let prometheus_registry = config.prometheus_registry().cloned();
	let voter_state = SharedVoterState::empty();
	let rpc_builder = {
		let sources = rpc::Sources {
			client: client.clone(),
			backend: backend.clone(),
			pool: transaction_pool.clone(),
			entries,
			coverage,
			authority_set: grandpa_link.shared_authority_set().clone(),
			justifications: grandpa_link.justification_stream(),
			voter_state: voter_state.clone(),
			disk,
			runtimes: config.executor.max_runtime_instances,
		};
		Box::new(move |executor| rpc::create(&sources, executor).map_err(Into::into))
	};
	sc_service::spawn_tasks(sc_service::SpawnTasksParams {
		config,
		client: client.clone(),
		backend,
		task_manager: &mut task_manager,
		keystore: keystore_container.keystore(),
		transaction_pool: transaction_pool.clone(),
		rpc_builder,
		network: network.clone(),
		system_rpc_tx: system_rpc,
		tx_handler_controller: transactions,
		sync_service: sync_service.clone(),
		telemetry: telemetry.as_mut(),
		tracing_execute_block: None,
	})?;

	let proposer = sc_basic_authorship::ProposerFactory::new(
		task_manager.spawn_handle(),
		client.clone(),
		transaction_pool.clone(),
		prometheus_registry.as_ref(),
		telemetry.as_ref().map(Telemetry::handle),
	);
	if sealing == Sealing::Consensus {
		task_manager.spawn_handle().spawn("clock-watch", None, clock::watch(client.clone()));
		consensus::start(
			settings,
			consensus::Parts {
				client,
				pool: transaction_pool,
				select_chain,
				keystore: keystore_container.keystore(),
				network,
				sync_service,
				grandpa_import,
				grandpa_link,
				grandpa_notifications,
				voter_state,
				proposer,
				prometheus_registry,
				telemetry: telemetry.as_ref().map(Telemetry::handle),
			},
			&task_manager,
		)?;
	} else if settings.role.is_authority() {
		sealing::start(sealing, client, transaction_pool, select_chain, proposer, &task_manager)?;
	}
	Ok(task_manager)
}
