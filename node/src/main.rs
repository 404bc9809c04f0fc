//! The Consentry full node.
//!
//! `cli` and `command` turn the command line into work, `chain_spec` names the chains, `consortium`
//! makes that of a new consortium, `machine` tells whether a machine is fit for a validator,
//! `service` puts the node together, `network` connects it with others, `sealing` and `inherents` say
//! when blocks are made and what time they carry, `clock` tells when the machine's own is wrong,
//! `trail` holds the trail entries and fetches those that this node lacks, `rpc` answers for all of
//! it.

mod chain_spec;
mod cli;
mod clock;
mod command;
mod consortium;
mod inherents;
mod machine;
mod network;
mod rpc;
mod sealing;
mod service;
mod trail;

fn main() -> sc_cli::Result<()> {
	command::run()
}
