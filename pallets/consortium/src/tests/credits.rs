//! Issuing credits.

use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{ArithmeticError, DispatchError::BadOrigin, TokenError};

#[test]
fn credits_go_to_the_organisations_account() {
	run(|| {
		assert_ok!(Consortium::issue_credits(RuntimeOrigin::root(), 1, 100));
		assert_ok!(Consortium::issue_credits(RuntimeOrigin::root(), 1, 1));
		assert_eq!(Balances::free_balance(1_001), 101);
		assert_eq!(Balances::free_balance(1_000), 0);
		assert_eq!(Balances::total_issuance(), 101);
		System::assert_last_event(Event::CreditsIssued { organisation: 1, amount: 1 }.into());
	});
}

#[test]
fn only_the_consortium_issues() {
	run(|| {
		assert_noop!(Consortium::issue_credits(RuntimeOrigin::signed(1_001), 1, 100), BadOrigin);
		assert_noop!(Consortium::issue_credits(RuntimeOrigin::none(), 1, 100), BadOrigin);
	});
}

#[test]
fn an_unknown_organisation_gets_none() {
	run(|| {
		assert_noop!(
			Consortium::issue_credits(RuntimeOrigin::root(), ORGANISATIONS, 100),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn zero_is_refused() {
	run(|| {
		assert_noop!(
			Consortium::issue_credits(RuntimeOrigin::root(), 1, 0),
			Error::<Test>::ZeroAmount
		);
	});
}

#[test]
fn less_than_an_account_can_hold_is_refused() {
	run(|| {
		assert_noop!(
			Consortium::issue_credits(RuntimeOrigin::root(), 1, EXISTENTIAL_DEPOSIT - 1),
			TokenError::BelowMinimum
		);
		assert_ok!(Consortium::issue_credits(RuntimeOrigin::root(), 1, EXISTENTIAL_DEPOSIT));
	});
}

#[test]
fn the_total_does_not_overflow() {
	run(|| {
		assert_ok!(Consortium::issue_credits(RuntimeOrigin::root(), 0, u64::MAX - 10));
		assert_noop!(
			Consortium::issue_credits(RuntimeOrigin::root(), 1, 11),
			ArithmeticError::Overflow
		);
		assert_ok!(Consortium::issue_credits(RuntimeOrigin::root(), 1, 10));
	});
}
