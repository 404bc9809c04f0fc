//! How much a node does in a second, beside what any chain of this SDK does: remarks and transfers,
//! on the same node in the same run; and how long its answers take. `scripts/bench.sh` calls it and
//! says what it needs: a development node with the organisation 0, for which Charlie is a steward,
//! Dave a data-protection officer and Eve an agent.
//!
//! All extrinsics are signed before the clock starts. It stops when the last one is final. Of each
//! kind the median of all rounds is printed, a row of a Markdown table.

mod checks;
mod node;
mod setup;
mod throughput;

use clap::{Parser, Subcommand};
use node::Node;
use setup::Bench;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Measures how much a development node does in a second.
#[derive(Parser)]
struct Arguments {
	/// Address of the node.
	#[arg(long, env = "CONSENTRY_URL", default_value = "ws://127.0.0.1:9944")]
	url: String,
	/// Extrinsics that are handed in at the same time.
	#[arg(long, default_value_t = 64)]
	in_flight: u16,
	#[command(subcommand)]
	command: Command,
}

#[derive(Subcommand)]
enum Command {
	/// Extrinsics, single and in batches, beside remarks and transfers.
	Throughput(throughput::Arguments),
	/// `crm_checkAccess`, over HTTP and WebSocket, with more and more customers in state.
	Checks(checks::Arguments),
}

#[tokio::main]
async fn main() -> Result<()> {
	let Arguments { url, in_flight, command } = Arguments::parse();
	let bench = Bench::set_up(Node::connect(&url, in_flight.max(1).into()).await?).await?;
	match command {
		Command::Throughput(arguments) => throughput::run(&bench, arguments).await,
		Command::Checks(arguments) => checks::run(&bench, &url, arguments).await,
	}
}
