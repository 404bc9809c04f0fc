//! `consentry access`.

use super::{evidence::Kept, named, output::Output, purpose::PurposeName, Context, CustomerName};
use clap::Subcommand;
use consentry_client::{
	access::{Decision, Outcome},
	calls::{access_grants, Call, MAX_BATCH},
	moment::shown,
	submit::{submit_and_wait, Included},
	words::word,
	Error, ExitCode, Result,
};
use consentry_primitives::{
	Categories, CustomerId, DataCategory, GrantId, OrganisationId, PurposeId,
};
use serde_json::json;
use sp_core::H256;
use std::path::PathBuf;

/// The exit code is 4 where anything was denied or refused.
#[derive(Subcommand)]
pub enum Command {
	/// Request access to data of customers, and print each decision.
	Request {
		#[command(flatten)]
		wanted: Wanted,
		/// One-time public key that the data is to be sealed for: 64 hexadecimal digits.
		#[arg(long)]
		reader: Option<H256>,
	},
	/// Tell how a request would be decided; nothing is recorded.
	Check {
		#[command(flatten)]
		wanted: Wanted,
		/// Who would request: an address, or the name of a key; the key's account unless given.
		#[arg(long)]
		account: Option<String>,
	},
	/// Access a customer's data without a grant, in an emergency that an Officer will review.
	BreakGlass {
		/// The customer.
		customer: CustomerName,
		/// For what: number or name of the purpose.
		#[arg(long)]
		purpose: PurposeName,
		/// Categories of data.
		#[arg(long = "category", required = true, value_delimiter = ',', value_parser = named::<DataCategory>)]
		categories: Vec<DataCategory>,
		/// File with the description of the emergency, which is committed to.
		#[arg(long)]
		emergency: PathBuf,
		/// One-time public key that the data is to be sealed for: 64 hexadecimal digits.
		#[arg(long)]
		reader: Option<H256>,
	},
}

/// What is to be accessed.
#[derive(clap::Args)]
pub struct Wanted {
	/// Number of the grant.
	#[arg(long)]
	grant: GrantId,
	/// For what: number or name of the purpose.
	#[arg(long)]
	purpose: PurposeName,
	/// The controller whose purpose is named; the key's organisation unless given.
	#[arg(long)]
	controller: Option<OrganisationId>,
	/// Categories of data.
	#[arg(long = "category", required = true, value_delimiter = ',', value_parser = named::<DataCategory>)]
	categories: Vec<DataCategory>,
	/// The customers, 256 at most.
	#[arg(required = true)]
	customers: Vec<CustomerName>,
}

/// The same in the chain's terms.
struct Resolved {
	grant: GrantId,
	purpose: PurposeId,
	categories: Categories,
	customers: Vec<CustomerId>,
}

impl Wanted {
	async fn resolve(
		self,
		context: &mut Context,
		chain: &consentry_client::chain::Chain,
		at: H256,
	) -> Result<Resolved> {
		if self.customers.len() > MAX_BATCH {
			return Err(Error::Usage(format!("one request takes {MAX_BATCH} customers at most")));
		}
		let customers = self.customers.iter().map(|customer| customer.resolve(context));
		let customers = customers.collect::<Result<Vec<_>>>()?;
		Ok(Resolved {
			grant: self.grant,
			purpose: self.purpose.id(context, chain, at, self.controller).await?,
			categories: self.categories.into_iter().collect(),
			customers,
		})
	}
}

pub async fn run(context: &mut Context, command: Command) -> Result<Output> {
	match command {
		Command::Request { wanted, reader } => {
			let (key, chain) = (context.keypair()?, context.chain().await?);
			let at = chain.finalised().await?.hash;
			let Resolved { grant, purpose, categories, customers } =
				wanted.resolve(context, &chain, at).await?;
			let reader = reader.map(|reader| reader.0);
			let call =
				access_grants::request_access(grant, purpose, categories, &customers, reader);
			let included = submit_and_wait(&chain, &key, &call).await?;
			decided(&call, &included)
		},
		Command::Check { wanted, account } => check(context, wanted, account).await,
		Command::BreakGlass { customer, purpose, categories, emergency, reader } => {
			let id = customer.resolve(context)?;
			let (key, chain) = (context.keypair()?, context.chain().await?);
			let at = chain.finalised().await?.hash;
			let purpose = purpose.id(context, &chain, at, None).await?;
			let kept = Kept::new(context, Some(&id), &emergency)?;
			let categories = categories.into_iter().collect();
			let (emergency, reader) = (kept.commitment(), reader.map(|reader| reader.0));
			let call = access_grants::break_glass(&id, purpose, categories, &emergency, reader);
			// Only a glass that was broken commits to its emergency.
			let included = kept
				.submit_if(&chain, &key, &call, |included| {
					Ok(Outcome::read(&included.events)?.is_authorised())
				})
				.await?;
			decided(&call, &included)
		},
	}
}

/// The decisions in the block that took a request.
fn decided(call: &Call, included: &Included) -> Result<Output> {
	let outcome = Outcome::read(&included.events)?;
	let mut lines: Vec<_> = outcome
		.decisions
		.iter()
		.map(|Decision { customer, denial, decision }| {
			let decision =
				decision.map_or(String::new(), |decision| format!("  decision {decision:?}"));
			match denial {
				None => format!("{customer:?}  authorised{decision}"),
				Some(denial) => format!("{customer:?}  denied: {}{decision}", word(denial)),
			}
		})
		.collect();
	if let Some(refusal) = outcome.refusal {
		lines.push(format!("refused, nothing was decided: {}", word(&refusal)));
	}
	if let Some(due) = outcome.review_due {
		lines.push(format!("an Officer has to review this by {}", shown(due)));
	}
	for controller in &outcome.suspended_by {
		lines.push(format!(
			"the account is suspended from now on: an Officer of organisation {controller} can \
			 reinstate it",
		));
	}
	let code = if outcome.is_authorised() { ExitCode::Done } else { ExitCode::Refused };
	Ok(Output::of_call(call, included, json!(outcome), &lines.join("\n")).with_code(code))
}

async fn check(context: &mut Context, wanted: Wanted, account: Option<String>) -> Result<Output> {
	let chain = context.chain().await?;
	let at = chain.finalised().await?.hash;
	let account = match account {
		Some(account) => context.keys()?.account(&account)?,
		None => context.account()?,
	};
	let Resolved { grant, purpose, categories, customers } =
		wanted.resolve(context, &chain, at).await?;
	let answer = chain.check_access(at, &account, grant, purpose, categories, &customers).await?;
	let verdicts = match answer {
		Ok(verdicts) => verdicts,
		Err(refusal) => {
			let json = json!({ "refused": refusal, "block": at });
			let text = format!("would be refused: {}", word(&refusal));
			return Ok(Output::new(json, text).with_code(ExitCode::Refused));
		},
	};
	let lines: Vec<_> = verdicts
		.iter()
		.map(|verdict| match &verdict.denial {
			None => {
				let basis = verdict.basis.map_or(String::new(), |basis| word(&basis));
				format!("{:?}  would be authorised, on the basis of {basis}", verdict.customer)
			},
			Some(denial) => format!("{:?}  would be denied: {}", verdict.customer, word(denial)),
		})
		.collect();
	let all = verdicts.len() == customers.len() && verdicts.iter().all(|v| v.denial.is_none());
	let code = if all { ExitCode::Done } else { ExitCode::Refused };
	let json = json!({ "verdicts": verdicts, "block": at });
	Ok(Output::new(json, lines.join("\n")).with_code(code))
}
