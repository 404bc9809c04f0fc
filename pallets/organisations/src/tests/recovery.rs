//! Admins appointed by the consortium.

use crate::{mock::*, Error, Event};
use consentry_primitives::{Membership, Role, Roles};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn an_account_becomes_admin() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_ok!(Organisations::appoint_admin(RuntimeOrigin::root(), organisation, account(2)));
		System::assert_last_event(
			Event::MemberAdded { organisation, account: account(2), roles: Role::Admin.into() }
				.into(),
		);
		assert_eq!(System::sufficients(&account(2)), 1);
		// It can then remove the one whose key was lost.
		assert_ok!(Organisations::remove_member(signed(2), account(1)));
	});
}

#[test]
fn a_member_becomes_admin_and_keeps_its_roles() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Officer.into()));
		assert_ok!(Organisations::appoint_admin(RuntimeOrigin::root(), organisation, account(2)));
		let roles: Roles = [Role::Admin, Role::Officer].into_iter().collect();
		System::assert_last_event(
			Event::RolesSet { organisation, account: account(2), roles }.into(),
		);
		assert_eq!(System::sufficients(&account(2)), 1);
	});
}

#[test]
fn a_suspended_organisation_gets_an_admin_too() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_ok!(Organisations::suspend(RuntimeOrigin::root(), organisation));
		assert_ok!(Organisations::appoint_admin(RuntimeOrigin::root(), organisation, account(2)));
		assert_eq!(
			Organisations::ensure_role(&account(2), Role::Admin),
			Err(Error::<Test>::Suspended.into())
		);
		assert_ok!(Organisations::reinstate(RuntimeOrigin::root(), organisation));
		assert_ok!(Organisations::remove_member(signed(2), account(1)));
	});
}

#[test]
fn admins_and_members_of_others_are_refused() {
	run(|| {
		let organisation = registered("acme", 1);
		registered("other", 2);
		assert_ok!(Organisations::add_member(signed(2), account(3), Role::Agent.into()));
		for member in [1, 2, 3] {
			assert_noop!(
				Organisations::appoint_admin(RuntimeOrigin::root(), organisation, account(member)),
				Error::<Test>::AlreadyMember
			);
		}
		assert_noop!(
			Organisations::appoint_admin(RuntimeOrigin::root(), 7, account(9)),
			Error::<Test>::NotFound
		);
	});
}

#[test]
fn a_full_organisation_takes_an_admin_from_its_members_only() {
	run(|| {
		let organisation = registered("acme", 1);
		for n in 2..=MAX_MEMBERS as u8 {
			assert_ok!(Organisations::add_member(signed(1), account(n), Role::Agent.into()));
		}
		assert_noop!(
			Organisations::appoint_admin(RuntimeOrigin::root(), organisation, account(9)),
			Error::<Test>::TooManyMembers
		);
		assert_ok!(Organisations::appoint_admin(RuntimeOrigin::root(), organisation, account(2)));
	});
}

#[test]
fn only_the_consortium_appoints() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_noop!(Organisations::appoint_admin(signed(1), organisation, account(2)), BadOrigin);
	});
}
