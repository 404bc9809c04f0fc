//! Carries out what the command line asks for.

use crate::{
	chain_spec,
	cli::{Cli, Subcommand},
	sealing::Sealing,
	service::{self, Partial},
};
use consentry_runtime::opaque::Block;
use sc_cli::{CliConfiguration, SubstrateCli, TransactionPoolType};
use sc_network::config::NetworkBackendType;
use sc_service::Configuration;

impl SubstrateCli for Cli {
	fn impl_name() -> String {
		"Consentry".into()
	}

	fn impl_version() -> String {
		env!("SUBSTRATE_CLI_IMPL_VERSION").into()
	}

	fn description() -> String {
		env!("CARGO_PKG_DESCRIPTION").into()
	}

	fn author() -> String {
		"the Consentry contributors".into()
	}

	fn support_url() -> String {
		"see README.md and docs/".into()
	}

	fn copyright_start_year() -> i32 {
		2026
	}

	fn load_spec(&self, id: &str) -> Result<Box<dyn sc_service::ChainSpec>, String> {
		Ok(Box::new(chain_spec::load(id)?))
	}
}

impl Cli {
	/// How a command seals unless it is told.
	fn default_sealing(command: &impl CliConfiguration) -> sc_cli::Result<Sealing> {
		Ok(if command.is_dev()? { Sealing::Instant } else { Sealing::Consensus })
	}

	/// Opens the chain's database for a command other than running the node.
	///
	/// The database's own way of sealing holds unless the command line names one.
	fn open(
		&self,
		command: &impl CliConfiguration,
		config: &mut Configuration,
	) -> sc_cli::Result<Partial> {
		let default = Self::default_sealing(command)?;
		Ok(service::new_partial(config, self.sealing, default, self.compiled_runtimes.as_deref())?)
	}

	/// Runs the node until it is told to stop.
	fn run_node(&self) -> sc_cli::Result<()> {
		let sealing = self.sealing.map_or_else(|| Self::default_sealing(&self.run), Ok)?;
		let mut runner = self.create_runner(&self.run)?;
		let config = runner.config_mut();
		if !matches!(config.network.network_backend, NetworkBackendType::Litep2p) {
			return Err("this node speaks litep2p only: leave out --network-backend".into());
		}
		if sealing != Sealing::Consensus {
			// Nothing forks where blocks are final as soon as they are made, and the fork-aware
			// pool can leave out of its view at a new block what arrived while that view was built,
			// so that an instantly sealed chain would wait for the next extrinsic to go on.
			let mut pool = self.run.pool_config.clone();
			pool.pool_type = TransactionPoolType::SingleState;
			config.transaction_pool = pool.transaction_pool(self.run.is_dev()?);
		}
		if std::env::args().any(|argument| argument.starts_with("--enable-offchain-indexing"))
			&& !config.offchain_worker.indexing_enabled
		{
			log::warn!(
				"--enable-offchain-indexing false has no effect: trail entries are kept by it"
			);
		}
		runner.run_node_until_exit(|config| async move {
			let compiled = self.compiled_runtimes.as_deref();
			service::new_full(config, sealing, self.storage_monitor.clone(), compiled)
				.map_err(sc_cli::Error::Service)
		})
	}
}

/// Parses the command line and carries it out.
pub fn run() -> sc_cli::Result<()> {
	let cli = Cli::from_args();
	match &cli.subcommand {
		None => cli.run_node(),
		Some(Subcommand::Key(cmd)) => cmd.run(&cli),
		Some(Subcommand::BuildSpec(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.chain_spec, config.network))
		},
		Some(Subcommand::ExportChainSpec(cmd)) => cmd.run(cli.load_spec(&cmd.chain)?),
		Some(Subcommand::BuildConsortiumSpec(cmd)) => cmd.run(),
		Some(Subcommand::CheckMachine(cmd)) => cmd.run(),
		Some(Subcommand::CheckBlock(cmd)) => cli.create_runner(cmd)?.async_run(|mut config| {
			let node = cli.open(cmd, &mut config)?;
			Ok((cmd.run(node.client, node.import_queue), node.task_manager))
		}),
		Some(Subcommand::ExportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|mut config| {
			let node = cli.open(cmd, &mut config)?;
			Ok((cmd.run(node.client, config.database), node.task_manager))
		}),
		Some(Subcommand::ExportState(cmd)) => cli.create_runner(cmd)?.async_run(|mut config| {
			let node = cli.open(cmd, &mut config)?;
			Ok((cmd.run(node.client, config.chain_spec), node.task_manager))
		}),
		Some(Subcommand::ImportBlocks(cmd)) => cli.create_runner(cmd)?.async_run(|mut config| {
			let node = cli.open(cmd, &mut config)?;
			Ok((cmd.run(node.client, node.import_queue), node.task_manager))
		}),
		Some(Subcommand::ExportTrails(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|mut config| cmd.export(&cli.open(cmd, &mut config)?))
		},
		Some(Subcommand::ImportTrails(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|mut config| cmd.import(&cli.open(cmd, &mut config)?))
		},
		Some(Subcommand::PurgeChain(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run(config.database))
		},
		Some(Subcommand::Revert(cmd)) => cli.create_runner(cmd)?.async_run(|mut config| {
			let node = cli.open(cmd, &mut config)?;
			let revert_grandpa = Box::new(|client, _, blocks| {
				sc_consensus_grandpa::revert(client, blocks)?;
				Ok(())
			});
			Ok((cmd.run(node.client, node.backend, Some(revert_grandpa)), node.task_manager))
		}),
		Some(Subcommand::ChainInfo(cmd)) => {
			cli.create_runner(cmd)?.sync_run(|config| cmd.run::<Block>(&config))
		},
		#[cfg(feature = "runtime-benchmarks")]
		Some(Subcommand::Benchmark(cmd)) => benchmark(&cli, cmd),
	}
}

/// Measures weights with the SDK's benchmarks.
#[cfg(feature = "runtime-benchmarks")]
fn benchmark(cli: &Cli, cmd: &frame_benchmarking_cli::BenchmarkCmd) -> sc_cli::Result<()> {
	use frame_benchmarking_cli::{BenchmarkCmd, SUBSTRATE_REFERENCE_HARDWARE};
	use sp_runtime::traits::HashingFor;

	cli.create_runner(cmd)?.sync_run(|mut config| match cmd {
		BenchmarkCmd::Pallet(cmd) => {
			cmd.run_with_spec::<HashingFor<Block>, ()>(Some(config.chain_spec))
		},
		BenchmarkCmd::Overhead(cmd) => {
			cmd.run_with_default_builder_and_spec::<Block, ()>(Some(config.chain_spec))
		},
		BenchmarkCmd::Block(cmd) => cmd.run(cli.open(cmd, &mut config)?.client),
		BenchmarkCmd::Storage(cmd) => {
			let node = cli.open(cmd, &mut config)?;
			let db = node.backend.expose_db();
			let storage = node.backend.expose_storage();
			let cache = node.backend.expose_shared_trie_cache();
			cmd.run(config, node.client, db, storage, cache)
		},
		BenchmarkCmd::Machine(cmd) => cmd.run(&config, SUBSTRATE_REFERENCE_HARDWARE.clone()),
		BenchmarkCmd::Extrinsic(_) => {
			Err("not offered: `scripts/bench.sh` measures whole extrinsics on a running node"
				.into())
		},
	})
}
