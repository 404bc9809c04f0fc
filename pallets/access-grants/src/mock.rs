//! A runtime with this pallet, and in place of the pallets that it asks: members, customers and
//! lawful bases that tests change at will, and trails that are kept whole.

use crate as pallet_access_grants;
use consentry_primitives::{
	access::{GrantTerms, Grantee, Hours, Policy, RateLimit, Scope},
	api::MemberInfo,
	consent::{LawfulBases, PurposeStatus},
	customer::{CustomerRegistry, CustomerStatus},
	organisation::Suspensions,
	Action, Actor, AuditTrail, Categories, Commitment, CustomerId, DataCategory, Denial, Entry,
	GrantId, LawfulBasis, Membership, Moment, OrganisationId, PurposeId, Role, Roles, DAY, HOUR,
};
use frame_support::{
	derive_impl,
	dispatch::DispatchResultWithPostInfo,
	parameter_types,
	traits::{ConstU32, ConstU64, Contains, OnIdle, Time},
	weights::Weight,
};
use sp_core::H256;
use sp_io::TestExternalities;
use sp_runtime::{BuildStorage, DispatchError, StateVersion};
use std::collections::{BTreeMap, BTreeSet};

pub type AccountId = u64;

/// Officer of the controller.
pub const OFFICER: AccountId = 1;
/// Agent of the controller.
pub const AGENT: AccountId = 2;
/// Officer, Steward and Agent of the controller.
pub const ALLROUNDER: AccountId = 3;
/// Agent of the processor.
pub const PROCESSOR: AccountId = 4;
/// Officer and Agent of an organisation that has nothing to do with the controller.
pub const STRANGER: AccountId = 5;
/// Steward of the controller, and no Agent.
pub const STEWARD: AccountId = 6;
/// No member of any organisation.
pub const OUTSIDER: AccountId = 9;
/// The account that customer 1 acts with.
pub const HOLDER: AccountId = 101;
/// A guardian of customer 1.
pub const GUARDIAN: AccountId = 102;

pub const CONTROLLER: OrganisationId = 0;
pub const PROCESSING: OrganisationId = 1;
pub const STRANGE: OrganisationId = 2;

/// The controller's purposes, each by its basis; then one of the stranger's.
pub const MARKETING: PurposeId = 0;
pub const DELIVERY: PurposeId = 1;
pub const ANALYSIS: PurposeId = 2;
pub const STRANGE_PURPOSE: PurposeId = 3;

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
	pub type AccessGrants = pallet_access_grants;
}

parameter_types! {
	pub static CallsAreOpen: bool = true;
	pub static Roster: BTreeMap<AccountId, (OrganisationId, Roles)> = BTreeMap::new();
	pub static Inactive: BTreeSet<OrganisationId> = BTreeSet::new();
	pub static Registry: BTreeMap<CustomerId, (CustomerStatus, Option<AccountId>)> =
		BTreeMap::new();
	pub static Purposes: Vec<PurposeStatus> = Vec::new();
	pub static Unlawful: BTreeMap<(CustomerId, PurposeId), Denial> = BTreeMap::new();
	pub static Trail: Vec<(CustomerId, Entry<AccountId>)> = Vec::new();
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
	type Customers = Customers;
	type LawfulBases = Bases;
	type AuditTrail = Trails;
	type MaxBatch = ConstU32<16>;
	type ReviewPeriod = ConstU64<{ 72 * HOUR }>;
	type WeightInfo = ();
}

/// The members on the roster.
pub struct Members;

impl Membership<AccountId> for Members {
	fn organisation_of(account: &AccountId) -> Option<OrganisationId> {
		Self::member(account).map(|member| member.organisation)
	}

	fn member(account: &AccountId) -> Option<MemberInfo> {
		let (organisation, roles) = Roster::get().remove(account)?;
		Some(MemberInfo { organisation, roles, active: Self::is_active(organisation) })
	}

	fn is_active(organisation: OrganisationId) -> bool {
		let exists = Roster::get().values().any(|(id, _)| *id == organisation);
		exists && !Inactive::get().contains(&organisation)
	}

