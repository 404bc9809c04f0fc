//! A runtime with this pallet, and in place of the pallets that it asks: members that stay, and
//! trails that are kept whole.

use crate as pallet_customers;
use crate::{Interaction, NewCustomer};
use consentry_primitives::{
	api::MemberInfo, customer::customer_id, Action, Actor, AuditTrail, Commitment, CustomerId,
	DataCategory, Entry, InteractionKind, Membership, Moment, OrganisationId, Role, Roles, DAY,
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, ConstU64, Contains, OnIdle, Time},
	weights::Weight,
};
use sp_core::H256;
use sp_io::TestExternalities;
use sp_runtime::{BuildStorage, DispatchError};
use std::collections::BTreeMap;

pub type AccountId = u64;

/// Steward of organisation 0.
pub const STEWARD: AccountId = 1;
/// Officer of organisation 0.
pub const OFFICER: AccountId = 2;
/// Steward and Officer of organisation 1.
pub const STRANGER: AccountId = 3;
/// A one-time key.
pub const KEY: AccountId = 100;
/// The account that a customer acts with.
pub const ACCOUNT: AccountId = 101;
/// A guardian's account.
pub const GUARDIAN: AccountId = 102;

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
	pub type Customers = pallet_customers;
}

parameter_types! {
	pub static CallsAreOpen: bool = true;
	pub static Trail: Vec<(CustomerId, Entry<AccountId>)> = Vec::new();
	pub static Staff: BTreeMap<AccountId, (OrganisationId, Roles)> = BTreeMap::new();
}

/// Lets a test close all calls.
pub struct Filter;

impl Contains<RuntimeCall> for Filter {
	fn contains(_: &RuntimeCall) -> bool {
		CallsAreOpen::get()
	}
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
	type BaseCallFilter = Filter;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {
	type MinimumPeriod = ConstU64<0>;
}

impl crate::Config for Test {
	type Time = Timestamp;
	type Membership = Members;
	type AuditTrail = Trails;
	type Sweep = Customers;
	type MaxBatch = ConstU32<16>;
	type MaxRecords = ConstU32<10>;
	type MaxGuardians = ConstU32<2>;
	type MaxInvitationPeriod = ConstU64<{ 30 * DAY }>;
	type ReclaimDelay = ConstU64<{ 7 * DAY }>;
	type ErasurePeriod = ConstU64<{ 30 * DAY }>;
	type WeightInfo = ();
}

/// The members.
pub struct Members;

impl Members {
	fn of(account: &AccountId) -> Option<(OrganisationId, Roles)> {
		Staff::get().get(account).copied()
	}
}

impl Membership<AccountId> for Members {
	fn organisation_of(account: &AccountId) -> Option<OrganisationId> {
		Self::of(account).map(|(organisation, _)| organisation)
	}

	fn member(account: &AccountId) -> Option<MemberInfo> {
		let (organisation, roles) = Self::of(account)?;
		Some(MemberInfo { organisation, roles, active: true })
	}

	fn is_active(organisation: OrganisationId) -> bool {
		Staff::get().values().any(|(id, _)| *id == organisation)
	}

