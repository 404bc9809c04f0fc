//! Objecting, and ending an objection.

use crate::{mock::*, Error, Event};
use consentry_primitives::{
	consent::{Capture, ConsentState, LawfulBases, Permission, Statement},
	Action, Denial, LawfulBasis, DAY,
};
use frame_support::{assert_noop, assert_ok};
use ConsentState::{Given, Objected};
use LawfulBasis::{LegitimateInterests, PublicTask};

#[test]
fn an_objection_stops_what_rests_on_an_interest() {
	run(|| {
		for basis in [PublicTask, LegitimateInterests] {
			let purpose = purpose(basis);
			let permits = |n| Consent::permits(&id(n), purpose, contact(), now());
			assert_eq!(permits(1), Ok(basis));
			assert_ok!(Consent::object(signed(account(1)), id(1), purpose));
			assert_eq!(permits(1), Err(Denial::CustomerObjected));
			assert_eq!(permits(2), Ok(basis));
			System::assert_last_event(
				Event::Objected { customer: id(1), purpose, revision: 0 }.into(),
			);
			let capture = Capture::Transaction;
			assert_eq!(
				actions(1).last(),
				Some(&Action::Objected { purpose, revision: 0, capture })
			);
			assert_eq!(latest(1, purpose).permission, None);
			assert_noop!(
				Consent::object(signed(account(1)), id(1), purpose),
				Error::<Test>::AlreadyObjected
			);
		}
	});
}

#[test]
fn other_bases_cannot_be_objected_to() {
	run(|| {
		for basis in [
			LawfulBasis::Consent,
			LawfulBasis::Contract,
			LawfulBasis::LegalObligation,
			LawfulBasis::VitalInterests,
		] {
			let purpose = purpose(basis);
			assert_noop!(
				Consent::object(signed(account(1)), id(1), purpose),
				Error::<Test>::NotObjectable
			);
			assert_noop!(record(1, purpose, Statement::Object), Error::<Test>::NotObjectable);
		}
	});
}

#[test]
fn an_objection_ends_wholly_and_for_good() {
	run(|| {
		let purpose = purpose(LegitimateInterests);
		let permits = || Consent::permits(&id(1), purpose, contact(), now());
		let try_give = |permission| Consent::give(signed(account(1)), id(1), purpose, permission);
		assert_ok!(Consent::object(signed(account(1)), id(1), purpose));
		let part = Permission { categories: contact(), ..permission() };
		assert_noop!(try_give(part), Error::<Test>::InvalidCategories);
		assert_noop!(try_give(until(now() + DAY)), Error::<Test>::InvalidPeriod);
		assert_noop!(
			record(1, purpose, Statement::Request { permission: permission() }),
			Error::<Test>::NotConsentBased
		);
		assert_eq!(permits(), Err(Denial::CustomerObjected));

		assert_ok!(try_give(permission()));
		assert_eq!((state(1, purpose), permits()), (Some(Given), Ok(LegitimateInterests)));
		assert_noop!(try_give(permission()), Error::<Test>::NotConsentBased);
		// And again.
		assert_ok!(Consent::object(signed(account(1)), id(1), purpose));
		assert_eq!((state(1, purpose), revisions(1, purpose)), (Some(Objected), 3));
		assert_eq!(latest(1, purpose).permission, Some(permission()));
	});
}

#[test]
fn only_customer_and_guardian_object_by_themselves() {
	run(|| {
		let purpose = purpose(PublicTask);
		for who in [STEWARD, OFFICER, ANYONE, account(2)] {
			assert_noop!(Consent::object(signed(who), id(1), purpose), NOT_AUTHORISED);
		}
		assert_ok!(Consent::object(signed(guardian(1)), id(1), purpose));
		assert_ok!(record(2, purpose, Statement::Object));
		assert_eq!(state(2, purpose), Some(Objected));
	});
}
