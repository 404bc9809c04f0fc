//! What the calls cost. Those of `()` are rough, for tests; a runtime takes what
//! `scripts/benchmark.sh` measured on it.

use frame_support::weights::{constants::ParityDbWeight, Weight};

/// What each call and each step of the idle work costs.
pub trait WeightInfo {
	/// A purpose of a new name.
	fn create_purpose() -> Weight;
	/// Another notice, that needs new consent.
	fn revise_purpose() -> Weight;
	/// A purpose retired.
	fn retire_purpose() -> Weight;
	/// A consent given anew, until another day, after one that ended.
	fn give() -> Weight;
	/// A consent withdrawn that was given until a day; the same whatever depends on it.
	fn withdraw() -> Weight;
	/// An objection, after one that ended.
	fn object() -> Weight;
	/// A consent given anew, until another day, after one that ended, by a wrapped signature.
	fn submit() -> Weight;
	/// `n` consents given anew, each until another day, after one that ended.
	fn record(n: u32) -> Weight;
	/// Looking for a consent that has ended.
	fn expire_queue() -> Weight;
	/// Recording that one has ended.
	fn expire_one() -> Weight;
	/// Deleting one value of an erased customer, and finding that there is another.
	fn sweep_value() -> Weight;
}

fn rough(micros: u64, reads: u64, writes: u64) -> Weight {
	Weight::from_parts(micros.saturating_mul(1_000_000), 0)
		.saturating_add(ParityDbWeight::get().reads_writes(reads, writes))
}

impl WeightInfo for () {
	fn create_purpose() -> Weight {
		rough(60, 6, 5)
	}
	fn revise_purpose() -> Weight {
		rough(60, 5, 3)
	}
	fn retire_purpose() -> Weight {
		rough(60, 5, 3)
	}
	fn give() -> Weight {
		rough(110, 11, 8)
	}
	fn withdraw() -> Weight {
		rough(80, 8, 5)
	}
	fn object() -> Weight {
		rough(80, 8, 4)
	}
	fn submit() -> Weight {
		rough(320, 14, 7)
	}
	fn record(n: u32) -> Weight {
		rough(50, 3, 0).saturating_add(rough(90, 4, 7).saturating_mul(n.into()))
	}
	fn expire_queue() -> Weight {
		rough(20, 2, 0)
	}
	fn expire_one() -> Weight {
		rough(60, 6, 5)
	}
	fn sweep_value() -> Weight {
		rough(40, 6, 2)
	}
}
