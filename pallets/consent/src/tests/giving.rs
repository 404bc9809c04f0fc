//! Giving consent, double opt-in, giving anew.

use crate::{mock::*, Error, Event, PastConsents, Purposes};
use consentry_primitives::{
	consent::{Capture, ConsentState, Permission, Statement},
	Action, Actor, Categories, DataCategory, LawfulBasis, DAY,
};
use frame_support::{assert_noop, assert_ok, pallet_prelude::DispatchResult};
use ConsentState::{Given, Requested, Withdrawn};
use LawfulBasis::Consent as OnConsent;

fn try_give(n: u8, purpose: u32, permission: Permission) -> DispatchResult {
	Consent::give(signed(account(n)), id(n), purpose, permission)
}

#[test]
fn a_customer_gives_consent() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, until(now() + DAY));
		let given = latest(1, purpose);
		assert_eq!((given.since, given.state, given.actor), (now(), Given, Actor::Customer));
		assert_eq!(given.capture, Capture::Transaction);
		assert_eq!(given.permission, Some(until(now() + DAY)));
		let until = Some(now() + DAY);
		System::assert_last_event(
			Event::Given { customer: id(1), purpose, revision: 0, until }.into(),
		);
		let action = Action::ConsentGiven {
			purpose,
			revision: 0,
			permission: Permission { until, ..permission() },
			capture: Capture::Transaction,
		};
		assert_eq!(actions(1), [action]);
		assert_eq!(state(2, purpose), None);
	});
}

#[test]
fn a_guardian_gives_consent_for_its_customer_only() {
	run(|| {
		let purpose = purpose(OnConsent);
		assert_ok!(Consent::give(signed(guardian(1)), id(1), purpose, permission()));
		assert_eq!(last_actor(1), Actor::Guardian { account: guardian(1) });
		for who in [guardian(1), account(1), STEWARD, OFFICER, ANYONE] {
			assert_noop!(Consent::give(signed(who), id(2), purpose, permission()), NOT_AUTHORISED);
		}
	});
}

#[test]
fn customer_and_purpose_have_to_be_there_and_of_one_controller() {
	run(|| {
		let purpose = purpose(OnConsent);
		assert_noop!(try_give(1, 7, permission()), Error::<Test>::NotFound);
		assert_noop!(try_give(4, purpose, permission()), Error::<Test>::NotAuthorised);
		assert_noop!(try_give(9, purpose, permission()), NOT_FOUND);
		erase(1);
		assert_noop!(try_give(1, purpose, permission()), ERASED);
	});
}

#[test]
fn only_what_rests_on_consent_can_be_given() {
	run(|| {
		for basis in [
			LawfulBasis::Contract,
			LawfulBasis::LegalObligation,
			LawfulBasis::VitalInterests,
			LawfulBasis::PublicTask,
			LawfulBasis::LegitimateInterests,
		] {
			let purpose = purpose(basis);
			assert_noop!(try_give(1, purpose, permission()), Error::<Test>::NotConsentBased);
			let request = Statement::Request { permission: permission() };
			assert_noop!(record(1, purpose, request), Error::<Test>::NotConsentBased);
		}
	});
}

#[test]
fn a_permission_is_for_categories_that_the_purpose_needs() {
	run(|| {
		let purpose = purpose(OnConsent);
		let with = |categories| Permission { categories, ..permission() };
		for categories in [Categories(0), Categories(1 << 15), DataCategory::Address.into()] {
			assert_noop!(try_give(1, purpose, with(categories)), Error::<Test>::InvalidCategories);
		}
		give(1, purpose, with(contact()));
	});
}

#[test]
fn a_permission_is_under_the_latest_notice() {
	run(|| {
		let purpose = purpose(OnConsent);
		revise(purpose, 2, false);
		let under = |notice_version| Permission { notice_version, ..permission() };
		for version in [0, 1, 3] {
			assert_noop!(try_give(1, purpose, under(version)), Error::<Test>::InvalidNotice);
		}
		give(1, purpose, under(2));
	});
}

#[test]
fn a_permission_ends_in_the_future() {
	run(|| {
		let purpose = purpose(OnConsent);
		for moment in [0, now() - 1, now()] {
			assert_noop!(try_give(1, purpose, until(moment)), Error::<Test>::InvalidPeriod);
		}
		give(1, purpose, until(now() + 1));
	});
}

#[test]
fn a_retired_purpose_takes_no_consent() {
	run(|| {
		let purpose = purpose(OnConsent);
		assert_ok!(Consent::retire_purpose(signed(OFFICER), purpose));
		assert_noop!(try_give(1, purpose, permission()), Error::<Test>::Retired);
	});
}