	fn ensure_role(account: &AccountId, role: Role) -> Result<OrganisationId, DispatchError> {
		match Self::of(account) {
			Some((organisation, roles)) if roles.contains(role) => Ok(organisation),
			_ => Err(DispatchError::BadOrigin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn create_member(account: &AccountId) -> OrganisationId {
		let organisation = 100 + Staff::get().len() as OrganisationId;
		let roles = Role::ALL.into_iter().collect();
		Staff::mutate(|staff| staff.insert(*account, (organisation, roles)));
		organisation
	}
}

/// Trails that are kept whole.
pub struct Trails;

impl AuditTrail<AccountId> for Trails {
	fn append(
		customer: &CustomerId,
		actor: Actor<AccountId>,
		action: Action<AccountId>,
	) -> Entry<AccountId> {
		let mut trail = Trail::get();
		let index = trail.iter().filter(|(id, _)| id == customer).count() as u64;
		let entry = Entry { index, moment: Timestamp::now(), block: 1, actor, action };
		trail.push((*customer, entry.clone()));
		Trail::set(trail);
		entry
	}
}

/// Day 1,000, and the members above.
pub fn new_test_ext() -> TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage();
	let mut ext: TestExternalities = storage.expect("the default genesis builds; qed").into();
	CallsAreOpen::set(true);
	Trail::set(Vec::new());
	Staff::set(BTreeMap::from([
		(STEWARD, (0, Role::Steward.into())),
		(OFFICER, (0, Role::Officer.into())),
		(STRANGER, (1, [Role::Steward, Role::Officer].into_iter().collect())),
	]));
	ext.execute_with(|| {
		System::set_block_number(1);
		set_time(1_000 * DAY);
	});
	ext
}

/// Runs `test` and checks the invariants after it.
pub fn run(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		Customers::do_try_state().expect("the invariants hold after the test");
	});
}

pub fn now() -> Moment {
	Timestamp::now()
}

pub fn set_time(moment: Moment) {
	pallet_timestamp::Now::<Test>::put(moment);
}

/// Gives the pallet an idle block.
pub fn idle() {
	Customers::on_idle(1, Weight::MAX);
}

/// The id of the customer that organisation 0 registers under nonce `n`.
pub fn id(n: u8) -> CustomerId {
	customer_id(0, &H256::repeat_byte(n))
}

pub fn commitment(n: u8) -> Commitment {
	Commitment::Blake2b256V1(H256::repeat_byte(n))
}

pub fn new_customer(n: u8, categories: &[DataCategory]) -> NewCustomer<ConstU32<10>> {
	let records: Vec<_> = categories.iter().map(|category| (*category, commitment(n))).collect();
	NewCustomer {
		nonce: H256::repeat_byte(n),
		records: records.try_into().expect("tests name few categories"),
	}
}

pub fn purchase(customer: CustomerId) -> Interaction {
	Interaction { customer, kind: InteractionKind::Purchase, commitment: commitment(9) }
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

/// Registers customer `n` without records.
pub fn register(n: u8) -> CustomerId {
	let batch = vec![new_customer(n, &[])].try_into().expect("one fits");
	Customers::register(signed(STEWARD), batch).expect("a steward registers a customer");
	id(n)
}

/// Invites `key` for a day from when the invitation opens.
pub fn invite(customer: CustomerId, key: AccountId) {
	let opens = match crate::Customers::<Test>::get(customer).and_then(|c| c.account) {
		Some(_) => now() + 7 * DAY,
		None => now(),
	};
	let method = consentry_primitives::customer::IdentificationMethod::AddressOnFile;
	Customers::invite(signed(STEWARD), customer, key, method, commitment(8), opens + DAY)
		.expect("a steward invites a key");
}

/// Registers customer `n` and lets `account` claim it through `key`.
pub fn claimed(n: u8, key: AccountId, account: AccountId) -> CustomerId {
	let customer = register(n);
	invite(customer, key);
	Customers::claim(signed(key), account).expect("the key was invited");
	customer
}

pub fn appoint(customer: CustomerId, guardian: AccountId, until: Moment) {
	Customers::appoint_guardian(signed(OFFICER), customer, guardian, commitment(7), until)
		.expect("an officer appoints a guardian");
}

/// What the trail of `customer` tells, in order.
pub fn actions(customer: CustomerId) -> Vec<Action<AccountId>> {
	let trail = Trail::get().into_iter().filter(|(id, _)| *id == customer);
	trail.map(|(_, entry)| entry.action).collect()
}

/// Who did what the last entry in the trail of `customer` tells.
pub fn last_actor(customer: CustomerId) -> Actor<AccountId> {
	let (_, entry) =
		Trail::get().into_iter().rfind(|(id, _)| *id == customer).expect("has a trail");
	entry.actor
}
