//! Withdrawing consent.

use crate::{mock::*, Error, Event, Expiries};
use consentry_primitives::{
	consent::{Capture, ConsentState, LawfulBases, Statement},
	Action, Actor, Denial, LawfulBasis, DAY,
};
use frame_support::{assert_noop, assert_ok};
use ConsentState::{Given, Withdrawn};
use LawfulBasis::Consent as OnConsent;

#[test]
fn a_withdrawal_takes_effect_at_once() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, until(now() + DAY));
		assert_eq!(Consent::permits(&id(1), purpose, contact(), now()), Ok(OnConsent));
		assert_ok!(Consent::withdraw(signed(account(1)), id(1), purpose));
		assert_eq!(
			Consent::permits(&id(1), purpose, contact(), now()),
			Err(Denial::ConsentWithdrawn)
		);
		System::assert_last_event(
			Event::Withdrawn { customer: id(1), purpose, revision: 1 }.into(),
		);
		let capture = Capture::Transaction;
		assert_eq!(
			actions(1).last(),
			Some(&Action::ConsentWithdrawn { purpose, revision: 1, capture })
		);
		// It tells what was ended, and waits for no end any more.
		let withdrawn = latest(1, purpose);
		assert_eq!(withdrawn.permission, Some(until(now() + DAY)));
		assert_eq!(Expiries::<Test>::iter().count(), 0);
	});
}

#[test]
fn customer_and_guardian_withdraw() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, permission());
		for who in [STEWARD, OFFICER, ANYONE, account(2), guardian(2)] {
			assert_noop!(Consent::withdraw(signed(who), id(1), purpose), NOT_AUTHORISED);
		}
		assert_ok!(Consent::withdraw(signed(guardian(1)), id(1), purpose));
		assert_eq!(last_actor(1), Actor::Guardian { account: guardian(1) });
	});
}

#[test]
fn only_what_stands_can_be_withdrawn() {
	run(|| {
		let purpose = purpose(OnConsent);
		let withdraw = || Consent::withdraw(signed(account(1)), id(1), purpose);
		assert_noop!(withdraw(), Error::<Test>::NotGiven);
		give(1, purpose, permission());
		assert_ok!(withdraw());
		assert_noop!(withdraw(), Error::<Test>::NotGiven);
		assert_noop!(Consent::withdraw(signed(account(1)), id(1), 7), Error::<Test>::NotFound);
		give(1, purpose, permission());
		assert_eq!(state(1, purpose), Some(Given));
		assert_ok!(withdraw());
	});
}

#[test]
fn what_ended_with_its_purpose_can_still_be_withdrawn() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, permission());
		assert_ok!(Consent::retire_purpose(signed(OFFICER), purpose));
		assert_ok!(Consent::withdraw(signed(account(1)), id(1), purpose));
		assert_eq!(state(1, purpose), Some(Withdrawn));
	});
}

#[test]
fn an_ended_objection_is_no_consent_to_withdraw() {
	run(|| {
		let purpose = purpose(LawfulBasis::LegitimateInterests);
		assert_ok!(Consent::object(signed(account(1)), id(1), purpose));
		give(1, purpose, permission());
		// It would look as if processing stopped, and not stop it: objecting does.
		assert_noop!(
			Consent::withdraw(signed(account(1)), id(1), purpose),
			Error::<Test>::NotConsentBased
		);
		assert_ok!(Consent::object(signed(account(1)), id(1), purpose));
	});
}

#[test]
fn a_steward_records_a_withdrawal() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, permission());
		assert_ok!(record(1, purpose, Statement::Withdraw));
		assert_eq!(state(1, purpose), Some(Withdrawn));
		assert!(matches!(latest(1, purpose).capture, Capture::Recorded { .. }));
	});
}
