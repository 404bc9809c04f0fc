//! What Stewards record for customers.

use crate::{mock::*, Consents, Error, RecordedStatement};
use consentry_primitives::{
	consent::{Capture, CaptureMethod, ConsentState, LawfulBases, Permission, Statement},
	Action, Actor, Denial, LawfulBasis, DAY,
};
use frame_support::{assert_noop, assert_ok, pallet_prelude::DispatchResult};
use sp_runtime::DispatchError;
use LawfulBasis::Consent as OnConsent;

fn record_all(who: AccountId, changes: Vec<RecordedStatement>) -> DispatchResult {
	Consent::record(signed(who), changes.try_into().expect("tests record little"))
}

fn giving(n: u8, purpose: u32) -> RecordedStatement {
	recorded(n, purpose, Statement::Give { permission: permission() })
}

#[test]
fn a_steward_records_with_method_and_evidence() {
	run(|| {
		let purpose = purpose(OnConsent);
		let change = RecordedStatement { method: CaptureMethod::InPerson, ..giving(2, purpose) };
		assert_ok!(record_all(STEWARD, vec![giving(1, purpose), change]));
		let capture =
			Capture::Recorded { method: CaptureMethod::InPerson, evidence: commitment(8) };
		let given = latest(2, purpose);
		assert_eq!((given.state, &given.capture), (ConsentState::Given, &capture));
		assert_eq!(given.actor, Actor::Member { organisation: 0, account: STEWARD });
		let action =
			Action::ConsentGiven { purpose, revision: 0, permission: permission(), capture };
		assert_eq!(actions(2), [action]);
	});
}

#[test]
fn one_batch_can_change_a_consent_twice() {
	run(|| {
		let purpose = purpose(OnConsent);
		let withdrawal = recorded(1, purpose, Statement::Withdraw);
		assert_ok!(record_all(STEWARD, vec![giving(1, purpose), withdrawal]));
		assert_eq!(revisions(1, purpose), 2);
		assert_eq!(state(1, purpose), Some(ConsentState::Withdrawn));
	});
}

#[test]
fn all_of_a_batch_is_recorded_or_nothing() {
	run(|| {
		let purpose = purpose(OnConsent);
		let nothing_to_end = recorded(3, purpose, Statement::Withdraw);
		assert_noop!(
			record_all(STEWARD, vec![giving(1, purpose), giving(2, purpose), nothing_to_end]),
			Error::<Test>::NotGiven
		);
		assert_eq!(Consents::<Test>::iter().count(), 0);
	});
}

#[test]
fn only_stewards_of_the_customers_controller_record() {
	run(|| {
		let purpose = purpose(OnConsent);
		for who in [OFFICER, ANYONE, account(1)] {
			assert_noop!(
				record_all(who.clone(), vec![giving(1, purpose)]),
				DispatchError::BadOrigin
			);
			assert_noop!(record_all(who, vec![]), DispatchError::BadOrigin);
		}
		assert_noop!(record_all(STRANGER, vec![giving(1, purpose)]), Error::<Test>::NotAuthorised);
		// Its own customer, but another's purpose.
		assert_noop!(record_all(STRANGER, vec![giving(4, purpose)]), Error::<Test>::NotAuthorised);
		assert_noop!(record_all(STEWARD, vec![giving(9, purpose)]), NOT_FOUND);
	});
}

#[test]
fn an_old_consent_is_recorded_under_its_notice() {
	run(|| {
		let purpose = purpose(OnConsent);
		revise(purpose, 2, false);
		let under = |notice_version| Statement::Give {
			permission: Permission { notice_version, ..permission() },
		};
		for version in [0, 3] {
			assert_noop!(record(1, purpose, under(version)), Error::<Test>::InvalidNotice);
		}
		assert_ok!(record(1, purpose, under(1)));
		let permits = || Consent::permits(&id(1), purpose, contact(), now());
		assert_eq!(permits(), Ok(OnConsent));
		// Under a notice that no longer counts it has no effect.
		revise(purpose, 3, true);
		assert_ok!(record(1, purpose, under(1)));
		assert_eq!(permits(), Err(Denial::NoticeOutdated));
	});
}

#[test]
fn what_has_ended_is_not_recorded_as_given() {
	run(|| {
		let purpose = purpose(OnConsent);
		let ends = |moment| Statement::Give { permission: until(moment) };
		assert_noop!(record(1, purpose, ends(now())), Error::<Test>::InvalidPeriod);
		assert_ok!(record(1, purpose, ends(now() + DAY)));
	});
}