	fn ensure_role(account: &AccountId, role: Role) -> Result<OrganisationId, DispatchError> {
		match Self::member(account) {
			Some(MemberInfo { organisation, roles, active: true })
				if roles.contains(role) && !AccessGrants::is_suspended(account) =>
			{
				Ok(organisation)
			},
			_ => Err(DispatchError::BadOrigin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn create_member(account: &AccountId) -> OrganisationId {
		let roles = Role::ALL.into_iter().collect();
		Roster::mutate(|roster| {
			// Of a run before, too: what mocks keep is not rolled back.
			let known = roster.get(account).map(|(organisation, _)| *organisation);
			let organisation = known.unwrap_or(1_000 + roster.len() as u32);
			roster.insert(*account, (organisation, roles));
			organisation
		})
	}
}

/// The customers in the registry, the first of them with an account and a guardian.
pub struct Customers;

impl CustomerRegistry<AccountId> for Customers {
	fn status(customer: &CustomerId) -> Option<CustomerStatus> {
		Registry::get().get(customer).map(|(status, _)| *status)
	}

	fn ensure_live(customer: &CustomerId) -> Result<OrganisationId, DispatchError> {
		match Self::status(customer) {
			Some(CustomerStatus { controller, erased: false, .. }) => Ok(controller),
			Some(_) => Err(DispatchError::Other("Erased")),
			None => Err(DispatchError::Other("NotFound")),
		}
	}

	fn ensure_customer(
		who: &AccountId,
		customer: &CustomerId,
	) -> Result<Actor<AccountId>, DispatchError> {
		Self::ensure_live(customer)?;
		let holder = Registry::get().get(customer).and_then(|(_, holder)| *holder);
		match (holder, *who) {
			(Some(holder), who) if holder == who => Ok(Actor::Customer),
			(Some(HOLDER), GUARDIAN) => Ok(Actor::Guardian { account: GUARDIAN }),
			_ => Err(DispatchError::Other("NotAuthorised")),
		}
	}

	fn ensure_controller(
		who: &AccountId,
		role: Role,
		customer: &CustomerId,
	) -> Result<Actor<AccountId>, DispatchError> {
		let organisation = Members::ensure_role(who, role)?;
		match Self::ensure_live(customer)? == organisation {
			true => Ok(Actor::Member { organisation, account: *who }),
			false => Err(DispatchError::Other("NotAuthorised")),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn create_customer(steward: &AccountId, seed: u32, account: Option<&AccountId>) -> CustomerId {
		let id = H256::from_low_u64_be(u64::from(seed) + 1_000);
		let controller = Members::organisation_of(steward).expect("the steward is a member");
		register(id, controller, account.copied());
		id
	}
}

/// The purposes, each lawful for every customer for whom no test said otherwise.
pub struct Bases;

impl LawfulBases<AccountId> for Bases {
	fn purpose(purpose: PurposeId) -> Option<PurposeStatus> {
		Purposes::get().get(purpose as usize).copied()
	}

	fn permits(
		customer: &CustomerId,
		purpose: PurposeId,
		categories: Categories,
		_: Moment,
	) -> Result<LawfulBasis, Denial> {
		let status = Self::purpose(purpose).ok_or(Denial::WrongPurpose)?;
		if status.retired {
			Err(Denial::PurposeRetired)
		} else if !status.categories.contains(categories) {
			Err(Denial::CategoryNotInPurpose)
		} else {
			match Unlawful::get().get(&(*customer, purpose)) {
				Some(reason) => Err(*reason),
				None => Ok(status.basis),
			}
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn create_purpose(officer: &AccountId) -> PurposeId {
		let controller = Members::organisation_of(officer).expect("the officer is a member");
		Purposes::mutate(|purposes| {
			purposes.push(PurposeStatus { categories: Categories::all(), ..purpose(controller) });
			purposes.len() as PurposeId - 1
		})
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn give_consent(_: &CustomerId, _: PurposeId) {}
}

/// Trails that are kept whole.
pub struct Trails;

impl AuditTrail<AccountId> for Trails {
	fn append(
		customer: &CustomerId,
		actor: Actor<AccountId>,
		action: Action<AccountId>,
	) -> Entry<AccountId> {
		Trail::mutate(|trail| {
			let index = trail.iter().filter(|(id, _)| id == customer).count() as u64;
			let entry = Entry { index, moment: Timestamp::now(), block: 1, actor, action };
			trail.push((*customer, entry.clone()));
			entry
		})
	}
}

/// A purpose that rests on consent and needs the categories that [`needed`] names.
fn purpose(controller: OrganisationId) -> PurposeStatus {
	PurposeStatus { controller, basis: LawfulBasis::Consent, categories: needed(), retired: false }
}

/// The categories that every purpose of the mock needs.
pub fn needed() -> Categories {
	[DataCategory::Identity, DataCategory::Contact, DataCategory::Address].into_iter().collect()
}

pub fn contact() -> Categories {
	DataCategory::Contact.into()
}

/// Day 1,000, 10:00; the members above; the controller's customers 1 to 8, the stranger's 9.
pub fn new_test_ext() -> TestExternalities {
	let roles = |roles: &[Role]| roles.iter().copied().collect::<Roles>();
	CallsAreOpen::set(true);
	Roster::set(BTreeMap::from([
		(OFFICER, (CONTROLLER, roles(&[Role::Officer]))),
		(AGENT, (CONTROLLER, roles(&[Role::Agent]))),
		(ALLROUNDER, (CONTROLLER, roles(&[Role::Officer, Role::Steward, Role::Agent]))),
		(STEWARD, (CONTROLLER, roles(&[Role::Steward]))),
		(PROCESSOR, (PROCESSING, roles(&[Role::Agent]))),
		(STRANGER, (STRANGE, roles(&[Role::Officer, Role::Agent]))),
	]));
	Inactive::set(BTreeSet::new());
	Registry::set(BTreeMap::new());
	for n in 1..9 {
		register(id(n), CONTROLLER, (n == 1).then_some(HOLDER));
	}
	register(id(9), STRANGE, None);
	Purposes::set(vec![
		purpose(CONTROLLER),
		PurposeStatus { basis: LawfulBasis::Contract, ..purpose(CONTROLLER) },
		PurposeStatus { basis: LawfulBasis::LegitimateInterests, ..purpose(CONTROLLER) },
		purpose(STRANGE),
	]);
	Unlawful::set(BTreeMap::new());
	Trail::set(Vec::new());

	let storage = frame_system::GenesisConfig::<Test>::default().build_storage();
	let mut ext = TestExternalities::new(storage.expect("the default genesis builds; qed"));
	ext.execute_with(|| {
		frame_system::BlockHash::<Test>::insert(0, GENESIS);
		System::set_block_number(1);
		set_time(1_000 * DAY + 10 * HOUR);
	});
	ext
}

pub const GENESIS: H256 = H256::repeat_byte(0xfe);

/// Runs `test` and checks the invariants after it.
pub fn run(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		AccessGrants::do_try_state().expect("the invariants hold after the test");
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
	AccessGrants::on_idle(1, Weight::MAX);
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

pub fn commitment(n: u8) -> Commitment {
	Commitment::Blake2b256V1(H256::repeat_byte(n))
}

/// Customer `n`.
pub fn id(n: u8) -> CustomerId {
	H256::repeat_byte(n)
}

pub fn register(id: CustomerId, controller: OrganisationId, holder: Option<AccountId>) {
	let status = CustomerStatus { controller, registered: 0, erased: false };
	Registry::mutate(|registry| registry.insert(id, (status, holder)));
}

pub fn erase(id: CustomerId) {
	Registry::mutate(|registry| {
		let (status, holder) = registry.get_mut(&id).expect("is registered");
		status.erased = true;
		*holder = None;
	});
}

pub fn retire(purpose: PurposeId) {
	Purposes::mutate(|purposes| purposes[purpose as usize].retired = true);
}

pub fn forbid(customer: CustomerId, purpose: PurposeId, reason: Denial) {
	Unlawful::mutate(|unlawful| unlawful.insert((customer, purpose), reason));
}

/// Contact data for marketing, for a day from now.
pub fn terms() -> GrantTerms {
	GrantTerms {
		purpose: MARKETING,
		categories: contact(),
		from: now(),
		until: Some(now() + DAY),
		uses: None,
	}
}

pub fn to(account: AccountId) -> Grantee<AccountId> {
	Grantee::Account { account }
}

pub fn one(n: u8) -> Scope {
	Scope::Customer { customer: id(n) }
}

pub fn everyone() -> Scope {
	Scope::Controller { organisation: CONTROLLER }
}

/// Grants, by the controller's Officer.
pub fn granted(scope: Scope, grantee: Grantee<AccountId>, terms: GrantTerms) -> GrantId {
	let id = crate::NextGrantId::<Test>::get();
	AccessGrants::grant(signed(OFFICER), scope, grantee, terms).expect("an officer grants");
	id
}

/// Sets the controller's policy.
pub fn policy(policy: Policy) {
	AccessGrants::set_policy(signed(OFFICER), policy).expect("an officer sets a policy");
}

pub fn limit(count: u32, window: Moment) -> Option<RateLimit> {
	Some(RateLimit { count, window })
}

/// From 9 to 17, UTC.
pub fn office_hours() -> Hours {
	Hours((9..17).fold(0, |hours, hour| hours | 1 << hour))
}

/// Requests contact data for marketing.
pub fn request(who: AccountId, grant: GrantId, customers: &[CustomerId]) {
	request_for(who, grant, MARKETING, contact(), customers);
}

pub fn request_for(
	who: AccountId,
	grant: GrantId,
	purpose: PurposeId,
	categories: Categories,
	customers: &[CustomerId],
) {
	try_request_for(who, grant, purpose, categories, customers).expect("a decision is no error");
}

pub fn try_request_for(
	who: AccountId,
	grant: GrantId,
	purpose: PurposeId,
	categories: Categories,
	customers: &[CustomerId],
) -> DispatchResultWithPostInfo {
	let customers = customers.to_vec().try_into().expect("tests name few customers");
	AccessGrants::request_access(signed(who), grant, purpose, categories, customers, None)
}

pub fn break_glass(who: AccountId, customer: CustomerId) {
	AccessGrants::break_glass(signed(who), customer, MARKETING, contact(), commitment(1), None)
		.expect("a decision is no error");
}

/// This pallet's events since the last call of this.
pub fn events() -> Vec<crate::Event<Test>> {
	let events = System::events().into_iter().filter_map(|record| match record.event {
		RuntimeEvent::AccessGrants(event) => Some(event),
		_ => None,
	});
	let events = events.collect();
	System::reset_events();
	events
}

/// What was decided about each customer since the last call of [`events`].
pub fn decisions() -> Vec<Result<(), Denial>> {
	let decided = events().into_iter().filter_map(|event| match event {
		crate::Event::Authorised { .. } | crate::Event::GlassBroken { .. } => Some(Ok(())),
		crate::Event::Denied { reason, .. } => Some(Err(reason)),
		_ => None,
	});
	decided.collect()
}

pub fn is_suspended(account: AccountId) -> bool {
	AccessGrants::is_suspended(&account)
}

/// What the trail of `customer` tells, in order.
pub fn actions(customer: CustomerId) -> Vec<Action<AccountId>> {
	let trail = Trail::get().into_iter().filter(|(id, _)| *id == customer);
	trail.map(|(_, entry)| entry.action).collect()
}

/// The last entry in the trail of `customer`.
pub fn last_entry(customer: CustomerId) -> Entry<AccountId> {
	let (_, entry) =
		Trail::get().into_iter().rfind(|(id, _)| *id == customer).expect("has a trail");
	entry
}

/// The state without its events.
pub fn state() -> Vec<u8> {
	System::reset_events();
	sp_io::storage::root(StateVersion::V1)
}
