//! What the state of a block holds, in a form that is checked without a node.
//!
//! A proof carries the block's header, the nodes of the state's trie that lead to the values, and
//! the votes that finalised the block. Whoever checks it brings an authority set that is trusted;
//! without one, the votes show no more than that they fit the set that the proof itself names.

use crate::{
	chain::{check_storage, storage_key, Block},
	finality::{Finalised, FinalityProof, Header, Pin},
	verify::Verifier,
	Error, Result,
};
use codec::{Decode, DecodeAll, Encode};
use consentry_primitives::Moment;
use serde::{de::DeserializeOwned, Deserialize, Serialize};
use sp_core::{Bytes, H256};
use sp_crypto_hashing::twox_64;
use sp_runtime::traits::Header as _;
use std::collections::{BTreeMap, BTreeSet};

/// Values in the state of a block, with all that is needed to check them.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct StateProof {
	/// The block's header in SCALE.
	pub header: Bytes,
	/// Nodes of the state's trie.
	pub nodes: Vec<Bytes>,
	/// What shows the block to be final; `None` on a chain that has no proof of that.
	pub finality: Option<FinalityEvidence>,
}

/// What shows a block to be final.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct FinalityEvidence {
	/// A [`FinalityProof`] in SCALE.
	pub proof: Bytes,
	/// The authority set that signed it, as whoever took the proof found it.
	pub authorities: Pin,
}

/// Values that were proven to be in the state of a block.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct State {
	/// The block.
	pub block: Block,
	/// What stands behind the block.
	pub backing: Backing,
	values: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

/// What stands behind the block of a proof.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "kebab-case", tag = "state")]
pub enum Backing {
	/// A trusted authority set finalised it.
	Trusted(Finalised),
	/// The authority set that the proof names finalised it.
	Named(Finalised),
	/// Nothing: the chain seals blocks without validators' votes.
	Nothing,
}

impl std::fmt::Display for Backing {
	fn fmt(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
		match self {
			Self::Trusted(Finalised { signed, validators, set }) => {
				write!(f, "which {signed} of {validators} validators of set {set} finalised")
			},
			Self::Named(Finalised { signed, validators, set }) => write!(
				f,
				"which {signed} of {validators} validators finalised, if set {set} is as the file \
				 names it: --pin says which set to trust",
			),
			Self::Nothing => write!(
				f,
				"taken on the word of whoever wrote the file: no proof of finality exists where \
				 blocks are sealed without validators' votes",
			),
		}
	}
}

/// A key of a map as the hasher `Twox64Concat` makes it.
pub fn twox_64_concat(key: impl Encode) -> Vec<u8> {
	let key = key.encode();
	[&twox_64(&key)[..], &key].concat()
}

fn moment_key() -> Vec<u8> {
	storage_key("Timestamp", "Now")
}

/// Where the state holds the hash of the first block, which is never pruned.
fn genesis_key() -> Vec<u8> {
	[storage_key("System", "BlockHash"), twox_64_concat(0u32)].concat()
}

/// These keys, each once, and those of the block's time and of its chain.
fn with_context(keys: &[Vec<u8>]) -> Vec<Vec<u8>> {
	let context = [moment_key(), genesis_key()];
	let keys: BTreeSet<_> = keys.iter().cloned().chain(context).collect();
	keys.into_iter().collect()
}

fn invalid(reason: impl std::fmt::Display) -> Error {
	Error::Verification(reason.to_string())
}

impl StateProof {
	/// Takes the proof of these keys in the state of the verifier's block.
	pub async fn take(verifier: &Verifier<'_>, keys: &[Vec<u8>]) -> Result<Self> {
		let (chain, block) = (verifier.chain(), verifier.block());
		let nodes = chain.storage_proof(block, &with_context(keys)).await?;
		let finality = verifier.evidence().map(|evidence| FinalityEvidence {
			proof: Bytes(evidence.proof.encode()),
			authorities: Pin::new(chain.genesis(), &evidence.set),
		});
		let header = Bytes(block.header.encode());
		Ok(Self { header, nodes: nodes.into_iter().map(Bytes).collect(), finality })
	}

