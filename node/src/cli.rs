//! What the command line accepts.

use crate::{consortium::BuildConsortiumSpecCmd, machine::CheckMachineCmd, sealing::Sealing};
use sc_cli::RunCmd;
use std::path::PathBuf;

/// The node's command line: a subcommand, or none to run the node.
#[derive(Debug, clap::Parser)]
pub struct Cli {
	/// What to do instead of running the node.
	#[command(subcommand)]
	pub subcommand: Option<Subcommand>,

	/// The SDK's options for running a node.
	#[command(flatten)]
	pub run: RunCmd,

	/// When the node stops because the disk is nearly full.
	#[command(flatten)]
	pub storage_monitor: sc_storage_monitor::StorageMonitorParams,

	/// When blocks are made: `instant` (as soon as there is an extrinsic), `interval=<ms>` (every
	/// so many milliseconds, empty or not) or `consensus` (Aura and GRANDPA).
	///
	/// `instant` and `interval` also finalise each block, and are for the chain `development` only.
	/// Default: `instant` with --dev, `consensus` otherwise. A database that was started in one way
	/// is not run in another.
	#[arg(long, global = true, value_name = "MODE")]
	pub sealing: Option<Sealing>,

	/// Folder in which compiled runtimes are kept, for the next start. Several nodes can share one;
	/// whoever can write to it can make them run anything.
	///
	/// Default: a folder beside the chain's database.
	#[arg(long, global = true, value_name = "PATH")]
	pub compiled_runtimes: Option<PathBuf>,
}

/// What the node can do besides running.
#[derive(Debug, clap::Subcommand)]
#[allow(clippy::large_enum_variant)]
pub enum Subcommand {
	/// Generate, inspect and insert keys.
	#[command(subcommand)]
	Key(sc_cli::KeySubcommand),

	/// Write a chain specification, with this node's address as its boot node.
	BuildSpec(sc_cli::BuildSpecCmd),

	/// Write a chain specification.
	ExportChainSpec(sc_cli::ExportChainSpecCmd),

	/// Write the chain specification of a new consortium, from a file that describes it.
	BuildConsortiumSpec(BuildConsortiumSpecCmd),

	/// Measure whether this machine is fit for a validator.
	CheckMachine(CheckMachineCmd),

	/// Execute a block again and check it.
	CheckBlock(sc_cli::CheckBlockCmd),

	/// Write blocks to a file.
	ExportBlocks(sc_cli::ExportBlocksCmd),

	/// Write the state of a block into a chain specification.
	ExportState(sc_cli::ExportStateCmd),

	/// Read blocks from a file, execute and check them.
	ImportBlocks(sc_cli::ImportBlocksCmd),

	/// Write all trail entries to a file, for nodes that lack them.
	ExportTrails(crate::trail::TrailsCmd),

	/// Read trail entries from a file and keep those that this node lacks.
	///
	/// Each is checked against the heads of the trails in the last finalised state: a file cannot
	/// bring in what is not so.
	ImportTrails(crate::trail::TrailsCmd),

	/// Delete the chain's database.
	PurgeChain(sc_cli::PurgeChainCmd),

	/// Take back the last blocks that are not yet finalised.
	Revert(sc_cli::RevertCmd),

	/// Tell what the database holds.
	ChainInfo(sc_cli::ChainInfoCmd),

	/// Measure weights.
	#[cfg(feature = "runtime-benchmarks")]
	#[command(subcommand)]
	Benchmark(frame_benchmarking_cli::BenchmarkCmd),
}
