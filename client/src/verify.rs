//! Verifying trails against a node that need not be trusted.
//!
//! The chain of proof: a block is final because enough of a known authority set signed it; its
//! header holds the root of its state; a storage proof shows the head of a customer's trail under
//! that root; and the entries served lead, hash by hash, from that head to the customer's origin.

use crate::{
	chain::{
		authorities_key, several_blocks_per_slot_key, Block, Chain, ENTRY_CORRUPT, ENTRY_NOT_HELD,
	},
	finality::{announces_change, AuthoritySet, Finalised, FinalityProof, Invalid, Pin},
	store::{verified::VerifiedHead, Store},
	trail::{check, Checked, Finding, Link, Opened},
	Error, Result,
};
use codec::{DecodeAll, Encode};
use consentry_primitives::{
	api::{TrailHead, PAGE},
	CustomerId,
};
use sp_consensus_grandpa::AuthorityList;
use sp_core::H256;
use sp_runtime::traits::{BlakeTwo256, Header as _};
use sp_trie::{LayoutV1, TrieConfiguration};
use std::{collections::BTreeMap, path::PathBuf};

/// Blocks of a session where the chain's state says nothing else: an hour's.
const SESSION: u32 = 1_800;
/// Block hashes asked for in one request.
const HASHES: usize = 512;

/// From where to start, and what to insist on.
#[derive(Clone, Debug, Default)]
pub struct Options {
	/// The chain that it has to be.
	pub genesis: Option<H256>,
	/// A raw chain specification, whose genesis state names the first authorities.
	pub chain_spec: Option<PathBuf>,
	/// An authority set passed on by somebody trusted.
	pub pin: Option<Pin>,
	/// Whether to fail where there is no proof of finality.
	pub require_finality: bool,
}

/// What is known of a block's finality.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "lowercase", tag = "state")]
pub enum Finality {
	/// It was proven.
	Proven(Finalised),
	/// The node gave no proof, and the chain's first block says that its nodes seal blocks without
	/// validators' votes; or nobody asked.
	Unproven,
	/// The node gave no proof, nor the first block's state, which tells whether validators vote.
	Untold,
}

/// Which chain it is.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Genesis {
	/// Hash of the chain's first block.
	pub hash: H256,
	/// Whether options or local store told it beforehand; else it is the node's word.
	pub known: bool,
}

/// What was verified of one trail.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
	/// The customer.
	pub customer: CustomerId,
	/// Number of entries.
	pub entries: u64,
	/// Hash over all of them.
	pub head: H256,
	/// Number of the block in whose state the head is.
	pub block: u32,
	/// Hash of that block.
	pub block_hash: H256,
	/// Whether that block was proven to be final.
	pub finality: Finality,
	/// The chain.
	pub genesis: Genesis,
	/// How much of it the local store opens.
	#[serde(flatten)]
	pub opened: Opened,
	/// The head verified before, which this one continues.
	pub earlier: Option<VerifiedHead>,
}

impl std::fmt::Display for Report {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		write!(
			f,
			"Verified: customer {:?} has {} entries with head {:?} in the state of block {} ({:?}), ",
			self.customer, self.entries, self.head, self.block, self.block_hash,
		)?;
		write!(f, "{}", self.finality)?;
		let Opened { opened, unopened } = self.opened;
		if opened + unopened > 0 {
			let total = opened + unopened;
			write!(f, "; the local store opens {opened} of its {total} commitments")?;
		}
		if let Some(earlier) = &self.earlier {
			let VerifiedHead { entries, block, .. } = earlier;
			write!(f, "; it continues the {entries} entries verified at block {block}")?;
		}
		write!(f, "; {}.", self.genesis)
	}
}

impl std::fmt::Display for Genesis {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		write!(f, "the chain is the one with genesis {:?}", self.hash)?;
		match self.known {
			true => write!(f, ", as was known before"),
			false => write!(
				f,
				", on the node's word: at first contact only --genesis, --pin or --chain-spec tells \
				 which it has to be",
			),
		}
	}
}

impl std::fmt::Display for Finality {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		match self {
			Self::Proven(Finalised { signed, validators, set }) => {
				write!(f, "which {signed} of {validators} validators of set {set} finalised")
			},
			Self::Unproven => write!(
				f,
				"taken on the node's word, which gives no proof: no proof of finality exists where blocks \
				 are sealed without validators' votes",
			),
			Self::Untold => write!(
				f,
				"taken on the node's word, which gives no proof, nor the first block's state, by which to \
				 tell whether validators vote on this chain: where they do, it hides that. Give \
				 --chain-spec or --pin to be sure",
			),
		}
	}
}

