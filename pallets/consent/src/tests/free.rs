//! A call is free just where its dispatch succeeds.

use crate::{mock::*, Call};
use consentry_primitives::{
	consent::{Permission, Statement},
	CustomerId, LawfulBasis, PurposeId, DAY,
};
use frame_support::{
	assert_ok,
	dispatch::{CheckIfFeeless, GetDispatchInfo, Pays},
};
use sp_runtime::traits::Dispatchable;
use LawfulBasis::Consent as OnConsent;

fn is_free(who: AccountId, call: &RuntimeCall) -> bool {
	call.is_feeless(&signed(who))
}

fn giving(customer: CustomerId, purpose: PurposeId, permission: Permission) -> RuntimeCall {
	Call::give { customer, purpose, permission }.into()
}

fn submitting(n: u8, purpose: PurposeId, stated: Statement) -> RuntimeCall {
	let statement = statement(n, purpose, stated);
	let signature = signature(n, &statement);
	Call::submit { statement, signature }.into()
}

#[test]
fn giving_is_free_a_few_times_a_day() {
	run(|| {
		let purpose = purpose(OnConsent);
		let call = giving(id(1), purpose, permission());
		for _ in 0..GIVES_PER_DAY {
			assert!(is_free(account(1), &call) && is_free(guardian(1), &call));
			assert_ok!(call.clone().dispatch(signed(account(1))));
		}
		// No longer free, neither for the guardian; but possible.
		assert!(!is_free(account(1), &call) && !is_free(guardian(1), &call));
		assert_eq!(call.get_dispatch_info().pays_fee, Pays::Yes);
		assert_ok!(call.clone().dispatch(signed(account(1))));
		assert!(is_free(account(2), &giving(id(2), purpose, permission())));

		wait(DAY);
		assert!(is_free(account(1), &call));
		assert_ok!(call.clone().dispatch(signed(account(1))));
		assert_eq!(Consent::free_gives_left(&id(1)), GIVES_PER_DAY - 1);
	});
}

#[test]
fn giving_in_vain_is_not_free() {
	run(|| {
		let purpose = purpose(OnConsent);
		let wrong = Permission { notice_version: 2, ..permission() };
		assert!(!is_free(account(1), &giving(id(1), purpose, wrong)));
		assert!(!is_free(account(1), &giving(id(1), purpose, until(now()))));
		assert!(!is_free(account(1), &giving(id(1), 7, permission())));
		assert!(!is_free(account(1), &giving(id(2), purpose, permission())));
		assert!(!giving(id(1), purpose, permission()).is_feeless(&RuntimeOrigin::none()));
	});
}

#[test]
fn a_withdrawal_is_free_once_for_each_consent() {
	run(|| {
		let purpose = purpose(OnConsent);
		let call: RuntimeCall = Call::withdraw { customer: id(1), purpose }.into();
		assert!(!is_free(account(1), &call));
		give(1, purpose, permission());
		for who in [STEWARD, ANYONE, account(2)] {
			assert!(!is_free(who, &call));
		}
		assert!(is_free(account(1), &call) && is_free(guardian(1), &call));
		assert_ok!(call.clone().dispatch(signed(account(1))));
		assert!(!is_free(account(1), &call));
	});
}

#[test]
fn an_objection_is_free_until_it_stands() {
	run(|| {
		let purpose = purpose(LawfulBasis::PublicTask);
		let call: RuntimeCall = Call::object { customer: id(1), purpose }.into();
		assert!(is_free(account(1), &call) && !is_free(account(2), &call));
		assert_ok!(call.clone().dispatch(signed(account(1))));
		assert!(!is_free(account(1), &call));
		give(1, purpose, permission());
		assert!(is_free(account(1), &call));
	});
}

#[test]
fn anyone_submits_a_signed_withdrawal_or_objection_for_free() {
	run(|| {
		let consented = purpose(OnConsent);
		assert!(!is_free(ANYONE, &submitting(1, consented, Statement::Withdraw)));
		give(1, consented, permission());
		let interest = purpose(LawfulBasis::PublicTask);
		for call in [
			submitting(1, consented, Statement::Withdraw),
			submitting(1, interest, Statement::Object),
		] {
			assert!(is_free(ANYONE, &call) && is_free(STEWARD, &call));
			assert_ok!(call.clone().dispatch(signed(ANYONE)));
			assert!(!is_free(ANYONE, &call));
		}
	});
}

#[test]
fn what_is_not_signed_for_this_is_not_free() {
	run(|| {
		let purpose = purpose(OnConsent);
		give(1, purpose, permission());
		let statement = statement(1, purpose, Statement::Withdraw);
		let by_another = signature(2, &statement);
		let call = Call::submit { statement: statement.clone(), signature: by_another };
		assert!(!is_free(ANYONE, &call.into()));
		let signature = signature(1, &statement);
		let call: RuntimeCall = Call::submit { statement, signature }.into();
		assert!(is_free(ANYONE, &call));
		wait(DAY);
		assert!(!is_free(ANYONE, &call));
	});
}

#[test]
fn a_steward_pays_for_requests_and_consents_that_it_relays() {
	run(|| {
		let purpose = purpose(OnConsent);
		for stated in [
			Statement::Request { permission: permission() },
			Statement::Give { permission: permission() },
		] {
			let call = submitting(1, purpose, stated);
			assert!(!is_free(STEWARD, &call) && !is_free(account(1), &call));
			assert_ok!(call.dispatch(signed(STEWARD)));
		}
	});
}

#[test]
fn a_call_that_the_filter_stops_is_not_free() {
	run(|| {
		let (consented, interest) = (purpose(OnConsent), purpose(LawfulBasis::PublicTask));
		give(1, consented, permission());
		let calls = [
			giving(id(1), consented, permission()),
			Call::withdraw { customer: id(1), purpose: consented }.into(),
			Call::object { customer: id(1), purpose: interest }.into(),
			submitting(1, consented, Statement::Withdraw),
		];
		assert!(calls.iter().all(|call| is_free(account(1), call)));
		CallsAreOpen::set(false);
		assert!(!calls.iter().any(|call| is_free(account(1), call)));
	});
}
