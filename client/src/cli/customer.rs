//! `consentry customer`.

use super::{
	evidence::Kept,
	invitation::{claim, invite, Method},
	named,
	output::Output,
	read_input, Context, CustomerName,
};
use clap::Subcommand;
use consentry_client::{
	calls::{customers, Call},
	chain::Chain,
	content::Content,
	import::{controller, settle, submit_planned, Lines, Options, Summary},
	keys::customer_key,
	store::{plan::Planned, Origin, Subject},
	submit::{submit_and_wait, Included},
	Error, Result,
};
use consentry_primitives::{CustomerId, DataCategory, DAY};
use serde_json::json;
use sp_core::crypto::AccountId32;
use std::{collections::BTreeMap, path::PathBuf};

/// CUSTOMER is the chain's id, or SOURCE:ID as it was imported.
#[derive(Subcommand)]
pub enum Command {
	/// Register a customer with its first records.
	Register {
		/// SOURCE:ID under which the local store remembers it.
		#[arg(long)]
		id: CustomerName,
		/// JSON file of records, {"category": {"column": "value"}}; `-` for standard input.
		#[arg(long)]
		records: PathBuf,
	},
	/// Seal a record: the first of its category, or a rectification.
	Seal {
		/// The customer.
		customer: CustomerName,
		/// Category of the record.
		#[arg(long, value_parser = named::<DataCategory>)]
		category: DataCategory,
		/// JSON file, {"column": "value"}; `-` for standard input.
		#[arg(long)]
		content: PathBuf,
	},
	/// Show a customer's state, and what the local store knows of it.
	Show {
		/// The customer.
		customer: CustomerName,
		/// Show the contents of the records too.
		#[arg(long)]
		contents: bool,
	},
	/// Invite a one-time key to claim the customer, and write the key to a file for the customer.
	Invite {
		/// The customer.
		customer: CustomerName,
		/// How it was made sure who is invited.
		#[arg(long)]
		method: Method,
		/// File with the evidence of that, which is committed to.
		#[arg(long)]
		evidence: PathBuf,
		/// For how many days the invitation can be used.
		#[arg(long, default_value_t = 14)]
		days: u64,
		/// The file for the customer.
		#[arg(long)]
		output: PathBuf,
	},
	/// Take the open invitation back.
	RevokeInvitation {
		/// The customer.
		customer: CustomerName,
	},
	/// Claim a customer with an invitation: binds an account that is derived, for this customer
	/// alone, from the key.
	Claim {
		/// The file that `invite` wrote.
		#[arg(long)]
		invitation: PathBuf,
	},
	/// Refuse an invitation of somebody else.
	Veto {
		/// The customer.
		customer: CustomerName,
		/// Act as a guardian, with the key itself.
		#[arg(long)]
		as_guardian: bool,
	},
	/// Guardians, who may act for a customer.
	#[command(subcommand)]
	Guardian(Guardian),
	/// Ask for erasure, as an Officer or with --as-customer.
	RequestErasure {
		/// The customer.
		customer: CustomerName,
		/// Act as the customer, with the account that `claim` bound.
		#[arg(long)]
		as_customer: bool,
	},
	/// Suspend erasure by law.
	Hold {
		/// The customer.
		customer: CustomerName,
		/// For how many days.
		#[arg(long)]
		days: u64,
		/// File with the reason, which is committed to.
		#[arg(long)]
		reason: PathBuf,
	},
	/// Lift the legal hold.
	LiftHold {
		/// The customer.
		customer: CustomerName,
	},
	/// Erase the customer on chain, and all that the local store holds of it.
	Erase {
		/// The customer.
		customer: CustomerName,
	},
	/// List the erasures of an organisation that are not yet done.
	Erasures {
		/// Number of the organisation.
		organisation: u32,
	},
}

#[derive(Subcommand)]
pub enum Guardian {
	/// Appoint a guardian.
	Appoint {
		/// The customer.
		customer: CustomerName,
		/// The guardian: an address, or the name of a key.
		#[arg(long)]
		guardian: String,
		/// For how many days.
		#[arg(long)]
		days: u64,
		/// File with the evidence of its authority, which is committed to.
		#[arg(long)]
		evidence: PathBuf,
	},
	/// Dismiss a guardian.
	Dismiss {
		/// The customer.
		customer: CustomerName,
		/// The guardian: an address, or the name of a key.
		#[arg(long)]
		guardian: String,
	},
}

