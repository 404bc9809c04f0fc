//! Suspension after repeated denials, and its end.

use crate::{mock::*, Error, Event, Usages};
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

/// A controller without a policy does not cover for one with a policy, wherever they stand.
#[test]
fn a_request_about_several_controllers_fails_as_a_whole() {
	run(|| {
		after(1);
		register(id(10), STRANGE, None);
		erase(id(10));
		let grant = granted(everyone(), to(AGENT), terms());
		for customers in [
			&[id(9), id(1)][..],
			&[id(1), id(9)],
			&[id(50), id(1), id(2), id(51), id(9)],
			&[id(10), id(1)],
		] {
			for grant in [grant, 50] {
				let request = || try_request_for(AGENT, grant, MARKETING, contact(), customers);
				assert_noop!(request(), Error::<Test>::SeveralControllers);
			}
		}
		assert!(!is_suspended(AGENT));
		// Each on its own is decided, and counts.
		request(AGENT, 50, &[id(9)]);
		assert!(!is_suspended(AGENT));
		request(AGENT, 50, &[id(50), id(1), id(51), id(2)]);
		assert!(is_suspended(AGENT));
		// Who is refused is refused first.
		events();
		request(AGENT, grant, &[id(1), id(9)]);
		let reason = Refusal::AccountSuspended;
		assert_eq!(events(), [Event::Refused { account: AGENT, reason }]);
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
