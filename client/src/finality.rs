//! Proof that a block is final, without trusting the node that serves it.
//!
//! GRANDPA's validators sign what they finalise. A [`Justification`](GrandpaJustification) holds
//! the signatures of more than two thirds of an authority set over a block; it is checked here
//! against a set that is known from the genesis state (or was pinned), and sets are followed
//! through the headers that announce the next one, each finalised by the set before.

use codec::{Decode, DecodeAll, Encode};
use finality_grandpa::{voter_set::VoterSet, Chain};
use sp_consensus_grandpa::{
	AuthorityId, AuthorityList, ConsensusLog, GrandpaJustification, SignatureResult,
	GRANDPA_ENGINE_ID,
};
use sp_core::H256;
use sp_runtime::{
	generic,
	traits::{BlakeTwo256, Header as _},
};
use std::collections::{BTreeSet, HashMap, HashSet};

/// A block header of the chain.
pub type Header = generic::Header<u32, BlakeTwo256>;

/// Validators that finalise a range of blocks.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode)]
pub struct AuthoritySet {
	/// The set's number, from 0 at genesis.
	pub id: u64,
	/// Its members with their weights.
	pub authorities: AuthorityList,
	/// Number of the last block of the set before, 0 at genesis: the set finalises what follows.
	pub after: u32,
}

/// What `grandpa_proveFinality` answers: a justification of a block at or above the one asked
/// for, and the headers in between.
#[derive(Clone, Debug, Encode, Decode)]
pub struct FinalityProof {
	/// The block that the justification is for.
	pub block: H256,
	/// The encoded [`GrandpaJustification`].
	pub justification: Vec<u8>,
	/// Headers from the one after the block asked for to [`Self::block`].
	pub unknown_headers: Vec<Header>,
}

/// That a block was finalised.
#[derive(Clone, Copy, PartialEq, Eq, Debug, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Finalised {
	/// Validators that signed.
	pub signed: u32,
	/// Validators of the set.
	pub validators: u32,
	/// The set's number.
	pub set: u64,
}

/// Why a proof of finality does not hold.
#[derive(Clone, PartialEq, Eq, Debug, thiserror::Error)]
pub enum Invalid {
	/// The bytes are no justification.
	#[error("the justification cannot be decoded: {0}")]
	Undecodable(String),
	/// The headers do not lead from the block to the justified one.
	#[error("the headers served do not lead from the block to the one that was finalised")]
	NotAncestor,
	/// The set is empty or has weights of zero.
	#[error("the authority set is empty")]
	EmptySet,
	/// Signatures of the set's members are missing or wrong.
	#[error(
		"the justification is not signed by enough validators of authority set {set}: {reason}"
	)]
	NotSigned {
		/// The set that should have signed.
		set: u64,
		/// What is wrong.
		reason: String,
	},
	/// The header announces a change in a way that this chain does not.
	#[error(
		"block {0} changes the authority set with a delay or by force, which is not supported"
	)]
	UnsupportedChange(u32),
}

impl AuthoritySet {
	/// Checks that `proof` shows the block with this hash to be final.
	pub fn check(&self, proof: &FinalityProof, block: H256) -> Result<Finalised, Invalid> {
		let mut last = block;
		for header in &proof.unknown_headers {
			if *header.parent_hash() != last {
				return Err(Invalid::NotAncestor);
			}
			last = header.hash();
		}
		if last != proof.block {
			return Err(Invalid::NotAncestor);
		}
		self.check_justification(&proof.justification, last)
	}

