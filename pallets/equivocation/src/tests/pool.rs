//! Which reports a node's pool takes.

use super::*;
use crate::Call;
use frame_support::{assert_ok, pallet_prelude::*};
use sp_runtime::traits::ValidateUnsigned;

fn call(n: u64) -> Call<Test> {
	Call::report_equivocation_unsigned {
		equivocation_proof: Box::new(proof(n)),
		key_owner_proof: KeyOwnerProof(SESSION),
	}
}

fn validate(source: TransactionSource, call: &Call<Test>) -> TransactionValidity {
	Equivocation::validate_unsigned(source, call)
}

#[test]
fn only_what_the_node_found_out_itself_gets_in() {
	new_test_ext().execute_with(|| {
		let refused = Err(InvalidTransaction::Call.into());
		assert_eq!(validate(TransactionSource::External, &call(1)), refused);
		let validity = validate(TransactionSource::Local, &call(1)).expect("it is valid");
		assert!(!validity.propagate);
		assert_eq!(validity.longevity, 10);
		assert_ok!(validate(TransactionSource::InBlock, &call(1)));
	});
}

#[test]
fn one_report_of_a_slot_and_offender_waits() {
	new_test_ext().execute_with(|| {
		let tags = |n| validate(TransactionSource::Local, &call(n)).expect("it is valid").provides;
		assert_eq!(tags(1), tags(1));
		assert_ne!(tags(1), tags(2));
	});
}

#[test]
fn what_was_reported_or_cannot_be_proved_is_refused() {
	new_test_ext().execute_with(|| {
		let refused = Err(InvalidTransaction::BadProof.into());
		assert_eq!(validate(TransactionSource::Local, &call(VALIDATORS)), refused);
		assert_ok!(Equivocation::pre_dispatch(&call(1)));
		assert_ok!(Equivocation::do_report(proof(1), KeyOwnerProof(SESSION)));
		let known = InvalidTransaction::Stale;
		assert_eq!(validate(TransactionSource::Local, &call(1)), Err(known.into()));
		assert_eq!(Equivocation::pre_dispatch(&call(1)), Err(known.into()));
	});
}
