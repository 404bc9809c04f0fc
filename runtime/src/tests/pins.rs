//! What clients rely on: indices, the extensions' order, and what fits into a block.

use super::*;
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::PalletsInfoAccess,
};
use sp_runtime::traits::TransactionExtension;

#[test]
fn pallet_indices_are_pinned() {
	let pallets: Vec<_> =
		AllPalletsWithSystem::infos().into_iter().map(|info| (info.index, info.name)).collect();
	let expected = [
		(0, "System"),
		(1, "Timestamp"),
		(2, "Aura"),
		(3, "Grandpa"),
		(4, "Session"),
		(5, "Historical"),
		(6, "Authorship"),
		(7, "Balances"),
		(8, "TransactionPayment"),
		(9, "SkipFeelessPayment"),
		(10, "Utility"),
		(11, "Council"),
		(12, "Validators"),
		(13, "Consortium"),
		(20, "Organisations"),
		(21, "AuditTrail"),
		(22, "Customers"),
	];
	assert_eq!(pallets, expected);
}

#[test]
fn extensions_are_pinned() {
	let identifiers: Vec<_> =
		TxExtension::metadata().into_iter().map(|extension| extension.identifier).collect();
	let expected = [
		"AuthorizeCall",
		"CheckNonZeroSender",
		"CheckSpecVersion",
		"CheckTxVersion",
		"CheckGenesis",
		"CheckMortality",
		"CheckNonce",
		"CheckWeight",
		"ChargeTransactionPayment",
		"CustomerPriority",
		"CheckMetadataHash",
		"WeightReclaim",
	];
	assert_eq!(identifiers, expected);
}

#[test]
fn the_largest_calls_fit_into_a_block() {
	let records: Vec<_> =
		consentry_primitives::DataCategory::ALL.map(|category| (category, COMMITMENT)).into();
	let new: NewCustomer<ConstU32<10>> = NewCustomer {
		nonce: H256::zero(),
		records: records.try_into().expect("one for each category"),
	};
	let batch = vec![new; 256].try_into().expect("a batch");
	let call = RuntimeCall::from(pallet_customers::Call::register { customers: batch });
	let limits = configs::BlockWeights::get();
	let limit = limits.get(DispatchClass::Normal).max_extrinsic.expect("is limited");
	let weight = call.get_dispatch_info().call_weight;
	assert!(weight.all_lte(limit), "{weight} > {limit}");
}
