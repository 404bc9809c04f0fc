//! Random reports: just those succeed that prove a new equivocation of a validator.

use super::*;
use frame_support::assert_ok;
use proptest::prelude::*;
use sp_core::Pair;
use std::collections::BTreeSet;

/// By whom a header is sealed, in which slot, and which header it is.
type Sealed = (u64, u64, u64);

fn header() -> impl Strategy<Value = Sealed> {
	(0..VALIDATORS + 1, 0..3u64, 0..2u64)
}

proptest! {
	#![proptest_config(ProptestConfig::with_cases(16))]

	#[test]
	fn just_new_equivocations_of_validators_are_reported(
		steps in prop::collection::vec(
			(header(), header(), 0..VALIDATORS + 1, 0..3u64, SESSION..SESSION + 2),
			200,
		)
	) {
		new_test_ext().execute_with(|| {
			let mut known = BTreeSet::new();
			for (first, second, offender, slot, session) in steps {
				let expected = first.0 == offender
					&& second.0 == offender
					&& offender < VALIDATORS
					&& first.1 == slot
					&& second.1 == slot
					&& first.2 != second.2
					&& session == SESSION
					&& known.insert((offender, slot));
				let seal = |(by, slot, n): Sealed| sealed(&key(by), slot, n);
				let proof = EquivocationProof::<Test> {
					offender: key(offender).public(),
					slot: slot.into(),
					first_header: seal(first),
					second_header: seal(second),
				};
				let done = Equivocation::do_report(proof, KeyOwnerProof(session)).is_ok();
				assert_eq!(done, expected);
				assert_eq!(reported().len(), known.len());
				assert_ok!(Equivocation::do_try_state());
			}
		});
	}
}