	/// Checks the proof for these keys. With a `trusted` authority set, that one must have
	/// finalised the block.
	pub fn check(&self, keys: &[Vec<u8>], trusted: Option<&Pin>) -> Result<State> {
		let header = Header::decode_all(&mut &self.header.0[..])
			.map_err(|error| invalid(format!("the header cannot be decoded: {error}")))?;
		let keys = with_context(keys);
		let nodes = self.nodes.iter().map(|node| node.0.clone()).collect();
		let values = check_storage(header.state_root(), nodes, &keys)?;
		let block = Block { hash: header.hash(), header };
		let values = keys.into_iter().zip(values).collect();
		let mut state = State { block, backing: Backing::Nothing, values };
		state.backing = self.backing(&state, trusted)?;
		Ok(state)
	}

	fn backing(&self, state: &State, trusted: Option<&Pin>) -> Result<Backing> {
		let (number, genesis) = (state.block.number(), state.genesis()?);
		let Some(FinalityEvidence { proof, authorities }) = &self.finality else {
			return match trusted {
				// Where there is an authority set, its blocks can be proven to be final.
				Some(_) => Err(invalid(format!("nothing shows that block {number} is final"))),
				None => Ok(Backing::Nothing),
			};
		};
		let pin = trusted.unwrap_or(authorities);
		if pin.genesis != genesis {
			return Err(invalid(format!(
				"the proof is of the chain with genesis {genesis:?}, the authority set of {:?}",
				pin.genesis,
			)));
		}
		let proof = FinalityProof::decode_all(&mut &proof.0[..])
			.map_err(|error| invalid(format!("the proof of finality is none: {error}")))?;
		let finalised =
			pin.clone().into_set().check(&proof, state.block.hash).map_err(|error| {
				invalid(format!("{error}; the proof names set {} as the signers", authorities.set))
			})?;
		Ok(match trusted {
			Some(_) => Backing::Trusted(finalised),
			None => Backing::Named(finalised),
		})
	}
}

impl State {
	/// The value under a key that the proof was checked for.
	pub fn get<T: Decode>(&self, key: &[u8]) -> Result<Option<T>> {
		let value = self.values.get(key).ok_or_else(|| {
			invalid(format!("the proof was not asked for the key 0x{}", hex::encode(key)))
		})?;
		value
			.as_ref()
			.map(|value| {
				T::decode_all(&mut &value[..])
					.map_err(|error| invalid(format!("a value in the state is unknown: {error}")))
			})
			.transpose()
	}

	/// The block's time.
	pub fn moment(&self) -> Result<Moment> {
		Ok(self.get(&moment_key())?.unwrap_or_default())
	}

	/// Hash of the chain's first block.
	pub fn genesis(&self) -> Result<H256> {
		self.get(&genesis_key())?
			.ok_or_else(|| invalid("the state does not name the chain's first block"))
	}
}

