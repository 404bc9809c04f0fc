//! The subcommands that write trail entries to a file and read them from one.

use super::{
	file::{export, import},
	held_entries,
	state::FinalisedTrails,
	Coverage,
};
use crate::service::Partial;
use sc_cli::{CliConfiguration, DatabaseParams, PruningParams, Result, SharedParams};
use sp_blockchain::HeaderBackend;
use std::path::PathBuf;

/// A subcommand about a file of trail entries.
#[derive(Debug, clap::Parser)]
pub struct TrailsCmd {
	/// The file.
	file: PathBuf,

	#[command(flatten)]
	shared_params: SharedParams,

	#[command(flatten)]
	pruning_params: PruningParams,

	#[command(flatten)]
	database_params: DatabaseParams,
}

impl TrailsCmd {
	/// Writes the entries of all trails of the last finalised block to the file.
	pub fn export(&self, node: &Partial) -> Result<()> {
		let (genesis, trails) = opened(node)?;
		let entries = held_entries(&node.backend, genesis)?;
		let done = export(&trails, &entries, &genesis, &self.file).map_err(|e| self.about(e))?;
		println!("Wrote {} entries of {} trails.", done.entries, done.trails);
		if done.missing > 0 {
			return Err(format!(
				"the file lacks {} entries that this node does not hold: let it run until \
				 crm_trailCoverage says that it is complete, and export again",
				done.missing
			)
			.into());
		}
		Ok(())
	}

	/// Keeps those entries of the file that this node lacks.
	pub fn import(&self, node: &Partial) -> Result<()> {
		let (genesis, trails) = opened(node)?;
		let mut entries = held_entries(&node.backend, genesis)?;
		let done =
			import(&trails, &mut entries, &genesis, &self.file).map_err(|e| self.about(e))?;
		println!(
			"Kept {} entries, skipped {} that are held already or newer than this node's state, \
			 rejected {}.",
			done.kept, done.skipped, done.rejected
		);
		if done.missing == 0 {
			println!("All trails are complete.");
			Coverage::Complete.save(&*node.backend)?;
		} else {
			println!(
				"{} trails remain incomplete and lack {} entries; the node asks its peers for them \
				 when it runs. Customers: {:?}{}",
				done.incomplete,
				done.missing,
				done.examples,
				if done.incomplete > done.examples.len() as u64 { " and others" } else { "" }
			);
			Coverage::Missing(done.missing).save(&*node.backend)?;
		}
		if done.rejected > 0 {
			return Err(format!(
				"{} entries of the file lead to no head of this chain: they were changed, or a newer \
				 one that leads to them is missing",
				done.rejected
			)
			.into());
		}
		Ok(())
	}

	fn about(&self, error: super::file::Error) -> sc_cli::Error {
		format!("{}: {error}", self.file.display()).into()
	}
}

/// The hash of the first block, and the trails of the last finalised one.
fn opened(node: &Partial) -> Result<(sp_core::H256, FinalisedTrails)> {
	let genesis = node.client.info().genesis_hash;
	let trails = FinalisedTrails::latest(&node.backend)?.ok_or(
		"the database has no finalised state, and so no trails: let the node synchronise first",
	)?;
	Ok((genesis, trails))
}

impl CliConfiguration for TrailsCmd {
	fn shared_params(&self) -> &SharedParams {
		&self.shared_params
	}

	fn pruning_params(&self) -> Option<&PruningParams> {
		Some(&self.pruning_params)
	}

	fn database_params(&self) -> Option<&DatabaseParams> {
		Some(&self.database_params)
	}
}
