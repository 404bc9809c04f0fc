//! A runtime with this pallet, and in place of the pallets that it asks: members and customers that
//! tests can change, and trails that are kept whole.

use crate as pallet_consent;
use crate::RecordedStatement;
use consentry_primitives::{
	api::MemberInfo,
	consent::{
		CaptureMethod, ConsentState, Expression, Permission, PurposeTerms, SignedStatement,
		Statement, StatementSignature,
	},
	customer::{CustomerRegistry, CustomerStatus},
	Action, Actor, AuditTrail, Categories, Commitment, CustomerId, DataCategory, Entry,
	LawfulBasis, Membership, Moment, OrganisationId, PurposeId, Role, Roles, DAY,
};
use frame_support::{
	derive_impl, parameter_types,
	traits::{ConstU32, ConstU64, Contains, OnIdle, Time},
	weights::Weight,
};
use sp_core::{ecdsa, ed25519, sr25519, Pair, H256};
use sp_io::TestExternalities;
use sp_runtime::{
	traits::{IdentifyAccount, IdentityLookup},
	AccountId32, BuildStorage, DispatchError, MultiSignature, MultiSigner,
};
use std::collections::BTreeMap;

pub type AccountId = AccountId32;

/// Steward of organisation 0.
pub const STEWARD: AccountId = AccountId32::new([101; 32]);
/// Officer of organisation 0.
pub const OFFICER: AccountId = AccountId32::new([102; 32]);
/// Steward and Officer of organisation 1.
pub const STRANGER: AccountId = AccountId32::new([103; 32]);
/// No member of any organisation.
pub const ANYONE: AccountId = AccountId32::new([104; 32]);

pub const NOT_FOUND: DispatchError = DispatchError::Other("no such customer");
pub const ERASED: DispatchError = DispatchError::Other("the customer was erased");
pub const NOT_AUTHORISED: DispatchError = DispatchError::Other("not authorised");

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
	pub type Consent = pallet_consent;
}

/// A customer as the mock keeps it.
#[derive(Clone)]
pub struct Person {
	pub controller: OrganisationId,
	pub account: Option<AccountId>,
	pub guardian: Option<AccountId>,
	pub erased: bool,
}

parameter_types! {
	pub static CallsAreOpen: bool = true;
	pub static Trail: Vec<(CustomerId, Entry<AccountId>)> = Vec::new();
	pub static Staff: BTreeMap<AccountId, (OrganisationId, Roles)> = BTreeMap::new();
	pub static People: BTreeMap<CustomerId, Person> = BTreeMap::new();
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
	type AccountId = AccountId;
	type Lookup = IdentityLookup<AccountId>;
	type BaseCallFilter = Filter;
}

#[derive_impl(pallet_timestamp::config_preludes::TestDefaultConfig)]
impl pallet_timestamp::Config for Test {
	type MinimumPeriod = ConstU64<0>;
}

pub const GIVES_PER_DAY: u32 = 3;

impl crate::Config for Test {
	type Time = Timestamp;
	type Membership = Members;
	type Customers = Registry;
	type AuditTrail = Trails;
	type Signature = MultiSignature;
	type MaxBatch = ConstU32<16>;
	type MaxNameLength = ConstU32<32>;
	type MaxDpvLength = ConstU32<64>;
	type GivesPerDay = ConstU32<GIVES_PER_DAY>;
	type MaxStatementPeriod = ConstU64<{ 30 * DAY }>;
	type WeightInfo = ();
}

/// The members.
pub struct Members;

impl Membership<AccountId> for Members {
	fn organisation_of(account: &AccountId) -> Option<OrganisationId> {
		Staff::get().get(account).map(|(organisation, _)| *organisation)
	}

	fn member(account: &AccountId) -> Option<MemberInfo> {
		let (organisation, roles) = *Staff::get().get(account)?;
		Some(MemberInfo { organisation, roles, active: true })
	}

	fn is_active(organisation: OrganisationId) -> bool {
		Staff::get().values().any(|(id, _)| *id == organisation)
	}

	fn ensure_role(account: &AccountId, role: Role) -> Result<OrganisationId, DispatchError> {
		match Staff::get().get(account) {
			Some((organisation, roles)) if roles.contains(role) => Ok(*organisation),
			_ => Err(DispatchError::BadOrigin),
		}
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn create_member(account: &AccountId) -> OrganisationId {
		let organisation = 100 + Staff::get().len() as OrganisationId;
		let roles = Role::ALL.into_iter().collect();
		Staff::mutate(|staff| staff.insert(account.clone(), (organisation, roles)));
		organisation
	}
}

/// The customers.
pub struct Registry;

impl CustomerRegistry<AccountId> for Registry {
	fn status(customer: &CustomerId) -> Option<CustomerStatus> {
		let person = People::get().get(customer)?.clone();
		Some(CustomerStatus {
			controller: person.controller,
			registered: START,
			erased: person.erased,
		})
	}