/// Reads a file that must be exactly as it was written: another writing of the same values, or a
/// field too many, is a changed file.
pub fn read_strictly<T: Serialize + DeserializeOwned>(what: &str, json: &[u8]) -> Result<T> {
	let other = |error| invalid(format!("the file is not {what}: {error}"));
	let written: serde_json::Value = serde_json::from_slice(json).map_err(other)?;
	let read: T = serde_json::from_value(written.clone()).map_err(other)?;
	match serde_json::to_value(&read).map_err(other)? == written {
		true => Ok(read),
		false => Err(invalid(format!("the file was changed: it is not written as {what} is"))),
	}
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use sp_runtime::{traits::BlakeTwo256, StateVersion};
	use sp_state_machine::{backend::AsTrieBackend, prove_read, InMemoryBackend};

	/// The genesis hash of the states here.
	pub(crate) const GENESIS: H256 = H256::repeat_byte(9);

	/// A proof of these values in the state of block 7 at `moment`, which nothing stands behind.
	/// Those that are `None` are proven to be absent.
	pub(crate) fn prove(moment: Moment, values: &[(Vec<u8>, Option<Vec<u8>>)]) -> StateProof {
		let context = [
			(moment_key(), Some(moment.encode())),
			(genesis_key(), Some(GENESIS.encode())),
			// Something beside, so that absence has neighbours.
			(vec![7; 40], Some(vec![7; 40])),
		];
		let present = values.iter().filter(|(_, value)| value.is_some()).cloned().chain(context);
		let backend = InMemoryBackend::<BlakeTwo256>::default()
			.update(vec![(None, present.collect())], StateVersion::V1);
		let root = *backend.as_trie_backend().root();
		let keys: Vec<_> = values.iter().map(|(key, _)| key.clone()).collect();
		let nodes = prove_read(backend, with_context(&keys)).unwrap().into_nodes();
		let header = Header::new(7, H256::zero(), root, H256::repeat_byte(1), Default::default());
		StateProof {
			header: Bytes(header.encode()),
			nodes: nodes.into_iter().map(Bytes).collect(),
			finality: None,
		}
	}

	#[test]
	fn values_are_read_and_absence_is_known() {
		let proof = prove(5, &[(vec![1; 33], Some(8u64.encode())), (vec![2; 33], None)]);
		let state = proof.check(&[vec![1; 33], vec![2; 33], vec![1; 33]], None).unwrap();
		assert_eq!(state.get::<u64>(&[1; 33]).unwrap(), Some(8));
		assert_eq!(state.get::<u64>(&[2; 33]).unwrap(), None);
		assert_eq!((state.moment().unwrap(), state.genesis().unwrap()), (5, GENESIS));
		assert_eq!((state.block.number(), state.backing), (7, Backing::Nothing));
		// What was not asked for, or is of another kind, is neither there nor absent.
		assert!(matches!(state.get::<u64>(&[3; 33]), Err(Error::Verification(_))));
		assert!(matches!(state.get::<u32>(&[1; 33]), Err(Error::Verification(_))));
	}

	#[test]
	fn a_changed_or_shortened_proof_proves_nothing() {
		let key = vec![1; 33];
		let proof = prove(5, &[(key.clone(), Some(vec![8; 40]))]);
		for place in 0..proof.nodes.len() {
			let mut changed = proof.clone();
			changed.nodes[place].0[0] ^= 1;
			assert!(changed.check(std::slice::from_ref(&key), None).is_err());
			let mut short = proof.clone();
			short.nodes.remove(place);
			assert!(short.check(std::slice::from_ref(&key), None).is_err());
		}
		let mut other = proof;
		other.header.0[40] ^= 1;
		assert!(other.check(&[key], None).is_err());
	}

	#[test]
	fn a_trusted_set_asks_for_votes() {
		let pin = Pin { genesis: GENESIS, set: 0, after: 0, authorities: Vec::new() };
		let refused = prove(5, &[]).check(&[], Some(&pin));
		assert!(matches!(refused, Err(Error::Verification(_))));
	}

	#[test]
	fn files_are_read_as_they_were_written() {
		let json = serde_json::to_string(&prove(5, &[])).unwrap();
		assert_eq!(read_strictly::<StateProof>("a proof", json.as_bytes()).unwrap(), prove(5, &[]));
		let spaced = json.replace(',', " ,\n");
		read_strictly::<StateProof>("a proof", spaced.as_bytes()).unwrap();
		for changed in [json.replacen("0x", "0X", 1), json.replacen('{', "{\"more\": 1, ", 1)] {
			let read = read_strictly::<StateProof>("a proof", changed.as_bytes());
			assert!(matches!(read, Err(Error::Verification(_))), "{changed}");
		}
	}
}
