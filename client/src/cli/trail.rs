//! `consentry trail`.

use super::{output::Output, Context, CustomerName};
use clap::Subcommand;
use consentry_client::{
	finality::Pin,
	keys::write_private,
	verify::{Options, Verifier},
	Error, ExitCode, Result,
};
use futures::{stream, StreamExt};
use serde_json::{json, Value};
use sp_core::H256;
use std::path::PathBuf;

/// Trails that are fetched at once.
const AT_ONCE: usize = 16;
/// Most failures that are listed one by one.
const LISTED: usize = 20;

#[derive(Subcommand)]
pub enum Command {
	/// Show a customer's trail, oldest entry first.
	Show {
		/// The customer: the chain's id, or SOURCE:ID as imported.
		customer: CustomerName,
	},
	/// Verify a customer's trail against the chain and the local store.
	Verify {
		/// The customer: the chain's id, or SOURCE:ID as imported.
		#[arg(required_unless_present = "all")]
		customer: Option<CustomerName>,
		/// Verify every customer of the local store.
		#[arg(long, conflicts_with = "customer")]
		all: bool,
		#[command(flatten)]
		trust: Trust,
	},
	/// Write the authority set that was verified last, for others to start from.
	Pin {
		/// The file; standard output unless given.
		#[arg(long)]
		output: Option<PathBuf>,
	},
}

/// From where a verification starts, and what it insists on.
#[derive(clap::Args)]
pub struct Trust {
	/// Hash of the genesis block that the chain has to have.
	#[arg(long)]
	genesis: Option<H256>,
	/// Raw chain specification, whose genesis state names the first validators.
	#[arg(long)]
	chain_spec: Option<PathBuf>,
	/// Authority set to start from, as `trail pin` wrote it.
	#[arg(long)]
	pub pin: Option<PathBuf>,
	/// Fail where there is no proof of finality.
	#[arg(long)]
	pub require_finality: bool,
}

impl Trust {
	/// The options of a verification against a node.
	pub fn options(self) -> Result<Options> {
		let Self { genesis, chain_spec, pin, require_finality } = self;
		let pin = pin.map(read_pin).transpose()?;
		Ok(Options { genesis, chain_spec, pin, require_finality })
	}
}

pub async fn run(context: &mut Context, command: Command) -> Result<Output> {
	match command {
		Command::Show { customer } => show(context, customer).await,
		Command::Pin { output } => pin(context, output).await,
		Command::Verify { customer, trust, .. } => {
			let options = trust.options()?;
			match customer {
				Some(customer) => verify(context, customer, options).await,
				None => verify_all(context, options).await,
			}
		},
	}
}

/// Reads an authority set that somebody passed on.
pub fn read_pin(path: PathBuf) -> Result<Pin> {
	let json = std::fs::read(&path).map_err(Error::io(&path))?;
	serde_json::from_slice(&json).map_err(Error::malformed(path.display().to_string()))
}

async fn show(context: &mut Context, customer: CustomerName) -> Result<Output> {
	let id = customer.resolve(context)?;
	let chain = context.chain().await?;
	let verifier = Verifier::on_trust(&chain).await?;
	let trail = verifier.fetch(&id).await?;
	let trail =
		trail.ok_or_else(|| Error::NotFound(format!("the chain has no trail of {id:?}")))?;
	let mut lines = vec![format!("Trail of customer {id:?}, {} entries", trail.entries.len())];
	for entry in &trail.entries {
		lines.push(format!(
			"  {:>4}  block {}  {} ms  {}  by {}",
			entry.index,
			entry.block,
			entry.moment,
			described(&entry.action)?,
			described(&entry.actor)?,
		));
	}
	let block = verifier.block();
	let json = json!({
		"customer": id, "entries": trail.entries, "head": trail.heads.last(),
		"block": block.number(), "blockHash": block.hash,
	});
	Ok(Output::new(json, lines.join("\n")))
}

