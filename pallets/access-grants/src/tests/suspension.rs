//! Suspension after repeated denials, and its end.

use crate::{mock::*, Error, Event, Suspended, Usages, WeightInfo};
use consentry_primitives::{
	access::{Policy, Refusal},
	Denial, Membership, Role, HOUR,
};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

fn after(denials: u32) {
	policy(Policy { denials: limit(denials, HOUR), ..Policy::default() });
}

#[test]
fn it_is_immediate_and_stops_everything() {
	run(|| {
		after(2);
		let grant = granted(everyone(), to(ALLROUNDER), terms());
		events();
		request(ALLROUNDER, 50, &[id(1)]);
		assert!(!is_suspended(ALLROUNDER));
		events();
		request(ALLROUNDER, 50, &[id(1)]);
		let suspended = Event::Suspended { account: ALLROUNDER, controller: CONTROLLER };
		assert_eq!(events().last(), Some(&suspended));

		request(ALLROUNDER, grant, &[id(1)]);
		let reason = Refusal::AccountSuspended;
		assert_eq!(events(), [Event::Refused { account: ALLROUNDER, reason }]);
		for role in [Role::Officer, Role::Steward, Role::Agent] {
			assert!(Members::ensure_role(&ALLROUNDER, role).is_err());
		}
		assert_noop!(AccessGrants::reinstate(signed(ALLROUNDER), ALLROUNDER), BadOrigin);
		assert_noop!(AccessGrants::set_policy(signed(ALLROUNDER), Policy::default()), BadOrigin);
	});
}

#[test]
fn a_request_counts_once_however_many_it_is_denied() {
	run(|| {
		after(2);
		request(AGENT, 50, &[id(1), id(2), id(3), id(4)]);
		assert!(!is_suspended(AGENT));
		request(AGENT, 50, &[id(1), id(2), id(3), id(4)]);
		assert!(is_suspended(AGENT));
		// What was asked before the suspension was decided to its end.
		assert_eq!(decisions().len(), 8);
	});
}

#[test]
fn a_batch_over_customers_who_just_withdrew_suspends_nobody() {
	run(|| {
		after(1);
		let grant = granted(everyone(), to(AGENT), terms());
		(1..9).for_each(|n| forbid(id(n), MARKETING, Denial::ConsentWithdrawn));
		events();
		request(AGENT, grant, &(1..9).map(id).collect::<Vec<_>>());
		assert!(decisions().iter().all(|d| *d == Err(Denial::ConsentWithdrawn)));
		assert!(!is_suspended(AGENT));
		assert_eq!(Usages::<Test>::iter().count(), 0);
	});
}

/// Every reason, in a world where it is the only one, with a policy that suspends at the first.
#[test]
fn only_denials_by_the_callers_own_fault_count() {
	run(|| {
		after(1);
		let grant = granted(everyone(), to(AGENT), terms());
		for reason in [
			Denial::NoConsent,
			Denial::ConsentNotConfirmed,
			Denial::ConsentWithdrawn,
			Denial::CustomerObjected,
			Denial::ConsentExpired,
			Denial::NoticeOutdated,
			Denial::CategoryNotConsented,
			Denial::CategoryNotInPurpose,
			Denial::PurposeRetired,
		] {
			forbid(id(1), MARKETING, reason);
			request(AGENT, grant, &[id(1)]);
			assert_eq!(decisions().last(), Some(&Err(reason)));
			assert!(!is_suspended(AGENT), "{reason:?}");
		}
		request(AGENT, grant, &[id(50)]);
		erase(id(2));
		request(AGENT, grant, &[id(2)]);
		assert!(!is_suspended(AGENT));
		request(AGENT, grant, &[id(9)]);
		// The customer out of scope is the stranger's, which has no policy.
		assert!(!is_suspended(AGENT));
		request(AGENT, grant + 1, &[id(3)]);
		assert!(is_suspended(AGENT));
	});
}

#[test]
fn it_is_the_policy_of_the_customers_controller_that_counts() {
	run(|| {
		let strict = Policy { denials: limit(1, HOUR), ..Policy::default() };
		assert_ok!(AccessGrants::set_policy(signed(STRANGER), strict));
		request(AGENT, 50, &[id(1)]);
		assert!(!is_suspended(AGENT));
		request(AGENT, 50, &[id(50), id(9)]);
		assert!(is_suspended(AGENT));

		// The account's own organisation cannot lift what another's policy did.
		let not_authorised = Error::<Test>::NotAuthorised;
		assert_noop!(AccessGrants::reinstate(signed(OFFICER), AGENT), not_authorised);
		assert_ok!(AccessGrants::reinstate(signed(STRANGER), AGENT));
	});
}

