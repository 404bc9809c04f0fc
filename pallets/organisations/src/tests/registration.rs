//! Registering organisations: names, ids, accounts.

use crate::{mock::*, Error, Event, Member, NextOrganisationId, Organisation, Status};
use consentry_primitives::{api::OrganisationInfo, Role};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::{traits::TryConvert, DispatchError::BadOrigin};
use std::collections::BTreeSet;

#[test]
fn an_organisation_starts_active_with_one_admin() {
	run(|| {
		let id = registered("acme-retail", 1);
		assert_eq!(
			crate::Organisations::<Test>::get(id),
			Some(Organisation {
				name: name("acme-retail"),
				status: Status::Active,
				registered: NOW,
				members: 1,
				admins: 1,
			})
		);
		assert_eq!(
			crate::Members::<Test>::get(account(1)),
			Some(Member { organisation: id, roles: Role::Admin.into() })
		);
	});
}

#[test]
fn registering_tells_organisation_and_admin() {
	run(|| {
		let organisation = registered("acme-retail", 1);
		System::assert_has_event(
			Event::Registered { organisation, name: name("acme-retail"), admin: account(1) }.into(),
		);
		System::assert_last_event(
			Event::MemberAdded { organisation, account: account(1), roles: Role::Admin.into() }
				.into(),
		);
	});
}

#[test]
fn ids_are_counted_from_0() {
	run(|| {
		assert_eq!([registered("a", 1), registered("b", 2), registered("c", 3)], [0, 1, 2]);
		assert_eq!(crate::Names::<Test>::get(name("b")), Some(1));
	});
}

#[test]
fn only_the_consortium_registers() {
	run(|| {
		assert_noop!(Organisations::register(signed(1), name("a"), account(1)), BadOrigin);
	});
}

#[test]
fn names_of_letters_digits_and_hyphens_are_accepted() {
	run(|| {
		for (n, valid) in ["a", "acme", "a-1", "a--", "z9", &"x".repeat(32)].iter().enumerate() {
			registered(valid, n as u8);
		}
	});
}

#[test]
fn other_names_are_refused() {
	run(|| {
		for invalid in
			["", "1a", "-a", "Acme", "aB", "acme retail", "a_b", "a.b", "a@b", "acmé", "a\n"]
		{
			assert_noop!(
				Organisations::register(RuntimeOrigin::root(), name(invalid), account(1)),
				Error::<Test>::InvalidName
			);
		}
	});
}

#[test]
fn a_name_is_given_once() {
	run(|| {
		registered("acme", 1);
		assert_noop!(
			Organisations::register(RuntimeOrigin::root(), name("acme"), account(2)),
			Error::<Test>::AlreadyExists
		);
	});
}

#[test]
fn a_member_cannot_be_the_admin_of_another() {
	run(|| {
		registered("acme", 1);
		assert_noop!(
			Organisations::register(RuntimeOrigin::root(), name("other"), account(1)),
			Error::<Test>::AlreadyMember
		);
	});
}

#[test]
fn ids_do_not_wrap() {
	new_test_ext().execute_with(|| {
		NextOrganisationId::<Test>::put(u32::MAX);
		assert_noop!(
			Organisations::register(RuntimeOrigin::root(), name("acme"), account(1)),
			Error::<Test>::TooManyOrganisations
		);
	});
}

#[test]
fn each_organisation_has_an_account_of_its_own() {
	let ids = (0..1_000).chain([u32::MAX]);
	let accounts: BTreeSet<_> = ids.map(Organisations::account_of).collect();
	assert_eq!(accounts.len(), 1_001);
}

#[test]
fn accounts_of_organisations_are_pinned() {
	let mut expected = [0; 32];
	expected[..16].copy_from_slice(b"modlcnt/orgs\x02\x01\0\0");
	assert_eq!(Organisations::account_of(0x0102), expected.into());
}

#[test]
fn only_what_is_registered_converts_to_an_account() {
	run(|| {
		let id = registered("acme", 1);
		assert_eq!(Organisations::try_convert(id), Ok(Organisations::account_of(id)));
		assert_eq!(Organisations::try_convert(id + 1), Err(id + 1));
	});
}

#[test]
fn the_runtime_api_is_told_all() {
	run(|| {
		let id = registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
		assert_ok!(Organisations::suspend(RuntimeOrigin::root(), id));
		assert_eq!(
			Organisations::organisation_info(id),
			Some(OrganisationInfo {
				name: "acme".into(),
				active: false,
				registered: NOW,
				members: 2,
				admins: 1,
				account: Organisations::account_of(id),
			})
		);
		assert_eq!(Organisations::organisation_info(id + 1), None);
	});
}
