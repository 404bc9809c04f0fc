//! A runtime with this pallet alone.

use crate as pallet_organisations;
use consentry_primitives::{customer::Bindings, organisation::Suspensions, OrganisationId};
use frame_support::{
	assert_ok, derive_impl, parameter_types,
	traits::{ConstU32, ConstU64},
	BoundedVec, PalletId,
};
use frame_system::EnsureRoot;
use sp_io::TestExternalities;
use sp_runtime::{traits::IdentityLookup, AccountId32, BuildStorage};

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
	pub type Organisations = pallet_organisations;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type AccountId = AccountId32;
	type Lookup = IdentityLookup<AccountId32>;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {
	type MinimumPeriod = ConstU64<0>;
}

parameter_types! {
	pub const OrganisationsId: PalletId = PalletId(*b"cnt/orgs");
	pub static SuspendedAccounts: Vec<AccountId32> = Vec::new();
	pub static BoundAccounts: Vec<AccountId32> = Vec::new();
}

/// The accounts that a test suspended.
pub struct Suspending;

impl Suspensions<AccountId32> for Suspending {
	fn is_suspended(account: &AccountId32) -> bool {
		SuspendedAccounts::get().contains(account)
	}
}

/// The accounts that a test bound to customers.
pub struct Binding;

impl Bindings<AccountId32> for Binding {
	fn is_bound(account: &AccountId32) -> bool {
		BoundAccounts::get().contains(account)
	}
}

/// Small, so that tests reach it.
pub const MAX_MEMBERS: u32 = 4;

impl crate::Config for Test {
	type ConsortiumOrigin = EnsureRoot<AccountId32>;
	type Time = Timestamp;
	type Suspensions = Suspending;
	type Bindings = Binding;
	type PalletId = OrganisationsId;
	type MaxMembers = ConstU32<MAX_MEMBERS>;
	type MaxNameLength = ConstU32<32>;
	type WeightInfo = ();
}

/// The moment at which tests start.
pub const NOW: u64 = 1_700_000_000_000;

pub fn new_test_ext() -> TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage();
	SuspendedAccounts::set(Vec::new());
	BoundAccounts::set(Vec::new());
	let mut ext = TestExternalities::new(storage.expect("the default genesis builds; qed"));
	ext.execute_with(|| {
		System::set_block_number(1);
		pallet_timestamp::Now::<Test>::put(NOW);
	});
	ext
}

/// Runs `test` and checks the invariants after it.
pub fn run<R>(test: impl FnOnce() -> R) -> R {
	new_test_ext().execute_with(|| {
		let result = test();
		Organisations::do_try_state().expect("the invariants hold after the test");
		result
	})
}

pub fn account(n: u8) -> AccountId32 {
	AccountId32::new([n; 32])
}

pub fn signed(n: u8) -> RuntimeOrigin {
	RuntimeOrigin::signed(account(n))
}

/// Suspends account `n`.
pub fn suspend(n: u8) {
	SuspendedAccounts::mutate(|suspended| suspended.push(account(n)));
}

pub fn name(name: &str) -> BoundedVec<u8, ConstU32<32>> {
	name.as_bytes().to_vec().try_into().expect("the name fits")
}

/// Registers an organisation with `admin` and returns its id.
pub fn registered(organisation: &str, admin: u8) -> OrganisationId {
	let id = crate::NextOrganisationId::<Test>::get();
	assert_ok!(Organisations::register(RuntimeOrigin::root(), name(organisation), account(admin)));
	id
}
