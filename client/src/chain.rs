//! A node, and the questions put to it; `queries` holds those that the runtime answers.
//!
//! What a node answers is taken for what it says only where that does no harm; where it matters,
//! [`Chain::header`] and [`Chain::proven_storage`] check the answer against a hash.

use crate::{
	finality::{FinalityProof, Header},
	trail::Link,
	Error, Result,
};
use codec::{Decode, DecodeAll, Encode};
use consentry_primitives::{api::TrailHead, CustomerId};
use serde::{de::DeserializeOwned, Deserialize};
use sp_core::{crypto::AccountId32, H256};
use sp_crypto_hashing::twox_128;
use sp_runtime::traits::{BlakeTwo256, Header as _};
use sp_trie::StorageProof;
use std::sync::Arc;
use subxt::{
	backend::LegacyBackend,
	rpcs::{
		client::{rpc_params, RpcClient, RpcParams, RpcSubscription},
		Error as RpcError,
	},
	OnlineClient, SubstrateConfig,
};
use tokio::sync::OnceCell;

/// JSON-RPC: there is no such method.
pub const METHOD_NOT_FOUND: i32 = -32601;
/// In GRANDPA's words: there is no authority set known that finalised the block.
const NOT_COVERED: &str = "not covered by authority set changes";
/// `crm_`: the node does not hold an entry.
pub const ENTRY_NOT_HELD: i32 = 20_006;
/// `crm_`: what the node holds under a head is not the entry that led to it.
pub const ENTRY_CORRUPT: i32 = 20_007;

/// A connection to a node.
pub struct Chain {
	url: String,
	rpc: RpcClient,
	genesis: H256,
	client: OnceCell<OnlineClient<SubstrateConfig>>,
}

/// A block whose header was checked against its hash.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Block {
	/// The hash.
	pub hash: H256,
	/// The header.
	pub header: Header,
}

impl Block {
	/// The number.
	pub fn number(&self) -> u32 {
		*self.header.number()
	}
}

/// A page of a trail, as `crm_trail` answers.
#[derive(Clone, Debug, Deserialize)]
pub struct TrailPage {
	/// Newest first.
	pub entries: Vec<Link>,
	/// The cursor of the next page.
	pub next: Option<H256>,
}

#[derive(Deserialize)]
struct ReadProof {
	proof: Vec<String>,
}

#[derive(Deserialize)]
struct SignedBlock {
	block: OpaqueBlock,
}

#[derive(Deserialize)]
struct OpaqueBlock {
	extrinsics: Vec<String>,
}

#[derive(Deserialize)]
struct ChangeSet {
	changes: Vec<(String, Option<String>)>,
}

/// The key of a value or the prefix of a map in the chain's storage.
pub fn storage_key(pallet: &str, item: &str) -> Vec<u8> {
	[twox_128(pallet.as_bytes()), twox_128(item.as_bytes())].concat()
}

/// Where a customer's trail lies in the chain's storage.
pub fn trail_key(customer: &CustomerId) -> Vec<u8> {
	[&storage_key("AuditTrail", "Trails"), customer.as_bytes()].concat()
}

/// Where a customer lies in the chain's storage.
pub fn customer_key(customer: &CustomerId) -> Vec<u8> {
	[&storage_key("Customers", "Customers"), customer.as_bytes()].concat()
}

/// Where GRANDPA's authorities lie in the chain's storage.
pub fn authorities_key() -> Vec<u8> {
	storage_key("Grandpa", "Authorities")
}

/// The storage key of the flag, set at the genesis alone, by which a chain may seal blocks as it
/// likes.
pub fn several_blocks_per_slot_key() -> Vec<u8> {
	storage_key("Consortium", "SeveralBlocksPerSlot")
}

fn to_hex(bytes: &[u8]) -> String {
	format!("0x{}", hex::encode(bytes))
}

fn from_hex(what: &str, text: &str) -> Result<Vec<u8>> {
	hex::decode(text.strip_prefix("0x").unwrap_or(text)).map_err(Error::malformed(what))
}

