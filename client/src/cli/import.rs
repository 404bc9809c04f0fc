//! `consentry import`.

use super::{
	output::{Bar, Output},
	Context,
};
use consentry_client::{
	import::{import, rejects_file, Options},
	keys::write_private,
	mapping::Mapping,
	Error, ExitCode, Result,
};
use serde_json::json;
use std::{collections::BTreeMap, path::PathBuf};

#[derive(clap::Args)]
pub struct Arguments {
	/// The CSV export.
	file: PathBuf,
	/// hubspot, salesforce, salesforce-consents, suitecrm, espocrm, orders, or a mapping file.
	#[arg(long)]
	mapping: String,
	/// What names a purpose in the export, and the purpose's name on the chain; several where one
	/// opt-out ends them all. Consents are taken over where there is one.
	#[arg(long, value_name = "LABEL=NAME[,NAME]")]
	purpose_map: Vec<String>,
	/// The version of a purpose's notice that was shown, for rows whose mapping names none; needed
	/// for consents without a date, or captured before the purpose was on the chain.
	#[arg(long, value_name = "PURPOSE=N")]
	notice_version: Vec<String>,
	/// Where to write rows that could not be used: line and reason. FILE.rejects.csv unless given.
	#[arg(long)]
	rejects: Option<PathBuf>,
	/// Customers, interactions or statements of consent in one extrinsic.
	#[arg(long, default_value_t = Options::default().batch)]
	batch: usize,
	/// Extrinsics in flight at most.
	#[arg(long, default_value_t = Options::default().in_flight)]
	in_flight: usize,
}

pub async fn run(context: &mut Context, arguments: Arguments) -> Result<Output> {
	let Arguments { file: path, mapping, purpose_map, notice_version, rejects, batch, in_flight } =
		arguments;
	let mut mapping = load_mapping(&mapping, &purpose_map)?;
	mapping.notice_versions = notice_versions(&notice_version)?;
	let file = std::fs::read(&path).map_err(Error::io(&path))?;
	let _lock = context.lock()?;
	let (key, chain, mut store) = (context.keypair()?, context.chain().await?, context.store()?);
	let mut bar = Bar::new(context);
	let options = Options { batch, in_flight };
	let summary = import(&chain, &mut store, &key, &mapping, &file, options, &mut bar).await?;

	let mut text = format!(
		"{} rows read, {} of them unchanged: {} customers registered, {} records sealed, {} \
		 interactions recorded",
		summary.rows, summary.unchanged, summary.registered, summary.sealed, summary.recorded,
	);
	if mapping.takes_consents() {
		text += &format!(", {} statements of consent recorded", summary.consents);
	} else if !mapping.consents.is_empty() {
		text += ", consents left aside since no --purpose-map names a purpose";
	}
	if summary.not_given > 0 {
		text += &format!("; {} opt-outs of what was never given", summary.not_given);
	}
	if summary.settled > 0 {
		text += &format!("; {} had been taken from an interrupted import", summary.settled);
	}
	let mut json = json!(summary);
	if summary.rejects.is_empty() {
		return Ok(Output::new(json, text));
	}
	let rejects = rejects.unwrap_or_else(|| path.with_extension("rejects.csv"));
	write_private(&rejects, rejects_file(&summary.rejects).as_bytes())?;
	json["rejectsFile"] = json!(rejects);
	text += &format!("\n{} could not be used: see {}", summary.rejects.len(), rejects.display());
	Ok(Output::new(json, text).with_code(ExitCode::Partly))
}

/// A mapping with further purposes.
pub fn load_mapping(name: &str, purposes: &[String]) -> Result<Mapping> {
	let mut mapping = Mapping::load(name)?;
	let mut given = BTreeMap::new();
	for pair in purposes {
		// The source's labels can hold anything; names on the chain hold no equals sign.
		let (label, purpose) = pair.rsplit_once('=').ok_or_else(|| {
			Error::Usage(format!("--purpose-map takes LABEL=NAME, and {pair:?} is none"))
		})?;
		let (label, purpose) = (label.trim(), purpose.trim());
		if let Some(other) = given.insert(label.into(), purpose.into()) {
			return Err(Error::Usage(format!(
				"--purpose-map names {label:?} twice, for {other:?} and for {purpose:?}: an opt-out \
				 that ends several purposes names them as {label}=ONE,ANOTHER"
			)));
		}
	}
	mapping.purposes.extend(given);
	Ok(mapping)
}

/// The version of the notice that was shown for each purpose.
fn notice_versions(pairs: &[String]) -> Result<BTreeMap<String, u32>> {
	let mut versions = BTreeMap::new();
	for pair in pairs {
		let named = pair.rsplit_once('=').and_then(|(purpose, version)| {
			Some((purpose.trim().to_string(), version.trim().parse().ok()?))
		});
		let (purpose, version) = named.ok_or_else(|| {
			Error::Usage(format!("--notice-version takes PURPOSE=N, and {pair:?} is none"))
		})?;
		if versions.insert(purpose.clone(), version).is_some() {
			return Err(Error::Usage(format!("--notice-version names {purpose:?} twice")));
		}
	}
	Ok(versions)
}
