//! Reports in a block.

use super::*;
use crate::Error;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

fn report(
	proof: EquivocationProof<Test>,
	session: u32,
) -> frame_support::dispatch::DispatchResultWithPostInfo {
	Equivocation::report_equivocation_unsigned(
		RuntimeOrigin::none(),
		Box::new(proof),
		KeyOwnerProof(session),
	)
}

#[test]
fn an_equivocation_is_reported() {
	new_test_ext().execute_with(|| {
		assert_ok!(report(proof(1), SESSION));
		assert_eq!(reported(), [(1, 7.into())]);
	});
}

#[test]
fn it_is_reported_once() {
	new_test_ext().execute_with(|| {
		assert_ok!(report(proof(1), SESSION));
		assert_noop!(report(proof(1), SESSION), Error::<Test>::AlreadyExists);
		assert_ok!(report(proof(2), SESSION));
	});
}

#[test]
fn what_is_no_equivocation_is_refused() {
	new_test_ext().execute_with(|| {
		let mut same = proof(1);
		same.second_header = same.first_header.clone();
		assert_noop!(report(same, SESSION), Error::<Test>::InvalidEquivocationProof);
	});
}

#[test]
fn a_key_of_no_validator_is_refused() {
	new_test_ext().execute_with(|| {
		assert_noop!(report(proof(VALIDATORS), SESSION), Error::<Test>::InvalidKeyOwnershipProof);
		assert_noop!(report(proof(1), SESSION + 1), Error::<Test>::InvalidKeyOwnershipProof);
	});
}

#[test]
fn where_blocks_may_share_a_slot_there_is_no_offence() {
	new_test_ext().execute_with(|| {
		SeveralBlocksPerSlot::set(true);
		assert_noop!(report(proof(1), SESSION), Error::<Test>::InvalidEquivocationProof);
	});
}

#[test]
fn nobody_signs_a_report() {
	new_test_ext().execute_with(|| {
		for origin in [RuntimeOrigin::signed(1), RuntimeOrigin::root()] {
			assert_noop!(
				Equivocation::report_equivocation_unsigned(
					origin,
					Box::new(proof(1)),
					KeyOwnerProof(SESSION)
				),
				BadOrigin
			);
		}
	});
}
