//! Creating, revising, retiring.

use crate::{mock::*, Error, Event, NextPurposeId, PastPurposes, Purposes, PurposesOf};
use consentry_primitives::{
	consent::{LawfulBases, PurposeStatus, PurposeTerms},
	Categories, LawfulBasis,
};
use frame_support::{assert_noop, assert_ok, pallet_prelude::DispatchResult};
use sp_runtime::DispatchError;
use LawfulBasis::{Consent as OnConsent, Contract};

fn create(who: AccountId, name: &str, dpv: &str, terms: PurposeTerms) -> DispatchResult {
	let name = name.as_bytes().to_vec().try_into().expect("fits");
	let dpv = dpv.as_bytes().to_vec().try_into().expect("fits");
	Consent::create_purpose(signed(who), name, dpv, OnConsent, terms)
}

#[test]
fn an_officer_creates_purposes_of_its_organisation() {
	run(|| {
		assert_ok!(create(OFFICER, "newsletter", "dpv:DirectMarketing", terms(1)));
		let created = Purposes::<Test>::get(0).unwrap();
		assert_eq!((created.controller, created.revision, created.basis), (0, 0, OnConsent));
		let latest = created.latest;
		assert_eq!((latest.since, latest.terms), (now(), terms(1)));
		assert_eq!((latest.notice_version, latest.consents_since, latest.retired), (1, 1, false));
		let name = b"newsletter".to_vec().try_into().unwrap();
		let event = Event::PurposeCreated { purpose: 0, controller: 0, name };
		System::assert_last_event(event.into());

		// Another organisation may use the same name.
		assert_ok!(create(STRANGER, "newsletter", "dpv:DirectMarketing", terms(1)));
		assert_eq!(Purposes::<Test>::get(1).unwrap().controller, 1);
		assert_eq!(
			<Consent as LawfulBases<AccountId>>::purpose(0),
			Some(PurposeStatus {
				controller: 0,
				basis: OnConsent,
				categories: terms(1).categories,
				retired: false
			})
		);
		assert_eq!(<Consent as LawfulBases<AccountId>>::purpose(2), None);
	});
}

#[test]
fn only_officers_create_purposes() {
	run(|| {
		for who in [STEWARD, ANYONE, account(1)] {
			let created = create(who, "news", "dpv:DirectMarketing", terms(1));
			assert_eq!(created, Err(DispatchError::BadOrigin));
		}
	});
}

#[test]
fn names_are_plain_and_a_controllers_own_are_unique() {
	run(|| {
		for name in ["", "News", "1news", "-news", "new s", "new_s", "né"] {
			assert_noop!(
				create(OFFICER, name, "dpv:DirectMarketing", terms(1)),
				Error::<Test>::InvalidName
			);
		}
		assert_ok!(create(OFFICER, "news-2", "dpv:DirectMarketing", terms(1)));
		assert_ok!(Consent::retire_purpose(signed(OFFICER), 0));
		assert_noop!(
			create(OFFICER, "news-2", "dpv:Marketing", terms(2)),
			Error::<Test>::AlreadyExists
		);
	});
}

#[test]
fn terms_of_the_vocabulary_are_plain() {
	run(|| {
		for dpv in ["", "dpv:", "DirectMarketing", "dpv:Direct Marketing", "dpv:A1", "dpv-pd:Name"]
		{
			assert_noop!(create(OFFICER, "news", dpv, terms(1)), Error::<Test>::InvalidTerm);
		}
	});
}

#[test]
fn a_purpose_needs_known_categories() {
	run(|| {
		let id = purpose(OnConsent);
		for categories in [Categories(0), Categories(1 << 10)] {
			let terms = PurposeTerms { categories, ..terms(1) };
			assert_noop!(
				create(OFFICER, "news", "dpv:Marketing", terms.clone()),
				Error::<Test>::InvalidCategories
			);
			assert_noop!(
				Consent::revise_purpose(signed(OFFICER), id, terms, false),
				Error::<Test>::InvalidCategories
			);
		}
	});
}

