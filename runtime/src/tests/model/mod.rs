//! The chain against a plain model of its rules, over random sequences of all calls with time
//! moving.
//!
//! [`rules`] says who may do what when, in plain Rust and without the pallets' code; it can be read
//! as the rules' specification. [`scene`] makes up what is tried. [`play`] lets both the chain and
//! the model carry out each step, and compares: whether the call succeeds, whether it is free,
//! each access decision and its dry run, what is permitted now and was at past moments, consents
//! and grants as the queries tell them; and the pallets' invariants hold.

mod play;
mod rules;
mod scene;

use super::*;
use dice::{variable, Dice};
use frame_support::traits::GetCallMetadata;
use play::{play, Tally};

/// Steps of one sequence, each on a chain of its own.
const LENGTH: u64 = 200;

/// Into how many tests the sequences are divided, so that threads share them.
const PARTS: u64 = 4;

/// Plays every sequence whose number leaves `part` when divided by [`PARTS`].
fn chain_and_model_agree(part: u64) {
	let seed = dice::seed();
	let sequences = variable("CONSENTRY_STEPS", 100_000).div_ceil(LENGTH);
	println!("part {part} of {sequences} sequences of {LENGTH} steps, CONSENTRY_SEED={seed}");
	let mut tally = Tally::default();
	for sequence in (0..sequences).filter(|sequence| sequence % PARTS == part) {
		play(seed.wrapping_add(sequence), LENGTH, &mut tally);
	}
	println!("{tally}");
}

#[test]
fn chain_and_model_agree_0() {
	chain_and_model_agree(0);
}

#[test]
fn chain_and_model_agree_1() {
	chain_and_model_agree(1);
}

#[test]
fn chain_and_model_agree_2() {
	chain_and_model_agree(2);
}

#[test]
fn chain_and_model_agree_3() {
	chain_and_model_agree(3);
}

/// That they agree means little where nothing happens: each call of these pallets has to succeed
/// and to fail often enough, and every outcome of a request has to occur.
#[test]
fn the_sequences_reach_every_rule() {
	let mut tally = Tally::default();
	for seed in 0..60 {
		play(seed, LENGTH, &mut tally);
	}
	println!("{tally}");
	for pallet in ["Organisations", "Customers", "Consent", "AccessGrants", "Peers"] {
		for call in RuntimeCall::get_call_names(pallet) {
			let count = tally.calls.get(&(pallet, *call)).copied().unwrap_or_default();
			let tried = count.succeeded + count.failed;
			assert!(count.succeeded * 100 >= tried * 10, "{pallet}.{call}: {count:?}");
			assert!(count.succeeded >= 5 && count.failed > 0, "{pallet}.{call}: {count:?}");
		}
	}
	let missing: Vec<_> = play::every_outcome()
		.into_iter()
		.filter(|outcome| !tally.outcomes.contains_key(outcome))
		.collect();
	assert!(missing.is_empty(), "never happened: {missing:?}");
}
