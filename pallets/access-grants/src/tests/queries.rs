//! Answers for the runtime API.

use crate::mock::*;
use consentry_primitives::{
	access::{GrantTerms, Grantee, Policy},
	api::{GrantInfo, GrantState},
	CustomerId, Day, GrantId, Role, DAY, HOUR,
};
use frame_support::assert_ok;

fn ids(grants: &[GrantInfo<AccountId>]) -> Vec<GrantId> {
	grants.iter().map(|grant| grant.grant).collect()
}

/// All pages of `page`, which gets the last grant of the page before.
fn all(page: impl Fn(Option<GrantId>) -> Vec<GrantInfo<AccountId>>) -> Vec<GrantId> {
	let mut listed = Vec::new();
	loop {
		let next = ids(&page(listed.last().copied()));
		if next.is_empty() {
			return listed;
		}
		listed.extend(next);
	}
}

#[test]
fn grants_on_a_customer_are_all_that_are_not_revoked() {
	run(|| {
		let mut expected = Vec::new();
		for n in 0..40 {
			let scope = [one(1), everyone(), one(2)][n % 3];
			let grant = granted(scope, to(AGENT), terms());
			if n % 5 == 0 {
				assert_ok!(AccessGrants::revoke(signed(OFFICER), grant));
			} else if n % 7 == 0 && n % 3 != 2 {
				assert_ok!(AccessGrants::revoke_own(signed(HOLDER), id(1), grant));
			} else if n % 3 != 2 {
				expected.push(grant);
			}
		}
		for limit in [1, 3, 100] {
			let page = |after| AccessGrants::grants_on(&id(1), after, limit).unwrap();
			assert_eq!(all(page), expected);
			assert!(page(None).len() <= limit as usize);
		}
		assert_eq!(AccessGrants::grants_on(&id(1), None, 0), Some(vec![]));
		assert_eq!(AccessGrants::grants_on(&id(50), None, 5), None);
		erase(id(1));
		assert_eq!(AccessGrants::grants_on(&id(1), None, 5), Some(vec![]));
	});
}

#[test]
fn grants_of_an_account_are_its_own_and_those_of_its_roles() {
	run(|| {
		let role = |organisation, role| Grantee::Role { organisation, role };
		let grantees = [
			to(ALLROUNDER),
			role(CONTROLLER, Role::Agent),
			role(CONTROLLER, Role::Officer),
			role(CONTROLLER, Role::Auditor),
			role(PROCESSING, Role::Agent),
			to(AGENT),
		];
		let mut expected = Vec::new();
		for n in 0..40 {
			let grant = granted(everyone(), grantees[n % 6].clone(), terms());
			if n % 5 == 0 {
				assert_ok!(AccessGrants::revoke(signed(OFFICER), grant));
			} else if n % 6 < 3 {
				expected.push(grant);
			}
		}
		for limit in [1, 3, 100] {
			let page = |after| AccessGrants::grants_of(&ALLROUNDER, after, limit);
			assert_eq!(all(page), expected);
		}
		assert!(!AccessGrants::grants_of(&AGENT, None, 9).is_empty());
	});
}

#[test]
fn who_can_use_none_has_none() {
	run(|| {
		for who in [PROCESSOR, STEWARD, AGENT] {
			granted(everyone(), to(who), terms());
		}
		let of = |who| AccessGrants::grants_of(&who, None, 9).len();
		assert_eq!((of(PROCESSOR), of(AGENT)), (1, 1));
		assert_eq!((of(STEWARD), of(OUTSIDER)), (0, 0));
		Inactive::mutate(|inactive| inactive.insert(PROCESSING));
		assert_eq!(of(PROCESSOR), 0);
		Inactive::set(Default::default());
		Roster::mutate(|roster| roster.insert(PROCESSOR, (STRANGE, Role::Agent.into())));
		assert_eq!(of(PROCESSOR), 0);
		policy(Policy { denials: limit(1, HOUR), ..Policy::default() });
		request(AGENT, 50, &[id(1)]);
		assert_eq!(of(AGENT), 0);
	});
}

