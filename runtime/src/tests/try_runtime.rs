//! What the SDK's `try-runtime` checks: an upgrade to this release, and the invariants of all
//! pallets, the SDK's own included.

use super::*;
use frame_try_runtime::UpgradeCheckSelect;

#[test]
fn an_upgrade_passes_all_checks() {
	validators::run(|| {
		let (customer, holder) = claimed(1);
		create_purpose(0, LawfulBasis::Consent);
		let give = pallet_consent::Call::give { customer, purpose: 0, permission: permission() };
		assert_eq!(apply(&mortal(&holder, give)), Ok(Ok(())));
		Executive::try_runtime_upgrade(UpgradeCheckSelect::All).expect("all checks pass");
	});
}
