//! The trail entries that this node holds, and how it comes by those that it lacks.
//!
//! The runtime writes each entry to the node's off-chain storage with the block that appends it,
//! under the head that it leads to. A head in state is therefore where a walk begins, and what lies
//! under it can be checked against it: a changed entry has another hash.
//!
//! A node that began with the state of a later block did not execute the blocks before it, and so
//! lacks their entries. It asks its peers for them, or is given a file; whatever comes is checked
//! against the heads in state in the same way, by [`walk`].

mod backfill;
mod command;
mod coverage;
mod entries;
mod file;
mod peers;
mod protocol;
mod server;
mod state;
#[cfg(test)]
mod testing;
mod walk;

pub use command::TrailsCmd;
pub use coverage::Coverage;
pub use entries::{Entries, Error, Link};
pub use protocol::config as protocol_config;

use crate::service::FullBackend;
use consentry_runtime::opaque::Block;
use sc_client_api::Backend;
use sc_network::{request_responses::IncomingRequest, service::traits::NetworkService};
use sc_network_sync::SyncingService;
use sc_service::{Error as ServiceError, TaskManager};
use sp_core::H256;
use state::{FinalisedTrails, TrailEnds};
use std::sync::Arc;
use substrate_prometheus_endpoint::Registry;
use tokio::sync::watch;

/// The group of this module's tasks, in metrics.
const TASKS: Option<&str> = Some("trails");

/// The entries in this node's database.
pub type HeldEntries = Entries<<FullBackend as Backend<Block>>::OffchainStorage>;

/// The entries in the database behind `backend`, of the chain whose first block has the hash
/// `genesis`.
pub fn held_entries(backend: &FullBackend, genesis: H256) -> Result<HeldEntries, ServiceError> {
	let storage = backend.offchain_storage();
	let storage = storage.ok_or("the database keeps no off-chain storage")?;
	Ok(Entries::new(storage, genesis))
}

/// Starts giving entries to other nodes, who ask by `requests`.
pub fn serve(
	entries: HeldEntries,
	requests: async_channel::Receiver<IncomingRequest>,
	task_manager: &TaskManager,
) {
	let server = server::run(entries, requests);
	task_manager.spawn_handle().spawn_blocking("trail-entries-server", TASKS, server);
}

/// Starts fetching the entries that this node lacks, if it does not know that it has all. What is
/// returned tells how far it is.
pub fn fetch(
	backend: Arc<FullBackend>,
	entries: HeldEntries,
	genesis: &H256,
	network: Arc<dyn NetworkService>,
	sync_service: Arc<SyncingService<Block>>,
	registry: Option<&Registry>,
	task_manager: &TaskManager,
) -> Result<watch::Receiver<Coverage>, ServiceError> {
	let coverage = Coverage::load(&*backend)?;
	let reporter = coverage::Reporter::new(coverage, registry)?;
	let told = reporter.subscribe();
	if coverage == Coverage::Complete {
		return Ok(told);
	}
	let store = backend.clone();
	let page = move |after| {
		let trails = FinalisedTrails::latest(&backend)?;
		trails.map(|trails| trails.page(after)).transpose()
	};
	let peers = peers::Peers::new(network, sync_service, genesis);
	let backfill = backfill::Backfill::new(page, entries, peers, reporter);
	let task = async move {
		backfill.run().await;
		if let Err(error) = Coverage::Complete.save(&*store) {
			log::warn!(target: "trails", "The next start will walk along all trails again: {error}");
		}
	};
	task_manager.spawn_handle().spawn_blocking("trail-backfill", TASKS, task);
	Ok(told)
}
