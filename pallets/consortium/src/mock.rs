//! A runtime with this pallet, balances, and three organisations.

use crate as pallet_consortium;
use consentry_primitives::OrganisationId;
use frame_support::{derive_impl, traits::ConstU64};
use frame_system::EnsureRoot;
use sp_core::{
	traits::{Externalities, ReadRuntimeVersion, ReadRuntimeVersionExt},
	H256,
};
use sp_io::TestExternalities;
use sp_runtime::{traits::TryConvert, BuildStorage};

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
	pub type Balances = pallet_balances;
	#[runtime::pallet_index(2)]
	pub type Consortium = pallet_consortium;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountData = pallet_balances::AccountData<u64>;
}

pub const EXISTENTIAL_DEPOSIT: u64 = 10;

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
	type AccountStore = System;
	type ExistentialDeposit = ConstU64<EXISTENTIAL_DEPOSIT>;
}

/// The number of organisations.
pub const ORGANISATIONS: OrganisationId = 3;

/// Account 1000 pays for organisation 0, account 1001 for organisation 1, and so on.
pub struct Organisations;

impl TryConvert<OrganisationId, u64> for Organisations {
	fn try_convert(organisation: OrganisationId) -> Result<u64, OrganisationId> {
		if organisation < ORGANISATIONS {
			Ok(1_000 + u64::from(organisation))
		} else {
			Err(organisation)
		}
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl consentry_primitives::Membership<u64> for Organisations {
	fn organisation_of(_: &u64) -> Option<OrganisationId> {
		Some(0)
	}
	fn ensure_role(
		_: &u64,
		_: consentry_primitives::Role,
	) -> Result<OrganisationId, sp_runtime::DispatchError> {
		Ok(0)
	}
	fn create_member(_: &u64) -> OrganisationId {
		0
	}
}

impl crate::Config for Test {
	type ConsortiumOrigin = EnsureRoot<u64>;
	type Currency = Balances;
	type OrganisationAccount = Organisations;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = Organisations;
	type WeightInfo = ();
}

/// Takes the code itself for its encoded version, so that tests need no wasm.
struct CodeIsVersion;

impl ReadRuntimeVersion for CodeIsVersion {
	fn read_runtime_version(
		&self,
		code: &[u8],
		_: &mut dyn Externalities,
	) -> Result<Vec<u8>, String> {
		Ok(code.to_vec())
	}
}

pub fn new_test_ext() -> TestExternalities {
	genesis(false)
}

/// A chain at its first block, with the genesis flag as given.
pub fn genesis(several_blocks_per_slot: bool) -> TestExternalities {
	let config = RuntimeGenesisConfig {
		consortium: crate::GenesisConfig { several_blocks_per_slot, ..Default::default() },
		..Default::default()
	};
	let storage = config.build_storage().expect("the genesis builds; qed");
	let mut ext = TestExternalities::new(storage);
	ext.register_extension(ReadRuntimeVersionExt::new(CodeIsVersion));
	ext.execute_with(|| System::set_block_number(1));
	ext
}

/// Runs `test` and checks the invariants after it.
pub fn run<R>(test: impl FnOnce() -> R) -> R {
	new_test_ext().execute_with(|| {
		let result = test();
		Consortium::do_try_state().expect("the invariants hold after the test");
		result
	})
}

/// The hash of the code that is authorised.
pub fn authorised() -> Option<H256> {
	System::authorized_upgrade().map(|upgrade| *upgrade.code_hash())
}
