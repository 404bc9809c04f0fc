//! A runtime with this pallet, balances, and three organisations.

use crate as pallet_consortium;
use consentry_primitives::OrganisationId;
use frame_support::{derive_impl, ensure, parameter_types, traits::ConstU64};
use frame_system::EnsureRoot;
use sp_core::{
	traits::{Externalities, ReadRuntimeVersion, ReadRuntimeVersionExt},
	H256,
};
use sp_io::TestExternalities;
use sp_runtime::{traits::TryConvert, BuildStorage, DispatchResult};

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
	fn member(_: &u64) -> Option<consentry_primitives::api::MemberInfo> {
		None
	}
	fn is_active(_: OrganisationId) -> bool {
		true
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

/// The most validators that there can be.
pub const MAX_VALIDATORS: usize = 6;

parameter_types! {
	pub static Listed: Vec<u64> = Vec::new();
	pub static WithKeys: Vec<u64> = Vec::new();
}

/// The list of validators, and who has session keys.
pub struct Validators;

impl crate::ValidatorList<u64> for Validators {
	fn validators() -> Vec<u64> {
		Listed::get()
	}
	fn has_keys(who: &u64) -> bool {
		WithKeys::get().contains(who)
	}
	fn add(who: u64) -> DispatchResult {
		ensure!(Listed::get().len() < MAX_VALIDATORS, "full");
		Listed::mutate(|listed| listed.push(who));
		Ok(())
	}
	fn remove(who: u64) -> DispatchResult {
		Listed::mutate(|listed| listed.retain(|one| *one != who));
		Ok(())
	}
	#[cfg(feature = "runtime-benchmarks")]
	fn set_keys(who: &u64) {
		WithKeys::mutate(|with_keys| with_keys.push(*who));
	}
}

/// Blocks of a session where the genesis says nothing else.
pub const SESSION_BLOCKS: u64 = 10;

impl crate::Config for Test {
	type ConsortiumOrigin = EnsureRoot<u64>;
	type Currency = Balances;
	type OrganisationAccount = Organisations;
	type Validators = Validators;
	type DefaultSessionBlocks = ConstU64<SESSION_BLOCKS>;
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

/// What the genesis says where a test says nothing else: validators 0 to 3 with keys, of which at
/// least three must stay.
pub fn config() -> crate::GenesisConfig<Test> {
	crate::GenesisConfig { minimum_validators: 3, ..Default::default() }
}

pub fn new_test_ext() -> TestExternalities {
	genesis(config())
}

/// A chain at its first block.
pub fn genesis(consortium: crate::GenesisConfig<Test>) -> TestExternalities {
	Listed::set((0..4).collect());
	WithKeys::set((0..8).collect());
	let config = RuntimeGenesisConfig { consortium, ..Default::default() };
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
