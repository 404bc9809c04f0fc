//! What the SDK's `try-runtime` checks: an upgrade to this release, and the invariants of all
//! pallets, the SDK's own included.

use super::*;
use frame_try_runtime::UpgradeCheckSelect;
use sp_core::storage::Storage;
use sp_io::TestExternalities;
use std::collections::BTreeMap;

/// The state of a chain of the first release with customers at work in it.
const FIRST_RELEASE: &[u8] = include_bytes!("data/release-1.state");

#[test]
fn an_upgrade_from_the_first_release_passes_all_checks() {
	let top = BTreeMap::decode(&mut &FIRST_RELEASE[..]).expect("it is a state");
	let storage = Storage { top, ..Default::default() };
	TestExternalities::new(storage).execute_with(|| {
		let before = frame_system::LastRuntimeUpgrade::<Runtime>::get().expect("it is noted");
		assert_eq!(before.spec_version.0, 1);
		assert!(pallet_customers::Customers::<Runtime>::iter_keys().next().is_some());
		Executive::try_runtime_upgrade(UpgradeCheckSelect::All).expect("all checks pass");
	});
}

#[test]
fn an_upgrade_of_this_release_passes_all_checks() {
	validators::run(|| {
		let (customer, holder) = claimed(1);
		create_purpose(0, LawfulBasis::Consent);
		let give = pallet_consent::Call::give { customer, purpose: 0, permission: permission() };
		assert_eq!(apply(&mortal(&holder, give)), Ok(Ok(())));
		Executive::try_runtime_upgrade(UpgradeCheckSelect::All).expect("all checks pass");
	});
}
