//! What nodes ask each other about trail entries: `/<genesis hash>/trail-entries/1`.
//!
//! A request names heads; the response has, for each of them in the same order, the entries that
//! lead back from it. Both are SCALE-encoded.

use super::Entries;
use codec::{Decode, DecodeAll, Encode, MaxEncodedLen};
use consentry_primitives::trail::StoredEntry;
use consentry_runtime::{opaque::Block, AccountId};
use sc_network::{
	request_responses::IncomingRequest, types::ProtocolName, NetworkBackend, ReputationChange,
};
use sp_core::{offchain::OffchainStorage, H256};
use sp_runtime::{traits::ConstU32, BoundedVec};
use std::time::Duration;

/// How many heads a request may name.
pub const MAX_HEADS: u32 = 256;

/// How many entries a response has for one head, so that a long trail leaves room for others.
const MAX_ENTRIES: usize = 1_024;

/// How many bytes of entries a response has. The largest entry has some hundreds of bytes.
const MAX_BYTES: usize = 1024 * 1024;

/// How many bytes a response has, with the lengths of its lists.
const MAX_RESPONSE: usize = MAX_BYTES + 8 * MAX_HEADS as usize;

/// How long a response may take.
const TIMEOUT: Duration = Duration::from_secs(20);

/// How many requests may wait for this node: it answers one after the other.
const MAX_WAITING: usize = 20;

/// For a request or response that no node of this protocol sends.
pub const MALFORMED: ReputationChange =
	ReputationChange::new(-(1 << 24), "malformed trail entries message");

/// For an entry that does not lead to the head that was asked for. This may be damage on the
/// other's disk, of which it does not know.
pub const WRONG_ENTRY: ReputationChange = ReputationChange::new(-(1 << 16), "wrong trail entry");

/// The heads from which to walk back.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode, MaxEncodedLen)]
pub struct Request {
	/// Each the head of a trail after some entry.
	pub heads: BoundedVec<H256, ConstU32<MAX_HEADS>>,
}

/// Entries that are claimed to lead back from heads.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Response {
	/// For each head of the request, in its order, entries from the newest back; none where the
	/// sender has none. Shorter than the request where the rest did not fit.
	pub chains: BoundedVec<Vec<StoredEntry<AccountId>>, ConstU32<MAX_HEADS>>,
}

impl Request {
	/// A request for as many of `heads` as fit.
	pub fn new(heads: impl Iterator<Item = H256>) -> Self {
		Self { heads: BoundedVec::truncate_from(heads.take(MAX_HEADS as usize).collect()) }
	}

	/// Reads a request. `None` for what is none: other bytes, too many heads, or no head.
	pub fn read(bytes: &[u8]) -> Option<Self> {
		Self::decode_all(&mut &*bytes).ok().filter(|request| !request.heads.is_empty())
	}

	/// What `entries` has to say to it.
	pub fn answer(&self, entries: &Entries<impl OffchainStorage>) -> Response {
		let mut room = MAX_BYTES;
		let mut chains = BoundedVec::new();
		for head in &self.heads {
			let (chain, is_full) = walk_back(*head, entries, &mut room);
			// There are as many places as a request can have heads.
			if chains.try_push(chain).is_err() || is_full {
				break;
			}
		}
		Response { chains }
	}
}

impl Response {
	/// Reads the response to `request`. `None` for what is none: other bytes, or more chains than
	/// the request has heads.
	pub fn read(bytes: &[u8], request: &Request) -> Option<Self> {
		Self::decode_all(&mut &*bytes)
			.ok()
			.filter(|response| response.chains.len() <= request.heads.len())
	}
}

/// The entries back from `head` that there is `room` for, and whether room was lacking.
///
/// They are not checked: whoever asked has to check them anyway.
fn walk_back(
	mut head: H256,
	entries: &Entries<impl OffchainStorage>,
	room: &mut usize,
) -> (Vec<StoredEntry<AccountId>>, bool) {
	let mut chain = Vec::new();
	while chain.len() < MAX_ENTRIES {
		let Ok(stored) = entries.read(head) else { break };
		let Some(left) = room.checked_sub(stored.encoded_size()) else { return (chain, true) };
		*room = left;
		head = stored.previous;
		let is_first = stored.entry.index == 0;
		chain.push(stored);
		if is_first {
			break;
		}
	}
	(chain, false)
}

/// The protocol's name on the chain whose first block has the hash `genesis`.
pub fn name(genesis: &H256) -> ProtocolName {
	format!("/{}/trail-entries/1", hex::encode(genesis)).into()
}

/// The protocol, for a network that puts the requests of others into a queue; and that queue.
pub fn config<N: NetworkBackend<Block, H256>>(
	genesis: &H256,
) -> (N::RequestResponseProtocolConfig, async_channel::Receiver<IncomingRequest>) {
	let (sender, requests) = async_channel::bounded(MAX_WAITING);
	let config = N::request_response_config(
		name(genesis),
		Vec::new(),
		Request::max_encoded_len() as u64,
		MAX_RESPONSE as u64,
		TIMEOUT,
		Some(sender),
	);
	(config, requests)
}

#[cfg(test)]
mod tests;