impl Chain {
	/// Connects to the node at `url`, a WebSocket address.
	pub async fn connect(url: &str) -> Result<Self> {
		let unreachable = |reason: String| Error::Unreachable { url: url.to_string(), reason };
		if !url.starts_with("ws://") && !url.starts_with("wss://") {
			return Err(Error::Usage(format!("{url:?} is no WebSocket address: ws:// or wss://")));
		}
		let rpc = RpcClient::from_insecure_url(url).await.map_err(|error| {
			// The chain of sources says more than the error itself.
			let mut reason = error.to_string();
			let mut source = std::error::Error::source(&error);
			while let Some(inner) = source {
				reason = inner.to_string();
				source = inner.source();
			}
			unreachable(reason)
		})?;
		let mut chain =
			Self { url: url.to_string(), rpc, genesis: H256::zero(), client: OnceCell::new() };
		chain.genesis = chain.block_hash(0).await?.ok_or_else(|| Error::Malformed {
			what: "the genesis hash".into(),
			reason: "the node has none".into(),
		})?;
		Ok(chain)
	}

	/// The node's address.
	pub fn url(&self) -> &str {
		&self.url
	}

	/// Hash of the chain's first block, as the node says.
	pub fn genesis(&self) -> H256 {
		self.genesis
	}

	/// Calls a method.
	pub async fn request<T: DeserializeOwned>(&self, method: &str, params: RpcParams) -> Result<T> {
		self.rpc.request(method, params).await.map_err(|error| self.failure(method, error))
	}

	/// Subscribes.
	pub async fn subscribe<T: DeserializeOwned>(
		&self,
		method: &str,
		unsubscribe: &str,
	) -> Result<RpcSubscription<T>> {
		self.rpc
			.subscribe(method, rpc_params![], unsubscribe)
			.await
			.map_err(|error| self.failure(method, error))
	}

	/// What a failed request means.
	pub(crate) fn failure(&self, method: &str, error: RpcError) -> Error {
		match error {
			RpcError::User(error) => {
				let detail =
					error.data.as_ref().and_then(|data| serde_json::from_str(data.get()).ok());
				let reason = match detail {
					Some(serde_json::Value::String(detail)) => {
						format!("{}: {detail}", error.message)
					},
					_ => error.message,
				};
				Error::Rpc { method: method.into(), code: Some(error.code), reason }
			},
			RpcError::Client(error) => {
				Error::Unreachable { url: self.url.clone(), reason: error.to_string() }
			},
			error => Error::Rpc { method: method.into(), code: None, reason: error.to_string() },
		}
	}

	/// Subxt's client, which knows the chain's metadata; made on first use.
	pub async fn client(&self) -> Result<&OnlineClient<SubstrateConfig>> {
		self.client
			.get_or_try_init(|| async {
				let backend = LegacyBackend::builder().build(self.rpc.clone());
				OnlineClient::from_backend(Arc::new(backend)).await.map_err(|error| Error::Rpc {
					method: "chain_getBlockHash".into(),
					code: None,
					reason: error.to_string(),
				})
			})
			.await
	}

	/// Hash of the block with this number on the node's best chain.
	pub async fn block_hash(&self, number: u32) -> Result<Option<H256>> {
		self.request("chain_getBlockHash", rpc_params![number]).await
	}

	/// Hashes of blocks by number.
	pub async fn block_hashes(&self, numbers: &[u32]) -> Result<Vec<Option<H256>>> {
		self.request("chain_getBlockHash", rpc_params![numbers]).await
	}

	/// The header with this hash; a forged one is detected.
	pub async fn header(&self, hash: H256) -> Result<Block> {
		let header: Option<Header> = self.request("chain_getHeader", rpc_params![hash]).await?;
		let header = header
			.ok_or_else(|| Error::NotFound(format!("the node does not know the block {hash:?}")))?;
		if header.hash() != hash {
			return Err(Error::Verification(format!(
				"the node serves a forged header: asked for block {hash:?}, the header it gave has \
				 the hash {:?}",
				header.hash(),
			)));
		}
		Ok(Block { hash, header })
	}

	/// The block that the node finalised last.
	pub async fn finalised(&self) -> Result<Block> {
		let hash = self.request("chain_getFinalizedHead", rpc_params![]).await?;
		self.header(hash).await
	}

	/// Extrinsics of a block.
	pub async fn extrinsics(&self, block: H256) -> Result<Vec<Vec<u8>>> {
		let found: Option<SignedBlock> = self.request("chain_getBlock", rpc_params![block]).await?;
		let found = found.ok_or_else(|| {
			Error::NotFound(format!("the node does not hold the block {block:?}"))
		})?;
		found.block.extrinsics.iter().map(|text| from_hex("an extrinsic", text)).collect()
	}

