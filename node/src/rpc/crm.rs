//! The namespace `crm_`: turns JSON into calls of the runtime's `CrmApi` and back, and gives out
//! the trail entries that this node holds.

use super::{
	error::Error,
	params::{After, Arguments, Limit},
	subscription,
};
use crate::{
	service::{FullBackend, FullClient},
	trail::{Entries, Link},
};
use consentry_primitives::{
	api::{CrmApi, CustomerInfo, ErasureInfo, MemberInfo, OrganisationInfo, RecordInfo, TrailHead},
	CustomerId, Day, OrganisationId,
};
use consentry_runtime::{opaque::Block, AccountId};
use jsonrpsee::{core::RegisterMethodError, RpcModule};
use sc_client_api::Backend;
use serde::Serialize;
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::H256;
use std::sync::Arc;

type Api = <FullClient as ProvideRuntimeApi<Block>>::Api;

/// What the methods read from.
pub struct Crm {
	/// The client.
	pub client: Arc<FullClient>,
	backend: Arc<FullBackend>,
	entries: Entries<<FullBackend as Backend<Block>>::OffchainStorage>,
}

/// An answer, with the block at which it holds.
#[derive(Clone, Serialize)]
pub struct Answer<T> {
	/// Hash of the block.
	pub block: H256,
	/// What was asked for.
	pub value: T,
}

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

/// A page of erasures, those due first coming first.
#[derive(Clone, Serialize)]
struct ErasurePage {
	erasures: Vec<ErasureInfo>,
	/// What to give as `after` for the next page.
	next: Option<Place>,
}

/// Where an erasure stands in their order.
#[derive(Clone, Serialize)]
struct Place {
	due: Day,
	customer: CustomerId,
}

impl Crm {
	/// Asks the runtime at a block, the best one unless another is named.
	fn ask<T>(
		&self,
		at: Option<H256>,
		question: impl FnOnce(ApiRef<Api>, H256) -> Result<T, ApiError>,
	) -> Result<Answer<T>, Error> {
		let block = at.unwrap_or_else(|| self.client.info().best_hash);
		let number = self.client.number(block)?.ok_or(Error::UnknownBlock(block))?;
		question(self.client.runtime_api(), block).map(|value| Answer { block, value }).map_err(
			|error| match self.backend.have_state_at(block, number) {
				true => error.into(),
				false => Error::StateDiscarded(block),
			},
		)
	}

	/// Asks for something that may not be there, which then is `missing`.
	fn find<T>(
		&self,
		at: Option<H256>,
		missing: Error,
		question: impl FnOnce(ApiRef<Api>, H256) -> Result<Option<T>, ApiError>,
	) -> Result<Answer<T>, Error> {
		let Answer { block, value } = self.ask(at, question)?;
		Ok(Answer { block, value: value.ok_or(missing)? })
	}

	fn customer(&self, arguments: Arguments) -> Result<Answer<CustomerInfo<AccountId>>, Error> {
		let id: CustomerId = arguments.required("customer")?;
		let at = arguments.optional("at")?;
		self.find(at, Error::UnknownCustomer(id), |api, block| api.customer(block, id))
	}

	fn organisation(
		&self,
		arguments: Arguments,
	) -> Result<Answer<OrganisationInfo<AccountId>>, Error> {
		let id: OrganisationId = arguments.required("organisation")?;
		let at = arguments.optional("at")?;
		self.find(at, Error::UnknownOrganisation(id), |api, block| api.organisation(block, id))
	}

	fn member(&self, arguments: Arguments) -> Result<Answer<MemberInfo>, Error> {
		let account: AccountId = arguments.required("account")?;
		let at = arguments.optional("at")?;
		let missing = Error::UnknownMember(account.clone());
		self.find(at, missing, |api, block| api.member(block, account))
	}

	fn records(&self, arguments: Arguments) -> Result<Answer<Vec<RecordInfo>>, Error> {
		let id: CustomerId = arguments.required("customer")?;
		let at = arguments.optional("at")?;
		self.find(at, Error::UnknownCustomer(id), |api, block| api.records(block, id))
	}

