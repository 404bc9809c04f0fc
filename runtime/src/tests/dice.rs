//! Random choices that a seed determines, so that whatever they led to can be played again.

use std::{
	env,
	time::{SystemTime, UNIX_EPOCH},
};

/// A stream of choices: SplitMix64.
pub struct Dice(u64);

impl Dice {
	pub fn new(seed: u64) -> Self {
		Self(seed)
	}

	pub fn number(&mut self) -> u64 {
		self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
		let mut mixed = self.0;
		mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
		mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
		mixed ^ (mixed >> 31)
	}

	/// A number from 0 to `end`, `end` excluded; 0 where there is none.
	pub fn below(&mut self, end: u64) -> u64 {
		self.number().checked_rem(end).unwrap_or_default()
	}

	/// Yes in `percent` of all cases.
	pub fn chance(&mut self, percent: u64) -> bool {
		self.below(100) < percent
	}

	/// One of `items`, if there is any.
	pub fn pick<T>(&mut self, items: impl IntoIterator<Item = T>) -> Option<T> {
		let mut items: Vec<T> = items.into_iter().collect();
		let chosen = self.below(items.len() as u64) as usize;
		(!items.is_empty()).then(|| items.swap_remove(chosen))
	}

	/// One of `items`, of which there is at least one.
	pub fn any<T: Clone>(&mut self, items: &[T]) -> T {
		self.pick(items).expect("there is something to choose from").clone()
	}
}

/// What the environment variable `name` says, or `otherwise`.
pub fn variable(name: &str, otherwise: u64) -> u64 {
	match env::var(name) {
		Ok(value) => value.parse().unwrap_or_else(|_| panic!("{name} is a number, not {value}")),
		Err(_) => otherwise,
	}
}

/// `CONSENTRY_SEED`, or another seed each time.
pub fn seed() -> u64 {
	let clock = SystemTime::now().duration_since(UNIX_EPOCH).expect("1970 is over");
	variable("CONSENTRY_SEED", Dice::new(clock.as_nanos() as u64).number() >> 1)
}