	/// Values in the state of a block, each checked by a proof against the header's state root.
	pub async fn proven_storage(
		&self,
		block: &Block,
		keys: &[Vec<u8>],
	) -> Result<Vec<Option<Vec<u8>>>> {
		check_storage(block.header.state_root(), self.storage_proof(block, keys).await?, keys)
	}

	/// The nodes of the state's trie that lead to these keys, as the node says.
	pub async fn storage_proof(&self, block: &Block, keys: &[Vec<u8>]) -> Result<Vec<Vec<u8>>> {
		let named: Vec<_> = keys.iter().map(|key| to_hex(key)).collect();
		let answer: ReadProof =
			self.request("state_getReadProof", rpc_params![named, block.hash]).await?;
		answer.proof.iter().map(|node| from_hex("a storage proof", node)).collect()
	}

	/// Values in the state of a block, as the node says.
	pub async fn storage(&self, block: H256, keys: &[Vec<u8>]) -> Result<Vec<Option<Vec<u8>>>> {
		let named: Vec<_> = keys.iter().map(|key| to_hex(key)).collect();
		let answer: Vec<ChangeSet> =
			self.request("state_queryStorageAt", rpc_params![&named, block]).await?;
		let mut values: std::collections::HashMap<_, _> =
			answer.into_iter().flat_map(|set| set.changes).collect();
		named
			.iter()
			.map(|key| {
				let value = values.remove(key).flatten();
				value.map(|value| from_hex("a stored value", &value)).transpose()
			})
			.collect()
	}

	/// Asks the runtime at a block.
	pub async fn ask<T: Decode>(&self, at: H256, function: &str, of: impl Encode) -> Result<T> {
		let answer: String =
			self.request("state_call", rpc_params![function, to_hex(&of.encode()), at]).await?;
		T::decode_all(&mut &from_hex(function, &answer)?[..]).map_err(Error::malformed(function))
	}

	/// The chain's metadata in version 16, as `metadata/consentry.scale` holds it.
	pub async fn metadata(&self, at: H256) -> Result<Vec<u8>> {
		let found: Option<Vec<u8>> = self.ask(at, "Metadata_metadata_at_version", 16u32).await?;
		found.ok_or_else(|| Error::NotFound("the chain has no metadata of version 16".into()))
	}

	/// Blocks of a session, as the last finalised state has it; `None` where it is the runtime's own
	/// length.
	pub async fn session_blocks(&self) -> Result<Option<u32>> {
		let at = self.finalised().await?.hash;
		let values = self.storage(at, &[storage_key("Consortium", "SessionBlocks")]).await?;
		let blocks = values.into_iter().next().flatten();
		let decoded = blocks.map(|value| u32::decode_all(&mut &value[..]));
		decoded.transpose().map_err(Error::malformed("the session's length"))
	}

	/// The members of the council.
	pub async fn council(&self, at: H256) -> Result<Vec<AccountId32>> {
		let values = self.storage(at, &[storage_key("Council", "Members")]).await?;
		match values.into_iter().next().flatten() {
			Some(value) => {
				Vec::decode_all(&mut &value[..]).map_err(Error::malformed("the council"))
			},
			None => Ok(Vec::new()),
		}
	}

	/// The call that a motion of the council makes, in SCALE.
	pub async fn motion(&self, at: H256, hash: &H256) -> Result<Option<Vec<u8>>> {
		// The map's keys are hashes, which are not hashed again.
		let key = [&storage_key("Council", "ProposalOf"), hash.as_bytes()].concat();
		Ok(self.storage(at, &[key]).await?.into_iter().next().flatten())
	}

	/// Number of an account's extrinsics in the state of a block.
	pub async fn nonce(&self, at: H256, account: &AccountId32) -> Result<u64> {
		Ok(self.ask::<u32>(at, "AccountNonceApi_account_nonce", account).await?.into())
	}

	/// The nonce of an account's next extrinsic, those waiting in the node's pool counted.
	pub async fn next_nonce(&self, account: &AccountId32) -> Result<u64> {
		self.request("system_accountNextIndex", rpc_params![account.to_string()]).await
	}

	/// Hands an extrinsic to the node's pool.
	pub async fn submit(&self, extrinsic: &[u8]) -> Result<H256> {
		self.request("author_submitExtrinsic", rpc_params![to_hex(extrinsic)]).await
	}

