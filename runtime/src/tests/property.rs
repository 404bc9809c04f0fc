//! Whatever happened before: a free call that is valid does not fail in its block, and no customer
//! ever pays.

use super::*;
use consentry_primitives::{
	consent::{Permission, SignedStatement, Statement, StatementSignature},
	GrantId, PurposeId,
};
use proptest::prelude::*;

/// Customers, keys, purposes and grants are few, so that they meet again.
#[derive(Clone, Debug)]
enum Step {
	Register(u64),
	Invite(u64, u64),
	Claim(u64, u64),
	Veto(u64, u64),
	RequestErasure(u64, u64),
	Erase(u64),
	Wait(Moment),
	Give(u64, u64, PurposeId, Option<Moment>),
	Withdraw(u64, u64, PurposeId),
	Object(u64, u64, PurposeId),
	/// Brought by one key, signed by another, as this revision.
	Submit(u64, u64, u64, PurposeId, u32, bool),
	RevokeOwn(u64, u64, GrantId),
}

fn step() -> impl Strategy<Value = Step> {
	let (customer, key) = (0u64..3, 0u64..8);
	// One more than there are.
	let (purpose, id) = (0u32..4, 0u64..4);
	let (c, k, p) = (customer.clone(), key.clone(), purpose);
	let until = prop::option::of(1..3 * DAY);
	prop_oneof![
		1 => customer.clone().prop_map(Step::Register),
		3 => (customer.clone(), key.clone()).prop_map(|(c, k)| Step::Invite(c, k)),
		6 => (key.clone(), key.clone()).prop_map(|(k, a)| Step::Claim(k, a)),
		3 => (key.clone(), customer.clone()).prop_map(|(k, c)| Step::Veto(k, c)),
		3 => (key, customer.clone()).prop_map(|(k, c)| Step::RequestErasure(k, c)),
		1 => customer.prop_map(Step::Erase),
		2 => (0..5 * DAY).prop_map(Step::Wait),
		5 => (k.clone(), c.clone(), p.clone(), until)
			.prop_map(|(k, c, p, until)| Step::Give(k, c, p, until)),
		4 => (k.clone(), c.clone(), p.clone()).prop_map(|(k, c, p)| Step::Withdraw(k, c, p)),
		3 => (k.clone(), c.clone(), p.clone()).prop_map(|(k, c, p)| Step::Object(k, c, p)),
		4 => (k.clone(), k.clone(), c.clone(), p, 0u32..6, any::<bool>())
			.prop_map(|(k, s, c, p, r, withdraw)| Step::Submit(k, s, c, p, r, withdraw)),
		2 => (k, c, id).prop_map(|(k, c, grant)| Step::RevokeOwn(k, c, grant)),
	]
}

/// Sends what a customer does.
fn send(who: u64, call: impl Into<RuntimeCall>) {
	let pair = key(who);
	let transaction = mortal(&pair, call);
	let valid = validate(&transaction).is_ok();
	let applied = apply(&transaction);
	assert_eq!(valid, applied.is_ok(), "validity and block disagree");
	assert!(applied.map_or(true, |outcome| outcome.is_ok()), "a free call failed in its block");
	assert_eq!(Balances::free_balance(account(&pair)), 0);
}

/// What key `signer` states about customer `n`.
fn statement(
	signer: u64,
	n: u64,
	purpose: PurposeId,
	revisions: u32,
	statement: Statement,
) -> pallet_consent::Call<Runtime> {
	let pair = key(signer);
	let statement = SignedStatement {
		customer: id(n),
		controller: ORGANISATION,
		account: account(&pair),
		purpose,
		notice: COMMITMENT,
		revisions,
		expires: now() + DAY,
		statement,
	};
	let signature = pair.sign(&statement.message(&GENESIS));
	let signature = StatementSignature::Account(signature.into());
	pallet_consent::Call::submit { statement, signature }
}

/// Purposes of every kind, each with a grant to all customers.
fn set_up() {
	use LawfulBasis::*;
	for (n, basis) in [Consent, LegitimateInterests, Contract].into_iter().enumerate() {
		let purpose = create_purpose(n as PurposeId, basis);
		grant(n as GrantId, Scope::Controller { organisation: ORGANISATION }, purpose);
	}
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(24))]

	#[test]
	fn free_calls_never_fail(steps in prop::collection::vec(step(), 200)) {
		run(|| {
			set_up();
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
					Step::Give(k, n, purpose, lasts) => {
						let until = lasts.map(|lasts| now() + lasts);
						let permission = Permission { until, ..permission() };
						let customer = id(n);
						send(k, pallet_consent::Call::give { customer, purpose, permission });
					},
					Step::Withdraw(k, n, purpose) => {
						send(k, pallet_consent::Call::withdraw { customer: id(n), purpose });
					},
					Step::Object(k, n, purpose) => {
						send(k, pallet_consent::Call::object { customer: id(n), purpose });
					},
					Step::Submit(k, signer, n, purpose, revisions, withdraw) => {
						let stated = match withdraw {
							true => Statement::Withdraw,
							false => Statement::Object,
						};
						send(k, statement(signer, n, purpose, revisions, stated));
					},
					Step::RevokeOwn(k, n, grant) => {
						let call = pallet_access_grants::Call::revoke_own { customer: id(n), grant };
						send(k, call);
					},
				}
				check_invariants();
			}
		});
	}
}
