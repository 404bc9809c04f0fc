//! Invitations, claims, vetoes, guardians.

use crate::{mock::*, Binding, Bindings, Customers as Stored, Error, Guardians, Invitations};
use consentry_primitives::{
	customer::IdentificationMethod::AddressOnFile, Action, Actor, CustomerId, Moment, DAY,
};
use frame_support::{assert_noop, assert_ok, dispatch::DispatchResult};
use sp_runtime::DispatchError;

fn try_invite(customer: CustomerId, key: AccountId, expires: Moment) -> DispatchResult {
	Customers::invite(signed(STEWARD), customer, key, AddressOnFile, commitment(8), expires)
}

#[test]
fn a_claim_moves_the_reference_from_key_to_account() {
	run(|| {
		let customer = register(1);
		assert_ok!(try_invite(customer, KEY, now() + DAY));
		assert_eq!(System::sufficients(&KEY), 1);

		assert_ok!(Customers::claim(signed(KEY), ACCOUNT));
		assert_eq!((System::sufficients(&KEY), System::sufficients(&ACCOUNT)), (0, 1));
		assert!(!System::account_exists(&KEY));
		assert_eq!(Stored::<Test>::get(customer).unwrap().account, Some(ACCOUNT));
		assert_eq!(Bindings::<Test>::get(KEY), Some(Binding::Spent));
		assert_eq!(Bindings::<Test>::get(ACCOUNT), Some(Binding::Customer(customer)));
		assert_eq!(last_actor(customer), Actor::Customer);
		assert_eq!(actions(customer).last(), Some(&Action::Claimed));
	});
}

#[test]
fn an_invitation_can_be_used_once() {
	run(|| {
		claimed(1, KEY, ACCOUNT);
		assert_noop!(Customers::claim(signed(KEY), 200), Error::<Test>::NotInvited);
	});
}

#[test]
fn an_invitation_expires() {
	run(|| {
		let customer = register(1);
		assert_ok!(try_invite(customer, KEY, now() + DAY));
		set_time(now() + DAY);
		assert_noop!(Customers::claim(signed(KEY), ACCOUNT), Error::<Test>::Expired);
		// One that expired makes room for another.
		assert_ok!(try_invite(customer, 200, now() + DAY));
		assert_eq!(Bindings::<Test>::get(KEY), Some(Binding::Spent));
	});
}

#[test]
fn an_invitation_has_a_period_within_bounds() {
	run(|| {
		let customer = register(1);
		for expires in [0, now(), now() + 30 * DAY + 1, Moment::MAX] {
			assert_noop!(try_invite(customer, KEY, expires), Error::<Test>::InvalidPeriod);
		}
		assert_ok!(try_invite(customer, KEY, now() + 30 * DAY));
	});
}

#[test]
fn one_invitation_at_a_time() {
	run(|| {
		let customer = register(1);
		assert_ok!(try_invite(customer, KEY, now() + DAY));
		assert_noop!(try_invite(customer, 200, now() + DAY), Error::<Test>::AlreadyInvited);
		assert_ok!(Customers::revoke_invitation(signed(STEWARD), customer));
		assert_noop!(Customers::claim(signed(KEY), ACCOUNT), Error::<Test>::NotInvited);
		assert_noop!(
			Customers::revoke_invitation(signed(STEWARD), customer),
			Error::<Test>::NotInvited
		);
		assert_ok!(try_invite(customer, 200, now() + DAY));
	});
}

#[test]
fn an_account_is_bound_once_ever() {
	run(|| {
		let customer = claimed(1, KEY, ACCOUNT);
		let other = register(2);
		// Not the spent key, the bound account, nor a member's.
		for key in [KEY, ACCOUNT, STEWARD, STRANGER] {
			assert_noop!(try_invite(other, key, now() + DAY), Error::<Test>::AlreadyBound);
		}
		assert_ok!(try_invite(other, 200, now() + DAY));
		for account in [KEY, ACCOUNT, 200, OFFICER] {
			assert_noop!(Customers::claim(signed(200), account), Error::<Test>::AlreadyBound);
		}
		assert_ok!(Customers::erase(signed(OFFICER), customer));
		assert_noop!(Customers::claim(signed(200), ACCOUNT), Error::<Test>::AlreadyBound);
	});
}