#[test]
fn ids_run_out_rather_than_over() {
	run(|| {
		NextPurposeId::<Test>::put(u32::MAX);
		assert_noop!(
			create(OFFICER, "news", "dpv:Marketing", terms(1)),
			Error::<Test>::TooManyPurposes
		);
		NextPurposeId::<Test>::put(0);
	});
}

#[test]
fn another_notice_is_another_version_and_may_need_new_consent() {
	run(|| {
		let id = purpose(OnConsent);
		let versions = || {
			let latest = Purposes::<Test>::get(id).unwrap().latest;
			(latest.notice_version, latest.consents_since)
		};
		wait(1);
		// The same notice: other terms.
		let other = PurposeTerms { retention_days: 7, categories: contact(), ..terms(1) };
		assert_ok!(Consent::revise_purpose(signed(OFFICER), id, other.clone(), false));
		assert_eq!(versions(), (1, 1));
		assert_noop!(
			Consent::revise_purpose(signed(OFFICER), id, other, true),
			Error::<Test>::InvalidNotice
		);
		revise(id, 2, false);
		assert_eq!(versions(), (2, 1));
		revise(id, 3, true);
		assert_eq!(versions(), (3, 3));
		System::assert_last_event(
			Event::PurposeRevised {
				purpose: id,
				revision: 3,
				notice_version: 3,
				consents_since: 3,
			}
			.into(),
		);
		// A notice of before is a new version all the same.
		revise(id, 1, false);
		assert_eq!(versions(), (4, 3));

		let past = |revision| PastPurposes::<Test>::get(id, revision).unwrap();
		assert_eq!((past(0).terms, past(0).since), (terms(1), now() - 1));
		assert_eq!((past(1).terms.retention_days, past(1).since), (7, now()));
		assert_eq!(PastPurposes::<Test>::get(id, 4), None);
	});
}

#[test]
fn only_officers_of_the_controller_change_a_purpose() {
	run(|| {
		let id = purpose(Contract);
		for (who, error) in
			[(STEWARD, DispatchError::BadOrigin), (STRANGER, Error::<Test>::NotAuthorised.into())]
		{
			let revised = Consent::revise_purpose(signed(who.clone()), id, terms(2), false);
			assert_eq!(revised, Err(error));
			assert_eq!(Consent::retire_purpose(signed(who), id), Err(error));
		}
		assert_noop!(Consent::retire_purpose(signed(OFFICER), 7), Error::<Test>::NotFound);
		assert_noop!(
			Consent::revise_purpose(signed(OFFICER), 7, terms(2), false),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn a_retired_purpose_stays_as_it_is() {
	run(|| {
		let id = purpose(Contract);
		assert_ok!(Consent::retire_purpose(signed(OFFICER), id));
		System::assert_last_event(Event::PurposeRetired { purpose: id, revision: 1 }.into());
		assert_noop!(Consent::retire_purpose(signed(OFFICER), id), Error::<Test>::Retired);
		assert_noop!(
			Consent::revise_purpose(signed(OFFICER), id, terms(2), false),
			Error::<Test>::Retired
		);
		assert!(Purposes::<Test>::get(id).unwrap().latest.retired);
		assert_eq!(PurposesOf::<Test>::iter_key_prefix(0).count(), 1);
	});
}

#[test]
fn revisions_run_out_rather_than_over() {
	run(|| {
		let id = purpose(Contract);
		Purposes::<Test>::mutate_extant(id, |purpose| purpose.revision = u32::MAX);
		assert_noop!(
			Consent::revise_purpose(signed(OFFICER), id, terms(2), false),
			Error::<Test>::TooManyRevisions
		);
		Purposes::<Test>::mutate_extant(id, |purpose| purpose.revision = 0);
	});
}
