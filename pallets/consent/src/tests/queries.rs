//! Lists and histories for the runtime API.

use crate::mock::*;
use consentry_primitives::{
	api::PAGE,
	consent::{ConsentState, PurposeTerms},
	LawfulBasis, DAY,
};
use frame_support::assert_ok;
use LawfulBasis::Consent as OnConsent;

#[test]
fn purposes_are_paged_in_the_order_of_creation() {
	run(|| {
		let created: Vec<_> = (0..300).map(|_| purpose(OnConsent)).collect();
		let mut listed = Vec::new();
		let mut after = None;
		loop {
			let page = Consent::purposes_of(0, after, 7);
			let Some(last) = page.last() else { break };
			after = Some(last.purpose);
			listed.extend(page.into_iter().map(|info| info.purpose));
		}
		assert_eq!(listed, created);
		assert_eq!(Consent::purposes_of(0, None, u32::MAX).len(), PAGE as usize);
		assert_eq!(Consent::purposes_of(0, None, 0), []);
		assert_eq!(Consent::purposes_of(1, None, 9), []);
		let info = Consent::purposes_of(0, Some(256), 1).remove(0);
		assert_eq!((info.name.as_str(), info.dpv.as_str()), ("purpose-257", "dpv:DirectMarketing"));
	});
}

#[test]
fn the_history_of_a_purpose_is_told_from_the_beginning() {
	run(|| {
		let id = purpose(OnConsent);
		wait(1);
		revise(id, 2, false);
		wait(1);
		let fewer = PurposeTerms { categories: contact(), ..terms(3) };
		assert_ok!(Consent::revise_purpose(signed(OFFICER), id, fewer.clone(), true));
		wait(1);
		assert_ok!(Consent::retire_purpose(signed(OFFICER), id));

		let history = Consent::purpose_history(id, 0, 9).unwrap();
		let told: Vec<_> = history
			.iter()
			.map(|info| (info.revision, info.notice_version, info.consents_since, info.retired))
			.collect();
		assert_eq!(told, [(0, 1, 1, false), (1, 2, 1, false), (2, 3, 3, false), (3, 3, 3, true)]);
		let since: Vec<_> = history.iter().map(|info| now() - info.since).collect();
		assert_eq!(since, [3, 2, 1, 0]);
		assert_eq!((&history[0].terms, &history[3].terms), (&terms(1), &fewer));

		assert_eq!(Consent::purpose_history(id, 1, 2).unwrap(), history[1..3]);
		assert_eq!(Consent::purpose_history(id, 4, 2), Some(vec![]));
		assert_eq!(Consent::purpose_history(7, 0, 9), None);
	});
}

#[test]
fn every_consent_is_on_one_page() {
	run(|| {
		let mut given: Vec<_> = (0..20).map(|_| purpose(OnConsent)).collect();
		for purpose in &given {
			give(1, *purpose, permission());
			give(2, *purpose, permission());
		}
		let mut listed = Vec::new();
		let mut after = None;
		loop {
			let page = Consent::consents_of(&id(1), after, 3).unwrap();
			let Some(last) = page.last() else { break };
			assert!(page.len() <= 3);
			after = Some(last.purpose);
			listed.extend(page.into_iter().map(|info| info.purpose));
		}
		listed.sort();
		given.sort();
		assert_eq!(listed, given);
		assert_eq!(Consent::consents_of(&id(3), None, 3), Some(vec![]));
		assert_eq!(Consent::consents_of(&id(9), None, 3), None);
	});
}

#[test]
fn the_history_of_a_consent_tells_what_was_and_where_it_stands() {
	run(|| {
		let purpose = purpose(OnConsent);
		let (first, second) = (now() + 10, now() + 2 * DAY);
		give(1, purpose, until(first));
		wait(5);
		assert_ok!(Consent::withdraw(signed(account(1)), id(1), purpose));
		wait(5);
		give(1, purpose, until(second));
		let states = |from, limit| -> Vec<_> {
			let history = Consent::consent_history(&id(1), purpose, from, limit).unwrap();
			history.iter().map(|info| (info.revision, info.state)).collect()
		};
		use ConsentState::{Expired, Given, Withdrawn};
		assert_eq!(states(0, 9), [(0, Given), (1, Withdrawn), (2, Given)]);
		wait(2 * DAY);
		assert_eq!(states(0, 9), [(0, Given), (1, Withdrawn), (2, Expired)]);
		wait(2 * DAY);
		idle();
		assert_eq!(states(1, 3), [(1, Withdrawn), (2, Given), (3, Expired)]);
		assert_eq!(states(1, 1), [(1, Withdrawn)]);
		assert_eq!(states(4, 9), []);
		assert_eq!(Consent::consent_history(&id(1), 7, 0, 9), Some(vec![]));
		assert_eq!(Consent::consent_history(&id(9), purpose, 0, 9), None);
	});
}
