//! Trails, and how far this node holds their entries.

use super::{method, Answer, Crm, Place};
use crate::{
	rpc::{error::Error, params::Arguments},
	trail::{self, Coverage, Link},
};
use consentry_primitives::{
	api::{CrmApi, TrailHead},
	CustomerId,
};
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use serde::Serialize;
use sp_blockchain::HeaderBackend;
use sp_core::H256;

/// A page of a trail, newest entry first.
#[derive(Clone, Serialize)]
struct TrailPage {
	block: H256,
	/// The head of the whole trail at that block.
	head: H256,
	entries: Vec<Link>,
	/// The cursor of the next page.
	next: Option<H256>,
}

/// How far this node holds the entries of the trails of the last finalised block.
#[derive(Clone, Serialize)]
struct CoverageInfo {
	/// Whether it holds all of them.
	complete: bool,
	/// How many it lacks, `None` where it does not know yet.
	missing: Option<u64>,
}

/// Adds the methods.
pub fn register(module: &mut RpcModule<Crm>) -> Result<(), RegisterMethodError> {
	method(module, "crm_trailHead", &["customer", "at"], Crm::trail_head)?;
	method(module, "crm_trail", &["customer", "cursor", "limit", "at"], Crm::trail)?;
	method(module, "crm_trailCoverage", &[], Crm::trail_coverage)
}

impl Crm {
	fn trail_head(&self, arguments: Arguments) -> Result<Answer<TrailHead>, Error> {
		let id: CustomerId = arguments.required("customer")?;
		let at = arguments.optional("at")?;
		self.find(at, Error::UnknownCustomer(id), |api, block| api.trail_head(block, id))
	}

	fn trail(&self, arguments: Arguments) -> Result<TrailPage, Error> {
		let id: CustomerId = arguments.required("customer")?;
		let Place { begin, limit } = Place::read(&arguments, "cursor")?;
		let at = arguments.optional("at")?;
		let Answer { block, value: end } =
			self.find(at, Error::UnknownCustomer(id), |api, block| api.trail_head(block, id))?;
		// Before the walk: what it does not find may be there when it has ended.
		let is_complete = *self.coverage.borrow() == Coverage::Complete;
		let page =
			self.entries.walk(&id, &end, begin, limit as usize).map_err(|error| match error {
				trail::Error::NotHeld(head) if !is_complete => Error::EntryNotYetHeld(head),
				error => error.into(),
			})?;
		Ok(TrailPage { block, head: end.head, entries: page.entries, next: page.next })
	}

	fn trail_coverage(&self, _: Arguments) -> Result<Answer<CoverageInfo>, Error> {
		let coverage = *self.coverage.borrow();
		let missing = match coverage {
			Coverage::Unknown => None,
			Coverage::Missing(number) => Some(number),
			Coverage::Complete => Some(0),
		};
		let complete = coverage == Coverage::Complete;
		let block = self.client.info().finalized_hash;
		Ok(Answer { block, value: CoverageInfo { complete, missing } })
	}
}