	fn trail_head(&self, arguments: Arguments) -> Result<Answer<TrailHead>, Error> {
		let id: CustomerId = arguments.required("customer")?;
		let at = arguments.optional("at")?;
		self.find(at, Error::UnknownCustomer(id), |api, block| api.trail_head(block, id))
	}

	fn trail(&self, arguments: Arguments) -> Result<TrailPage, Error> {
		let id: CustomerId = arguments.required("customer")?;
		let cursor = arguments.optional("cursor")?;
		let Limit(limit) = arguments.optional("limit")?.unwrap_or(Limit::FULL);
		let at = arguments.optional("at")?;
		let Answer { block, value: end } =
			self.find(at, Error::UnknownCustomer(id), |api, block| api.trail_head(block, id))?;
		let page = self.entries.walk(&id, &end, cursor, limit as usize)?;
		Ok(TrailPage { block, head: end.head, entries: page.entries, next: page.next })
	}

	fn erasures(&self, arguments: Arguments) -> Result<Answer<ErasurePage>, Error> {
		let controller: OrganisationId = arguments.required("controller")?;
		let after = arguments.optional("after")?.map(|After(due, customer)| (due, customer));
		let Limit(limit) = arguments.optional("limit")?.unwrap_or(Limit::FULL);
		let at = arguments.optional("at")?;
		let missing = Error::UnknownOrganisation(controller);
		let Answer { block, value: erasures } = self.find(at, missing, |api, block| {
			Ok(match api.organisation(block, controller)? {
				Some(_) => Some(api.erasures(block, controller, after, limit)?),
				None => None,
			})
		})?;
		let last = erasures.last().filter(|_| erasures.len() == limit as usize);
		let next = last.map(|last| Place { due: last.due, customer: last.customer });
		Ok(Answer { block, value: ErasurePage { erasures, next } })
	}

	/// The entries that a block appended, in their order.
	pub fn appended(
		&self,
		block: H256,
	) -> Result<Vec<consentry_primitives::api::Appended<AccountId>>, Error> {
		self.ask(Some(block), |api, block| api.appended(block)).map(|answer| answer.value)
	}
}

/// The namespace's methods.
pub fn module(
	client: Arc<FullClient>,
	backend: Arc<FullBackend>,
	genesis: H256,
) -> Result<RpcModule<Crm>, Box<dyn std::error::Error + Send + Sync>> {
	let storage = backend.offchain_storage().ok_or("the database keeps no off-chain storage")?;
	let entries = Entries::new(storage, genesis);
	let mut module = RpcModule::new(Crm { client, backend, entries });
	method(&mut module, "crm_customer", &["customer", "at"], Crm::customer)?;
	method(&mut module, "crm_organisation", &["organisation", "at"], Crm::organisation)?;
	method(&mut module, "crm_member", &["account", "at"], Crm::member)?;
	method(&mut module, "crm_records", &["customer", "at"], Crm::records)?;
	method(&mut module, "crm_trailHead", &["customer", "at"], Crm::trail_head)?;
	method(&mut module, "crm_trail", &["customer", "cursor", "limit", "at"], Crm::trail)?;
	method(&mut module, "crm_erasures", &["controller", "after", "limit", "at"], Crm::erasures)?;
	subscription::register(&mut module)?;
	Ok(module)
}

/// Adds a method, which reads from the database and so runs where it may block.
fn method<T: Serialize + Clone + 'static>(
	module: &mut RpcModule<Crm>,
	name: &'static str,
	parameters: &'static [&'static str],
	answer: impl Fn(&Crm, Arguments) -> Result<T, Error> + Clone + Send + Sync + 'static,
) -> Result<(), RegisterMethodError> {
	module.register_blocking_method(name, move |params, crm, _| {
		answer(&crm, Arguments::parse(&params, parameters)?)
	})?;
	Ok(())
}