pub async fn run(context: &mut Context, command: Command) -> Result<Output> {
	use Command::*;
	match command {
		Register { id, records } => register(context, id, records).await,
		Seal { customer, category, content } => seal(context, customer, category, content).await,
		Show { customer, contents } => show(context, customer, contents).await,
		Invite { customer, method, evidence, days, output } => {
			invite(context, customer, method, evidence, days, output).await
		},
		Claim { invitation } => claim(context, invitation).await,
		Erase { customer } => erase(context, customer).await,
		Erasures { organisation } => erasures(context, organisation).await,
		RevokeInvitation { customer } => {
			let id = customer.resolve(context)?;
			act(context, &id, customers::revoke_invitation(&id), false).await
		},
		Veto { customer, as_guardian } => {
			let id = customer.resolve(context)?;
			act(context, &id, customers::veto_invitation(&id), !as_guardian).await
		},
		RequestErasure { customer, as_customer } => {
			let id = customer.resolve(context)?;
			act(context, &id, customers::request_erasure(&id), as_customer).await
		},
		LiftHold { customer } => {
			let id = customer.resolve(context)?;
			act(context, &id, customers::lift_hold(&id), false).await
		},
		Hold { customer, days, reason } => {
			let (id, until) = (customer.resolve(context)?, in_days(context, days).await?);
			with_evidence(context, &id, reason, |reason| {
				Ok(customers::place_hold(&id, until, reason))
			})
			.await
		},
		Guardian(self::Guardian::Appoint { customer, guardian, days, evidence }) => {
			let (id, until) = (customer.resolve(context)?, in_days(context, days).await?);
			let guardian = context.keys()?.account(&guardian)?;
			with_evidence(context, &id, evidence, |evidence| {
				Ok(customers::appoint_guardian(&id, &guardian, evidence, until))
			})
			.await
		},
		Guardian(self::Guardian::Dismiss { customer, guardian }) => {
			let id = customer.resolve(context)?;
			let guardian = context.keys()?.account(&guardian)?;
			act(context, &id, customers::dismiss_guardian(&id, &guardian), false).await
		},
	}
}

/// Makes a call about a customer, with the key or with the customer's account derived from it.
async fn act(
	context: &mut Context,
	id: &CustomerId,
	call: Call,
	as_customer: bool,
) -> Result<Output> {
	let key = context.keypair()?;
	let key = if as_customer { customer_key(&key, id) } else { key };
	let included = submit_and_wait(&context.chain().await?, &key, &call).await?;
	Ok(done(id, &call, &included))
}

fn done(id: &CustomerId, call: &Call, included: &Included) -> Output {
	let json = json!({
		"customer": id, "call": call.to_string(),
		"block": included.number, "blockHash": included.block,
	});
	let text = format!(
		"{call} of customer {id:?} is final in block {} ({:?})",
		included.number, included.block
	);
	Output::new(json, text)
}

/// Makes a call that commits to evidence, which the local store keeps. The call is asked for once
/// all that it needs is there.
pub async fn with_evidence(
	context: &mut Context,
	id: &CustomerId,
	evidence: PathBuf,
	call: impl FnOnce(&consentry_primitives::Commitment) -> Result<Call>,
) -> Result<Output> {
	let (key, chain, store) = (context.keypair()?, context.chain().await?, context.store()?);
	if store.customer(id)?.is_none() {
		return Err(Error::NotFound(format!(
			"the local store does not know customer {id:?}: it keeps the evidence of customers that \
			 were registered with it",
		)));
	}
	drop(store);
	let kept = Kept::new(context, Some(id), &evidence)?;
	let call = call(&kept.commitment())?;
	let included = kept.submit(&chain, &key, &call).await?;
	Ok(done(id, &call, &included))
}

/// The moment so many days from the chain's time.
pub async fn in_days(context: &Context, days: u64) -> Result<u64> {
	let chain = context.chain().await?;
	let moment = chain.moment(chain.finalised().await?.hash).await?;
	// A chain without any block but the first has no time yet.
	let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
	let wall_clock = since_epoch.map_or(0, |time| time.as_millis() as u64);
	Ok(moment.max(wall_clock).saturating_add(days.saturating_mul(DAY)))
}

/// Submits what was planned, and turns a reject into the error that it is for a single command.
async fn submit(
	context: &mut Context,
	chain: &Chain,
	store: &mut consentry_client::store::Store,
) -> Result<()> {
	let (key, mut summary) = (context.keypair()?, Summary::default());
	let (options, lines) = (Options::default(), Lines::default());
	submit_planned(chain, store, &key, options, &mut (), &lines, &mut summary).await?;
	match summary.rejects.into_iter().next() {
		Some(reject) => Err(Error::Refused { what: "the call".into(), reason: reject.reason }),
		None => Ok(()),
	}
}

async fn register(context: &mut Context, id: CustomerName, records: PathBuf) -> Result<Output> {
	let CustomerName::Origin(origin) = id else {
		return Err(Error::Usage("--id is SOURCE:ID; the chain's id is made at random".into()));
	};
	let records: BTreeMap<DataCategory, Content> =
		serde_json::from_slice(&read_input(&records)?).map_err(Error::malformed("the records"))?;
	let _lock = context.lock()?;
	let (key, chain, mut store) = (context.keypair()?, context.chain().await?, context.store()?);
	store.pin_genesis(&chain.genesis())?;
	let controller = controller(&chain, &key).await?;
	settle(&chain, &mut store).await?;
	if store.customer_from(&origin)?.is_some_and(|customer| customer.done) {
		let Origin { source, id } = origin;
		return Err(Error::Usage(format!("{id:?} of {source:?} is registered: seal its records")));
	}
	let (id, planned) = store.plan_customer(controller, &origin, &records)?;
	submit(context, &chain, &mut store).await?;
	let text = format!("Registered customer {id:?}");
	let resumed = planned != Planned::New;
	Ok(Output::new(json!({ "customer": id, "controller": controller, "resumed": resumed }), text))
}

