//! What policies count and allow.

use crate::{mock::*, Error, Event, Usages};
use consentry_primitives::{
	access::{Hours, Policy},
	Denial, DAY, HOUR,
};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn an_officer_sets_the_policy_of_its_own_organisation() {
	run(|| {
		let strict = Policy { hours: office_hours(), ..Policy::default() };
		assert_ok!(AccessGrants::set_policy(signed(STRANGER), strict));
		assert_eq!(events(), [Event::PolicySet { controller: STRANGE, policy: strict }]);
		assert_eq!(AccessGrants::policy(STRANGE), strict);
		assert_eq!(AccessGrants::policy(CONTROLLER), Policy::default());
		for who in [AGENT, STEWARD, OUTSIDER] {
			assert_noop!(AccessGrants::set_policy(signed(who), strict), BadOrigin);
		}
	});
}

#[test]
fn a_policy_allows_something() {
	run(|| {
		let default = Policy::default();
		for policy in [
			Policy { hours: Hours(0), ..default },
			Policy { hours: Hours(1 << 24), ..default },
			Policy { rate: limit(0, HOUR), ..default },
			Policy { rate: limit(1, 0), ..default },
			Policy { denials: limit(0, HOUR), ..default },
			Policy { denials: limit(1, 0), ..default },
		] {
			let call = AccessGrants::set_policy(signed(OFFICER), policy);
			assert_noop!(call, Error::<Test>::InvalidPolicy);
		}
	});
}

#[test]
fn a_window_starts_with_the_first_and_once_over_with_the_next() {
	run(|| {
		policy(Policy { rate: limit(2, HOUR), ..Policy::default() });
		let grant = granted(everyone(), to(AGENT), terms());
		let exceeded = Err(Denial::RateExceeded);
		set_time(now() + 10 * HOUR / 60);
		let start = now();
		for (minute, expected) in
			[(0, Ok(())), (50, Ok(())), (59, exceeded), (60, Ok(())), (61, Ok(())), (119, exceeded)]
		{
			set_time(start + minute * HOUR / 60);
			request(AGENT, grant, &[id(1)]);
			assert_eq!(decisions(), [expected], "at minute {minute}");
		}
		set_time(start + 2 * HOUR - 1);
		request(AGENT, grant, &[id(1)]);
		assert_eq!(decisions(), [exceeded]);
		set_time(start + 2 * HOUR);
		request(AGENT, grant, &[id(1)]);
		assert_eq!(decisions(), [Ok(())]);
	});
}

#[test]
fn a_rate_is_each_accounts_own_whatever_the_grant() {
	run(|| {
		policy(Policy { rate: limit(1, DAY), ..Policy::default() });
		let grants = [granted(everyone(), to(AGENT), terms()), granted(one(1), to(AGENT), terms())];
		let others = granted(everyone(), to(PROCESSOR), terms());
		request(AGENT, grants[0], &[id(1)]);
		request(AGENT, grants[1], &[id(1)]);
		request(PROCESSOR, others, &[id(1)]);
		assert_eq!(decisions(), [Ok(()), Err(Denial::RateExceeded), Ok(())]);
	});
}

#[test]
fn a_rate_is_the_grantors_and_no_others() {
	run(|| {
		let own = AccessGrants::set_policy(
			signed(STRANGER),
			Policy { rate: limit(1, DAY), ..Policy::default() },
		);
		assert_ok!(own);
		let grant = granted(everyone(), to(STRANGER), terms());
		request(STRANGER, grant, &[id(1), id(2)]);
		assert_eq!(decisions(), [Ok(()), Ok(())]);
	});
}

#[test]
fn denied_accesses_do_not_count_towards_the_rate() {
	run(|| {
		policy(Policy { rate: limit(1, DAY), ..Policy::default() });
		let grant = granted(everyone(), to(AGENT), terms());
		forbid(id(1), MARKETING, Denial::NoConsent);
		request(AGENT, grant, &[id(1), id(1), id(2)]);
		let no_consent = Err(Denial::NoConsent);
		assert_eq!(decisions(), [no_consent, no_consent, Ok(())]);
	});
}

#[test]
fn nothing_is_counted_that_no_policy_limits() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		request(AGENT, grant, &[id(1)]);
		request(AGENT, grant, &[id(9)]);
		request(AGENT, 50, &[id(1)]);
		assert_eq!(Usages::<Test>::iter().count(), 0);
	});
}

#[test]
fn a_stricter_policy_holds_at_once() {
	run(|| {
		policy(Policy { rate: limit(3, DAY), ..Policy::default() });
		let grant = granted(everyone(), to(AGENT), terms());
		request(AGENT, grant, &[id(1), id(2)]);
		policy(Policy { rate: limit(1, DAY), ..Policy::default() });
		events();
		request(AGENT, grant, &[id(3)]);
		assert_eq!(decisions(), [Err(Denial::RateExceeded)]);
		policy(Policy::default());
		request(AGENT, grant, &[id(3)]);
		assert_eq!(decisions(), [Ok(())]);
	});
}
