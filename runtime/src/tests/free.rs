//! What customers do is free, comes first, and cannot be played again.

use super::*;
use frame_support::traits::fungible::Mutate;
use sp_runtime::transaction_validity::{
	InvalidTransaction, TransactionPriority, TransactionValidityError,
};

const PAYMENT: ApplyExtrinsicResult =
	Err(TransactionValidityError::Invalid(InvalidTransaction::Payment));
const BAD_PROOF: ApplyExtrinsicResult =
	Err(TransactionValidityError::Invalid(InvalidTransaction::BadProof));

fn endow(account: &AccountId) {
	assert_ok!(Balances::mint_into(account, CREDIT));
}

fn claim(holder: &sr25519::Pair) -> pallet_customers::Call<Runtime> {
	pallet_customers::Call::claim { account: account(holder) }
}

#[test]
fn an_account_without_credits_claims_and_asks_for_erasure() {
	run(|| {
		let (customer, holder) = claimed(1);
		let request = pallet_customers::Call::request_erasure { customer };
		assert_eq!(apply(&mortal(&holder, request)), Ok(Ok(())));
		assert!(Customers::customer_info(&customer).expect("is registered").erasure_due.is_some());
		assert_eq!(Balances::free_balance(account(&holder)), 0);
		assert_eq!(Balances::free_balance(account(&key(1))), 0);
	});
}

#[test]
fn a_second_identical_call_does_not_enter_a_block() {
	run(|| {
		let (customer, holder) = claimed(1);
		let request = pallet_customers::Call::request_erasure { customer };
		let first = mortal(&holder, request.clone());
		let events = System::event_count();
		assert_eq!(apply(&first), Ok(Ok(())));
		assert!(System::event_count() > events);
		let events = System::event_count();
		// The same bytes, and the same call under the next nonce.
		assert!(apply(&first).is_err());
		assert_eq!(apply(&mortal(&holder, request)), PAYMENT);
		assert_eq!(System::event_count(), events);
	});
}

#[test]
fn free_calls_come_first_and_once_into_the_pool() {
	run(|| {
		let (customer, holder) = claimed(1);
		let free = validate(&mortal(&holder, pallet_customers::Call::request_erasure { customer }))
			.expect("is valid");
		assert_eq!(free.priority, TransactionPriority::MAX);
		let paid = validate(&mortal(&Bob.pair(), frame_system::Call::remark { remark: vec![] }))
			.expect("is valid");
		assert!(paid.priority < free.priority);
		// One tag of the nonce, one of the call.
		assert_eq!((free.provides.len(), paid.provides.len()), (2, 1));
	});
}

#[test]
fn what_another_chain_signed_is_refused() {
	let mut signed_there = None;
	run_on(H256::repeat_byte(0xab), || {
		let customer = register(1);
		invite(customer, &key(1));
		signed_there = Some(mortal(&key(1), claim(&key(2))));
	});
	run(|| {
		let customer = register(1);
		invite(customer, &key(1));
		assert_eq!(apply(&signed_there.expect("was signed")), BAD_PROOF);
	});
}

#[test]
fn what_was_signed_for_one_customer_does_nothing_for_another() {
	run(|| {
		let (_, holder) = claimed(1);
		let (other, _) = claimed(2);
		let request = pallet_customers::Call::request_erasure { customer: other };
		assert_eq!(apply(&mortal(&holder, request)), PAYMENT);
		assert_eq!(Customers::customer_info(&other).expect("is registered").erasure_due, None);
	});
}

#[test]
fn nothing_can_be_played_again_after_an_account_was_reaped() {
	run(|| {
		let (customer, holder) = claimed(1);
		let request = mortal(&holder, pallet_customers::Call::request_erasure { customer });
		assert_eq!(apply(&request), Ok(Ok(())));
		assert_ok!(Customers::erase(signed(Bob), customer));
		assert!(!System::account_exists(&account(&holder)));
		assert_eq!(apply(&request), PAYMENT);

		// Funded, the account has its first nonce again; the call is no longer free, fails if it
		// is paid for, and changes nothing.
		endow(&account(&holder));
		let replayed = apply(&request).expect("is paid for");
		assert_eq!(replayed, Err(pallet_customers::Error::<Runtime>::Erased.into()));
	});
}

#[test]
fn free_calls_are_mortal() {
	run(|| {
		let (customer, holder) = claimed(1);
		let request = pallet_customers::Call::request_erasure { customer };
		let immortal = transaction(&holder, request.into(), Era::Immortal);
		assert_eq!(apply(&immortal), BAD_PROOF);
		// So is what a member without credits signs; who holds some may sign as elsewhere.
		let remark = RuntimeCall::from(frame_system::Call::remark { remark: vec![] });
		let immortal = |remark| transaction(&Bob.pair(), remark, Era::Immortal);
		assert_eq!(apply(&immortal(remark.clone())), BAD_PROOF);
		endow(&Bob.to_account_id());
		assert_eq!(apply(&immortal(remark)), Ok(Ok(())));
	});
}

#[test]
fn an_invitation_that_expired_is_not_free() {
	run(|| {
		let customer = register(1);
		invite(customer, &key(1));
		let claim = mortal(&key(1), claim(&key(2)));
		assert!(validate(&claim).is_ok());
		set_time(now() + DAY);
		assert_eq!(apply(&claim), PAYMENT);
	});
}