/// An action or actor in one line: what it is, then its fields.
fn described(part: &impl serde::Serialize) -> Result<String> {
	let mut part = serde_json::to_value(part).map_err(Error::malformed("an entry"))?;
	let Some(fields) = part.as_object_mut() else { return Ok(part.to_string()) };
	let mut words = Vec::new();
	if let Some(Value::String(kind)) = fields.remove("type") {
		words.push(kind);
	}
	for (name, value) in fields {
		let value = match value.get("digest").unwrap_or(value) {
			Value::String(text) => text.clone(),
			value => value.to_string(),
		};
		words.push(format!("{name} {value}"));
	}
	Ok(words.join(", "))
}

async fn verify(context: &mut Context, customer: CustomerName, options: Options) -> Result<Output> {
	let id = customer.resolve(context)?;
	let chain = context.chain().await?;
	let mut store = context.store_if_any()?;
	let verifier = Verifier::new(&chain, store.as_mut(), &options).await?;
	let fetched = verifier.fetch(&id).await?;
	let report = verifier.conclude(store.as_mut(), &id, fetched)?;
	Ok(Output::new(json!(report), report.to_string()))
}

async fn verify_all(context: &mut Context, options: Options) -> Result<Output> {
	let chain = context.chain().await?;
	let mut store = context.store()?;
	let verifier = Verifier::new(&chain, Some(&mut store), &options).await?;
	let customers = store.customers()?;
	let total = customers.len();
	let mut fetches = stream::iter(customers)
		.map(|id| {
			let verifier = &verifier;
			async move { (id, verifier.fetch(&id).await) }
		})
		.buffer_unordered(AT_ONCE);
	let (mut verified, mut entries, mut failures) = (0, 0, Vec::new());
	while let Some((id, fetched)) = fetches.next().await {
		let report = fetched.and_then(|fetched| verifier.conclude(Some(&mut store), &id, fetched));
		match report {
			Ok(report) => {
				verified += 1;
				entries += report.entries;
			},
			Err(error @ Error::Verification(_)) => failures.push((id, error.to_string())),
			Err(error) => return Err(error),
		}
	}
	let block = verifier.block();
	let mut text = format!(
		"Verified: {verified} of {total} customers with {entries} entries in the state of block {} \
		 ({:?}), {}; {}.",
		block.number(),
		block.hash,
		verifier.finality(),
		verifier.genesis(),
	);
	for (_, failure) in failures.iter().take(LISTED) {
		text += &format!("\n{failure}");
	}
	if failures.len() > LISTED {
		text += &format!("\n… and {} more", failures.len() - LISTED);
	}
	let listed: Vec<_> = failures
		.iter()
		.map(|(id, failure)| json!({ "customer": id, "message": failure }))
		.collect();
	let json = json!({
		"customers": total, "verified": verified, "entries": entries, "failures": listed,
		"block": block.number(), "blockHash": block.hash, "finality": verifier.finality(),
		"genesis": verifier.genesis(),
	});
	let code = if failures.is_empty() { ExitCode::Done } else { ExitCode::Verification };
	Ok(Output::new(json, text).with_code(code))
}

async fn pin(context: &mut Context, output: Option<PathBuf>) -> Result<Output> {
	let (chain, mut store) = (context.chain().await?, context.store()?);
	store.pin_genesis(&chain.genesis())?;
	let set = store.authorities()?.ok_or_else(|| {
		Error::NotFound("no authority set was verified yet: run `consentry trail verify`".into())
	})?;
	let pin = Pin::new(chain.genesis(), &set);
	let text = serde_json::to_string_pretty(&pin).map_err(Error::malformed("the pin"))?;
	if let Some(path) = output {
		write_private(&path, text.as_bytes())?;
		return Ok(Output::new(json!(pin), format!("Wrote authority set {}", set.id)));
	}
	Ok(Output::new(json!(pin), text))
}
