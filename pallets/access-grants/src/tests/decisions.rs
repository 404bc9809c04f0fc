//! Every reason for which access is denied, their order, and that all of them have to be absent.

use crate::{mock::*, Error, Event, Grants};
use consentry_primitives::{
	access::{GrantTerms, Policy},
	trail, Action, Actor, Categories, DataCategory, Denial, GrantId, LawfulBasis, Role, DAY, HOUR,
};
use frame_support::{assert_noop, assert_ok, BoundedVec};
use proptest::prelude::*;
use sp_core::H256;
use sp_io::hashing::blake2_256;

fn denied(who: AccountId, grant: GrantId, customer: u8) -> Denial {
	request(who, grant, &[id(customer)]);
	only_denial()
}

fn only_denial() -> Denial {
	match decisions()[..] {
		[Err(reason)] => reason,
		ref other => panic!("not denied once: {other:?}"),
	}
}

#[test]
fn what_is_authorised_is_recorded_and_can_be_found() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		events();
		let customers = vec![id(1)].try_into().unwrap();
		let key = [7; 32];
		assert_ok!(AccessGrants::request_access(
			signed(AGENT),
			grant,
			MARKETING,
			contact(),
			customers,
			Some(key)
		));
		let entry = last_entry(id(1));
		assert_eq!(entry.actor, Actor::Member { organisation: CONTROLLER, account: AGENT });
		assert_eq!(
			entry.action,
			Action::AccessAuthorised {
				grant,
				purpose: MARKETING,
				categories: contact(),
				basis: LawfulBasis::Consent,
				reader: Some(H256(blake2_256(&key))),
			}
		);
		let decision = trail::decision_id(&GENESIS, &id(1), &entry);
		let authorised =
			Event::Authorised { account: AGENT, customer: id(1), purpose: MARKETING, decision };
		assert_eq!(events(), [authorised]);
	});
}

#[test]
fn the_basis_in_the_record_is_that_of_the_purpose() {
	run(|| {
		for (purpose, expected) in
			[(DELIVERY, LawfulBasis::Contract), (ANALYSIS, LawfulBasis::LegitimateInterests)]
		{
			let grant = granted(everyone(), to(AGENT), GrantTerms { purpose, ..terms() });
			request_for(AGENT, grant, purpose, contact(), &[id(1)]);
			match last_entry(id(1)).action {
				Action::AccessAuthorised { basis, .. } => assert_eq!(basis, expected),
				other => panic!("not authorised: {other:?}"),
			}
		}
	});
}

#[test]
fn what_is_denied_is_recorded_and_can_be_found() {
	run(|| {
		request(AGENT, 5, &[id(1)]);
		let entry = last_entry(id(1));
		let reason = Denial::NoGrant;
		assert_eq!(
			entry.action,
			Action::AccessDenied {
				grant: Some(5),
				purpose: MARKETING,
				categories: contact(),
				reason
			}
		);
		let decision = Some(trail::decision_id(&GENESIS, &id(1), &entry));
		let denied =
			Event::Denied { account: AGENT, customer: id(1), purpose: MARKETING, reason, decision };
		assert_eq!(events(), [denied]);
	});
}

#[test]
fn each_customer_is_decided_on_its_own_and_in_order() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		forbid(id(2), MARKETING, Denial::ConsentWithdrawn);
		erase(id(4));
		request(AGENT, grant, &[id(1), id(2), id(4), id(50), id(3), id(1)]);
		let expected = [
			Ok(()),
			Err(Denial::ConsentWithdrawn),
			Err(Denial::CustomerErased),
			Err(Denial::UnknownCustomer),
			Ok(()),
			Ok(()),
		];
		assert_eq!(decisions(), expected);
		assert_eq!(actions(id(1)).len(), 2);
	});
}

#[test]
fn a_request_names_someone() {
	run(|| {
		let none = BoundedVec::default();
		let call = AccessGrants::request_access(signed(AGENT), 0, MARKETING, contact(), none, None);
		assert_noop!(call, Error::<Test>::NoCustomers);
	});
}

#[test]
fn unknown_customer() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		events();
		request(AGENT, grant, &[id(50)]);
		let denied = Event::Denied {
			account: AGENT,
			customer: id(50),
			purpose: MARKETING,
			reason: Denial::UnknownCustomer,
			decision: None,
		};
		assert_eq!(events(), [denied]);
		assert!(actions(id(50)).is_empty());
	});
}

#[test]
fn customer_erased() {
	run(|| {
		let grant = granted(one(1), to(AGENT), terms());
		erase(id(1));
		assert_eq!(denied(AGENT, grant, 1), Denial::CustomerErased);
		assert!(matches!(last_entry(id(1)).action, Action::AccessDenied { .. }));
	});
}

#[test]
fn controller_suspended() {
	run(|| {
		let grant = granted(everyone(), to(PROCESSOR), terms());
		Inactive::mutate(|inactive| inactive.insert(CONTROLLER));
		assert_eq!(denied(PROCESSOR, grant, 1), Denial::ControllerSuspended);
		// Also where the grant is no help.
		assert_eq!(denied(STRANGER, grant, 1), Denial::ControllerSuspended);
		Inactive::set(Default::default());
		request(PROCESSOR, grant, &[id(1)]);
		assert_eq!(decisions(), [Ok(())]);
	});
}

