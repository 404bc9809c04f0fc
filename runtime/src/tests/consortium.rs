//! What the council decides, and that nobody else does.

use super::*;
use frame_support::assert_noop;
use sp_runtime::{traits::Hash as _, DispatchError};

#[test]
fn only_the_council_registers_and_issues() {
	run(|| {
		for who in [signed(Bob), RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(
				Consortium::issue_credits(who.clone(), ORGANISATION, CREDIT),
				DispatchError::BadOrigin
			);
			assert_noop!(Organisations::suspend(who, ORGANISATION), DispatchError::BadOrigin);
		}
		motion(pallet_organisations::Call::suspend { organisation: ORGANISATION });
		assert!(!Organisations::organisation_info(ORGANISATION).expect("is registered").active);
	});
}

#[test]
fn the_council_has_no_root() {
	run(|| {
		let set_code = frame_system::Call::set_code { code: vec![1] };
		assert_eq!(try_motion(set_code), Err(DispatchError::BadOrigin));
	});
}

#[test]
fn an_upgrade_is_authorised_by_hash() {
	run(|| {
		let code_hash = sp_runtime::traits::BlakeTwo256::hash(b"code");
		motion(pallet_consortium::Call::authorise_upgrade { code_hash });
		let other = System::apply_authorized_upgrade(signed(Bob), b"other".to_vec());
		assert!(other.is_err());
		let authorised = System::authorized_upgrade().expect("was authorised");
		assert_eq!(*authorised.code_hash(), code_hash);
	});
}

#[test]
fn who_did_not_vote_did_not_agree() {
	run(|| {
		let seats: Vec<_> = (0..4).map(|n| account(&key(n))).collect();
		let council = seats.clone();
		motion(pallet_collective::Call::<Runtime, configs::CouncilInstance>::set_members {
			new_members: council,
			prime: Some(seats[0].clone()),
			old_count: 1,
		});
		let call: RuntimeCall =
			pallet_organisations::Call::suspend { organisation: ORGANISATION }.into();
		let hash = sp_runtime::traits::BlakeTwo256::hash_of(&call);
		let seat = |n: usize| RuntimeOrigin::signed(seats[n].clone());
		assert_ok!(Council::propose(seat(0), 3, Box::new(call), 10_000));
		for n in 0..2 {
			assert_ok!(Council::vote(seat(n), hash, 0, true));
		}
		System::set_block_number(1 + 7 * 24 * HOURS + 1);
		let weight = configs::BlockWeights::get().max_block;
		assert_ok!(Council::close(seat(0), hash, 0, weight, 10_000));
		assert!(Organisations::organisation_info(ORGANISATION).expect("is registered").active);
	});
}
