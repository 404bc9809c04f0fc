//! Whatever happened before: a free call that is valid does not fail in its block, and no customer
//! ever pays.

use super::*;
use proptest::prelude::*;

/// Customers and keys are few, so that they meet again.
#[derive(Clone, Debug)]
enum Step {
	Register(u64),
	Invite(u64, u64),
	Claim(u64, u64),
	Veto(u64, u64),
	RequestErasure(u64, u64),
	Erase(u64),
	Wait(Moment),
}

fn step() -> impl Strategy<Value = Step> {
	let (customer, key) = (0u64..3, 0u64..8);
	prop_oneof![
		1 => customer.clone().prop_map(Step::Register),
		3 => (customer.clone(), key.clone()).prop_map(|(c, k)| Step::Invite(c, k)),
		6 => (key.clone(), key.clone()).prop_map(|(k, a)| Step::Claim(k, a)),
		3 => (key.clone(), customer.clone()).prop_map(|(k, c)| Step::Veto(k, c)),
		3 => (key, customer.clone()).prop_map(|(k, c)| Step::RequestErasure(k, c)),
		1 => customer.prop_map(Step::Erase),
		2 => (0..5 * DAY).prop_map(Step::Wait),
	]
}

fn id(n: u64) -> CustomerId {
	customer_id(ORGANISATION, &H256::from_low_u64_be(n))
}

/// Sends what a customer does.
fn send(who: u64, call: pallet_customers::Call<Runtime>) {
	let pair = key(who);
	let transaction = mortal(&pair, call);
	let valid = validate(&transaction).is_ok();
	let applied = apply(&transaction);
	assert_eq!(valid, applied.is_ok(), "validity and block disagree");
	assert!(applied.map_or(true, |outcome| outcome.is_ok()), "a free call failed in its block");
	assert_eq!(Balances::free_balance(account(&pair)), 0);
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn free_calls_never_fail(steps in prop::collection::vec(step(), 200)) {
		run(|| {
			let officer = || signed(Bob);
			for step in steps {
				// What members try may be refused: it only sets the scene.
				match step {
					Step::Register(n) => {
						let nonce = H256::from_low_u64_be(n);
						let new = NewCustomer { nonce, records: Default::default() };
						let batch = vec![new].try_into().expect("one fits");
						let _ = Customers::register(officer(), batch);
					},
					Step::Invite(n, k) => {
						let method = IdentificationMethod::InPerson;
						let expires = now() + 8 * DAY;
						let key = account(&key(k));
						let _ = Customers::invite(officer(), id(n), key, method, COMMITMENT, expires);
					},
					Step::Erase(n) => {
						let _ = Customers::erase(officer(), id(n));
					},
					Step::Wait(duration) => set_time(now() + duration),
					Step::Claim(k, a) => {
						let account = account(&key(a));
						send(k, pallet_customers::Call::claim { account });
					},
					Step::Veto(k, n) => {
						let call = pallet_customers::Call::veto_invitation { customer: id(n) };
						send(k, call);
					},
					Step::RequestErasure(k, n) => {
						let call = pallet_customers::Call::request_erasure { customer: id(n) };
						send(k, call);
					},
				}
			}
		});
	}
}
