//! Authorising upgrades, and what is then applied.

use crate::mock::*;
use codec::Encode;
use frame_support::{assert_noop, assert_ok, traits::Get};
use sp_core::{storage::well_known_keys::CODE, H256};
use sp_runtime::{
	traits::{BlakeTwo256, Hash},
	DispatchError::BadOrigin,
};
use sp_version::RuntimeVersion;

/// Code of a runtime whose `spec_version` is higher than the present one's by `step`, and its hash.
fn code(step: u32) -> (Vec<u8>, H256) {
	let present: RuntimeVersion = <Test as frame_system::Config>::Version::get();
	let spec_version = present.spec_version + step;
	let code = RuntimeVersion { spec_version, ..present }.encode();
	let hash = BlakeTwo256::hash(&code);
	(code, hash)
}

fn anyone() -> RuntimeOrigin {
	RuntimeOrigin::signed(77)
}

#[test]
fn anyone_applies_what_was_authorised() {
	run(|| {
		let (code, code_hash) = code(1);
		assert_ok!(Consortium::authorise_upgrade(RuntimeOrigin::root(), code_hash));
		System::assert_last_event(
			frame_system::Event::UpgradeAuthorized { code_hash, check_version: true }.into(),
		);
		assert_ok!(System::apply_authorized_upgrade(anyone(), code.clone()));
		assert_eq!(sp_io::storage::get(CODE).map(|stored| stored.to_vec()), Some(code.clone()));
		// Once.
		assert_noop!(
			System::apply_authorized_upgrade(anyone(), code),
			frame_system::Error::<Test>::NothingAuthorized
		);
	});
}

#[test]
fn other_code_is_refused() {
	run(|| {
		assert_ok!(Consortium::authorise_upgrade(RuntimeOrigin::root(), code(1).1));
		assert_noop!(
			System::apply_authorized_upgrade(anyone(), code(2).0),
			frame_system::Error::<Test>::Unauthorized
		);
	});
}

// The SDK skips the check of versions where it is built for benchmarks.
#[cfg(not(feature = "runtime-benchmarks"))]
#[test]
fn a_version_that_does_not_rise_is_not_applied() {
	run(|| {
		let (code, code_hash) = code(0);
		let before = sp_io::storage::get(CODE);
		assert_ok!(Consortium::authorise_upgrade(RuntimeOrigin::root(), code_hash));
		assert_ok!(System::apply_authorized_upgrade(anyone(), code));
		System::assert_last_event(
			frame_system::Event::RejectedInvalidAuthorizedUpgrade {
				code_hash,
				error: frame_system::Error::<Test>::SpecVersionNeedsToIncrease.into(),
			}
			.into(),
		);
		assert_eq!(sp_io::storage::get(CODE), before);
	});
}

#[test]
fn a_later_authorisation_replaces_the_earlier() {
	run(|| {
		let (first, second) = (code(1), code(2));
		assert_ok!(Consortium::authorise_upgrade(RuntimeOrigin::root(), first.1));
		assert_ok!(Consortium::authorise_upgrade(RuntimeOrigin::root(), second.1));
		assert_noop!(
			System::apply_authorized_upgrade(anyone(), first.0),
			frame_system::Error::<Test>::Unauthorized
		);
		assert_ok!(System::apply_authorized_upgrade(anyone(), second.0));
	});
}

#[test]
fn only_the_consortium_authorises() {
	run(|| {
		assert_noop!(Consortium::authorise_upgrade(anyone(), H256::zero()), BadOrigin);
		assert_noop!(Consortium::authorise_upgrade(RuntimeOrigin::none(), H256::zero()), BadOrigin);
	});
}

#[test]
fn an_authorisation_without_check_of_the_version_breaks_the_invariants() {
	new_test_ext().execute_with(|| {
		let root = RuntimeOrigin::root();
		assert_ok!(System::authorize_upgrade_without_checks(root, H256::zero()));
		assert!(Consortium::do_try_state().is_err());
	});
}
