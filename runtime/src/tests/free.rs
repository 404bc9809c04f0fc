//! What customers do is free, comes first, and cannot be played again.

use super::*;
use consentry_primitives::{
	consent::{Permission, SignedStatement, Statement, StatementSignature},
	Categories, DataCategory, PurposeId,
};
use frame_support::traits::{fungible::Mutate, Get};
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

type Consents = pallet_consent::Call<Runtime>;
type Access = pallet_access_grants::Call<Runtime>;

/// A claimed customer with its holder's key, a purpose that rests on consent and one that can be
/// objected to, and a grant to all customers.
fn consenting() -> (CustomerId, sr25519::Pair, [PurposeId; 2]) {
	let (customer, holder) = claimed(1);
	let consented = create_purpose(0, LawfulBasis::Consent);
	let legitimate = create_purpose(1, LawfulBasis::LegitimateInterests);
	grant(0, Scope::Controller { organisation: ORGANISATION }, consented);
	(customer, holder, [consented, legitimate])
}

/// What the holder of the customer signs off the chain, to be submitted by anyone.
fn statement(
	customer: CustomerId,
	holder: &sr25519::Pair,
	purpose: PurposeId,
	revisions: u32,
	statement: Statement,
) -> Consents {
	let statement = SignedStatement {
		customer,
		controller: ORGANISATION,
		account: account(holder),
		purpose,
		notice: COMMITMENT,
		revisions,
		expires: now() + DAY,
		statement,
	};
	let signature = holder.sign(&statement.message(&GENESIS));
	Consents::submit { statement, signature: StatementSignature::Account(signature.into()) }
}

/// Applies `call`, which costs its signer nothing, and makes sure that it cannot be repeated.
fn once(who: &sr25519::Pair, call: impl Into<RuntimeCall>) {
	let call = call.into();
	let first = mortal(who, call.clone());
	let validity = validate(&first).expect("is valid");
	assert_eq!(validity.priority, TransactionPriority::MAX);
	assert_eq!(apply(&first), Ok(Ok(())));
	assert_eq!(Balances::free_balance(account(who)), 0);
	assert!(apply(&first).is_err());
	assert_eq!(apply(&mortal(who, call)), PAYMENT);
}

#[test]
fn customers_withdraw_object_and_revoke_without_credits() {
	run(|| {
		let (customer, holder, [consented, legitimate]) = consenting();
		let give = Consents::give { customer, purpose: consented, permission: permission() };
		assert_eq!(apply(&mortal(&holder, give)), Ok(Ok(())));
		once(&holder, Consents::withdraw { customer, purpose: consented });
		once(&holder, Consents::object { customer, purpose: legitimate });
		once(&holder, Access::revoke_own { customer, grant: 0 });
	});
}

#[test]
fn anyone_brings_what_a_customer_signed() {
	run(|| {
		let (customer, holder, [consented, legitimate]) = consenting();
		let give = Consents::give { customer, purpose: consented, permission: permission() };
		assert_eq!(apply(&mortal(&holder, give)), Ok(Ok(())));
		// Any account that can sign at all, such as another customer's.
		let (_, other) = claimed(2);
		once(&other, statement(customer, &holder, consented, 1, Statement::Withdraw));
		once(&other, statement(customer, &holder, legitimate, 0, Statement::Object));
		// To allow processing is for the controller to bring.
		let give = Statement::Give { permission: permission() };
		let give = mortal(&other, statement(customer, &holder, consented, 2, give));
		assert_eq!(apply(&give), PAYMENT);
	});
}

#[test]
fn consent_is_given_free_of_charge_as_often_as_is_allowed_on_a_day() {
	run(|| {
		let (customer, holder, [purpose, _]) = consenting();
		let give = || Consents::give { customer, purpose, permission: permission() };
		let allowance = <Runtime as pallet_consent::Config>::GivesPerDay::get();
		for _ in 0..allowance {
			assert_eq!(apply(&mortal(&holder, give())), Ok(Ok(())));
		}
		assert_eq!(apply(&mortal(&holder, give())), PAYMENT);
		// Withdrawing stays possible, and giving against payment.
		once(&holder, Consents::withdraw { customer, purpose });
		endow(&account(&holder));
		assert_eq!(apply(&mortal(&holder, give())), Ok(Ok(())));
		assert!(Balances::free_balance(account(&holder)) < CREDIT);
		set_time(now() + DAY);
		let before = Balances::free_balance(account(&holder));
		assert_eq!(apply(&mortal(&holder, give())), Ok(Ok(())));
		assert_eq!(Balances::free_balance(account(&holder)), before);
	});
}

#[test]
fn the_pool_takes_different_free_calls_of_one_account_and_each_once() {
	run(|| {
		let (customer, holder, [consented, legitimate]) = consenting();
		let tag = |call: Consents| {
			let validity = validate(&mortal(&holder, call)).expect("is valid");
			// One tag of the nonce, one of the call.
			let [_, tag] = &validity.provides[..] else { panic!("{validity:?}") };
			tag.clone()
		};
		let give = |categories| Consents::give {
			customer,
			purpose: consented,
			permission: Permission { categories, ..permission() },
		};
		let (all, some) = (Categories::all(), DataCategory::Contact.into());
		// What else stands in it makes no difference: the pool cannot be filled with variants.
		assert_eq!(tag(give(all)), tag(give(some)));
		assert_ne!(tag(give(all)), tag(Consents::object { customer, purpose: legitimate }));
	});
}