	/// The end of a customer's trail in the state of a block, proven against it.
	pub async fn proven_trail_head(
		&self,
		block: &Block,
		id: &CustomerId,
	) -> Result<Option<TrailHead>> {
		let values = self.proven_storage(block, &[trail_key(id)]).await?;
		let value = values.into_iter().next().flatten();
		value
			.map(|value| {
				TrailHead::decode_all(&mut &value[..]).map_err(Error::malformed("a trail's head"))
			})
			.transpose()
	}

	/// A page of a trail, newest entry first.
	pub async fn trail_page(
		&self,
		at: H256,
		id: &CustomerId,
		cursor: Option<H256>,
		limit: u32,
	) -> Result<TrailPage> {
		self.request("crm_trail", rpc_params![id, cursor, limit, at]).await
	}

	/// The node's proof that the block with this number is final; `None` where it has none.
	pub async fn finality_proof(&self, number: u32) -> Result<Option<FinalityProof>> {
		let answer = self.request("grandpa_proveFinality", rpc_params![number]).await;
		let encoded: Option<String> = match answer {
			Err(Error::Rpc { code: Some(METHOD_NOT_FOUND), .. }) => None,
			// What a node says that never followed GRANDPA's votes.
			Err(Error::Rpc { reason, .. }) if reason.contains(NOT_COVERED) => None,
			answer => answer?,
		};
		let what = "a proof of finality";
		encoded
			.map(|encoded| {
				FinalityProof::decode_all(&mut &from_hex(what, &encoded)?[..])
					.map_err(Error::malformed(what))
			})
			.transpose()
	}
}

/// Reads values out of a storage proof, which must be one for this state root.
pub fn check_storage(
	root: &H256,
	nodes: Vec<Vec<u8>>,
	keys: &[Vec<u8>],
) -> Result<Vec<Option<Vec<u8>>>> {
	let proof = StorageProof::new(nodes);
	let mut values =
		sp_state_machine::read_proof_check::<BlakeTwo256, _>(*root, proof, keys.iter())
			.map_err(|error| Error::Verification(format!("the storage proof is wrong: {error}")))?;
	Ok(keys.iter().map(|key| values.remove(key).flatten()).collect())
}

#[cfg(test)]
mod tests {
	use super::*;
	use sp_runtime::StateVersion;
	use sp_state_machine::{prove_read, InMemoryBackend};

	type Pairs = Vec<(Vec<u8>, Option<Vec<u8>>)>;

	fn state() -> (InMemoryBackend<BlakeTwo256>, Pairs) {
		let pairs: Pairs =
			(0..50u8).map(|n| (trail_key(&H256::repeat_byte(n)), Some(vec![n; 40]))).collect();
		let backend = InMemoryBackend::<BlakeTwo256>::default()
			.update(vec![(None, pairs.clone())], StateVersion::V1);
		(backend, pairs)
	}

	#[test]
	fn storage_is_proven_present_and_absent() {
		let (backend, pairs) = state();
		let root = *sp_state_machine::backend::AsTrieBackend::as_trie_backend(&backend).root();
		let keys = vec![pairs[3].0.clone(), trail_key(&H256::repeat_byte(99))];
		let nodes: Vec<_> = prove_read(backend, &keys).unwrap().into_nodes().into_iter().collect();
		let values = check_storage(&root, nodes.clone(), &keys).unwrap();
		assert_eq!(values, [pairs[3].1.clone(), None]);
		// Against another root, with a node changed or a node left out, it proves nothing.
		assert!(check_storage(&H256::repeat_byte(1), nodes.clone(), &keys).is_err());
		for place in 0..nodes.len() {
			let mut changed = nodes.clone();
			let last = changed[place].len() - 1;
			changed[place][last] ^= 1;
			assert!(check_storage(&root, changed, &keys).is_err());
			let mut short = nodes.clone();
			short.remove(place);
			assert!(check_storage(&root, short, &keys).is_err());
		}
	}

	#[test]
	fn addresses_must_be_of_websockets() {
		let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
		let connect = |url| runtime.block_on(Chain::connect(url)).err().unwrap();
		assert!(matches!(connect("http://localhost:1"), Error::Usage(_)));
		assert!(matches!(connect("ws://127.0.0.1:1"), Error::Unreachable { .. }));
	}
}
