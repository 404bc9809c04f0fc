//! Who pays.

use super::*;
use sp_runtime::transaction_validity::{InvalidTransaction, TransactionValidityError};

fn remark() -> RuntimeCall {
	frame_system::Call::remark { remark: vec![0; 100] }.into()
}

fn treasury() -> Balance {
	Balances::free_balance(Organisations::account_of(ORGANISATION))
}

#[test]
fn the_organisation_pays_for_its_members() {
	run(|| {
		let before = treasury();
		assert_eq!(apply(&mortal(&Bob.pair(), remark())), Ok(Ok(())));
		let paid = before - treasury();
		assert!(paid > 0 && paid < CREDIT);
		assert_eq!(Balances::free_balance(Bob.to_account_id()), 0);
	});
}

#[test]
fn a_member_that_leaves_by_its_own_call_has_been_paid_for() {
	run(|| {
		let admin = pallet_organisations::Call::set_roles {
			account: Bob.to_account_id(),
			roles: [Role::Admin, Role::Steward].into_iter().collect(),
		};
		assert_eq!(apply(&mortal(&Alice.pair(), admin)), Ok(Ok(())));
		let before = treasury();
		let leave = pallet_organisations::Call::remove_member { account: Bob.to_account_id() };
		assert_eq!(apply(&mortal(&Bob.pair(), leave)), Ok(Ok(())));
		assert!(treasury() < before);
	});
}

#[test]
fn who_holds_no_credits_and_is_no_member_cannot_send() {
	run(|| {
		let refused = Err(TransactionValidityError::Invalid(InvalidTransaction::Payment));
		assert_eq!(apply(&mortal(&key(1), remark())), refused);
	});
}

#[test]
fn members_of_an_organisation_without_credits_cannot_send() {
	run(|| {
		motion(pallet_organisations::Call::register {
			name: b"poor".to_vec().try_into().expect("is short"),
			admin: account(&key(1)),
		});
		let refused = Err(TransactionValidityError::Invalid(InvalidTransaction::Payment));
		assert_eq!(apply(&mortal(&key(1), remark())), refused);
	});
}

#[test]
fn no_member_tips_with_its_organisations_credits() {
	run(|| {
		let before = treasury();
		let refused = Err(TransactionValidityError::Invalid(InvalidTransaction::Payment));
		assert_eq!(apply(&tipping(&Bob.pair(), remark(), CREDIT)), refused);
		assert_eq!(treasury(), before);
	});
}