#[test]
fn only_what_can_be_used_is_listed_as_valid() {
	run(|| {
		let used = granted(everyone(), to(AGENT), GrantTerms { uses: Some(1), ..terms() });
		request(AGENT, used, &[id(1)]);
		granted(everyone(), to(AGENT), GrantTerms { from: now() + HOUR, ..terms() });
		granted(everyone(), to(AGENT), terms());
		granted(everyone(), to(AGENT), GrantTerms { until: Some(now() + 1), ..terms() });
		set_time(now() + 1);
		use GrantState::{Expired, NotYetValid, UsedUp, Valid};
		let expected = [UsedUp, NotYetValid, Valid, Expired];
		let states = |grants: Vec<GrantInfo<_>>| {
			grants.into_iter().map(|grant| grant.state).collect::<Vec<_>>()
		};
		assert_eq!(states(AccessGrants::grants_of(&AGENT, None, 9)), expected);
		assert_eq!(states(AccessGrants::grants_on(&id(1), None, 9).unwrap()), expected);
		set_time(now() + DAY);
		let late = states(AccessGrants::grants_of(&AGENT, None, 9));
		assert_eq!(late, [Expired; 4]);
	});
}

#[test]
fn suspensions_are_the_controllers_and_paged() {
	run(|| {
		policy(Policy { denials: limit(1, HOUR), ..Policy::default() });
		let agents: Vec<AccountId> = (200..220).collect();
		for agent in &agents {
			Roster::mutate(|roster| roster.insert(*agent, (CONTROLLER, Role::Agent.into())));
			request(*agent, 50, &[id(1)]);
		}
		let mut listed = Vec::new();
		loop {
			let page = AccessGrants::suspensions(CONTROLLER, listed.last().copied(), 3);
			assert!(page.len() <= 3);
			if page.is_empty() {
				break;
			}
			assert!(page.iter().all(|s| s.controller == CONTROLLER && s.since == now()));
			listed.extend(page.into_iter().map(|suspension| suspension.account));
		}
		listed.sort();
		assert_eq!(listed, agents);
		assert!(AccessGrants::suspensions(STRANGE, None, 9).is_empty());
		assert_ok!(AccessGrants::reinstate(signed(OFFICER), 200));
		assert_eq!(AccessGrants::suspensions(CONTROLLER, None, 99).len(), 19);
	});
}

#[test]
fn reviews_come_by_day_and_are_paged() {
	run(|| {
		policy(Policy { break_glass: true, ..Policy::default() });
		let mut expected = Vec::new();
		for _ in 0..4 {
			for n in 1..5 {
				break_glass(AGENT, id(n));
				break_glass(AGENT, id(n));
				let due = now() + 72 * HOUR;
				let last = last_entry(id(n)).index;
				expected.extend([(due, id(n), last - 1), (due, id(n), last)]);
			}
			set_time(now() + DAY);
		}
		let mut listed: Vec<(u64, CustomerId, u64)> = Vec::new();
		loop {
			let after = listed.last().map(|(due, customer, entry)| {
				(consentry_primitives::day_of(*due) as Day, *customer, *entry)
			});
			let page = AccessGrants::break_glass_reviews(CONTROLLER, after, 3);
			assert!(page.len() <= 3);
			if page.is_empty() {
				break;
			}
			assert!(page.iter().all(|r| r.account == AGENT && r.emergency == commitment(1)));
			assert!(page.iter().all(|r| r.overdue == (r.due < now())));
			listed.extend(page.into_iter().map(|r| (r.due, r.customer, r.entry)));
		}
		assert!(listed.windows(2).all(|pair| pair[0].0 <= pair[1].0));
		listed.sort();
		assert_eq!(listed, expected);
		assert!(AccessGrants::break_glass_reviews(STRANGE, None, 9).is_empty());
	});
}
