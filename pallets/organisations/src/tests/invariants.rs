//! Every invariant is noticed when it is broken.

use crate::{mock::*, Member, Members, Names, NextOrganisationId, Organisations as Stored};
use consentry_primitives::{Role, Roles};
use sp_runtime::TryRuntimeError;

/// What the check says about an organisation `acme` with the id 0 and the one member 1, after
/// `corrupt`.
fn said_after(corrupt: impl FnOnce()) -> &'static str {
	new_test_ext().execute_with(|| {
		registered("acme", 1);
		corrupt();
		match Organisations::do_try_state() {
			Err(TryRuntimeError::Other(message)) => message,
			other => panic!("not noticed: {other:?}"),
		}
	})
}

fn store(n: u8, organisation: u32, roles: Roles) {
	System::inc_sufficients(&account(n));
	Members::<Test>::insert(account(n), Member { organisation, roles });
}

#[test]
fn broken_members_are_noticed() {
	assert_eq!(said_after(|| store(1, 0, Roles(0))), "a member has no valid roles");
	assert_eq!(
		said_after(|| {
			System::dec_sufficients(&account(1));
		}),
		"a member's account has no sufficient reference"
	);
	assert_eq!(
		said_after(|| store(2, 1, Role::Agent.into())),
		"a member belongs to no registered organisation"
	);
}

#[test]
fn wrong_counts_are_noticed() {
	let wrong = "members or admins are counted wrong";
	assert_eq!(said_after(|| store(1, 0, Role::Agent.into())), wrong);
	assert_eq!(said_after(|| store(2, 0, Role::Agent.into())), wrong);
	assert_eq!(said_after(|| Members::<Test>::remove(account(1))), wrong);
}

#[test]
fn an_organisation_without_admin_or_with_too_many_members_is_noticed() {
	assert_eq!(
		said_after(|| {
			Members::<Test>::remove(account(1));
			Stored::<Test>::mutate_extant(0, |stored| (stored.members, stored.admins) = (0, 0));
		}),
		"an organisation has no admin"
	);
	assert_eq!(
		said_after(|| {
			let members = MAX_MEMBERS + 1;
			(2..=members as u8).for_each(|n| store(n, 0, Role::Agent.into()));
			Stored::<Test>::mutate_extant(0, |stored| stored.members = members);
		}),
		"an organisation has too many members"
	);
}

#[test]
fn broken_names_are_noticed() {
	let rename = |to| {
		Stored::<Test>::mutate_extant(0, |stored| stored.name = name(to));
	};
	assert_eq!(said_after(|| rename("Acme")), "an organisation has an invalid name");
	assert_eq!(said_after(|| rename("other")), "an organisation is not found by its name");
	assert_eq!(
		said_after(|| Names::<Test>::insert(name("other"), 0)),
		"a name belongs to no organisation"
	);
}

#[test]
fn broken_ids_are_noticed() {
	assert_eq!(said_after(|| NextOrganisationId::<Test>::put(0)), "an id was not counted");
	assert_eq!(
		said_after(|| NextOrganisationId::<Test>::put(2)),
		"an organisation was removed or not counted"
	);
}
