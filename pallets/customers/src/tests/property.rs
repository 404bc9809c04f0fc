//! Random sequences of all calls with time moving: the invariants hold after each step, a call
//! that was free does not fail, and a call that fails changes nothing.

use crate::{mock::*, Call, Interaction};
use consentry_primitives::{
	customer::IdentificationMethod::InPerson, CustomerId, DataCategory, InteractionKind, Moment,
	DAY,
};
use frame_support::dispatch::{CheckIfFeeless, GetDispatchInfo};
use proptest::prelude::*;
use sp_runtime::{traits::Dispatchable, StateVersion};

#[derive(Clone, Debug)]
enum Step {
	Call(AccountId, Call<Test>),
	Wait(Moment),
	Idle,
}

fn customer() -> impl Strategy<Value = CustomerId> {
	(1u8..6).prop_map(id)
}

// Few accounts, so that they meet again in every part.
fn account() -> impl Strategy<Value = AccountId> {
	prop_oneof![1u64..4, 100u64..116]
}

fn moment() -> impl Strategy<Value = Moment> {
	(995u64..1_200).prop_map(|day| day * DAY)
}

fn category() -> impl Strategy<Value = DataCategory> {
	prop::sample::select(&DataCategory::ALL[..])
}

fn call() -> impl Strategy<Value = Call<Test>> {
	let (c, a, m) = (customer, account, moment);
	prop_oneof![
		2 => prop::collection::vec((1u8..6, prop::collection::vec(category(), 0..4)), 0..3)
			.prop_map(|new| Call::register {
				customers: new
					.iter()
					.map(|(n, categories)| new_customer(*n, categories))
					.collect::<Vec<_>>()
					.try_into()
					.expect("fewer than a batch"),
			}),
		1 => (c(), category()).prop_map(|(customer, category)| Call::seal {
			customer,
			category,
			commitment: commitment(1),
		}),
		1 => prop::collection::vec(c(), 0..3).prop_map(|customers| Call::record_interactions {
			interactions: customers
				.into_iter()
				.map(|customer| Interaction {
					customer,
					kind: InteractionKind::Visit,
					commitment: commitment(2),
				})
				.collect::<Vec<_>>()
				.try_into()
				.expect("fewer than a batch"),
		}),
		4 => (c(), a(), m()).prop_map(|(customer, key, expires)| Call::invite {
			customer,
			key,
			method: InPerson,
			evidence: commitment(3),
			expires,
		}),
		1 => c().prop_map(|customer| Call::revoke_invitation { customer }),
		4 => a().prop_map(|account| Call::claim { account }),
		2 => c().prop_map(|customer| Call::veto_invitation { customer }),
		2 => (c(), a(), m()).prop_map(|(customer, guardian, until)| Call::appoint_guardian {
			customer,
			guardian,
			evidence: commitment(4),
			until,
		}),
		1 => (c(), a()).prop_map(|(customer, guardian)| Call::dismiss_guardian { customer, guardian }),
		2 => c().prop_map(|customer| Call::request_erasure { customer }),
		1 => (c(), m()).prop_map(|(customer, until)| Call::place_hold {
			customer,
			until,
			reason: commitment(5),
		}),
		1 => c().prop_map(|customer| Call::lift_hold { customer }),
		1 => c().prop_map(|customer| Call::erase { customer }),
	]
}

fn step() -> impl Strategy<Value = Step> {
	prop_oneof![
		12 => (account(), call()).prop_map(|(who, call)| Step::Call(who, call)),
		// Stewards and officers act more often than chance would have it.
		12 => (1u64..3, call()).prop_map(|(who, call)| Step::Call(who, call)),
		2 => (0u64..3 * DAY).prop_map(Step::Wait),
		1 => Just(Step::Idle),
	]
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(64))]

	#[test]
	fn invariants_hold_whatever_is_called(steps in prop::collection::vec(step(), 200)) {
		run(|| {
			for step in steps {
				match step {
					Step::Wait(duration) => set_time(now() + duration),
					Step::Idle => idle(),
					Step::Call(who, call) => {
						let call = RuntimeCall::from(call);
						let free = call.is_feeless(&signed(who));
						let entries = Trail::get().len();
						let before = sp_io::storage::root(StateVersion::V1);
						let outcome = frame_support::storage::with_storage_layer(|| {
							call.clone().dispatch(signed(who)).map_err(|failed| failed.error)
						});
						assert!(!free || outcome.is_ok(), "free, but failed: {call:?} {outcome:?}");
						assert!(
							outcome.is_err() || !call.is_feeless(&signed(who)),
							"free twice: {call:?}"
						);
						match outcome {
							Ok(_) => assert!(call.get_dispatch_info().call_weight.ref_time() > 0),
							Err(_) => {
								assert_eq!(sp_io::storage::root(StateVersion::V1), before);
								// The mock's trails lie outside of storage.
								Trail::mutate(|trail| trail.truncate(entries));
							},
						}
					},
				}
				Customers::do_try_state().expect("the invariants hold after each step");
			}
		});
	}
}
