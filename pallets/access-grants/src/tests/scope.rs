//! Whom a grant is to and on whose data, and that grants stand beside each other.

use crate::mock::*;
use consentry_primitives::{
	access::{GrantTerms, Grantee},
	Denial, Role,
};
use frame_support::assert_ok;

#[test]
fn a_grant_to_a_role_is_to_every_member_that_has_it() {
	run(|| {
		let agents = Grantee::Role { organisation: CONTROLLER, role: Role::Agent };
		let grant = granted(everyone(), agents, terms());
		for who in [AGENT, ALLROUNDER] {
			request(who, grant, &[id(1)]);
			assert_eq!(decisions(), [Ok(())]);
		}
		for who in [PROCESSOR, STRANGER] {
			request(who, grant, &[id(1)]);
			assert_eq!(decisions(), [Err(Denial::NoGrant)]);
		}
	});
}

#[test]
fn a_processor_can_be_granted_access() {
	run(|| {
		let agents = Grantee::Role { organisation: PROCESSING, role: Role::Agent };
		for grantee in [agents, to(PROCESSOR)] {
			let grant = granted(everyone(), grantee, terms());
			request(PROCESSOR, grant, &[id(1)]);
			assert_eq!(decisions(), [Ok(())]);
		}
	});
}

#[test]
fn who_changes_to_another_organisation_leaves_its_grants_behind() {
	run(|| {
		let grant = granted(everyone(), to(PROCESSOR), terms());
		let was = Roster::get();
		Roster::mutate(|roster| roster.insert(PROCESSOR, (STRANGE, Role::Agent.into())));
		request(PROCESSOR, grant, &[id(1)]);
		assert_eq!(decisions(), [Err(Denial::NoGrant)]);
		Roster::set(was);
		request(PROCESSOR, grant, &[id(1)]);
		assert_eq!(decisions(), [Ok(())]);
	});
}

#[test]
fn a_grant_to_all_covers_also_who_is_registered_later() {
	run(|| {
		let grant = granted(everyone(), to(AGENT), terms());
		register(id(20), CONTROLLER, None);
		request(AGENT, grant, &[id(20)]);
		request(AGENT, grant, &[id(9)]);
		assert_eq!(decisions(), [Ok(()), Err(Denial::NotInScope)]);
	});
}

#[test]
fn adding_a_grant_never_replaces_or_hides_another() {
	run(|| {
		let first = granted(one(1), to(AGENT), terms());
		let narrower = GrantTerms { uses: Some(1), until: Some(now() + 1), ..terms() };
		let second = granted(one(1), to(AGENT), narrower);
		let third = granted(everyone(), to(AGENT), terms());
		for grant in [first, second, third] {
			request(AGENT, grant, &[id(1)]);
			assert_eq!(decisions(), [Ok(())]);
		}
		assert_ok!(AccessGrants::revoke(signed(OFFICER), third));
		for (grant, expected) in [
			(first, Ok(())),
			(second, Err(Denial::GrantUsedUp)),
			(third, Err(Denial::GrantRevoked)),
		] {
			request(AGENT, grant, &[id(1)]);
			assert_eq!(decisions(), [expected]);
		}
	});
}
