//! The namespace `crm_`: turns JSON into calls of the runtime's `CrmApi` and back, and gives out
//! the trail entries that this node holds.

mod access;
mod consents;
mod customers;
mod trails;

use super::{
	error::Error,
	params::{Arguments, Limit, Parameter},
	subscription,
};
use crate::{
	service::{FullBackend, FullClient},
	trail::{Coverage, HeldEntries},
};
use consentry_primitives::{
	api::{Appended, CrmApi},
	OrganisationId,
};
use consentry_runtime::{opaque::Block, AccountId};
use jsonrpsee::{
	core::RegisterMethodError,
	types::{ErrorCode, ErrorObjectOwned},
	RpcModule,
};
use sc_client_api::Backend;
use serde::{ser::SerializeMap, Serialize, Serializer};
use serde_json::Value;
use sp_api::{ApiError, ApiRef, ProvideRuntimeApi};
use sp_blockchain::HeaderBackend;
use sp_core::H256;
use std::sync::Arc;
use tokio::{
	sync::{watch, Semaphore},
	task::spawn_blocking,
};

type Api = <FullClient as ProvideRuntimeApi<Block>>::Api;

/// What the methods read from.
pub struct Crm {
	/// The client.
	pub client: Arc<FullClient>,
	/// Its database.
	pub backend: Arc<FullBackend>,
	/// The trail entries that this node holds.
	pub entries: HeldEntries,
	/// How far these are all there are.
	pub coverage: watch::Receiver<Coverage>,
	/// One for each request that may be answered at the same time.
	pub turns: Arc<Semaphore>,
}

/// An answer, with the block at which it holds.
#[derive(Clone, Serialize)]
pub struct Answer<T> {
	/// Hash of the block.
	pub block: H256,
	/// What was asked for.
	pub value: T,
}

impl<T> Answer<T> {
	fn map<U>(self, change: impl FnOnce(T) -> U) -> Answer<U> {
		Answer { block: self.block, value: change(self.value) }
	}
}

/// A page of a list.
#[derive(Clone)]
struct Page<T> {
	/// What the items are called in JSON.
	name: &'static str,
	items: Vec<T>,
	/// What to ask for the next page with.
	next: Option<Value>,
}

impl<T: Serialize> Serialize for Page<T> {
	fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
		let mut map = serializer.serialize_map(Some(2))?;
		map.serialize_entry(self.name, &self.items)?;
		map.serialize_entry("next", &self.next)?;
		map.end()
	}
}

/// Which page of a list is asked for: where it begins, by default with the first item, and how many
/// items it has at most.
struct Place<C> {
	begin: Option<C>,
	limit: u32,
}

impl<C: Parameter> Place<C> {
	fn read(arguments: &Arguments, begin: &str) -> Result<Self, Error> {
		let begin = arguments.optional(begin)?;
		let Limit(limit) = arguments.optional("limit")?.unwrap_or(Limit::FULL);
		Ok(Self { begin, limit })
	}
}

impl<T> Answer<Vec<T>> {
	/// The items as a page of at most `limit`; `next` tells from the last one of a full page where
	/// the next page begins.
	fn page(
		self,
		name: &'static str,
		limit: u32,
		next: impl FnOnce(&T) -> Value,
	) -> Answer<Page<T>> {
		self.map(|items| {
			let is_full = items.len() >= limit as usize;
			let next = items.last().filter(|_| is_full).map(next);
			Page { name, items, next }
		})
	}
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

	/// Asks for something of an organisation, which has to be known: the runtime answers for any
	/// number as for an organisation that has nothing.
	fn ask_of<T>(
		&self,
		organisation: OrganisationId,
		at: Option<H256>,
		question: impl FnOnce(ApiRef<Api>, H256) -> Result<T, ApiError>,
	) -> Result<Answer<T>, Error> {
		self.find(at, Error::UnknownOrganisation(organisation), |api, block| {
			match api.organisation(block, organisation)? {
				Some(_) => question(api, block).map(Some),
				None => Ok(None),
			}
		})
	}

	/// The entries that a block appended, in their order.
	pub fn appended(&self, block: H256) -> Result<Vec<Appended<AccountId>>, Error> {
		self.ask(Some(block), |api, block| api.appended(block)).map(|answer| answer.value)
	}
}

/// The namespace's methods.
pub fn module(crm: Crm) -> Result<RpcModule<Crm>, RegisterMethodError> {
	let mut module = RpcModule::new(crm);
	customers::register(&mut module)?;
	trails::register(&mut module)?;
	consents::register(&mut module)?;
	access::register(&mut module)?;
	subscription::register(&mut module)?;
	Ok(module)
}

/// Adds a method, which reads from the database and so runs where it may block, when its turn comes.
fn method<T: Serialize + Clone + Send + 'static>(
	module: &mut RpcModule<Crm>,
	name: &'static str,
	parameters: &'static [&'static str],
	answer: impl Fn(&Crm, Arguments) -> Result<T, Error> + Copy + Send + Sync + 'static,
) -> Result<(), RegisterMethodError> {
	module.register_async_method(name, move |params, crm, _| async move {
		let arguments = Arguments::parse(&params, parameters)?;
		let turn = crm.turns.clone().acquire_owned().await;
		let answered = spawn_blocking(move || {
			let answer = answer(&crm, arguments);
			// Not before, even where nobody waits for the answer any more.
			drop(turn);
			answer
		});
		match answered.await {
			Ok(answer) => answer.map_err(ErrorObjectOwned::from),
			Err(error) => {
				log::error!("{name} was not answered: {error}");
				Err(ErrorCode::InternalError.into())
			},
		}
	})?;
	Ok(())
}