	fn ensure_live(customer: &CustomerId) -> Result<OrganisationId, DispatchError> {
		match Self::status(customer) {
			Some(status) if status.erased => Err(ERASED),
			Some(status) => Ok(status.controller),
			None => Err(NOT_FOUND),
		}
	}

	fn ensure_customer(
		who: &AccountId,
		customer: &CustomerId,
	) -> Result<Actor<AccountId>, DispatchError> {
		Self::ensure_live(customer)?;
		let person = People::get().remove(customer).ok_or(NOT_FOUND)?;
		if person.account.as_ref() == Some(who) {
			return Ok(Actor::Customer);
		}
		if person.guardian.as_ref() == Some(who) {
			return Ok(Actor::Guardian { account: who.clone() });
		}
		Err(NOT_AUTHORISED)
	}

	fn ensure_controller(
		who: &AccountId,
		role: Role,
		customer: &CustomerId,
	) -> Result<Actor<AccountId>, DispatchError> {
		let organisation = Members::ensure_role(who, role)?;
		if Self::ensure_live(customer)? != organisation {
			return Err(NOT_AUTHORISED);
		}
		Ok(Actor::Member { organisation, account: who.clone() })
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn create_customer(steward: &AccountId, seed: u32, account: Option<&AccountId>) -> CustomerId {
		let controller = Members::organisation_of(steward).expect("is a member");
		let id = H256::from_low_u64_be(u64::from(seed) + 1_000);
		let person =
			Person { controller, account: account.cloned(), guardian: None, erased: false };
		People::mutate(|people| people.insert(id, person));
		id
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

/// When each test starts, and when its customers were registered.
const START: Moment = 1_000 * DAY;

/// Day 1,000, the members above, customers 1 to 3 of organisation 0 and customer 4 of
/// organisation 1.
pub fn new_test_ext() -> TestExternalities {
	let storage = frame_system::GenesisConfig::<Test>::default().build_storage();
	let mut ext: TestExternalities = storage.expect("the default genesis builds; qed").into();
	CallsAreOpen::set(true);
	Trail::set(Vec::new());
	let both = [Role::Steward, Role::Officer].into_iter().collect();
	Staff::set(BTreeMap::from([
		(STEWARD, (0, Role::Steward.into())),
		(OFFICER, (0, Role::Officer.into())),
		(STRANGER, (1, both)),
	]));
	let person = |n| {
		let (account, guardian) = (Some(account(n)), Some(guardian(n)));
		(id(n), Person { controller: u32::from(n == 4), account, guardian, erased: false })
	};
	People::set((1..=4).map(person).collect());
	ext.execute_with(|| {
		System::set_block_number(1);
		set_time(START);
	});
	ext
}

/// Runs `test` and checks the invariants after it.
pub fn run(test: impl FnOnce()) {
	new_test_ext().execute_with(|| {
		test();
		Consent::do_try_state().expect("the invariants hold after the test");
	});
}

pub fn now() -> Moment {
	Timestamp::now()
}

pub fn set_time(moment: Moment) {
	pallet_timestamp::Now::<Test>::put(moment);
}

/// Lets `duration` pass.
pub fn wait(duration: Moment) {
	set_time(now() + duration);
}

/// Gives the pallet an idle block.
pub fn idle() {
	Consent::on_idle(1, Weight::MAX);
}

/// The id of customer `n`.
pub fn id(n: u8) -> CustomerId {
	H256::repeat_byte(n)
}

/// Signs `message` with the key of customer `n`, which is of another scheme for each.
pub fn sign(n: u8, message: &[u8]) -> MultiSignature {
	match n {
		2 => ed25519::Pair::from_seed(&[n; 32]).sign(message).into(),
		3 => ecdsa::Pair::from_seed(&[n; 32]).sign(message).into(),
		_ => sr25519::Pair::from_seed(&[n; 32]).sign(message).into(),
	}
}

/// The account of customer `n`.
pub fn account(n: u8) -> AccountId {
	let signer = match n {
		2 => MultiSigner::from(ed25519::Pair::from_seed(&[n; 32]).public()),
		3 => MultiSigner::from(ecdsa::Pair::from_seed(&[n; 32]).public()),
		_ => MultiSigner::from(sr25519::Pair::from_seed(&[n; 32]).public()),
	};
	signer.into_account()
}

/// The account of the guardian of customer `n`, whose key [`sign`]s as `10 + n`.
pub fn guardian(n: u8) -> AccountId {
	account(10 + n)
}

pub fn commitment(n: u8) -> Commitment {
	Commitment::Blake2b256V1(H256::repeat_byte(n))
}

pub fn signed(who: AccountId) -> RuntimeOrigin {
	RuntimeOrigin::signed(who)
}

/// Erases customer `n`, as far as others see it.
pub fn erase(n: u8) {
	People::mutate(|people| people.get_mut(&id(n)).expect("is a customer").erased = true);
}

/// Terms with notice `n` that need contact and behaviour.
pub fn terms(n: u8) -> PurposeTerms {
	PurposeTerms {
		categories: [DataCategory::Contact, DataCategory::Behaviour].into_iter().collect(),
		retention_days: 365,
		notice: commitment(n),
	}
}

/// Creates a purpose of organisation 0 with the [`terms`] of notice 1.
pub fn purpose(basis: LawfulBasis) -> PurposeId {
	let id = crate::NextPurposeId::<Test>::get();
	let name = format!("purpose-{id}").into_bytes().try_into().expect("fits");
	let dpv = b"dpv:DirectMarketing".to_vec().try_into().expect("fits");
	Consent::create_purpose(signed(OFFICER), name, dpv, basis, terms(1)).expect("by an officer");
	id
}

/// Revises a purpose of organisation 0 to the [`terms`] of notice `n`.
pub fn revise(purpose: PurposeId, n: u8, renew: bool) {
	Consent::revise_purpose(signed(OFFICER), purpose, terms(n), renew).expect("by an officer");
}

/// Permission for all that the [`terms`] need, under version 1 of the notice.
pub fn permission() -> Permission {
	Permission {
		notice_version: 1,
		categories: terms(1).categories,
		until: None,
		expression: Expression::Explicit,
		receipt: Some(commitment(9)),
	}
}

pub fn until(moment: Moment) -> Permission {
	Permission { until: Some(moment), ..permission() }
}

/// Lets customer `n` consent by a transaction.
pub fn give(n: u8, purpose: PurposeId, permission: Permission) {
	Consent::give(signed(account(n)), id(n), purpose, permission).expect("can be given");
}

/// What a steward records of customer `n`.
pub fn recorded(n: u8, purpose: PurposeId, statement: Statement) -> RecordedStatement {
	let method = CaptureMethod::Phone;
	RecordedStatement { customer: id(n), purpose, statement, method, evidence: commitment(8) }
}

/// Records one statement of customer `n`.
pub fn record(n: u8, purpose: PurposeId, statement: Statement) -> Result<(), DispatchError> {
	let batch = vec![recorded(n, purpose, statement)].try_into().expect("one fits");
	Consent::record(signed(STEWARD), batch)
}

/// A statement of customer `n` that fits the present state and is good for a day.
pub fn statement(n: u8, purpose: PurposeId, statement: Statement) -> SignedStatement<AccountId> {
	let stored = crate::Purposes::<Test>::get(purpose);
	SignedStatement {
		customer: id(n),
		controller: 0,
		account: account(n),
		purpose,
		notice: stored.map_or(commitment(1), |stored| stored.latest.terms.notice),
		revisions: revisions(n, purpose),
		expires: now() + DAY,
		statement,
	}
}

/// The signature of customer `n` under the statement, for this chain.
pub fn signature(
	n: u8,
	statement: &SignedStatement<AccountId>,
) -> StatementSignature<MultiSignature> {
	StatementSignature::Account(sign(n, &statement.message(&System::block_hash(0))))
}

/// How many revisions the consent of customer `n` has.
pub fn revisions(n: u8, purpose: PurposeId) -> u32 {
	crate::Consents::<Test>::get(id(n), purpose).map_or(0, |consent| consent.revision + 1)
}

/// Where the consent of customer `n` stands now.
pub fn state(n: u8, purpose: PurposeId) -> Option<ConsentState> {
	let consent = crate::Consents::<Test>::get(id(n), purpose)?;
	Some(consent.latest.state_at(now()))
}

/// The latest revision of the consent of customer `n`.
pub fn latest(n: u8, purpose: PurposeId) -> crate::ConsentRevision<AccountId> {
	crate::Consents::<Test>::get(id(n), purpose).expect("there is a consent").latest
}

/// What the trail of customer `n` tells, in order.
pub fn actions(n: u8) -> Vec<Action<AccountId>> {
	let trail = Trail::get().into_iter().filter(|(customer, _)| *customer == id(n));
	trail.map(|(_, entry)| entry.action).collect()
}

/// Who did what the last entry in the trail of customer `n` tells.
pub fn last_actor(n: u8) -> Actor<AccountId> {
	let last = Trail::get().into_iter().rfind(|(customer, _)| *customer == id(n));
	last.expect("has a trail").1.actor
}

pub fn contact() -> Categories {
	DataCategory::Contact.into()
}
