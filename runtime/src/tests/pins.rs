//! What clients rely on: indices, the extensions' order, and what fits into a block.

use super::*;
use consentry_primitives::{
	consent::{CaptureMethod, Permission, Statement},
	Categories, DataCategory, InteractionKind,
};
use frame_support::{
	dispatch::{DispatchClass, GetDispatchInfo},
	traits::{GetCallMetadata, PalletsInfoAccess},
};
use pallet_consent::RecordedStatement;
use pallet_customers::Interaction;
use sp_runtime::traits::TransactionExtension;

/// A chain of validators that did so could be sealed without them.
#[test]
fn only_development_lets_blocks_share_a_slot() {
	for (preset, shared) in [(genesis_presets::DEVELOPMENT, true), (genesis_presets::LOCAL, false)]
	{
		let patch = genesis_presets::get_preset(&preset.into()).expect("it is known");
		let patch: serde_json::Value = serde_json::from_slice(&patch).expect("it is JSON");
		assert_eq!(patch["consortium"]["severalBlocksPerSlot"], shared, "{preset}");
	}
	assert!(!ConsortiumConfig::default().several_blocks_per_slot);
}

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
		(14, "Offences"),
		(15, "Equivocation"),
		(16, "SafeMode"),
		(17, "TxPause"),
		(18, "MultiBlockMigrations"),
		(20, "Organisations"),
		(21, "AuditTrail"),
		(22, "Customers"),
		(23, "Consent"),
		(24, "AccessGrants"),
		(25, "Peers"),
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

/// The largest calls that there can be.
fn largest() -> Vec<RuntimeCall> {
	let customer = CustomerId::repeat_byte(1);
	let records: Vec<_> = DataCategory::ALL.map(|category| (category, COMMITMENT)).into();
	let new = NewCustomer::<ConstU32<10>> {
		nonce: H256::zero(),
		records: records.try_into().expect("one for each category"),
	};
	let customers = vec![new; 256].try_into().expect("a batch");
	let register = pallet_customers::Call::register { customers };
	let interaction = Interaction { customer, kind: InteractionKind::Call, commitment: COMMITMENT };
	let interactions = vec![interaction; 256].try_into().expect("a batch");
	let interactions = pallet_customers::Call::record_interactions { interactions };
	let permission = Permission { until: Some(START), ..permission() };
	let change = RecordedStatement {
		customer,
		purpose: 0,
		statement: Statement::Give { permission },
		method: CaptureMethod::Form,
		evidence: COMMITMENT,
	};
	let changes = vec![change; 256].try_into().expect("a batch");
	let record = pallet_consent::Call::record { changes };
	let request = pallet_access_grants::Call::request_access {
		grant: 0,
		purpose: 0,
		categories: Categories::all(),
		customers: vec![customer; 256].try_into().expect("a batch"),
		reader: Some([7; 32]),
	};
	vec![register.into(), interactions.into(), record.into(), request.into()]
}

#[test]
fn each_record_is_charged_its_access_to_the_database() {
	type Registration = crate::weights::pallet_customers::WeightInfo<Runtime>;
	let weight = |records| <Registration as pallet_customers::WeightInfo>::register(256, records);
	let database = <Runtime as frame_system::Config>::DbWeight::get();
	let charged = weight(2_560) - weight(0);
	assert!(charged.all_gte(database.reads_writes(2_560, 2_560)), "{charged}");
}

#[test]
fn the_largest_calls_fit_into_a_block() {
	let limits = configs::BlockWeights::get();
	let limit = limits.get(DispatchClass::Normal).max_extrinsic.expect("is limited");
	let length =
		*<Runtime as frame_system::Config>::BlockLength::get().max.get(DispatchClass::Normal);
	for call in largest() {
		let name = call.get_call_metadata().function_name;
		let weight = call.get_dispatch_info().call_weight;
		assert!(weight.all_lte(limit), "{name}: {weight} > {limit}");
		assert!(call.encoded_size() < length as usize, "{name} is too long");
	}
}