#[test]
fn consent_can_be_given_anew() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, permission());
		wait(5);
		give(1, purpose, until(now() + DAY));
		assert_eq!(revisions(1, purpose), 2);
		let past = PastConsents::<Test>::get((id(1), purpose, 0)).unwrap();
		assert_eq!((past.since, past.permission), (now() - 5, Some(permission())));
		assert_eq!(latest(1, purpose).permission, Some(until(now() + DAY)));
	});
}

#[test]
fn double_opt_in_is_a_request_and_then_a_consent() {
	run(|| {
		let purpose = purpose(OnConsent);
		let request = || Statement::Request { permission: permission() };
		assert_ok!(record(1, purpose, request()));
		assert_eq!(state(1, purpose), Some(Requested));
		System::assert_last_event(
			Event::Requested { customer: id(1), purpose, revision: 0 }.into(),
		);
		// Asked again, and then confirmed by the customer.
		assert_ok!(record(1, purpose, request()));
		give(1, purpose, permission());
		assert_eq!((state(1, purpose), revisions(1, purpose)), (Some(Given), 3));
		assert!(matches!(
			actions(1)[..],
			[
				Action::ConsentRequested { revision: 0, .. },
				Action::ConsentRequested { revision: 1, .. },
				Action::ConsentGiven { revision: 2, .. },
			]
		));
	});
}

#[test]
fn a_request_never_ends_a_consent_in_effect() {
	run(|| {
		let purpose = purpose(OnConsent);
		let request = |notice_version| Statement::Request {
			permission: Permission { notice_version, ..permission() },
		};
		give(1, purpose, until(now() + DAY));
		assert_noop!(record(1, purpose, request(1)), Error::<Test>::AlreadyGiven);
		// Once it has ended, or needs to be given anew, it can be asked for.
		wait(DAY);
		assert_ok!(record(1, purpose, request(1)));
		give(2, purpose, permission());
		revise(purpose, 2, true);
		assert_ok!(record(2, purpose, request(2)));
		assert_eq!(state(2, purpose), Some(Requested));
	});
}

#[test]
fn a_request_can_be_withdrawn() {
	run(|| {
		let purpose = purpose(OnConsent);
		assert_ok!(record(1, purpose, Statement::Request { permission: permission() }));
		assert_ok!(Consent::withdraw(signed(account(1)), id(1), purpose));
		assert_eq!(state(1, purpose), Some(Withdrawn));
	});
}

#[test]
fn revisions_run_out_rather_than_over() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, permission());
		let set = |revision| {
			crate::Consents::<Test>::mutate(id(1), purpose, |consent| {
				consent.as_mut().expect("was given").revision = revision;
			})
		};
		set(u32::MAX);
		assert_noop!(try_give(1, purpose, permission()), Error::<Test>::TooManyRevisions);
		set(0);
		assert_eq!(Purposes::<Test>::iter().count(), 1);
	});
}

/// What a controller records after a request is its confirmation; what the customer states itself
/// is a consent of its own.
#[test]
fn a_recorded_confirmation_is_no_wider_than_its_request() {
	run(|| {
		let purpose = purpose(OnConsent);
		let end = now() + 10;
		let both = terms(1).categories;
		let narrow = Permission { categories: contact(), ..until(end) };
		let request = || Statement::Request { permission: narrow.clone() };
		let record_give = |permission: &Permission| {
			record(1, purpose, Statement::Give { permission: permission.clone() })
		};
		assert_ok!(Consent::revise_purpose(signed(OFFICER), purpose, terms(2), false));
		assert_ok!(record(1, purpose, request()));
		let wider = [
			Permission { categories: both, ..narrow.clone() },
			Permission { until: Some(end + 1), ..narrow.clone() },
			Permission { until: None, ..narrow.clone() },
			Permission { notice_version: 2, ..narrow.clone() },
		];
		for permission in &wider {
			assert_noop!(record_give(permission), Error::<Test>::NotRequested);
		}
		let sooner = Permission { until: Some(end - 1), receipt: None, ..narrow.clone() };
		assert_ok!(record_give(&sooner));
		assert_eq!(latest(1, purpose).permission, Some(sooner));

		// Without a request it stands for itself, and so does what the customer gives.
		assert_ok!(record_give(&wider[0]));
		assert_ok!(Consent::withdraw(signed(account(1)), id(1), purpose));
		assert_ok!(record(1, purpose, request()));
		give(1, purpose, wider[3].clone());
		assert_eq!(state(1, purpose), Some(Given));
	});
}