#[test]
fn not_agent() {
	run(|| {
		let grant = granted(everyone(), to(STEWARD), terms());
		assert_eq!(denied(STEWARD, grant, 1), Denial::NotAgent);
	});
}

#[test]
fn no_grant() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		assert_eq!(denied(ALLROUNDER, grant, 1), Denial::NoGrant);
		assert_eq!(denied(AGENT, grant + 1, 1), Denial::NoGrant);
	});
}

#[test]
fn not_in_scope() {
	run(|| {
		let grant = granted(one(1), to(AGENT), terms());
		assert_eq!(denied(AGENT, grant, 2), Denial::NotInScope);
		let grant = granted(everyone(), to(AGENT), terms());
		assert_eq!(denied(AGENT, grant, 9), Denial::NotInScope);
	});
}

#[test]
fn grant_revoked() {
	run(|| {
		for scope in [one(1), everyone()] {
			let grant = granted(scope, to(AGENT), terms());
			assert_ok!(AccessGrants::revoke(signed(OFFICER), grant));
			assert_eq!(denied(AGENT, grant, 1), Denial::GrantRevoked);
		}
		let grant = granted(everyone(), to(AGENT), terms());
		assert_ok!(AccessGrants::revoke_own(signed(HOLDER), id(1), grant));
		events();
		request(AGENT, grant, &[id(1), id(2)]);
		assert_eq!(decisions(), [Err(Denial::GrantRevoked), Ok(())]);
	});
}

#[test]
fn grant_not_yet_valid() {
	run(|| {
		let from = now() + HOUR;
		let grant = granted(everyone(), to(AGENT), GrantTerms { from, ..terms() });
		set_time(from - 1);
		assert_eq!(denied(AGENT, grant, 1), Denial::GrantNotYetValid);
		set_time(from);
		request(AGENT, grant, &[id(1)]);
		assert_eq!(decisions(), [Ok(())]);
	});
}

#[test]
fn grant_expired() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		set_time(now() + DAY - 1);
		request(AGENT, grant, &[id(1)]);
		assert_eq!(decisions(), [Ok(())]);
		set_time(now() + 1);
		assert_eq!(denied(AGENT, grant, 1), Denial::GrantExpired);
	});
}

#[test]
fn grant_used_up() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), GrantTerms { uses: Some(2), ..terms() });
		// Only what is authorised uses it.
		request(AGENT, grant, &[id(9)]);
		events();
		request(AGENT, grant, &[id(1), id(1), id(2)]);
		assert_eq!(decisions(), [Ok(()), Ok(()), Err(Denial::GrantUsedUp)]);
		assert_eq!(Grants::<Test>::get(grant).unwrap().terms.uses, Some(0));
		assert_eq!(denied(AGENT, grant, 1), Denial::GrantUsedUp);
	});
}

#[test]
fn wrong_purpose() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		for purpose in [ANALYSIS, STRANGE_PURPOSE, 50] {
			request_for(AGENT, grant, purpose, contact(), &[id(1)]);
			assert_eq!(only_denial(), Denial::WrongPurpose);
		}
	});
}

#[test]
fn category_not_granted() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		for categories in [needed(), Categories(0), Categories(u16::MAX)] {
			request_for(AGENT, grant, MARKETING, categories, &[id(1)]);
			assert_eq!(only_denial(), Denial::CategoryNotGranted);
		}
	});
}

#[test]
fn purpose_retired() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		retire(MARKETING);
		assert_eq!(denied(AGENT, grant, 1), Denial::PurposeRetired);
	});
}

#[test]
fn category_not_in_purpose() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		// Since the grant was given, the purpose came to need less.
		Purposes::mutate(|purposes| purposes[0].categories = DataCategory::Identity.into());
		assert_eq!(denied(AGENT, grant, 1), Denial::CategoryNotInPurpose);
	});
}

fn no_lawful_basis(reason: Denial) {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		forbid(id(1), MARKETING, reason);
		assert_eq!(denied(AGENT, grant, 1), reason);
		request(AGENT, grant, &[id(2)]);
		assert_eq!(decisions(), [Ok(())]);
	});
}

#[test]
fn no_consent() {
	no_lawful_basis(Denial::NoConsent);
}

#[test]
fn consent_not_confirmed() {
	no_lawful_basis(Denial::ConsentNotConfirmed);
}

#[test]
fn consent_withdrawn() {
	no_lawful_basis(Denial::ConsentWithdrawn);
}

#[test]
fn customer_objected() {
	no_lawful_basis(Denial::CustomerObjected);
}

#[test]
fn consent_expired() {
	no_lawful_basis(Denial::ConsentExpired);
}

#[test]
fn notice_outdated() {
	no_lawful_basis(Denial::NoticeOutdated);
}

#[test]
fn category_not_consented() {
	no_lawful_basis(Denial::CategoryNotConsented);
}

