//! `grandpa_proveFinality` from the chain's first block on.
//!
//! The SDK's own method has no answer before the validators change for the first time, which on a
//! chain whose members stay the same is always: it looks the block up among the changes, and there
//! are none. This one answers then with the justification of the last finalised block.

use crate::service::{FullBackend, GrandpaProofs};
use codec::Encode;
use consentry_runtime::{opaque::Block, BlockNumber};
use jsonrpsee::{
	types::{ErrorObject, Params},
	RpcModule,
};
use sc_client_api::Backend;
use sc_consensus_grandpa::{
	best_justification, FinalityProof, FinalityProofError, SharedAuthoritySet,
};
use sp_blockchain::HeaderBackend;
use sp_core::{Bytes, H256};
use std::sync::Arc;

/// The method's name.
const METHOD: &str = "grandpa_proveFinality";

/// The SDK's code for a proof that cannot be made.
const CODE: i32 = 4;

/// Most headers that a proof carries.
const MAX_HEADERS: BlockNumber = 10_000;

/// What the method reads from.
struct Finality {
	backend: Arc<FullBackend>,
	authority_set: SharedAuthoritySet<H256, BlockNumber>,
	proofs: Arc<GrandpaProofs>,
}

/// Puts the method in the place of the SDK's in `module`.
pub fn replace(
	module: &mut RpcModule<()>,
	backend: Arc<FullBackend>,
	authority_set: SharedAuthoritySet<H256, BlockNumber>,
	proofs: Arc<GrandpaProofs>,
) -> Result<(), jsonrpsee::core::RegisterMethodError> {
	module.remove_method(METHOD);
	let mut finality = RpcModule::new(Finality { backend, authority_set, proofs });
	finality.register_blocking_method(METHOD, |params: Params, finality, _| {
		let block = params.one::<BlockNumber>()?;
		finality.prove(block).map_err(|error| {
			let message = format!("GRANDPA prove finality rpc failed: {error}");
			ErrorObject::owned(CODE, message, None::<()>)
		})
	})?;
	module.merge(finality)
}

impl Finality {
	/// The proof that block number `block` is final, `None` where GRANDPA never voted.
	fn prove(&self, block: BlockNumber) -> Result<Option<Bytes>, String> {
		match self.proofs.prove_finality(block) {
			Err(FinalityProofError::BlockNotInAuthoritySetChanges)
				if self.authority_set.set_id() == 0 =>
			{
				self.prove_in_first_set(block)
			},
			proof => Ok(proof.map_err(|error| error.to_string())?.map(Bytes)),
		}
	}

	fn prove_in_first_set(&self, block: BlockNumber) -> Result<Option<Bytes>, String> {
		let text = |error: sp_blockchain::Error| error.to_string();
		let Some(justification) = best_justification::<_, Block>(&*self.backend).map_err(text)?
		else {
			return Ok(None);
		};
		let (last, hash) = justification.target();
		if last.saturating_sub(block) > MAX_HEADERS {
			return Err(format!(
				"block #{block} is more than {MAX_HEADERS} blocks before the last finalised one, \
				 #{last}: prove a later one"
			));
		}
		let chain = self.backend.blockchain();
		let header = |number| {
			let hash = chain.hash(number).map_err(text)?;
			let header = chain.header(hash.unwrap_or_default()).map_err(text)?;
			header.ok_or_else(|| format!("the header of block #{number} is not kept"))
		};
		let unknown_headers =
			(block.saturating_add(1)..=last).map(header).collect::<Result<_, _>>()?;
		let justification = justification.encode();
		let proof: FinalityProof<consentry_runtime::Header> =
			FinalityProof { block: hash, justification, unknown_headers };
		Ok(Some(Bytes(proof.encode())))
	}
}
