//! Members, their roles, and who may change them.

use crate::{mock::*, Error, Event, Members};
use consentry_primitives::{api::MemberInfo, Membership, Role, Roles};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::{self, BadOrigin};

fn roles_of(n: u8) -> Option<Roles> {
	Members::<Test>::get(account(n)).map(|member| member.roles)
}

fn both(one: Role, other: Role) -> Roles {
	[one, other].into_iter().collect()
}

#[test]
fn an_admin_adds_a_member() {
	run(|| {
		let organisation = registered("acme", 1);
		let roles = both(Role::Steward, Role::Agent);
		assert_ok!(Organisations::add_member(signed(1), account(2), roles));
		System::assert_last_event(
			Event::MemberAdded { organisation, account: account(2), roles }.into(),
		);
		assert_eq!(
			Organisations::member_info(&account(2)),
			Some(MemberInfo { organisation, roles, active: true })
		);
		assert_eq!(Organisations::member_info(&account(3)), None);
	});
}

#[test]
fn a_member_can_sign_without_credits_until_it_is_removed() {
	run(|| {
		registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
		assert_eq!(System::sufficients(&account(2)), 1);
		assert_ok!(Organisations::remove_member(signed(1), account(2)));
		assert_eq!(System::sufficients(&account(2)), 0);
		assert!(!System::account_exists(&account(2)));
	});
}

#[test]
fn removing_takes_no_reference_but_the_members() {
	run(|| {
		registered("acme", 1);
		System::inc_sufficients(&account(2));
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
		assert_ok!(Organisations::set_roles(signed(1), account(2), Role::Admin.into()));
		assert_eq!(System::sufficients(&account(2)), 2);
		assert_ok!(Organisations::remove_member(signed(1), account(2)));
		assert_eq!(System::sufficients(&account(2)), 1);
	});
}

#[test]
fn an_admin_replaces_roles() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
		assert_ok!(Organisations::set_roles(signed(1), account(2), Role::Officer.into()));
		assert_eq!(roles_of(2), Some(Role::Officer.into()));
		System::assert_last_event(
			Event::RolesSet { organisation, account: account(2), roles: Role::Officer.into() }
				.into(),
		);
	});
}

#[test]
fn an_admin_removes_a_member_who_can_then_join_another() {
	run(|| {
		let organisation = registered("acme", 1);
		let other = registered("other", 3);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
		assert_ok!(Organisations::remove_member(signed(1), account(2)));
		System::assert_last_event(
			Event::MemberRemoved { organisation, account: account(2) }.into(),
		);
		assert_eq!(Organisations::organisation_of(&account(2)), None);
		assert_ok!(Organisations::add_member(signed(3), account(2), Role::Agent.into()));
		assert_eq!(Organisations::organisation_of(&account(2)), Some(other));
	});
}

#[test]
fn a_member_can_leave_but_the_last_admin() {
	run(|| {
		let organisation = registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
		assert_ok!(Organisations::suspend(RuntimeOrigin::root(), organisation));
		assert_ok!(Organisations::remove_member(signed(2), account(2)));
		assert_eq!(Organisations::organisation_of(&account(2)), None);
		assert_noop!(Organisations::remove_member(signed(2), account(2)), Error::<Test>::NotFound);
		assert_noop!(Organisations::remove_member(signed(1), account(1)), Error::<Test>::LastAdmin);
	});
}

#[test]
fn an_account_belongs_to_one_organisation() {
	run(|| {
		registered("acme", 1);
		registered("other", 2);
		for member in [1, 2] {
			assert_noop!(
				Organisations::add_member(signed(1), account(member), Role::Agent.into()),
				Error::<Test>::AlreadyMember
			);
		}
	});
}

#[test]
fn an_account_that_a_customer_acts_with_cannot_join() {
	run(|| {
		let organisation = registered("acme", 1);
		BoundAccounts::set(vec![account(2)]);
		let root = RuntimeOrigin::root;
		let add = || Organisations::add_member(signed(1), account(2), Role::Agent.into());
		assert_noop!(add(), Error::<Test>::AlreadyBound);
		let appoint = || Organisations::appoint_admin(root(), organisation, account(2));
		assert_noop!(appoint(), Error::<Test>::AlreadyBound);
		let register = || Organisations::register(root(), name("other"), account(2));
		assert_noop!(register(), Error::<Test>::AlreadyBound);
		BoundAccounts::set(vec![]);
		assert_ok!(appoint());
	});
}

#[test]
fn only_admins_manage_members() {
	run(|| {
		registered("acme", 1);
		let all_but_admin = Role::ALL.into_iter().filter(|role| *role != Role::Admin).collect();
		assert_ok!(Organisations::add_member(signed(1), account(2), all_but_admin));
		let not_authorised = DispatchError::from(Error::<Test>::NotAuthorised);
		// A member that is no admin, and an account that is no member.
		assert_ok!(Organisations::add_member(signed(1), account(4), Role::Agent.into()));
		for n in [4, 9] {
			let roles = Role::Agent.into();
			assert_noop!(Organisations::add_member(signed(n), account(3), roles), not_authorised);
			assert_noop!(Organisations::set_roles(signed(n), account(2), roles), not_authorised);
			assert_noop!(Organisations::remove_member(signed(n), account(2)), not_authorised);
		}
		let root = RuntimeOrigin::root;
		assert_noop!(Organisations::add_member(root(), account(3), Role::Agent.into()), BadOrigin);
		assert_noop!(Organisations::set_roles(root(), account(2), Role::Agent.into()), BadOrigin);
		assert_noop!(Organisations::remove_member(root(), account(2)), BadOrigin);
	});
}

