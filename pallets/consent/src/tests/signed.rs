//! What is signed off the chain: in every scheme, as it is and as wallets wrap it; and nothing that
//! was signed for something else.

use crate::{mock::*, Error};
use consentry_primitives::{
	consent::{Capture, ConsentState, Permission, SignedStatement, Statement, StatementSignature},
	Actor, LawfulBasis, DAY,
};
use frame_support::{assert_noop, assert_ok, pallet_prelude::DispatchResult};
use sp_core::H256;
use sp_runtime::{DispatchError, MultiSignature};
use ConsentState::{Given, Requested, Withdrawn};
use LawfulBasis::Consent as OnConsent;

fn submit(
	who: AccountId,
	statement: SignedStatement<AccountId>,
	signature: StatementSignature<MultiSignature>,
) -> DispatchResult {
	Consent::submit(signed(who), statement, signature)
}

fn giving(n: u8, purpose: u32) -> SignedStatement<AccountId> {
	statement(n, purpose, Statement::Give { permission: permission() })
}

#[test]
fn a_steward_relays_in_every_scheme_raw_and_wrapped() {
	run(|| {
		let purpose = purpose(OnConsent);
		let genesis = System::block_hash(0);
		for n in 1..=3 {
			for (revision, message) in [
				(0, SignedStatement::message as fn(&_, &H256) -> Vec<u8>),
				(1, SignedStatement::wrapped_message),
			] {
				let given = giving(n, purpose);
				let signature = StatementSignature::Account(sign(n, &message(&given, &genesis)));
				assert_ok!(submit(STEWARD, given, signature));
				assert_eq!(revisions(n, purpose), revision + 1);
			}
			let given = latest(n, purpose);
			assert_eq!((given.state, given.actor), (Given, Actor::Customer));
			assert_eq!(given.capture, Capture::Signature { relayer: STEWARD });
			assert_eq!(given.permission, Some(permission()));
		}
	});
}

#[test]
fn a_guardian_signs_for_its_customer() {
	run(|| {
		let purpose = purpose(OnConsent);
		let given = SignedStatement { account: guardian(1), ..giving(1, purpose) };
		let own = signature(11, &given);
		assert_ok!(submit(STEWARD, given, own));
		assert_eq!(last_actor(1), Actor::Guardian { account: guardian(1) });

		let given = SignedStatement { account: guardian(2), ..giving(1, purpose) };
		let anothers = signature(12, &given);
		assert_noop!(submit(STEWARD, given, anothers), NOT_AUTHORISED);
	});
}

#[test]
fn a_double_opt_in_can_be_signed() {
	run(|| {
		let purpose = purpose(OnConsent);
		let request = statement(1, purpose, Statement::Request { permission: permission() });
		let first = signature(1, &request);
		assert_ok!(submit(STEWARD, request, first));
		assert_eq!(state(1, purpose), Some(Requested));
		let given = giving(1, purpose);
		let second = signature(1, &given);
		assert_ok!(submit(STEWARD, given, second));
		assert_eq!(state(1, purpose), Some(Given));
	});
}

#[test]
fn only_a_steward_of_the_controller_relays_a_request_or_consent() {
	run(|| {
		let purpose = purpose(OnConsent);
		let request = statement(1, purpose, Statement::Request { permission: permission() });
		for stated in [giving(1, purpose), request] {
			let signature = signature(1, &stated);
			for (who, error) in [
				(OFFICER, DispatchError::BadOrigin),
				(ANYONE, DispatchError::BadOrigin),
				(account(1), DispatchError::BadOrigin),
				(STRANGER, NOT_AUTHORISED),
			] {
				assert_noop!(submit(who, stated.clone(), signature.clone()), error);
			}
		}
	});
}

#[test]
fn anyone_relays_a_withdrawal_or_an_objection() {
	run(|| {
		let consented = purpose(OnConsent);
		give(1, consented, permission());
		let withdrawal = statement(1, consented, Statement::Withdraw);
		let signed_withdrawal = signature(1, &withdrawal);
		assert_ok!(submit(ANYONE, withdrawal, signed_withdrawal));
		assert_eq!(state(1, consented), Some(Withdrawn));
		assert_eq!(latest(1, consented).capture, Capture::Signature { relayer: ANYONE });

		let interest = purpose(LawfulBasis::LegitimateInterests);
		let objection = statement(1, interest, Statement::Object);
		let signed_objection = signature(1, &objection);
		assert_ok!(submit(account(3), objection, signed_objection));
		assert_eq!(state(1, interest), Some(ConsentState::Objected));
	});
}

#[test]
fn what_was_signed_for_another_chain_is_refused() {
	run(|| {
		let given = giving(1, purpose(OnConsent));
		let other = H256::repeat_byte(1);
		assert_ne!(System::block_hash(0), other);
		for message in [given.message(&other), given.wrapped_message(&other)] {
			let signature = StatementSignature::Account(sign(1, &message));
			assert_noop!(
				submit(STEWARD, given.clone(), signature),
				Error::<Test>::InvalidSignature
			);
		}
	});
}

