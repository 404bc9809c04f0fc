//! Bytes of any kind do no harm. `runtime/fuzz` feeds the same driver with what a coverage-guided
//! fuzzer finds.

mod driver;

use super::*;
use dice::{variable, Dice};
use driver::{feed, samples, scene, Fed};
use sp_io::TestExternalities;
use std::{collections::BTreeMap, fs, path::PathBuf};

/// Inputs that act on one chain, one after the other.
const BATCH: u64 = 50;

/// The input being fed, told if the test fails.
struct Log {
	seed: u64,
	input: Vec<u8>,
}

impl Drop for Log {
	fn drop(&mut self) {
		if std::thread::panicking() {
			eprintln!("failed at 0x{}", sp_core::hexdisplay::HexDisplay::from(&self.input));
			eprintln!("again: CONSENTRY_SEED={} CONSENTRY_INPUTS={BATCH}", self.seed);
		}
	}
}

/// A valid encoding with a few bytes changed, or nothing but chance.
fn mutated(samples: &[(String, Vec<u8>)], dice: &mut Dice) -> Vec<u8> {
	if dice.chance(8) {
		let length = dice.below(200);
		return (0..length).map(|_| dice.number() as u8).collect();
	}
	let mut input = dice.any(samples).1;
	if dice.chance(15) {
		return input;
	}
	for _ in 0..1 + dice.below(3) {
		let place = dice.below(input.len() as u64 + 1) as usize;
		match dice.below(7) {
			0 => input.truncate(place.max(2)),
			1 => input.insert(place, dice.number() as u8),
			2 => {
				let other = dice.any(samples).1;
				let from = dice.below(other.len() as u64) as usize;
				input.truncate(place);
				input.extend(&other[from..]);
			},
			3 => {
				// Moments and numbers at their ends.
				let end = dice.any(&[0, 1, u8::MAX]);
				input[place..].iter_mut().take(8).for_each(|byte| *byte = end);
			},
			4 => {
				if let Some(actor) = input.get_mut(1) {
					*actor = dice.number() as u8;
				}
			},
			_ => {
				if let Some(byte) = input.get_mut(place) {
					*byte ^= 1 << dice.below(8);
				}
			},
		}
	}
	input
}

fn bytes_do_no_harm(part: u64) {
	let seed = dice::seed();
	let batches = variable("CONSENTRY_INPUTS", 40_000).div_ceil(BATCH);
	println!("part {part} of {batches} batches of {BATCH} inputs, CONSENTRY_SEED={seed}");
	let mut scene = scene();
	let samples = scene.execute_with(samples);
	let mut tally = BTreeMap::new();
	for batch in (0..batches).filter(|batch| batch % 2 == part) {
		let seed = seed.wrapping_add(batch);
		let mut dice = Dice::new(seed);
		let mut log = Log { seed, input: Vec::new() };
		scene.execute_with(|| {
			with_transaction_unchecked(|| {
				for _ in 0..BATCH {
					log.input = mutated(&samples, &mut dice);
					let fed = feed(&log.input);
					*tally.entry(fed).or_insert(0u64) += 1;
				}
				check_invariants();
				TransactionOutcome::Rollback(())
			})
		});
	}
	println!("{tally:?}");
}

#[test]
fn bytes_do_no_harm_0() {
	bytes_do_no_harm(0);
}

#[test]
fn bytes_do_no_harm_1() {
	bytes_do_no_harm(1);
}

/// Feeds the input, and leaves no trace.
fn try_out(scene: &mut TestExternalities, input: &[u8]) -> Fed {
	scene.execute_with(|| with_transaction_unchecked(|| TransactionOutcome::Rollback(feed(input))))
}

/// What is mutated is valid to begin with, or the fuzzer would test little but the decoding.
#[test]
fn every_sample_succeeds() {
	let mut scene = scene();
	for (name, input) in scene.execute_with(samples) {
		assert_eq!(try_out(&mut scene, &input), Fed::Succeeded, "{name}");
	}
}

/// Every call of ours that is signed is among the samples.
#[test]
fn every_call_has_a_sample() {
	use frame_support::traits::GetCallMetadata;
	let names: Vec<_> = scene().execute_with(samples).into_iter().map(|(name, _)| name).collect();
	let pallets = ["Consortium", "Peers", "Organisations", "Customers", "Consent", "AccessGrants"];
	for pallet in pallets {
		for call in RuntimeCall::get_call_names(pallet) {
			let end = format!("-{pallet}-{call}");
			assert!(names.iter().any(|name| name.ends_with(&end)), "{pallet}.{call}");
		}
	}
}

/// The corpus that the fuzzer starts with; `CONSENTRY_CORPUS=1` writes it anew.
#[test]
fn the_corpus_is_up_to_date() {
	let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus/dispatch");
	let mut scene = scene();
	let samples: BTreeMap<_, _> = scene.execute_with(samples).into_iter().collect();
	let mut is_current = |name: &str, input: &[u8]| {
		let stored = fs::read(folder.join(name)).unwrap_or_default();
		// No two signatures are the same, but what is stored has to be signed as well.
		let is_signed = name.starts_with("extrinsic-") || name.ends_with("-submit");
		match is_signed && stored.len() == input.len() {
			true => try_out(&mut scene, &stored) == Fed::Succeeded,
			false => stored == input,
		}
	};
	if variable("CONSENTRY_CORPUS", 0) != 0 {
		fs::create_dir_all(&folder).expect("the folder can be made");
		for file in fs::read_dir(&folder).expect("the folder can be read") {
			let file = file.expect("the folder can be read");
			if !samples.contains_key(&*file.file_name().to_string_lossy()) {
				fs::remove_file(file.path()).expect("what is no sample can be removed");
			}
		}
		for (name, input) in samples.iter().filter(|(name, input)| !is_current(name, input)) {
			fs::write(folder.join(name), input).expect("the corpus can be written");
		}
	}
	for (name, input) in &samples {
		assert!(is_current(name, input), "{name} is outdated: set CONSENTRY_CORPUS=1");
	}
}
