//! `consentry reconcile`.

use super::{import::load_mapping, output::Output, Context};
use consentry_client::{
	keys::write_private,
	reconcile::{findings_file, reconcile},
	Error, ExitCode, Result,
};
use serde_json::json;
use std::path::PathBuf;

#[derive(clap::Args)]
pub struct Arguments {
	/// The CSV export.
	file: PathBuf,
	/// A ready-made mapping, or a mapping file, as for `import`.
	#[arg(long)]
	mapping: String,
	/// What names a purpose in the export, and the purpose's name on the chain, as for `import`.
	#[arg(long, value_name = "LABEL=NAME[,NAME]")]
	purpose_map: Vec<String>,
	/// Where to write the findings. FILE.findings.csv unless given.
	#[arg(long)]
	findings: Option<PathBuf>,
}

pub async fn run(context: &mut Context, arguments: Arguments) -> Result<Output> {
	let Arguments { file: path, mapping, purpose_map, findings } = arguments;
	let mapping = load_mapping(&mapping, &purpose_map)?;
	let file = std::fs::read(&path).map_err(Error::io(&path))?;
	let (chain, mut store) = (context.chain().await?, context.store()?);
	let found = reconcile(&chain, &mut store, &mapping, &file).await?;
	let mut json = json!(found);
	let mut text = format!(
		"{} rows read and {} statements about purposes compared with the state of block {}: ",
		found.rows, found.compared, found.block,
	);
	if found.findings.is_empty() {
		return Ok(Output::new(json, text + "every row has a valid basis"));
	}
	let findings = findings.unwrap_or_else(|| path.with_extension("findings.csv"));
	write_private(&findings, findings_file(&found.findings).as_bytes())?;
	json["findingsFile"] = json!(findings);
	text += &format!("{} findings, see {}", found.findings.len(), findings.display());
	Ok(Output::new(json, text).with_code(ExitCode::Partly))
}