#[test]
fn the_holder_can_veto_another_claim() {
	run(|| {
		let customer = claimed(1, KEY, ACCOUNT);
		invite(customer, 200);
		assert_noop!(Customers::claim(signed(200), 201), Error::<Test>::NotYetOpen);
		assert_noop!(
			Customers::veto_invitation(signed(STEWARD), customer),
			Error::<Test>::NotAuthorised
		);
		assert_ok!(Customers::veto_invitation(signed(ACCOUNT), customer));
		assert_eq!(actions(customer).last(), Some(&Action::InvitationVetoed));
		set_time(now() + 7 * DAY);
		assert_noop!(Customers::claim(signed(200), 201), Error::<Test>::NotInvited);
		assert_noop!(
			Customers::veto_invitation(signed(ACCOUNT), customer),
			Error::<Test>::NotInvited
		);
	});
}

#[test]
fn another_claim_takes_effect_after_the_delay() {
	run(|| {
		let customer = claimed(1, KEY, ACCOUNT);
		invite(customer, 200);
		set_time(now() + 7 * DAY);
		assert_ok!(Customers::claim(signed(200), 201));
		assert_eq!(Stored::<Test>::get(customer).unwrap().account, Some(201));
		assert_eq!(Bindings::<Test>::get(ACCOUNT), Some(Binding::Spent));
		assert!(!System::account_exists(&ACCOUNT));
		assert_noop!(
			Customers::request_erasure(signed(ACCOUNT), customer),
			DispatchError::BadOrigin
		);
	});
}

#[test]
fn guardians_act_until_their_end() {
	run(|| {
		let customer = register(1);
		appoint(customer, GUARDIAN, now() + DAY);
		assert_eq!(System::sufficients(&GUARDIAN), 1);
		invite(customer, KEY);
		assert_ok!(Customers::veto_invitation(signed(GUARDIAN), customer));
		assert_eq!(last_actor(customer), Actor::Guardian { account: GUARDIAN });

		set_time(now() + DAY);
		assert_noop!(
			Customers::request_erasure(signed(GUARDIAN), customer),
			Error::<Test>::Expired
		);
		// The appointment can be renewed.
		appoint(customer, GUARDIAN, now() + DAY);
		assert_ok!(Customers::request_erasure(signed(GUARDIAN), customer));
	});
}

#[test]
fn guardians_act_for_their_own_customer_only() {
	run(|| {
		let customer = register(1);
		let other = register(2);
		appoint(customer, GUARDIAN, now() + DAY);
		assert_noop!(
			Customers::request_erasure(signed(GUARDIAN), other),
			Error::<Test>::NotAuthorised
		);
	});
}

#[test]
fn guardians_are_bounded_and_can_be_dismissed() {
	run(|| {
		let customer = register(1);
		appoint(customer, 300, now() + DAY);
		appoint(customer, 301, now() + DAY);
		let appoint_third = || {
			Customers::appoint_guardian(signed(OFFICER), customer, 302, commitment(7), now() + DAY)
		};
		assert_noop!(appoint_third(), Error::<Test>::TooManyGuardians);
		assert_ok!(Customers::dismiss_guardian(signed(OFFICER), customer, 300));
		assert!(!System::account_exists(&300));
		assert_noop!(
			Customers::dismiss_guardian(signed(OFFICER), customer, 300),
			Error::<Test>::NotFound
		);
		assert_ok!(appoint_third());
		for guardian in [301, 302] {
			assert_ok!(Customers::dismiss_guardian(signed(OFFICER), customer, guardian));
		}
		assert!(!Guardians::<Test>::contains_key(customer));
	});
}

#[test]
fn only_officers_of_the_controller_appoint_in_time() {
	run(|| {
		let customer = register(1);
		let appoint = |who, until| {
			Customers::appoint_guardian(signed(who), customer, 300, commitment(7), until)
		};
		assert_noop!(appoint(STEWARD, now() + DAY), DispatchError::BadOrigin);
		assert_noop!(appoint(STRANGER, now() + DAY), Error::<Test>::NotAuthorised);
		assert_noop!(appoint(OFFICER, now()), Error::<Test>::InvalidPeriod);
	});
}

#[test]
fn erasure_releases_every_account() {
	run(|| {
		let customer = claimed(1, KEY, ACCOUNT);
		appoint(customer, GUARDIAN, now() + DAY);
		invite(customer, 200);
		assert_ok!(Customers::erase(signed(OFFICER), customer));
		for account in [ACCOUNT, GUARDIAN, 200] {
			assert_eq!(Bindings::<Test>::get(account), Some(Binding::Spent));
			assert!(!System::account_exists(&account));
		}
		assert!(!Invitations::<Test>::contains_key(customer));
	});
}