/// A request denied for the customers of several controllers counts with each of them: one without a
/// policy covers for none with a policy, wherever they stand.
#[test]
fn a_request_counts_with_each_controller() {
	run(|| {
		after(2);
		let grant = granted(everyone(), to(AGENT), terms());
		for (customers, counts) in
			[(&[id(9), id(1)][..], false), (&[id(50), id(9), id(1), id(2), id(51), id(9)], true)]
		{
			request(AGENT, 50, customers);
			assert_eq!(is_suspended(AGENT), counts);
		}
		assert_ok!(AccessGrants::reinstate(signed(OFFICER), AGENT));
		// To be authorised for some covers for none of the others either.
		let strict = Policy { denials: limit(2, HOUR), ..Policy::default() };
		assert_ok!(AccessGrants::set_policy(signed(STRANGER), strict));
		events();
		for _ in 0..2 {
			assert!(!is_suspended(AGENT));
			request(AGENT, grant, &[id(1), id(9), id(2), id(9)]);
		}
		let not_in_scope = Err(Denial::NotInScope);
		assert_eq!(decisions(), [Ok(()), not_in_scope, Ok(()), not_in_scope].repeat(2));
		assert_eq!(Suspended::<Test>::get(AGENT).map(|it| it.controller), Some(STRANGE));
	});
}

/// Otherwise a controller whose policy suspends first could cover for the others.
#[test]
fn each_controller_that_suspended_has_to_reinstate() {
	run(|| {
		after(1);
		let strict = Policy { denials: limit(1, HOUR), ..Policy::default() };
		assert_ok!(AccessGrants::set_policy(signed(STRANGER), strict));
		for [first, last] in [[OFFICER, STRANGER], [STRANGER, OFFICER]] {
			events();
			request(AGENT, 50, &[id(9), id(1)]);
			let suspended = |controller| Event::Suspended { account: AGENT, controller };
			let events = events();
			assert_eq!(events[events.len() - 2..], [CONTROLLER, STRANGE].map(suspended));
			for controller in [CONTROLLER, STRANGE] {
				let told = AccessGrants::suspensions(controller, None, 10);
				assert_eq!(told.len(), 1);
				assert_eq!(told[0].controller, controller);
			}

			let reinstate = |officer| AccessGrants::reinstate(signed(officer), AGENT);
			assert_ok!(reinstate(first));
			assert!(is_suspended(AGENT));
			assert_noop!(reinstate(first), Error::<Test>::NotAuthorised);
			AccessGrants::do_try_state().expect("the invariants hold with one of two left");
			assert_ok!(reinstate(last));
			assert!(!is_suspended(AGENT));
		}
	});
}

/// What several policies cost is paid only where there are several.
#[test]
fn only_the_faults_towards_several_controllers_are_paid_for() {
	run(|| {
		let paid = |customers: &[_]| {
			let decided = try_request_for(AGENT, 50, MARKETING, contact(), customers);
			decided.expect("a decision is no error").actual_weight
		};
		assert_eq!(paid(&[id(1), id(2)]), Some(<()>::request_access(2)));
		assert_eq!(paid(&[id(1), id(9)]), None);
	});
}

#[test]
fn denials_are_counted_within_their_window() {
	run(|| {
		after(2);
		request(AGENT, 50, &[id(1)]);
		set_time(now() + HOUR);
		request(AGENT, 50, &[id(1)]);
		assert!(!is_suspended(AGENT));
		set_time(now() + HOUR - 1);
		request(AGENT, 50, &[id(1)]);
		assert!(is_suspended(AGENT));
	});
}

#[test]
fn it_lasts_until_an_officer_reinstates() {
	run(|| {
		after(2);
		let grant = granted(everyone(), to(AGENT), terms());
		request(AGENT, 50, &[id(1)]);
		request(AGENT, 50, &[id(1)]);
		set_time(now() + 5 * HOUR);
		assert!(is_suspended(AGENT));
		for who in [AGENT, STEWARD, OUTSIDER] {
			assert_noop!(AccessGrants::reinstate(signed(who), AGENT), BadOrigin);
		}
		events();
		assert_ok!(AccessGrants::reinstate(signed(OFFICER), AGENT));
		let reinstated = Event::Reinstated { account: AGENT, controller: CONTROLLER };
		assert_eq!(events(), [reinstated]);
		assert_eq!(Usages::<Test>::iter().count(), 0);
		assert_noop!(AccessGrants::reinstate(signed(OFFICER), AGENT), Error::<Test>::NotSuspended);

		request(AGENT, grant, &[id(1)]);
		assert_eq!(decisions(), [Ok(())]);
		request(AGENT, 50, &[id(1)]);
		assert!(!is_suspended(AGENT), "denials are counted anew");
	});
}

#[test]
fn reinstating_leaves_the_rate_counted() {
	run(|| {
		policy(Policy { rate: limit(1, HOUR), denials: limit(1, HOUR), ..Policy::default() });
		let grant = granted(everyone(), to(AGENT), terms());
		events();
		request(AGENT, grant, &[id(1), id(2)]);
		assert_eq!(decisions(), [Ok(()), Err(Denial::RateExceeded)]);
		assert!(is_suspended(AGENT));
		assert_ok!(AccessGrants::reinstate(signed(OFFICER), AGENT));
		events();
		request(AGENT, grant, &[id(2)]);
		assert_eq!(decisions(), [Err(Denial::RateExceeded)]);
	});
}
