//! Random calls against a model of balances, the authorised upgrade and the list of validators.

use crate::{mock::*, Call};
use proptest::prelude::*;
use sp_core::H256;
use sp_runtime::traits::Dispatchable;

#[derive(Clone, Debug)]
enum Step {
	Authorise { hash: u8 },
	Issue { organisation: u32, amount: u64 },
	Add { validator: u64 },
	Remove { validator: u64 },
	Replace { old: u64, new: u64 },
}

/// The validators that there are, as the rules have them: at least three of those with keys (0 to
/// 7), at most [`MAX_VALIDATORS`].
#[derive(Clone)]
struct Listing(Vec<u64>);

impl Listing {
	fn add(&mut self, validator: u64) -> bool {
		let added = validator < 8 && !self.0.contains(&validator) && self.0.len() < MAX_VALIDATORS;
		if added {
			self.0.push(validator);
		}
		added
	}

	fn remove(&mut self, validator: u64) -> bool {
		let removed = self.0.contains(&validator) && self.0.len() > 3;
		self.0.retain(|one| !removed || *one != validator);
		removed
	}

	fn replace(&mut self, old: u64, new: u64) -> bool {
		let mut next = self.clone();
		let replaced = next.0.contains(&old) && next.add(new) && next.remove(old);
		if replaced {
			*self = next;
		}
		replaced
	}
}

/// Who makes a call.
fn origin() -> impl Strategy<Value = Option<u64>> {
	// `None` is the consortium.
	prop_oneof![4 => Just(None), 1 => (1_000..1_003u64).prop_map(Some)]
}

fn step() -> impl Strategy<Value = Step> {
	let amount = prop_oneof![
		4 => 0..3 * EXISTENTIAL_DEPOSIT,
		4 => any::<u32>().prop_map(u64::from),
		1 => any::<u64>(),
	];
	prop_oneof![
		1 => any::<u8>().prop_map(|hash| Step::Authorise { hash }),
		4 => (0..=ORGANISATIONS, amount)
			.prop_map(|(organisation, amount)| Step::Issue { organisation, amount }),
		2 => (0..9u64).prop_map(|validator| Step::Add { validator }),
		2 => (0..9u64).prop_map(|validator| Step::Remove { validator }),
		2 => (0..9u64, 0..9u64).prop_map(|(old, new)| Step::Replace { old, new }),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn calls_do_what_the_model_does(
		steps in prop::collection::vec((origin(), step()), 200)
	) {
		run(|| {
			let mut balances = [0u64; ORGANISATIONS as usize];
			let mut upgrade = None;
			let mut listing = Listing(Listed::get());
			for (signer, step) in steps {
				let (expected, call) = match step {
					Step::Authorise { hash } => {
						let code_hash = H256::repeat_byte(hash);
						if signer.is_none() {
							upgrade = Some(code_hash);
						}
						(signer.is_none(), Call::authorise_upgrade { code_hash })
					},
					Step::Issue { organisation, amount } => {
						let total = balances.iter().sum::<u64>().checked_add(amount);
						let balance = balances.get_mut(organisation as usize).filter(|balance| {
							signer.is_none()
								&& amount > 0 && total.is_some()
								&& **balance + amount >= EXISTENTIAL_DEPOSIT
						});
						let expected = balance.is_some();
						if let Some(balance) = balance {
							*balance += amount;
						}
						(expected, Call::issue_credits { organisation, amount })
					},
					Step::Add { validator } => (
						signer.is_none() && listing.add(validator),
						Call::add_validator { validator },
					),
					Step::Remove { validator } => (
						signer.is_none() && listing.remove(validator),
						Call::remove_validator { validator },
					),
					Step::Replace { old, new } => (
						signer.is_none() && listing.replace(old, new),
						Call::replace_validator { old, new },
					),
				};
				let origin = signer.map_or(RuntimeOrigin::root(), RuntimeOrigin::signed);
				let succeeded = RuntimeCall::from(call).dispatch(origin).is_ok();
				assert_eq!(succeeded, expected, "{step:?} by {signer:?}");

				Consortium::do_try_state().expect("the invariants hold after each step");
				assert_eq!(authorised(), upgrade);
				assert_eq!(Listed::get(), listing.0);
				assert_eq!(Balances::total_issuance(), balances.iter().sum::<u64>());
				for (account, balance) in (1_000..).zip(balances) {
					assert_eq!(Balances::free_balance(account), balance);
				}
			}
		});
	}
}
