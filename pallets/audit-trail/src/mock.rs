//! A runtime with this pallet alone.

use crate as pallet_audit_trail;
use crate::Trails;
use codec::Decode;
use consentry_primitives::{trail::StoredEntry, Action, Actor, AuditTrail as _, CustomerId};
use frame_support::{derive_impl, traits::ConstU64};
use sp_core::H256;
use sp_io::TestExternalities;
use sp_runtime::BuildStorage;

#[frame_support::runtime]
mod runtime {
	#[runtime::runtime]
	#[runtime::derive(
		RuntimeCall,
		RuntimeEvent,
		RuntimeError,
		RuntimeOrigin,
		RuntimeTask,
		RuntimeFreezeReason,
		RuntimeHoldReason,
		RuntimeSlashReason,
		RuntimeLockId,
		RuntimeViewFunction
	)]
	pub struct Test;

	#[runtime::pallet_index(0)]
	pub type System = frame_system;
	#[runtime::pallet_index(1)]
	pub type Timestamp = pallet_timestamp;
	#[runtime::pallet_index(2)]
	pub type AuditTrail = pallet_audit_trail;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {
	type MinimumPeriod = ConstU64<0>;
}

impl crate::Config for Test {
	type Time = Timestamp;
	type WeightInfo = ();
}

pub const GENESIS: H256 = H256::repeat_byte(0xfe);

pub fn new_test_ext() -> TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage();
	let mut ext = TestExternalities::new(storage.expect("the default genesis builds; qed"));
	ext.execute_with(|| {
		frame_system::BlockHash::<Test>::insert(0, GENESIS);
		System::set_block_number(1);
		pallet_timestamp::Now::<Test>::put(1_000);
	});
	ext
}

/// Runs `test`, checks the invariants after it, and returns its value with the entry that lies in
/// off-chain storage under each head that `test` returned.
pub fn run<R>(test: impl FnOnce() -> R) -> (R, TestExternalities) {
	let mut ext = new_test_ext();
	let result = ext.execute_with(|| {
		let result = test();
		AuditTrail::do_try_state().expect("the invariants hold after the test");
		result
	});
	ext.persist_offchain_overlay();
	(result, ext)
}

/// The entry that a node would hold under `head`.
pub fn stored(ext: &TestExternalities, head: &H256) -> Option<StoredEntry<u64>> {
	let bytes = ext.offchain_db().get(&consentry_primitives::trail::storage_key(head))?;
	Some(StoredEntry::decode(&mut &bytes[..]).expect("what was stored decodes"))
}

pub fn customer(n: u8) -> CustomerId {
	CustomerId::repeat_byte(n)
}

/// Appends to the trail of `customer` and returns its head.
pub fn append(customer: CustomerId, actor: Actor<u64>, action: Action<u64>) -> H256 {
	AuditTrail::append(&customer, actor, action);
	Trails::<Test>::get(customer).expect("there is a trail after appending").head
}
