//! Runs real nodes and asks them over JSON-RPC.

mod consensus;
mod crash;
mod documentation;
mod harness;
mod import;
mod parameters;
mod polkadot_js;
mod scenario;
mod sealing;
mod subcommands;
mod subscription;
mod trail;
mod verify;