#[test]
fn what_another_signed_is_refused() {
	run(|| {
		let purpose = purpose(OnConsent);
		// The customer's statement by another's key.
		let given = giving(1, purpose);
		for n in [2, 3, 4, 11] {
			let signature = signature(n, &given);
			assert_noop!(
				submit(STEWARD, given.clone(), signature),
				Error::<Test>::InvalidSignature
			);
		}
		// Another account's statement about the customer.
		let given = SignedStatement { account: account(2), ..giving(1, purpose) };
		let by_another = signature(2, &given);
		assert_noop!(submit(STEWARD, given, by_another), NOT_AUTHORISED);
	});
}

#[test]
fn a_statement_that_was_tampered_with_is_refused() {
	run(|| {
		let (first, second) = (purpose(OnConsent), purpose(OnConsent));
		let given = giving(1, first);
		let signature = signature(1, &given);
		let stated = |statement| SignedStatement { statement, ..given.clone() };
		let less = Permission { categories: contact(), ..permission() };
		let other_receipt = Permission { receipt: None, ..permission() };
		for tampered in [
			SignedStatement { purpose: second, ..given.clone() },
			SignedStatement { expires: given.expires + 1, ..given.clone() },
			stated(Statement::Give { permission: less }),
			stated(Statement::Give { permission: other_receipt }),
			stated(Statement::Request { permission: permission() }),
			SignedStatement { account: guardian(1), ..given.clone() },
		] {
			assert_noop!(
				submit(STEWARD, tampered, signature.clone()),
				Error::<Test>::InvalidSignature
			);
		}
		let other_customer = SignedStatement { customer: id(2), ..given.clone() };
		assert_noop!(submit(STEWARD, other_customer, signature.clone()), NOT_AUTHORISED);
		let other_controller = SignedStatement { controller: 1, ..given.clone() };
		assert_noop!(
			submit(STEWARD, other_controller, signature.clone()),
			Error::<Test>::NotAuthorised
		);
		assert_ok!(submit(STEWARD, given, signature));
	});
}

#[test]
fn a_consent_cannot_be_played_again_after_a_withdrawal() {
	run(|| {
		let purpose = purpose(OnConsent);
		let given = giving(1, purpose);
		let signature = signature(1, &given);
		assert_ok!(submit(STEWARD, given.clone(), signature.clone()));
		assert_noop!(
			submit(STEWARD, given.clone(), signature.clone()),
			Error::<Test>::OutdatedStatement
		);
		assert_ok!(Consent::withdraw(signed(account(1)), id(1), purpose));
		assert_noop!(submit(STEWARD, given, signature), Error::<Test>::OutdatedStatement);
	});
}

#[test]
fn a_consent_that_was_held_back_is_void_after_any_newer_revision() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, permission());
		let held_back = giving(1, purpose);
		let signature = signature(1, &held_back);
		assert_ok!(Consent::withdraw(signed(account(1)), id(1), purpose));
		assert_noop!(submit(STEWARD, held_back, signature), Error::<Test>::OutdatedStatement);
	});
}

#[test]
fn a_statement_is_good_for_a_time() {
	run(|| {
		let purpose = purpose(OnConsent);
		let given = giving(1, purpose);
		let first = signature(1, &given);
		set_time(given.expires);
		assert_noop!(submit(STEWARD, given.clone(), first.clone()), Error::<Test>::Expired);
		set_time(given.expires - 1);
		assert_ok!(submit(STEWARD, given, first));

		let long = SignedStatement { expires: now() + 30 * DAY + 1, ..giving(1, purpose) };
		let second = signature(1, &long);
		assert_noop!(submit(STEWARD, long.clone(), second.clone()), Error::<Test>::InvalidPeriod);
		wait(1);
		assert_ok!(submit(STEWARD, long, second));
	});
}

#[test]
fn a_statement_names_the_notice_that_was_shown() {
	run(|| {
		let purpose = purpose(OnConsent);
		let given = giving(1, purpose);
		let first = signature(1, &given);
		revise(purpose, 2, false);
		assert_noop!(submit(STEWARD, given, first), Error::<Test>::InvalidNotice);
		// The new notice, but the old version's number.
		let given = giving(1, purpose);
		let second = signature(1, &given);
		assert_noop!(submit(STEWARD, given, second), Error::<Test>::InvalidNotice);
	});
}

#[test]
fn a_newer_notice_does_not_void_a_withdrawal() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, permission());
		let withdrawal = statement(1, purpose, Statement::Withdraw);
		let signed = signature(1, &withdrawal);
		revise(purpose, 2, true);
		assert_ok!(submit(ANYONE, withdrawal, signed));
		assert_eq!(state(1, purpose), Some(Withdrawn));
	});
}

#[test]
fn nothing_is_submitted_for_whom_there_is_not() {
	run(|| {
		let purpose = purpose(OnConsent);
		let given = giving(9, purpose);
		let first = signature(9, &given);
		assert_noop!(submit(STEWARD, given, first), NOT_FOUND);
		let given = giving(1, 7);
		let second = signature(1, &given);
		assert_noop!(submit(STEWARD, given, second), Error::<Test>::NotFound);
		let given = giving(1, purpose);
		let third = signature(1, &given);
		erase(1);
		assert_noop!(submit(STEWARD, given, third), ERASED);
	});
}
