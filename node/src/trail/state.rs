//! The heads of all trails, in the state of the last finalised block.

use super::protocol::MAX_HEADS;
use crate::service::FullBackend;
use codec::DecodeAll;
use consentry_primitives::{api::TrailHead, CustomerId};
use consentry_runtime::{opaque::Block, Runtime};
use pallet_audit_trail::{Trail, Trails};
use sc_client_api::{Backend, StateBackend, TrieCacheContext};
use sp_blockchain::{Error, HeaderBackend};
use sp_core::H256;
use sp_state_machine::IterArgs;
use std::iter;

/// How many trails are read at once: as many as one request can ask about.
const PAGE: usize = MAX_HEADS as usize;

/// Length of the part of a key that all trails' keys have in common: the hashes of the pallet's and
/// the map's name.
const PREFIX: usize = 32;

/// The ends of some trails, with their customers.
pub type Page = Vec<(CustomerId, TrailHead)>;

/// The ends of all trails in some state.
pub trait TrailEnds {
	/// The end of a customer's trail, if there is one.
	fn end(&self, customer: &CustomerId) -> Result<Option<TrailHead>, Error>;

	/// The first ones in the order of their customers, after `after`.
	fn page(&self, after: Option<CustomerId>) -> Result<Page, Error>;

	/// All of them.
	fn pages(&self) -> impl Iterator<Item = Result<Page, Error>> {
		let mut after = None;
		iter::from_fn(move || {
			let page = self.page(after);
			if let Ok(page) = &page {
				after = Some(page.last()?.0);
			}
			Some(page)
		})
	}
}

/// The trails in the state of a finalised block.
pub struct FinalisedTrails(<FullBackend as Backend<Block>>::State);

impl FinalisedTrails {
	/// Those of the last finalised block. `None` while there is none whose state this node has: it
	/// has yet to fetch one from its peers. (A node that is to begin with a later block's state
	/// keeps no state of the first block.)
	pub fn latest(backend: &FullBackend) -> Result<Option<Self>, Error> {
		let Some((block, _)) = backend.blockchain().info().finalized_state else { return Ok(None) };
		backend.state_at(block, TrieCacheContext::Untrusted).map(|state| Some(Self(state)))
	}
}

impl TrailEnds for FinalisedTrails {
	fn end(&self, customer: &CustomerId) -> Result<Option<TrailHead>, Error> {
		let value = self.0.storage(&key(customer)).map_err(failed)?;
		value.map(|value| decode(&value)).transpose()
	}

	fn page(&self, after: Option<CustomerId>) -> Result<Page, Error> {
		let first = key(&H256::zero());
		let start = after.map(|customer| key(&customer));
		let mut arguments = IterArgs::default();
		arguments.prefix = Some(&first[..PREFIX]);
		arguments.start_at = start.as_deref();
		arguments.start_at_exclusive = true;
		let pairs = self.0.pairs(arguments).map_err(failed)?;
		pairs
			.take(PAGE)
			.map(|pair| {
				let (key, value) = pair.map_err(failed)?;
				let customer = CustomerId::decode_all(&mut &key[PREFIX..]).map_err(unreadable)?;
				Ok((customer, decode(&value)?))
			})
			.collect()
	}
}

fn key(customer: &CustomerId) -> Vec<u8> {
	Trails::<Runtime>::hashed_key_for(customer)
}

fn decode(value: &[u8]) -> Result<TrailHead, Error> {
	let Trail { entries, head } = Trail::decode_all(&mut &*value).map_err(unreadable)?;
	Ok(TrailHead { entries, head })
}

fn failed(error: impl sp_state_machine::Error) -> Error {
	Error::from_state(Box::new(error))
}

fn unreadable(error: codec::Error) -> Error {
	Error::Backend(format!("a trail in state is unreadable: {error}"))
}
