//! Finds validators that author two blocks in one slot, and reports them to the chain.
//!
//! The SDK's import of Aura's blocks only logs them. GRANDPA's voter reports double votes by itself.

use super::{FullClient, Pool};
use async_trait::async_trait;
use consentry_primitives::api::EquivocationApi;
use consentry_runtime::{opaque::Block, Header};
use sc_client_api::HeaderBackend;
use sc_consensus::{BlockCheckParams, BlockImport, BlockImportParams, ImportResult};
use sc_consensus_aura::{
	find_pre_digest,
	standalone::{check_equivocation, fetch_authorities, slot_author},
};
use sc_transaction_pool_api::OffchainTransactionPoolFactory;
use sp_api::{ApiExt, ProvideRuntimeApi};
use sp_consensus::BlockOrigin;
use sp_consensus_aura::sr25519::{AuthorityId, AuthorityPair, AuthoritySignature};
use sp_consensus_slots::{Slot, SlotDuration};
use sp_core::H256;
use sp_timestamp::Timestamp;
use std::sync::Arc;

type Error = Box<dyn std::error::Error + Send + Sync>;
type EquivocationProof = sp_consensus_slots::EquivocationProof<Header, AuthorityId>;

/// Looks at each block that comes over the network, after `inner` imported it.
#[derive(Clone)]
pub struct EquivocationWatch<Inner> {
	inner: Inner,
	client: Arc<FullClient>,
	pool: OffchainTransactionPoolFactory<Block>,
	slot_duration: SlotDuration,
}

impl<Inner> EquivocationWatch<Inner> {
	/// Reports go to `pool`.
	pub fn new(
		inner: Inner,
		client: Arc<FullClient>,
		pool: Arc<Pool>,
		slot_duration: SlotDuration,
	) -> Self {
		Self { inner, client, pool: OffchainTransactionPoolFactory::new(pool), slot_duration }
	}

	/// Compares the block with others of its slot.
	fn look_at(&self, header: &Header) -> Result<(), Error> {
		let slot = find_pre_digest::<Block, AuthoritySignature>(header)?;
		let authorities: Vec<AuthorityId> = fetch_authorities(&*self.client, header.parent_hash)?;
		let Some(author) = slot_author::<AuthorityPair>(slot, &authorities) else {
			return Ok(());
		};
		let now = Slot::from_timestamp(Timestamp::current(), self.slot_duration);
		match check_equivocation(&*self.client, now, slot, header, author)? {
			Some(proof) => self.report(proof),
			None => Ok(()),
		}
	}

	fn report(&self, proof: EquivocationProof) -> Result<(), Error> {
		log::warn!(
			"👥 Validator {} authored two blocks in slot {}: {} and {}",
			proof.offender,
			*proof.slot,
			proof.first_header.hash(),
			proof.second_header.hash(),
		);
		let best = self.client.info().best_hash;
		// An instance answers for one block only.
		let mut api = self.client.runtime_api();
		// A runtime from before there were such reports has no such API.
		if !api.has_api::<dyn EquivocationApi<Block>>(best)? {
			return Ok(());
		}
		// In a session's first block the keys of its validators are not yet its parent's.
		let prove =
			|at: H256| self.client.runtime_api().prove_key_ownership(at, proof.offender.clone());
		let key_owner = match prove(proof.second_header.parent_hash)? {
			Some(key_owner) => key_owner,
			None => prove(best)?.ok_or("the author is no validator of this session or the last")?,
		};
		api.register_extension(self.pool.offchain_transaction_pool(best));
		match api.report_equivocation(best, proof, key_owner)? {
			Some(()) => log::info!("👥 Reported to the chain"),
			None => log::info!("👥 Not reported: it is already, or the chain refuses the proof"),
		}
		Ok(())
	}
}

#[async_trait]
impl<Inner: BlockImport<Block> + Send + Sync> BlockImport<Block> for EquivocationWatch<Inner> {
	type Error = Inner::Error;

	async fn check_block(
		&self,
		block: BlockCheckParams<Block>,
	) -> Result<ImportResult, Self::Error> {
		self.inner.check_block(block).await
	}

	async fn import_block(
		&self,
		block: BlockImportParams<Block>,
	) -> Result<ImportResult, Self::Error> {
		// What is caught up with is too old to be reported.
		let header = (block.origin != BlockOrigin::NetworkInitialSync).then(|| block.post_header());
		let result = self.inner.import_block(block).await?;
		if let Some(Err(error)) = header.map(|header| self.look_at(&header)) {
			log::warn!("A block was not checked for a second one of its author: {error}");
		}
		Ok(result)
	}
}