/// A block against which trails are verified.
pub struct Verifier<'a> {
	chain: &'a Chain,
	genesis: Genesis,
	block: Block,
	finality: Finality,
	evidence: Option<Evidence>,
}

/// What shows others that a block is final.
#[derive(Clone, Debug)]
pub struct Evidence {
	/// The proof.
	pub proof: FinalityProof,
	/// The authority set that signed it.
	pub set: AuthoritySet,
}

impl<'a> Verifier<'a> {
	/// Takes the node's last finalised block, and proves that it is final where that can be proven.
	/// The store, if there is one, tells which chain it has to be, and keeps the authority set.
	pub async fn new(
		chain: &'a Chain,
		store: Option<&mut Store>,
		options: &Options,
	) -> Result<Self> {
		let block = chain.finalised().await?;
		Self::at(chain, store, options, block).await
	}

	/// The same with a finalised block of the caller's choice.
	pub async fn at(
		chain: &'a Chain,
		mut store: Option<&mut Store>,
		options: &Options,
		block: Block,
	) -> Result<Self> {
		let genesis = chain.genesis();
		let expected = options.genesis.or(options.pin.as_ref().map(|pin| pin.genesis));
		if expected.is_some_and(|expected| expected != genesis) {
			return Err(Error::Verification(format!(
				"the node is on the chain with genesis {genesis:?}, not on the one asked for",
			)));
		}
		let mut known = expected.is_some();
		if let Some(store) = &mut store {
			known |= store.genesis()?.is_some();
			store.pin_genesis(&genesis)?;
		}
		let (finality, evidence) = prove(chain, store, options, &block).await?;
		// Where nothing else tells the first validators, the specification's state was compared with
		// the genesis block's.
		known |= options.chain_spec.is_some();
		let genesis = Genesis { hash: genesis, known };
		Ok(Self { chain, genesis, block, finality, evidence })
	}

	/// Takes the node's last finalised block on its word.
	pub async fn on_trust(chain: &'a Chain) -> Result<Self> {
		let block = chain.finalised().await?;
		let genesis = Genesis { hash: chain.genesis(), known: false };
		let finality = Finality::Unproven;
		Ok(Self { chain, genesis, block, finality, evidence: None })
	}

