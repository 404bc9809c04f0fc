//! What the node answers over JSON-RPC beside the SDK's own methods: `docs/rpc.md`.

mod crm;
mod disk;
mod error;
mod finality;
mod params;
mod subscription;

pub use disk::Disk;

use crate::{
	service::{FullBackend, FullClient, Pool},
	trail::{Coverage, HeldEntries},
};
use consentry_runtime::{opaque::Block, AccountId, BlockNumber, Nonce};
use crm::Crm;
use jsonrpsee::RpcModule;
use pallet_transaction_payment_rpc::{TransactionPayment, TransactionPaymentApiServer};
use sc_consensus_grandpa::{
	FinalityProofProvider, GrandpaJustificationStream, SharedAuthoritySet, SharedVoterState,
};
use sc_consensus_grandpa_rpc::{Grandpa, GrandpaApiServer};
use sc_rpc::SubscriptionTaskExecutor;
use sp_core::H256;
use std::sync::Arc;
use substrate_frame_rpc_system::{System, SystemApiServer};
use tokio::sync::{watch, Semaphore};

/// What the methods read from.
pub struct Sources {
	/// The client.
	pub client: Arc<FullClient>,
	/// Its database.
	pub backend: Arc<FullBackend>,
	/// The extrinsics that wait for a block.
	pub pool: Arc<Pool>,
	/// The trail entries that this node holds.
	pub entries: HeldEntries,
	/// How far these are all there are.
	pub coverage: watch::Receiver<Coverage>,
	/// GRANDPA's validators.
	pub authority_set: SharedAuthoritySet<H256, BlockNumber>,
	/// GRANDPA's justifications, as they come.
	pub justifications: GrandpaJustificationStream<Block>,
	/// GRANDPA's round.
	pub voter_state: SharedVoterState,
	/// Where the database lies, if on a disk.
	pub disk: Option<Disk>,
	/// Instances of the runtime that are kept.
	pub runtimes: usize,
}

/// All methods that this node adds.
pub fn create(
	sources: &Sources,
	executor: SubscriptionTaskExecutor,
) -> Result<RpcModule<()>, Box<dyn std::error::Error + Send + Sync>> {
	let Sources {
		client,
		backend,
		pool,
		entries,
		coverage,
		authority_set,
		justifications,
		voter_state,
		disk,
		runtimes,
	} = sources;
	let finality_proofs =
		FinalityProofProvider::new_for_service(backend.clone(), Some(authority_set.clone()));
	let grandpa = Grandpa::new(
		executor,
		authority_set.clone(),
		voter_state.clone(),
		justifications.clone(),
		finality_proofs.clone(),
	);

	let mut module = RpcModule::new(());
	module.merge(SystemApiServer::<H256, AccountId, Nonce>::into_rpc(System::new(
		client.clone(),
		pool.clone(),
	)))?;
	module.merge(TransactionPaymentApiServer::<H256, _>::into_rpc(
		TransactionPayment::<_, Block>::new(client.clone()),
	))?;
	module.merge(GrandpaApiServer::<_, H256, BlockNumber>::into_rpc(grandpa))?;
	finality::replace(&mut module, backend.clone(), authority_set.clone(), finality_proofs)?;
	// Where all instances are taken, one is made for a single use; one stays free for blocks.
	let turns = runtimes.saturating_sub(1).max(1);
	module.merge(crm::module(Crm {
		client: client.clone(),
		backend: backend.clone(),
		entries: entries.clone(),
		coverage: coverage.clone(),
		turns: Arc::new(Semaphore::new(turns)),
	})?)?;
	if let Some(disk) = disk {
		module.merge(disk::module(disk.clone())?)?;
	}
	Ok(module)
}
