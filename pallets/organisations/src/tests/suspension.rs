//! Suspended organisations and accounts.

use crate::{mock::*, Error, Event};
use consentry_primitives::{Membership, Role};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::{self, BadOrigin};

#[test]
fn a_suspended_organisations_roles_give_no_right() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
		assert_ok!(Organisations::suspend(RuntimeOrigin::root(), organisation));
		System::assert_last_event(Event::Suspended { organisation }.into());

		let suspended = DispatchError::from(Error::<Test>::Suspended);
		assert_eq!(Organisations::ensure_role(&account(2), Role::Agent), Err(suspended));
		let roles = Role::Agent.into();
		assert_noop!(Organisations::add_member(signed(1), account(3), roles), suspended);
		assert_noop!(Organisations::set_roles(signed(1), account(2), roles), suspended);
		assert_noop!(Organisations::remove_member(signed(1), account(2)), suspended);
	});
}

#[test]
fn members_stay_members_of_a_suspended_organisation() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_ok!(Organisations::suspend(RuntimeOrigin::root(), organisation));
		assert_eq!(Organisations::organisation_of(&account(1)), Some(organisation));
		let member = Organisations::member_info(&account(1)).expect("it is still a member");
		assert!(!member.active && member.roles.contains(Role::Admin));
	});
}

#[test]
fn a_reinstated_organisations_roles_count_again() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_ok!(Organisations::suspend(RuntimeOrigin::root(), organisation));
		assert_ok!(Organisations::reinstate(RuntimeOrigin::root(), organisation));
		System::assert_last_event(Event::Reinstated { organisation }.into());
		assert_eq!(Organisations::ensure_role(&account(1), Role::Admin), Ok(organisation));
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
	});
}

#[test]
fn suspending_one_leaves_the_others() {
	run(|| {
		let one = registered("one", 1);
		let other = registered("other", 2);
		assert_ok!(Organisations::suspend(RuntimeOrigin::root(), one));
		assert_eq!(Organisations::ensure_role(&account(2), Role::Admin), Ok(other));
	});
}

#[test]
fn only_a_change_of_status_succeeds() {
	run(|| {
		let organisation = registered("acme", 1);
		let root = RuntimeOrigin::root;
		assert_noop!(Organisations::reinstate(root(), organisation), Error::<Test>::NotSuspended);
		assert_ok!(Organisations::suspend(root(), organisation));
		assert_noop!(Organisations::suspend(root(), organisation), Error::<Test>::Suspended);
		assert_noop!(Organisations::suspend(root(), 7), Error::<Test>::NotFound);
		assert_noop!(Organisations::reinstate(root(), 7), Error::<Test>::NotFound);
	});
}

#[test]
fn only_the_consortium_suspends_and_reinstates() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_noop!(Organisations::suspend(signed(1), organisation), BadOrigin);
		assert_noop!(Organisations::reinstate(signed(1), organisation), BadOrigin);
	});
}

#[test]
fn a_suspended_accounts_roles_give_no_right() {
	run(|| {
		registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Admin.into()));
		suspend(1);
		let suspended = DispatchError::from(Error::<Test>::AccountSuspended);
		assert_eq!(Organisations::ensure_role(&account(1), Role::Admin), Err(suspended));
		let roles = Role::Agent.into();
		assert_noop!(Organisations::add_member(signed(1), account(3), roles), suspended);
		assert_noop!(Organisations::set_roles(signed(1), account(2), roles), suspended);
		assert_noop!(Organisations::remove_member(signed(1), account(2)), suspended);
		// The others go on, and may manage it.
		assert_ok!(Organisations::set_roles(signed(2), account(1), roles));
	});
}

#[test]
fn a_suspended_account_stays_a_member_and_can_leave() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
		suspend(2);
		assert_eq!(Organisations::organisation_of(&account(2)), Some(organisation));
		assert_ok!(Organisations::remove_member(signed(2), account(2)));
		assert_eq!(Organisations::organisation_of(&account(2)), None);
	});
}

#[test]
fn others_are_told_who_is_a_member_and_which_organisation_is_active() {
	run(|| {
		let organisation = registered("acme", 1);
		assert!(Organisations::is_active(organisation));
		assert!(!Organisations::is_active(organisation + 1));
		let member = Organisations::member(&account(1)).expect("it is a member");
		assert_eq!((member.organisation, member.active), (organisation, true));
		assert_ok!(Organisations::suspend(RuntimeOrigin::root(), organisation));
		assert!(!Organisations::is_active(organisation));
		assert!(Organisations::member(&account(1)).is_some_and(|member| !member.active));
		assert_eq!(Organisations::member(&account(2)), None);
	});
}
