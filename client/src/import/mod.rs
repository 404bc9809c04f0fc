//! Importing an export: rows to customers and interactions on chain, resumable at any point.
//!
//! 1. What an interrupted import left in flight is settled: the chain is asked what it took.
//! 2. The file is read and everything it says is planned in the local store; rows that cannot be
//!    used are set aside with their reason.
//! 3. What is planned is submitted in batches, in random order, many extrinsics in flight. Each
//!    extrinsic is kept in the store before it is handed to the node.
//! 4. What the file says of consents is compared with what the chain knows by then, planned and
//!    submitted in the same way.
//!
//! An extrinsic enters the chain at most once, its nonce sees to that; and nothing that it carries
//! is submitted in another before it is certain that it never will. So no customer
//! and no consent is lost and none is doubled.

pub mod consents;
pub mod planning;
mod settling;
mod submission;

pub use planning::plan;
pub use settling::settle;
pub use submission::{submit_consents, submit_planned};

use crate::{
	calls::MAX_BATCH, chain::Chain, csv::quoted, keys::account_of, mapping::Mapping, store::Store,
	Error, Result,
};
use consentry_primitives::{CustomerId, OrganisationId, Role};
use consents::{plan_consents, Known};
use std::collections::HashMap;
use subxt_signer::sr25519::Keypair;

/// How to import.
#[derive(Clone, Copy, Debug)]
pub struct Options {
	/// Customers, interactions or statements of consent in one extrinsic, at most [`MAX_BATCH`].
	pub batch: usize,
	/// Extrinsics in flight at most.
	pub in_flight: usize,
}

impl Default for Options {
	fn default() -> Self {
		Self { batch: 100, in_flight: 16 }
	}
}

/// Something that could not be used.
#[derive(Clone, PartialEq, Eq, Debug, serde::Serialize)]
pub struct Reject {
	/// Number of its line in the file, unless it was planned from another one.
	pub line: Option<usize>,
	/// Why.
	pub reason: String,
}

/// The lines of the file from which things were planned.
#[derive(Clone, Debug, Default)]
pub struct Lines {
	customers: HashMap<CustomerId, usize>,
	/// By the facts' keys: interactions and statements of consent.
	facts: HashMap<i64, usize>,
}

/// What an import came to.
#[derive(Clone, PartialEq, Eq, Debug, Default, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
	/// Rows of the file.
	pub rows: usize,
	/// Rows whose content was on chain already, or on its way from an earlier import, or that led to
	/// nothing.
	pub unchanged: usize,
	/// Customers registered.
	pub registered: usize,
	/// Records sealed anew.
	pub sealed: usize,
	/// Interactions recorded.
	pub recorded: usize,
	/// Statements of consent recorded: requests, consents, withdrawals, objections.
	pub consents: usize,
	/// Opt-outs of what was never given, of which there is nothing to record.
	pub not_given: usize,
	/// What an earlier import had left in flight and the chain had taken.
	pub settled: usize,
	/// What could not be used.
	pub rejects: Vec<Reject>,
}

/// Who is told how far an import is.
pub trait Progress {
	/// So many of these are to be done.
	fn begin(&mut self, what: &'static str, total: usize);
	/// So many more are done.
	fn advance(&mut self, by: usize);
	/// All are done.
	fn end(&mut self);
}

impl Progress for () {
	fn begin(&mut self, _: &'static str, _: usize) {}
	fn advance(&mut self, _: usize) {}
	fn end(&mut self) {}
}

/// Imports an export.
pub async fn import(
	chain: &Chain,
	store: &mut Store,
	key: &Keypair,
	mapping: &Mapping,
	file: &[u8],
	options: Options,
	progress: &mut dyn Progress,
) -> Result<Summary> {
	if options.batch == 0 || options.batch > MAX_BATCH || options.in_flight == 0 {
		return Err(Error::Usage(format!(
			"a batch holds 1 to {MAX_BATCH}, and at least one extrinsic must be in flight",
		)));
	}
	store.pin_genesis(&chain.genesis())?;
	let controller = controller(chain, key).await?;
	let mut summary = Summary { settled: settle(chain, store).await?, ..Default::default() };
	let draft = plan(store, controller, mapping, file, &mut summary)?;
	submit_planned(chain, store, key, options, progress, &draft.lines, &mut summary).await?;
	if !draft.wanted.is_empty() {
		let head = chain.finalised().await?;
		let known = Known::ask(chain, head.hash, controller, &draft.wanted).await?;
		let lines = plan_consents(store, &known, draft, &mut summary)?;
		submit_consents(chain, store, key, options, progress, &lines, &mut summary).await?;
	}
	summary.rejects.sort_by_key(|reject| (reject.line.is_none(), reject.line));
	Ok(summary)
}

/// The organisation for which the key's account may write.
pub async fn controller(chain: &Chain, key: &Keypair) -> Result<OrganisationId> {
	let account = account_of(key);
	let refused = |reason: &str| {
		Err(Error::Refused {
			what: format!("writing with the account {account}"),
			reason: reason.into(),
		})
	};
	let head = chain.finalised().await?;
	match chain.member(head.hash, &account).await? {
		None => refused("it is no member of an organisation"),
		Some(member) if !member.active => refused("its organisation is suspended"),
		Some(member) if !member.roles.contains(Role::Steward) => refused("it is no Steward"),
		Some(member) => Ok(member.organisation),
	}
}

/// The rejects as a CSV file: line and reason.
pub fn rejects_file(rejects: &[Reject]) -> String {
	let mut file = "line,reason\n".to_string();
	for reject in rejects {
		let line = reject.line.map(|line| line.to_string()).unwrap_or_default();
		file += &format!("{line},{}\n", quoted(&reject.reason));
	}
	file
}

#[cfg(test)]
mod tests;