	/// The node.
	pub fn chain(&self) -> &'a Chain {
		self.chain
	}

	/// The block.
	pub fn block(&self) -> &Block {
		&self.block
	}

	/// What is known of the block's finality.
	pub fn finality(&self) -> &Finality {
		&self.finality
	}

	/// Which chain it is.
	pub fn genesis(&self) -> &Genesis {
		&self.genesis
	}

	/// What shows others that the block is final, where that was proven.
	pub fn evidence(&self) -> Option<&Evidence> {
		self.evidence.as_ref()
	}

	/// Fetches a customer's trail and checks it against the block; `None` where the block's state
	/// has no trail of the customer.
	pub async fn fetch(&self, customer: &CustomerId) -> Result<Option<Checked>> {
		let Some(end) = self.chain.proven_trail_head(&self.block, customer).await? else {
			return Ok(None);
		};
		let failed = |finding| failure(customer, finding);
		let served = self.served(customer, &end).await?.map_err(failed)?;
		check(&self.genesis.hash, customer, &end, &served).map_err(failed).map(Some)
	}

	/// The entries that the node serves, newest first; a node that says itself that it lost or
	/// damaged an entry has thereby named it.
	async fn served(
		&self,
		customer: &CustomerId,
		end: &TrailHead,
	) -> Result<Result<Vec<Link>, Finding>> {
		let (mut served, mut cursor, mut limit) = (Vec::new(), None, PAGE);
		loop {
			let page = self.chain.trail_page(self.block.hash, customer, cursor, limit).await;
			let left = end.entries.saturating_sub(served.len() as u64 + 1);
			let page = match page {
				// The page is read again one by one, to find the entry.
				Err(Error::Rpc { code: Some(ENTRY_NOT_HELD | ENTRY_CORRUPT), .. }) if limit > 1 => {
					limit = 1;
					continue;
				},
				Err(Error::Rpc { code: Some(ENTRY_NOT_HELD), .. }) => {
					return Ok(Err(Finding::Missing(left)))
				},
				Err(Error::Rpc { code: Some(ENTRY_CORRUPT), .. }) => {
					return Ok(Err(Finding::Changed(left)))
				},
				page => page?,
			};
			let nothing_new = page.entries.is_empty();
			served.extend(page.entries);
			cursor = page.next;
			// A node that serves more than there is, or nothing at all, is not followed further.
			if cursor.is_none() || nothing_new || served.len() as u64 > end.entries {
				return Ok(Ok(served));
			}
		}
	}

	/// Checks a fetched trail against what the local store holds and what was verified before, and
	/// keeps its head.
	pub fn conclude(
		&self,
		store: Option<&mut Store>,
		customer: &CustomerId,
		checked: Option<Checked>,
	) -> Result<Report> {
		let failed = |finding| failure(customer, finding);
		let earlier = match &store {
			Some(store) => store.verified_head(customer)?,
			None => None,
		};
		let known = match &store {
			Some(store) => store.customer(customer)?.is_some_and(|customer| customer.done),
			None => false,
		};
		let Some(checked) = checked else {
			let reason = match known || earlier.is_some() {
				true => Error::Verification(format!(
					"customer {customer:?} was registered, and the chain has no trail of it",
				)),
				false => {
					Error::NotFound(format!("the chain has no trail of customer {customer:?}"))
				},
			};
			return Err(reason);
		};
		if let Some(earlier) = &earlier {
			checked.continues(earlier).map_err(failed)?;
		}
		let facts = match &store {
			Some(store) => store.facts(customer)?,
			None => Vec::new(),
		};
		let opened = checked.open(&facts).map_err(failed)?;
		let head = VerifiedHead {
			entries: checked.entries.len() as u64,
			head: checked.heads.last().copied().unwrap_or_default(),
			block: self.block.number(),
		};
		if let Some(store) = store {
			store.put_verified_head(customer, &head)?;
		}
		Ok(Report {
			customer: *customer,
			entries: head.entries,
			head: head.head,
			block: head.block,
			block_hash: self.block.hash,
			finality: self.finality.clone(),
			genesis: self.genesis,
			opened,
			earlier,
		})
	}
}

fn failure(customer: &CustomerId, finding: Finding) -> Error {
	Error::Verification(format!("trail of customer {customer:?}: {finding}"))
}

fn invalid(error: Invalid) -> Error {
	Error::Verification(error.to_string())
}

/// Proves that a block is final, and keeps the authority set that finalised it.
async fn prove(
	chain: &Chain,
	store: Option<&mut Store>,
	options: &Options,
	block: &Block,
) -> Result<(Finality, Option<Evidence>)> {
	let kept = match &store {
		Some(store) => store.authorities()?,
		None => None,
	};
	let Some(proof) = chain.finality_proof(block.number()).await? else {
		// Once proven, always provable: a node that hides the proof hides something. Who names a set
		// expects it to have voted.
		let expected = kept.is_some() || options.pin.is_some() || options.require_finality;
		let votes = match expected {
			true => Some(true),
			false => needs_votes(chain, options).await?,
		};
		return match votes {
			Some(true) => Err(Error::Verification(format!(
				"the node gives no proof that block {} is final",
				block.number(),
			))),
			Some(false) => Ok((Finality::Unproven, None)),
			None => Ok((Finality::Untold, None)),
		};
	};
	let mut set = match (options.pin.clone(), kept) {
		(Some(pin), _) => pin.into_set(),
		(None, Some(kept)) => kept,
		(None, None) => first_authorities(chain, options).await?,
	};
	let finalised = match set.check(&proof, block.hash) {
		Ok(finalised) => finalised,
		Err(first) => {
			// The set may have changed since; where it has not, the first reason stands.
			let later = follow(chain, &set, block.number()).await?;
			if later == set {
				return Err(invalid(first));
			}
			set = later;
			set.check(&proof, block.hash).map_err(invalid)?
		},
	};
	if let Some(store) = store {
		store.put_authorities(&set)?;
	}
	Ok((Finality::Proven(finalised), Some(Evidence { proof, set })))
}

/// Whether the chain began without the flag that lets a node seal blocks by itself; `None` where the
/// node does not give the state of the first block.
async fn needs_votes(chain: &Chain, options: &Options) -> Result<Option<bool>> {
	match genesis_value(chain, options, several_blocks_per_slot_key()).await {
		Ok(flag) => Ok(Some(flag != Some(true.encode()))),
		Err(Error::Rpc { .. }) => Ok(None),
		Err(error) => Err(error),
	}
}

