//! Giving and revoking grants.

use crate::{mock::*, Error, Event, Grant, Grants, NextGrantId};
use consentry_primitives::{
	access::{GrantTerms, Grantee, Scope},
	Action, Actor, Categories, DataCategory, GrantId, Role, DAY,
};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::{self, BadOrigin};

fn grant(scope: Scope, terms: GrantTerms) -> Result<(), DispatchError> {
	AccessGrants::grant(signed(OFFICER), scope, to(AGENT), terms)
}

#[test]
fn a_grant_to_one_customer_is_in_its_trail() {
	run(|| {
		assert_ok!(grant(one(1), terms()));
		let stored = Grant {
			grantor: CONTROLLER,
			scope: one(1),
			grantee: to(AGENT),
			recipient: CONTROLLER,
			terms: terms(),
			created: now(),
			revoked: None,
		};
		assert_eq!(Grants::<Test>::get(0), Some(stored));
		let granted =
			Event::Granted { grant: 0, grantor: CONTROLLER, scope: one(1), grantee: to(AGENT) };
		assert_eq!(events(), [granted]);
		let entry = last_entry(id(1));
		assert_eq!(entry.actor, Actor::Member { organisation: CONTROLLER, account: OFFICER });
		assert_eq!(entry.action, Action::Granted { grant: 0, grantee: to(AGENT), terms: terms() });
	});
}

#[test]
fn a_grant_to_all_customers_is_in_no_trail() {
	run(|| {
		assert_ok!(grant(everyone(), terms()));
		assert!(Trail::get().is_empty());
	});
}

#[test]
fn only_the_controllers_officer_grants() {
	run(|| {
		for who in [AGENT, STEWARD, OUTSIDER] {
			let call = AccessGrants::grant(signed(who), everyone(), to(AGENT), terms());
			assert_noop!(call, BadOrigin);
		}
		for scope in [everyone(), one(1)] {
			let call = AccessGrants::grant(signed(STRANGER), scope, to(STRANGER), terms());
			assert_noop!(call, Error::<Test>::NotAuthorised);
		}
		let root = AccessGrants::grant(RuntimeOrigin::root(), one(1), to(AGENT), terms());
		assert_noop!(root, BadOrigin);
	});
}

#[test]
fn a_customer_must_be_registered_and_live() {
	run(|| {
		assert_noop!(grant(one(50), terms()), DispatchError::Other("NotFound"));
		erase(id(1));
		assert_noop!(grant(one(1), terms()), DispatchError::Other("Erased"));
		assert_noop!(grant(one(9), terms()), Error::<Test>::NotAuthorised);
	});
}

#[test]
fn a_purpose_must_be_the_controllers_and_in_use() {
	run(|| {
		let for_purpose = |purpose| grant(everyone(), GrantTerms { purpose, ..terms() });
		assert_noop!(for_purpose(50), Error::<Test>::NotFound);
		assert_noop!(for_purpose(STRANGE_PURPOSE), Error::<Test>::NotAuthorised);
		retire(ANALYSIS);
		assert_noop!(for_purpose(ANALYSIS), Error::<Test>::Retired);
	});
}

#[test]
fn categories_must_be_some_that_the_purpose_needs() {
	run(|| {
		let on = |categories| grant(everyone(), GrantTerms { categories, ..terms() });
		let other: Categories = DataCategory::Behaviour.into();
		for categories in [Categories(0), Categories(1 << 15), Categories::all(), other] {
			assert_noop!(on(categories), Error::<Test>::InvalidCategories);
		}
		assert_ok!(on(needed()));
	});
}

#[test]
fn a_grant_must_be_usable_at_some_time() {
	run(|| {
		let during = |from, until| grant(everyone(), GrantTerms { from, until, ..terms() });
		let invalid = DispatchError::from(Error::<Test>::InvalidPeriod);
		assert_noop!(during(0, Some(now())), invalid);
		assert_noop!(during(now() + 5, Some(now() + 5)), invalid);
		assert_noop!(during(now() + 5, Some(now() + 4)), invalid);
		assert_ok!(during(now() + DAY, Some(now() + DAY + 1)));
		assert_ok!(during(0, None));
		let uses = |uses| grant(everyone(), GrantTerms { uses, ..terms() });
		assert_noop!(uses(Some(0)), Error::<Test>::InvalidUses);
		assert_ok!(uses(Some(1)));
	});
}

/// Else a grant would open data to whoever comes to have that account or number.
#[test]
fn a_grantee_must_be_there_now() {
	run(|| {
		let grant = |grantee| AccessGrants::grant(signed(OFFICER), everyone(), grantee, terms());
		let invalid = DispatchError::from(Error::<Test>::InvalidGrantee);
		assert_noop!(grant(to(OUTSIDER)), invalid);
		assert_noop!(grant(Grantee::Role { organisation: 50, role: Role::Agent }), invalid);
		Inactive::mutate(|inactive| inactive.insert(PROCESSING));
		assert_noop!(grant(to(PROCESSOR)), invalid);
		let processing = Grantee::Role { organisation: PROCESSING, role: Role::Agent };
		assert_noop!(grant(processing.clone()), invalid);
		Inactive::set(Default::default());
		assert_ok!(grant(processing));
	});
}

#[test]
fn ids_are_never_given_out_twice() {
	run(|| {
		assert_eq!(granted(everyone(), to(AGENT), terms()), 0);
		assert_eq!(granted(everyone(), to(AGENT), terms()), 1);
		NextGrantId::<Test>::put(GrantId::MAX);
		assert_noop!(grant(one(1), terms()), Error::<Test>::TooManyGrants);
	});
}

#[test]
fn an_officer_revokes_once() {
	run(|| {
		let grant = granted(one(1), to(AGENT), terms());
		let to_all = granted(everyone(), to(AGENT), terms());
		events();
		for grant in [grant, to_all] {
			assert_ok!(AccessGrants::revoke(signed(ALLROUNDER), grant));
			assert_eq!(events(), [Event::Revoked { grant }]);
			assert_eq!(Grants::<Test>::get(grant).unwrap().revoked, Some(now()));
			let again = AccessGrants::revoke(signed(OFFICER), grant);
			assert_noop!(again, Error::<Test>::AlreadyRevoked);
		}
		assert_eq!(actions(id(1)).last(), Some(&Action::GrantRevoked { grant }));
		assert_eq!(Trail::get().len(), 2);
	});
}

#[test]
fn only_the_grantors_officer_revokes() {
	run(|| {
		let grant = granted(one(1), to(STRANGER), terms());
		for who in [AGENT, STEWARD, HOLDER, OUTSIDER] {
			assert_noop!(AccessGrants::revoke(signed(who), grant), BadOrigin);
		}
		let not_authorised = Error::<Test>::NotAuthorised;
		assert_noop!(AccessGrants::revoke(signed(STRANGER), grant), not_authorised);
		assert_noop!(AccessGrants::revoke(signed(OFFICER), 50), Error::<Test>::NotFound);
	});
}