#[test]
fn outside_hours() {
	run(|| {
		policy(Policy { hours: office_hours(), ..Policy::default() });
		let grant = granted(everyone(), to(AGENT), terms());
		request(AGENT, grant, &[id(1)]);
		assert_eq!(decisions(), [Ok(())]);
		set_time(now() + 7 * HOUR);
		assert_eq!(denied(AGENT, grant, 1), Denial::OutsideHours);
	});
}

#[test]
fn rate_exceeded() {
	run(|| {
		policy(Policy { rate: limit(2, HOUR), ..Policy::default() });
		let grant = granted(everyone(), to(AGENT), terms());
		request(AGENT, grant, &[id(1), id(2), id(3)]);
		assert_eq!(decisions(), [Ok(()), Ok(()), Err(Denial::RateExceeded)]);
		assert_eq!(denied(AGENT, grant, 1), Denial::RateExceeded);
	});
}

/// Everything that a request can fail for and that can be the case beside all others.
const REASONS: [Denial; 17] = [
	Denial::CustomerErased,
	Denial::ControllerSuspended,
	Denial::NotAgent,
	Denial::NoGrant,
	Denial::NotInScope,
	Denial::GrantRevoked,
	Denial::GrantNotYetValid,
	Denial::GrantExpired,
	Denial::GrantUsedUp,
	Denial::WrongPurpose,
	Denial::CategoryNotGranted,
	Denial::PurposeRetired,
	Denial::CategoryNotInPurpose,
	Denial::NoConsent,
	Denial::ConsentExpired,
	Denial::OutsideHours,
	Denial::RateExceeded,
];

/// Makes a world in which just `reasons` apply, and requests access in it.
fn request_where(reasons: &[Denial]) -> Result<(), Denial> {
	let applies = |reason| reasons.contains(&reason);
	// By the processor, so that the controller can be suspended without it.
	let scope = if applies(Denial::NotInScope) { one(2) } else { everyone() };
	let grantee = if applies(Denial::NoGrant) { to(AGENT) } else { to(PROCESSOR) };
	let grant = granted(scope, grantee, terms());
	Grants::<Test>::mutate(grant, |stored| {
		let terms = &mut stored.as_mut().expect("was granted").terms;
		if applies(Denial::GrantNotYetValid) {
			terms.from = now() + 1;
		}
		if applies(Denial::GrantExpired) {
			terms.until = Some(now());
		}
		if applies(Denial::GrantUsedUp) {
			terms.uses = Some(0);
		}
	});
	if applies(Denial::RateExceeded) {
		policy(Policy { rate: limit(1, DAY), ..Policy::default() });
		let other = granted(everyone(), to(PROCESSOR), terms());
		request(PROCESSOR, other, &[id(3)]);
		assert_eq!(decisions(), [Ok(())]);
	}
	if applies(Denial::OutsideHours) {
		let hours = consentry_primitives::access::Hours(1);
		policy(Policy { hours, ..AccessGrants::policy(CONTROLLER) });
	}
	if applies(Denial::GrantRevoked) {
		AccessGrants::revoke(signed(OFFICER), grant).expect("an officer revokes");
	}
	// The first of the reasons for which consent does not count is all that `permits` tells.
	let lawless = [Denial::NoConsent, Denial::ConsentExpired];
	if let Some(reason) = lawless.into_iter().find(|reason| applies(*reason)) {
		forbid(id(1), MARKETING, reason);
	}
	if applies(Denial::CategoryNotInPurpose) {
		Purposes::mutate(|purposes| purposes[0].categories = DataCategory::Identity.into());
	}
	if applies(Denial::PurposeRetired) {
		retire(MARKETING);
	}
	if applies(Denial::NotAgent) {
		Roster::mutate(|roster| roster.insert(PROCESSOR, (PROCESSING, Role::Steward.into())));
	}
	if applies(Denial::ControllerSuspended) {
		Inactive::mutate(|inactive| inactive.insert(CONTROLLER));
	}
	if applies(Denial::CustomerErased) {
		erase(id(1));
	}
	let purpose = if applies(Denial::WrongPurpose) { ANALYSIS } else { MARKETING };
	let categories = if applies(Denial::CategoryNotGranted) { needed() } else { contact() };
	events();
	request_for(PROCESSOR, grant, purpose, categories, &[id(1)]);
	decisions()[0]
}

#[test]
fn every_reason_alone_is_enough() {
	for reason in REASONS {
		new_test_ext().execute_with(|| assert_eq!(request_where(&[reason]), Err(reason)));
	}
	new_test_ext().execute_with(|| assert_eq!(request_where(&[]), Ok(())));
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(512))]

	#[test]
	fn access_is_the_conjunction_of_all_rules_and_the_reason_the_first(
		reasons in prop::sample::subsequence(REASONS.to_vec(), 0..=REASONS.len())
	) {
		new_test_ext().execute_with(|| {
			let expected = reasons.iter().min().map_or(Ok(()), |first| Err(*first));
			assert_eq!(request_where(&reasons), expected, "{reasons:?}");
		});
	}
}
