//! Files that calls commit to: they stay where they are, the local store keeps salt and digest.

use super::{read_input, Context};
use consentry_client::{
	calls::Call,
	chain::Chain,
	content::Content,
	store::{documents::Evidence, Store},
	submit::{submit_and_wait, Included},
	Error, Result,
};
use consentry_primitives::{Commitment, CustomerId};
use std::path::Path;
use subxt_signer::sr25519::Keypair;

/// Evidence in the local store, and the call that is to commit to it.
pub struct Kept {
	store: Store,
	evidence: Evidence,
}

impl Kept {
	/// Keeps the digest of a file as evidence about a customer, or about none.
	pub fn new(context: &mut Context, about: Option<&CustomerId>, file: &Path) -> Result<Self> {
		let digest = sp_crypto_hashing::blake2_256(&read_input(file)?);
		let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
		let content = Content::from_iter([
			("file".to_string(), name),
			("blake2-256".to_string(), hex::encode(digest)),
		]);
		let mut store = context.store()?;
		let evidence = store.keep_evidence(about, &content)?;
		Ok(Self { store, evidence })
	}

	/// What the call commits to.
	pub fn commitment(&self) -> Commitment {
		self.evidence.commitment
	}

	/// Submits the call that commits to it, and waits until that is final.
	pub async fn submit(self, chain: &Chain, key: &Keypair, call: &Call) -> Result<Included> {
		self.submit_if(chain, key, call, |_| Ok(true)).await
	}

	/// The same with a call that can be final without having committed to it.
	pub async fn submit_if(
		mut self,
		chain: &Chain,
		key: &Keypair,
		call: &Call,
		committed: impl FnOnce(&Included) -> Result<bool>,
	) -> Result<Included> {
		self.store.pin_genesis(&chain.genesis())?;
		match submit_and_wait(chain, key, call).await {
			Ok(included) => {
				match committed(&included)? {
					true => self.store.finish_evidence(self.evidence)?,
					false => self.store.drop_evidence(self.evidence)?,
				}
				Ok(included)
			},
			Err(error @ Error::Refused { .. }) => {
				self.store.drop_evidence(self.evidence)?;
				Err(error)
			},
			Err(error) => Err(error),
		}
	}
}
