//! Random calls against a model of balances and the authorised upgrade.

use crate::{mock::*, Call};
use proptest::prelude::*;
use sp_core::H256;
use sp_runtime::traits::Dispatchable;

#[derive(Clone, Debug)]
enum Step {
	Authorise { hash: u8 },
	Issue { organisation: u32, amount: u64 },
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
				};
				let origin = signer.map_or(RuntimeOrigin::root(), RuntimeOrigin::signed);
				let succeeded = RuntimeCall::from(call).dispatch(origin).is_ok();
				assert_eq!(succeeded, expected, "{step:?} by {signer:?}");

				Consortium::do_try_state().expect("the invariants hold after each step");
				assert_eq!(authorised(), upgrade);
				assert_eq!(Balances::total_issuance(), balances.iter().sum::<u64>());
				for (account, balance) in (1_000..).zip(balances) {
					assert_eq!(Balances::free_balance(account), balance);
				}
			}
		});
	}
}
