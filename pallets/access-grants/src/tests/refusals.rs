//! Requests that are not decided at all: they change nothing and leave no entry.

use crate::{mock::*, Event, WeightInfo};
use consentry_primitives::{
	access::{Policy, Refusal},
	HOUR,
};
use frame_support::dispatch::GetDispatchInfo;

/// Both kinds of requests are refused with `reason`, and nothing else happens.
fn refused(who: AccountId, grant: u64, reason: Refusal) {
	let entries = Trail::get().len();
	let before = state();
	request(who, grant, &[id(1), id(50)]);
	assert_eq!(events(), [Event::Refused { account: who, reason }]);
	break_glass(who, id(1));
	assert_eq!(events(), [Event::Refused { account: who, reason }]);
	assert_eq!(state(), before);
	assert_eq!(Trail::get().len(), entries);
	let dry = AccessGrants::check_access(who, grant, MARKETING, contact(), vec![id(1)]);
	assert_eq!(dry, Err(reason));
}

#[test]
fn not_member() {
	run(|| {
		for who in [OUTSIDER, HOLDER] {
			refused(who, 0, Refusal::NotMember);
		}
	});
}

#[test]
fn a_member_that_left_is_refused() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		Roster::mutate(|roster| roster.remove(&AGENT));
		refused(AGENT, grant, Refusal::NotMember);
	});
}

#[test]
fn organisation_suspended() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		Inactive::mutate(|inactive| inactive.insert(CONTROLLER));
		refused(AGENT, grant, Refusal::OrganisationSuspended);
	});
}

#[test]
fn account_suspended() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		policy(Policy { denials: limit(1, HOUR), ..Policy::default() });
		request(AGENT, 50, &[id(1)]);
		assert!(is_suspended(AGENT));
		refused(AGENT, grant, Refusal::AccountSuspended);
		// The order of refusals: membership, organisation, account.
		Inactive::mutate(|inactive| inactive.insert(CONTROLLER));
		refused(AGENT, grant, Refusal::OrganisationSuspended);
		Roster::mutate(|roster| roster.remove(&AGENT));
		refused(AGENT, grant, Refusal::NotMember);
	});
}

#[test]
fn a_refusal_pays_for_one_decision_whatever_it_names() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		let paid = |who, customers: &[_]| {
			let paid = try_request_for(who, grant, MARKETING, contact(), customers);
			paid.expect("a decision is no error").actual_weight
		};
		let one = <() as WeightInfo>::request_access(1);
		let many: Vec<_> = (1..17).map(id).collect();
		for customers in [&many[..1], &many] {
			assert_eq!(paid(OUTSIDER, customers), Some(one));
		}
		// What is decided pays for each decision.
		assert_eq!(paid(AGENT, &many[..8]), Some(<()>::request_access(8)));
		let call = crate::Call::<Test>::request_access {
			grant,
			purpose: MARKETING,
			categories: contact(),
			customers: many.try_into().expect("a batch"),
			reader: None,
		};
		let declared = call.get_dispatch_info().call_weight;
		assert_eq!(declared, <()>::request_access(16).max(<()>::request_access_at_fault(16)));
	});
}
