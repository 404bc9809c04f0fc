//! Who pays.

use super::*;
use consentry_primitives::{
	access::{Policy, RateLimit, Refusal},
	Categories,
};
use frame_support::traits::fungible::Mutate;
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

const PAYMENT: ApplyExtrinsicResult =
	Err(TransactionValidityError::Invalid(InvalidTransaction::Payment));

fn remark() -> RuntimeCall {
	frame_system::Call::remark { remark: vec![0; 100] }.into()
}

fn treasury() -> Balance {
	Balances::free_balance(Organisations::account_of(ORGANISATION))
}

#[test]
fn the_organisation_pays_for_its_members() {
	run(|| {
		let before = treasury();
		assert_eq!(apply(&mortal(&Bob.pair(), remark())), Ok(Ok(())));
		let paid = before - treasury();
		assert!(paid > 0 && paid < CREDIT);
		assert_eq!(Balances::free_balance(Bob.to_account_id()), 0);
	});
}

#[test]
fn a_member_that_leaves_by_its_own_call_has_been_paid_for() {
	run(|| {
		let admin = pallet_organisations::Call::set_roles {
			account: Bob.to_account_id(),
			roles: [Role::Admin, Role::Steward].into_iter().collect(),
		};
		assert_eq!(apply(&mortal(&Alice.pair(), admin)), Ok(Ok(())));
		let before = treasury();
		let leave = pallet_organisations::Call::remove_member { account: Bob.to_account_id() };
		assert_eq!(apply(&mortal(&Bob.pair(), leave)), Ok(Ok(())));
		assert!(treasury() < before);
	});
}

#[test]
fn who_holds_no_credits_and_is_no_member_cannot_send() {
	run(|| {
		assert_eq!(apply(&mortal(&key(1), remark())), PAYMENT);
	});
}

#[test]
fn members_of_an_organisation_without_credits_cannot_send() {
	run(|| {
		motion(pallet_organisations::Call::register {
			name: b"poor".to_vec().try_into().expect("is short"),
			admin: account(&key(1)),
		});
		assert_eq!(apply(&mortal(&key(1), remark())), PAYMENT);
	});
}

#[test]
fn no_member_tips_with_its_organisations_credits() {
	run(|| {
		let before = treasury();
		assert_eq!(apply(&tipping(&Bob.pair(), remark(), CREDIT)), PAYMENT);
		assert_eq!(treasury(), before);
	});
}

/// A request under a grant that does not exist: by the caller's own fault.
fn request() -> RuntimeCall {
	pallet_access_grants::Call::request_access {
		grant: 99,
		purpose: 0,
		categories: Categories::all(),
		customers: vec![id(1)].try_into().expect("one fits"),
		reader: None,
	}
	.into()
}

fn batch(calls: Vec<RuntimeCall>) -> RuntimeCall {
	pallet_utility::Call::batch { calls }.into()
}

/// The first agent, for whose first `denials` denials the account is suspended.
fn agent_with_limit(denials: u32) -> sr25519::Pair {
	let agent = key(10);
	employ(&agent);
	register(1);
	let denials = Some(RateLimit { count: denials, window: DAY });
	assert_ok!(AccessGrants::set_policy(signed(Bob), Policy { denials, ..Policy::default() }));
	agent
}

/// How often `who` was refused for `reason` in this block.
fn refusals(who: &sr25519::Pair, reason: Refusal) -> usize {
	let refused = pallet_access_grants::Event::Refused { account: account(who), reason };
	let refused = RuntimeEvent::AccessGrants(refused);
	System::events().iter().filter(|record| record.event == refused).count()
}

#[test]
fn a_suspended_member_spends_on_nothing_but_refusals() {
	run(|| {
		let agent = agent_with_limit(1);
		assert_eq!(apply(&mortal(&agent, remark())), Ok(Ok(())));
		assert_eq!(apply(&mortal(&agent, request())), Ok(Ok(())));
		let before = treasury();
		let leave = pallet_organisations::Call::remove_member { account: account(&agent) };
		for call in [
			remark(),
			leave.into(),
			batch(vec![request()]),
			batch(vec![remark(), batch(vec![request()])]),
			pallet_utility::Call::force_batch { calls: vec![request()] }.into(),
			pallet_utility::Call::as_derivative { index: 0, call: Box::new(request()) }.into(),
		] {
			assert_eq!(apply(&mortal(&agent, call.clone())), PAYMENT, "{call:?}");
			assert!(validate(&mortal(&agent, call)).is_err());
		}
		assert_eq!(treasury(), before);

		System::reset_events();
		assert!(validate(&mortal(&agent, request())).is_ok());
		assert_eq!(apply(&mortal(&agent, request())), Ok(Ok(())));
		let emergency = pallet_access_grants::Call::break_glass {
			customer: id(1),
			purpose: 0,
			categories: Categories::all(),
			emergency: COMMITMENT,
			reader: None,
		};
		assert_eq!(apply(&mortal(&agent, emergency)), Ok(Ok(())));
		assert_eq!(refusals(&agent, Refusal::AccountSuspended), 2);
		assert!(treasury() < before);

		// With credits of its own it pays for itself, and once reinstated it is paid for again.
		assert_ok!(Balances::mint_into(&account(&agent), CREDIT));
		let before = treasury();
		assert_eq!(apply(&mortal(&agent, remark())), Ok(Ok(())));
		let own = Balances::free_balance(account(&agent));
		assert!(treasury() == before && own < CREDIT);
		assert_ok!(AccessGrants::reinstate(signed(Bob), account(&agent)));
		assert_eq!(apply(&mortal(&agent, batch(vec![remark()]))), Ok(Ok(())));
		assert!(treasury() < before);
		assert_eq!(Balances::free_balance(account(&agent)), own);
	});
}

#[test]
fn who_is_refused_pays_and_changes_no_trail() {
	run(|| {
		register(1);
		let (agent, stranger) = (key(10), key(11));
		employ(&agent);
		assert_ok!(Balances::mint_into(&account(&stranger), CREDIT));
		motion(pallet_organisations::Call::suspend { organisation: ORGANISATION });
		let head = AuditTrail::trail_head(&id(1));
		let members = Organisations::account_of(ORGANISATION);
		for (who, payer, reason) in [
			(stranger.clone(), account(&stranger), Refusal::NotMember),
			(agent, members, Refusal::OrganisationSuspended),
		] {
			System::reset_events();
			let before = Balances::free_balance(&payer);
			assert_eq!(apply(&mortal(&who, request())), Ok(Ok(())));
			assert!(Balances::free_balance(&payer) < before, "{reason:?}");
			assert_eq!(refusals(&who, reason), 1);
			assert_eq!(AuditTrail::trail_head(&id(1)), head);
		}
	});
}

#[test]
fn a_batch_of_requests_counts_each() {
	run(|| {
		let agent = agent_with_limit(2);
		System::reset_events();
		let requests = batch(vec![request(), request(), request(), request()]);
		assert_eq!(apply(&mortal(&agent, requests)), Ok(Ok(())));
		assert_eq!(refusals(&agent, Refusal::AccountSuspended), 2);
		let entries = AuditTrail::trail_head(&id(1)).map(|head| head.entries);
		assert_eq!(entries, Some(1 + 2), "registered, and denied until suspended");
	});
}
