//! Runs real nodes and asks them over JSON-RPC.

mod access;
mod backfill;
mod command;
mod consensus;
mod consent;
mod consents_import;
mod consortium;
mod crash;
mod documentation;
mod faults;
mod harness;
mod health;
mod import;
mod limits;
mod parameters;
mod peers;
mod polkadot_js;
mod raw_peer;
mod scenario;
mod sealing;
mod subcommands;
mod submission;
mod subscription;
mod trail;
mod validators;
mod verify;