async fn seal(
	context: &mut Context,
	customer: CustomerName,
	category: DataCategory,
	content: PathBuf,
) -> Result<Output> {
	let id = customer.resolve(context)?;
	let content: Content =
		serde_json::from_slice(&read_input(&content)?).map_err(Error::malformed("the content"))?;
	let _lock = context.lock()?;
	let (chain, mut store) = (context.chain().await?, context.store()?);
	store.pin_genesis(&chain.genesis())?;
	settle(&chain, &mut store).await?;
	if !store.customer(&id)?.is_some_and(|customer| customer.done) {
		return Err(Error::NotFound(format!(
			"the local store knows no registered customer {id:?}: salts and contents are kept where \
			 the customer was registered",
		)));
	}
	let fact = store.plan_fact(&id, Subject::Record(category), &content)?;
	submit(context, &chain, &mut store).await?;
	let text = format!("Sealed the {category:?} record of customer {id:?}");
	let commitment = fact.commitment;
	Ok(Output::new(json!({ "customer": id, "category": category, "commitment": commitment }), text))
}

async fn show(context: &mut Context, customer: CustomerName, contents: bool) -> Result<Output> {
	let id = customer.resolve(context)?;
	let chain = context.chain().await?;
	let head = chain.finalised().await?;
	let found = chain.customer(head.hash, &id).await?;
	let found = found.ok_or_else(|| Error::NotFound(format!("there is no customer {id:?}")))?;
	let records = chain.records(head.hash, &id).await?.unwrap_or_default();
	let trail = chain.proven_trail_head(&head, &id).await?;
	let entries = trail.map_or(0, |trail| trail.entries);

	let mut lines = vec![format!("Customer {id:?} of organisation {}", found.controller)];
	let account = |account: &Option<AccountId32>| {
		account.as_ref().map_or("not claimed".into(), |account| account.to_string())
	};
	lines.push(format!("  account: {}", account(&found.account)));
	if let Some(due) = found.erasure_due {
		lines.push(format!("  erasure due: {due} ms since 1970"));
	}
	if let Some(until) = found.held_until {
		lines.push(format!("  legal hold until: {until} ms since 1970"));
	}
	if let Some(erased) = found.erased {
		lines.push(format!("  erased: {erased} ms since 1970"));
	}
	lines.push(format!("  trail: {entries} entries"));
	for record in &records {
		lines.push(format!("  {:?} record, revision {}", record.category, record.revision));
	}
	let mut json = json!({
		"customer": id, "state": found, "records": records, "entries": entries, "block": head.hash,
	});
	if let Some(store) = context.store_if_any()? {
		if let Some(known) = store.customer(&id)? {
			lines.push(format!("  in the CRM: {}:{}", known.origin.source, known.origin.id));
			json["origin"] = json!(known.origin);
		}
		if contents {
			let mut shown = Vec::new();
			for fact in store.facts(&id)? {
				let content =
					fact.sealed.content().map_err(Error::malformed("a content of the store"))?;
				lines.push(format!("  {}:", fact.subject));
				lines.extend(content.0.iter().map(|(name, value)| format!("    {name}: {value}")));
				shown.push(json!({
					"subject": fact.subject, "commitment": fact.commitment, "content": content,
					"final": fact.done,
				}));
			}
			json["contents"] = json!(shown);
		}
	}
	Ok(Output::new(json, lines.join("\n")))
}

async fn erase(context: &mut Context, customer: CustomerName) -> Result<Output> {
	let id = customer.resolve(context)?;
	let chain = context.chain().await?;
	let head = chain.finalised().await?;
	// Whoever was interrupted after the chain erased finishes the local part.
	let erased = chain.customer(head.hash, &id).await?.is_some_and(|c| c.erased.is_some());
	if !erased {
		let key = context.keypair()?;
		submit_and_wait(&chain, &key, &customers::erase(&id)).await?;
	}
	let mut forgotten = false;
	if let Some(mut store) = context.store_if_any()? {
		forgotten = store.customer(&id)?.is_some();
		store.erase(&id)?;
	}
	let text = match forgotten {
		true => format!("Customer {id:?} is erased, on chain and in the local store"),
		false => format!("Customer {id:?} is erased on chain; the local store held nothing of it"),
	};
	Ok(Output::new(json!({ "customer": id, "forgotten": forgotten }), text))
}

async fn erasures(context: &mut Context, organisation: u32) -> Result<Output> {
	let chain = context.chain().await?;
	let head = chain.finalised().await?;
	let all = chain.erasures(head.hash, organisation).await?;
	let lines: Vec<_> = all
		.iter()
		.map(|erasure| {
			let state = if erasure.overdue { "overdue" } else { "due" };
			format!("{:?} {state} on day {}", erasure.customer, erasure.due)
		})
		.collect();
	Ok(Output::new(json!({ "erasures": all, "block": head.hash }), lines.join("\n")))
}