/// A value of the first block's state: from the specification where there is one, else from the
/// node, which proves it or says that it no longer keeps that state.
async fn genesis_value(chain: &Chain, options: &Options, key: Vec<u8>) -> Result<Option<Vec<u8>>> {
	let genesis = chain.header(chain.genesis()).await?;
	match &options.chain_spec {
		Some(path) => {
			let text = std::fs::read_to_string(path).map_err(Error::io(path))?;
			value_in_spec(&text, genesis.header.state_root(), &key)
		},
		None => {
			let values = chain.proven_storage(&genesis, &[key]).await?;
			Ok(values.into_iter().next().flatten())
		},
	}
}

/// The authority set of the genesis block, proven by its state.
async fn first_authorities(chain: &Chain, options: &Options) -> Result<AuthoritySet> {
	let encoded = match genesis_value(chain, options, authorities_key()).await {
		Err(Error::Rpc { .. }) => return Err(Error::Usage(
			"the node no longer keeps the genesis state, which names the first validators: give \
				 the raw chain specification with --chain-spec, or an authority set that you trust \
				 with --pin"
				.into(),
		)),
		encoded => encoded?,
	};
	let what = "the genesis authorities";
	let encoded = encoded.ok_or_else(|| Error::Malformed {
		what: what.into(),
		reason: "the genesis state has none".into(),
	})?;
	let authorities =
		AuthorityList::decode_all(&mut &encoded[..]).map_err(Error::malformed(what))?;
	Ok(AuthoritySet { id: 0, authorities, after: 0 })
}

/// The value under a key of a raw chain specification, whose state must have this root.
pub fn value_in_spec(text: &str, root: &H256, key: &[u8]) -> Result<Option<Vec<u8>>> {
	#[derive(serde::Deserialize)]
	struct Spec {
		genesis: Genesis,
	}
	#[derive(serde::Deserialize)]
	struct Genesis {
		raw: Option<Raw>,
	}
	#[derive(serde::Deserialize)]
	struct Raw {
		top: BTreeMap<String, String>,
	}
	let what = "the chain specification";
	let spec: Spec = serde_json::from_str(text).map_err(Error::malformed(what))?;
	let raw = spec.genesis.raw.ok_or_else(|| {
		Error::Usage("the chain specification is not raw: build it with --raw".into())
	})?;
	let bytes =
		|text: &String| hex::decode(text.trim_start_matches("0x")).map_err(Error::malformed(what));
	let pairs = raw
		.top
		.iter()
		.map(|(key, value)| Ok((bytes(key)?, bytes(value)?)))
		.collect::<Result<BTreeMap<_, _>>>()?;
	let found = LayoutV1::<BlakeTwo256>::trie_root(pairs.iter());
	if found != *root {
		return Err(Error::Verification(format!(
			"the chain specification is of another chain: its genesis state has the root {found:?}, \
			 the node's {root:?}",
		)));
	}
	Ok(pairs.get(key).cloned())
}

/// Follows the changes of the authority set up to the one that finalises block `number`.
async fn follow(chain: &Chain, from: &AuthoritySet, number: u32) -> Result<AuthoritySet> {
	let mut set = from.clone();
	// Authority sets change where a session ends. The node's word for how long one lasts is a hint
	// where to look: what is found is verified, and what is missed makes the verification fail.
	let session = chain.session_blocks().await?.unwrap_or(SESSION).max(1);
	let first = set.after / session + 1;
	// The block that ends a session belongs to the old set.
	let ends: Vec<u32> =
		(first..=number.saturating_sub(1) / session).map(|n| n * session).collect();
	for numbers in ends.chunks(HASHES) {
		for hash in chain.block_hashes(numbers).await?.into_iter().flatten() {
			let block = chain.header(hash).await?;
			if !announces_change(&block.header) {
				continue;
			}
			let proof = chain.finality_proof(block.number()).await?.ok_or_else(|| {
				Error::Verification(format!(
					"the node gives no proof of the change of validators in block {}",
					block.number(),
				))
			})?;
			set.check(&proof, block.hash).map_err(invalid)?;
			set = set.next(&block.header).map_err(invalid)?.unwrap_or(set);
		}
	}
	Ok(set)
}

#[cfg(test)]
#[path = "verify_tests.rs"]
mod tests;
