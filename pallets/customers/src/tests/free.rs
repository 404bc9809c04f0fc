//! A call is free just where its dispatch succeeds.

use crate::{mock::*, Call};
use consentry_primitives::DAY;
use frame_support::{
	assert_ok,
	dispatch::{CheckIfFeeless, GetDispatchInfo, Pays},
};
use sp_runtime::traits::Dispatchable;

fn is_free(who: AccountId, call: &RuntimeCall) -> bool {
	call.is_feeless(&signed(who))
}

#[test]
fn a_claim_is_free_for_the_invited_key_while_it_can_be_used() {
	run(|| {
		let call: RuntimeCall = Call::claim { account: ACCOUNT }.into();
		let customer = register(1);
		assert!(!is_free(KEY, &call));
		invite(customer, KEY);
		assert!(is_free(KEY, &call));
		assert!(!is_free(200, &call));
		assert!(!call.is_feeless(&RuntimeOrigin::none()));
		assert!(!is_free(KEY, &Call::claim { account: STEWARD }.into()));

		set_time(now() + DAY);
		assert!(!is_free(KEY, &call));
		set_time(now() - 1);
		assert_ok!(call.clone().dispatch(signed(KEY)));
		assert!(!is_free(KEY, &call));
	});
}

#[test]
fn a_request_for_erasure_is_free_for_the_customer_once() {
	run(|| {
		let customer = claimed(1, KEY, ACCOUNT);
		let call: RuntimeCall = Call::request_erasure { customer }.into();
		assert!(is_free(ACCOUNT, &call));
		// An officer may ask too, and pays.
		assert!(!is_free(OFFICER, &call));
		assert_eq!(call.get_dispatch_info().pays_fee, Pays::Yes);
		assert_ok!(call.clone().dispatch(signed(ACCOUNT)));
		assert!(!is_free(ACCOUNT, &call));
	});
}

#[test]
fn a_veto_is_free_for_customer_and_guardian() {
	run(|| {
		let customer = claimed(1, KEY, ACCOUNT);
		appoint(customer, GUARDIAN, now() + DAY);
		let call: RuntimeCall = Call::veto_invitation { customer }.into();
		assert!(!is_free(ACCOUNT, &call));
		invite(customer, 200);
		assert!(is_free(ACCOUNT, &call) && is_free(GUARDIAN, &call) && !is_free(200, &call));
		set_time(now() + DAY);
		assert!(!is_free(GUARDIAN, &call));
	});
}

#[test]
fn a_call_that_the_filter_stops_is_not_free() {
	run(|| {
		let customer = claimed(1, KEY, ACCOUNT);
		CallsAreOpen::set(false);
		assert!(!is_free(ACCOUNT, &Call::request_erasure { customer }.into()));
	});
}