	/// Checks that the set signed a commit to exactly the block with this hash.
	pub fn check_justification(&self, encoded: &[u8], block: H256) -> Result<Finalised, Invalid> {
		let justification = GrandpaJustification::<Header>::decode_all(&mut &encoded[..])
			.map_err(|error| Invalid::Undecodable(error.to_string()))?;
		if justification.commit.target_hash != block {
			return Err(Invalid::NotAncestor);
		}
		let voters = VoterSet::new(self.authorities.iter().cloned()).ok_or(Invalid::EmptySet)?;
		let not_signed = |reason: &str| Invalid::NotSigned { set: self.id, reason: reason.into() };

		// Signatures first: what follows takes them for granted.
		let mut signed = BTreeSet::new();
		for vote in &justification.commit.precommits {
			let message = finality_grandpa::Message::Precommit(vote.precommit.clone());
			let result = sp_consensus_grandpa::check_message_signature(
				&message,
				&vote.id,
				&vote.signature,
				justification.round,
				self.id,
			);
			if result != SignatureResult::Valid {
				return Err(not_signed("a signature is wrong"));
			}
			if voters.contains(&vote.id) {
				signed.insert(&vote.id);
			}
		}
		let ancestry = Ancestry::new(&justification.votes_ancestries);
		match finality_grandpa::validate_commit(&justification.commit, &voters, &ancestry) {
			Ok(result) if result.is_valid() => {},
			_ => return Err(not_signed("the votes are not a majority of more than two thirds")),
		}
		Ok(Finalised {
			signed: signed.len() as u32,
			validators: voters.len().get() as u32,
			set: self.id,
		})
	}

	/// The set that a header announces, if any. The header must be final by this set.
	pub fn next(&self, header: &Header) -> Result<Option<Self>, Invalid> {
		for log in header.digest().logs() {
			let Some(log) = log.consensus_try_to::<ConsensusLog<u32>>(&GRANDPA_ENGINE_ID) else {
				continue;
			};
			match log {
				ConsensusLog::ScheduledChange(change) if change.delay == 0 => {
					return Ok(Some(Self {
						id: self.id.saturating_add(1),
						authorities: change.next_authorities,
						after: *header.number(),
					}))
				},
				ConsensusLog::ScheduledChange(_) | ConsensusLog::ForcedChange(..) => {
					return Err(Invalid::UnsupportedChange(*header.number()))
				},
				_ => {},
			}
		}
		Ok(None)
	}
}

/// Whether a header announces another authority set.
pub fn announces_change(header: &Header) -> bool {
	header.digest().logs().iter().any(|log| {
		matches!(
			log.consensus_try_to::<ConsensusLog<u32>>(&GRANDPA_ENGINE_ID),
			Some(ConsensusLog::ScheduledChange(_) | ConsensusLog::ForcedChange(..))
		)
	})
}

/// The headers that come with a justification: they lead from its votes back to its block.
struct Ancestry {
	parents: HashMap<H256, H256>,
}

impl Ancestry {
	fn new(headers: &[Header]) -> Self {
		let parents = headers.iter().map(|header| (header.hash(), *header.parent_hash()));
		Self { parents: parents.collect() }
	}
}

impl Chain<H256, u32> for Ancestry {
	fn ancestry(&self, base: H256, block: H256) -> Result<Vec<H256>, finality_grandpa::Error> {
		let (mut route, mut current, mut seen) = (Vec::new(), block, HashSet::new());
		while current != base {
			let parent = self.parents.get(&current).filter(|_| seen.insert(current));
			current = *parent.ok_or(finality_grandpa::Error::NotDescendent)?;
			route.push(current);
		}
		// Without the base itself.
		route.pop();
		Ok(route)
	}
}

/// An authority set as a file that people pass on to each other.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Pin {
	/// The chain.
	pub genesis: H256,
	/// The set's number.
	pub set: u64,
	/// Number of the last block of the set before, 0 for the set of the genesis block.
	pub after: u32,
	/// Members' public keys, hexadecimal, with their weights.
	pub authorities: Vec<(H256, u64)>,
}

impl Pin {
	/// The set, for passing on.
	pub fn new(genesis: H256, set: &AuthoritySet) -> Self {
		let key = |id: &AuthorityId| H256::from_slice(AsRef::<[u8]>::as_ref(id));
		let authorities = set.authorities.iter().map(|(id, weight)| (key(id), *weight)).collect();
		Self { genesis, set: set.id, after: set.after, authorities }
	}

	/// The set that was passed on.
	pub fn into_set(self) -> AuthoritySet {
		let id = |key: H256| AuthorityId::from(sp_core::ed25519::Public::from_raw(key.0));
		let authorities =
			self.authorities.into_iter().map(|(key, weight)| (id(key), weight)).collect();
		AuthoritySet { id: self.set, authorities, after: self.after }
	}
}

#[cfg(test)]
#[path = "finality_tests.rs"]
mod tests;
