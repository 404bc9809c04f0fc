//! `consentry report`.

use super::{output::Output, trail::Trust, Context, CustomerName};
use consentry_client::{
	keys::write_private,
	report::{html, report},
	Result,
};
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
	/// The customer: the chain's id, or SOURCE:ID as imported.
	customer: CustomerName,
	/// Write the report as a page for people to this file.
	#[arg(long)]
	html: Option<PathBuf>,
	#[command(flatten)]
	trust: Trust,
}

pub async fn run(context: &mut Context, arguments: Arguments) -> Result<Output> {
	let Arguments { customer, html: file, trust } = arguments;
	let id = customer.resolve(context)?;
	let (chain, mut store) = (context.chain().await?, context.store_if_any()?);
	let report = report(&chain, store.as_mut(), &id, &trust.options()?).await?;
	let Some(file) = file else {
		return Ok(Output::new(json!(report), report.to_string()));
	};
	write_private(&file, html(&report).as_bytes())?;
	let text =
		format!("Wrote the report of customer {id:?} to {}. {}", file.display(), report.verified);
	Ok(Output::new(json!(report), text))
}