#[test]
fn an_admin_manages_its_own_organisation_only() {
	run(|| {
		registered("acme", 1);
		registered("other", 2);
		assert_ok!(Organisations::add_member(signed(2), account(3), Role::Agent.into()));
		assert_noop!(
			Organisations::set_roles(signed(1), account(3), Role::Admin.into()),
			Error::<Test>::NotAuthorised
		);
		assert_noop!(
			Organisations::remove_member(signed(1), account(3)),
			Error::<Test>::NotAuthorised
		);
	});
}

#[test]
fn who_is_no_member_is_not_found() {
	run(|| {
		registered("acme", 1);
		assert_noop!(
			Organisations::set_roles(signed(1), account(3), Role::Agent.into()),
			Error::<Test>::NotFound
		);
		assert_noop!(Organisations::remove_member(signed(1), account(3)), Error::<Test>::NotFound);
	});
}

#[test]
fn roles_that_say_nothing_or_do_not_exist_are_refused() {
	run(|| {
		registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
		for roles in [Roles(0), Roles(0b10_0000), Roles(0b10_0001), Roles(u8::MAX)] {
			assert_noop!(
				Organisations::add_member(signed(1), account(3), roles),
				Error::<Test>::InvalidRoles
			);
			assert_noop!(
				Organisations::set_roles(signed(1), account(2), roles),
				Error::<Test>::InvalidRoles
			);
		}
	});
}

#[test]
fn an_organisation_has_a_bounded_number_of_members() {
	run(|| {
		registered("acme", 1);
		for n in 2..=MAX_MEMBERS as u8 {
			assert_ok!(Organisations::add_member(signed(1), account(n), Role::Agent.into()));
		}
		assert_noop!(
			Organisations::add_member(signed(1), account(9), Role::Agent.into()),
			Error::<Test>::TooManyMembers
		);
		assert_ok!(Organisations::set_roles(signed(1), account(2), Role::Steward.into()));
		assert_ok!(Organisations::remove_member(signed(1), account(2)));
		assert_ok!(Organisations::add_member(signed(1), account(9), Role::Agent.into()));
	});
}

#[test]
fn the_last_admin_stays() {
	run(|| {
		registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Agent.into()));
		assert_noop!(Organisations::remove_member(signed(1), account(1)), Error::<Test>::LastAdmin);
		assert_noop!(
			Organisations::set_roles(signed(1), account(1), Role::Agent.into()),
			Error::<Test>::LastAdmin
		);
		// It may take other roles besides.
		assert_ok!(Organisations::set_roles(signed(1), account(1), both(Role::Admin, Role::Agent)));
	});
}

#[test]
fn an_admin_can_go_once_there_is_another() {
	run(|| {
		registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Admin.into()));
		assert_ok!(Organisations::remove_member(signed(1), account(1)));
		assert_noop!(
			Organisations::set_roles(signed(2), account(2), Role::Agent.into()),
			Error::<Test>::LastAdmin
		);
	});
}

#[test]
fn a_role_is_ensured_for_who_has_it() {
	run(|| {
		let id = registered("acme", 1);
		assert_ok!(Organisations::add_member(signed(1), account(2), Role::Steward.into()));
		assert_eq!(Organisations::ensure_role(&account(2), Role::Steward), Ok(id));
		for role in [Role::Admin, Role::Officer, Role::Agent, Role::Auditor] {
			assert_eq!(
				Organisations::ensure_role(&account(2), role),
				Err(Error::<Test>::NotAuthorised.into())
			);
		}
		assert_eq!(
			Organisations::ensure_role(&account(3), Role::Steward),
			Err(Error::<Test>::NotAuthorised.into())
		);
	});
}

#[cfg(feature = "runtime-benchmarks")]
#[test]
fn a_benchmarks_member_can_do_everything_however_often_it_is_created() {
	run(|| {
		for _ in 0..2 {
			for n in 1..=2 * MAX_MEMBERS as u8 {
				let id = Organisations::create_member(&account(n));
				for role in Role::ALL {
					assert_eq!(Organisations::ensure_role(&account(n), role), Ok(id));
				}
			}
		}
		let full = Organisations::create_member(&account(1));
		for n in 101..100 + MAX_MEMBERS as u8 {
			assert_ok!(Organisations::add_member(signed(1), account(n), Role::Agent.into()));
		}
		assert_ok!(Organisations::suspend(RuntimeOrigin::root(), full));
		assert_eq!(Organisations::create_member(&account(101)), full);
		assert_eq!(Organisations::ensure_role(&account(101), Role::Officer), Ok(full));
	});
}
