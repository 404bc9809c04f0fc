//! A runtime with this pallet, and three organisations.

use crate as pallet_peers;
use crate::peer_id::ED25519;
use consentry_primitives::{api::MemberInfo, Membership, OrganisationId, PeerId, Role, Roles};
use frame_support::{derive_impl, ensure, parameter_types, traits::ConstU32};
use frame_system::EnsureRoot;
use sp_io::TestExternalities;
use sp_runtime::{BuildStorage, DispatchError};

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
	pub type Peers = pallet_peers;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
}

/// The number of organisations.
pub const ORGANISATIONS: OrganisationId = 3;

/// Small, so that tests reach it.
pub const MAX_PEERS: u32 = 3;

parameter_types! {
	pub static Suspended: Vec<OrganisationId> = Vec::new();
	/// Admins of organisation 0 that benchmarks made.
	pub static Created: Vec<u64> = Vec::new();
}

/// The Admin of an organisation.
pub fn admin(organisation: OrganisationId) -> u64 {
	u64::from(organisation) * 10
}

/// A member of an organisation with every other role.
pub fn member(organisation: OrganisationId) -> u64 {
	admin(organisation) + 1
}

/// Accounts 0, 10 and 20 are Admins, 1, 11 and 21 other members.
pub struct Organisations;

impl Membership<u64> for Organisations {
	fn organisation_of(account: &u64) -> Option<OrganisationId> {
		Self::member(account).map(|member| member.organisation)
	}

	fn member(account: &u64) -> Option<MemberInfo> {
		let (organisation, roles) = match (account / 10, account % 10) {
			_ if Created::get().contains(account) => (0, Role::Admin.into()),
			(id, 0) => (id, Role::Admin.into()),
			(id, 1) => (id, Role::ALL.into_iter().filter(|role| *role != Role::Admin).collect()),
			_ => return None,
		};
		let organisation = organisation.try_into().ok().filter(|id| *id < ORGANISATIONS)?;
		Some(MemberInfo { organisation, roles, active: Self::is_active(organisation) })
	}

	fn is_active(organisation: OrganisationId) -> bool {
		organisation < ORGANISATIONS && !Suspended::get().contains(&organisation)
	}

	fn ensure_role(account: &u64, role: Role) -> Result<OrganisationId, DispatchError> {
		let member = Self::member(account).ok_or(DispatchError::BadOrigin)?;
		ensure!(Roles::contains(member.roles, role) && member.active, DispatchError::BadOrigin);
		Ok(member.organisation)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn create_member(account: &u64) -> OrganisationId {
		Created::mutate(|created| created.push(*account));
		0
	}
}

impl crate::Config for Test {
	type ConsortiumOrigin = EnsureRoot<u64>;
	type Membership = Organisations;
	type MaxPeers = ConstU32<MAX_PEERS>;
	type WeightInfo = ();
}

/// A chain at its first block, whose genesis names `peers`.
pub fn genesis(peers: Vec<(OrganisationId, String)>) -> TestExternalities {
	Suspended::set(Vec::new());
	let peers = crate::GenesisConfig { peers, ..Default::default() };
	let config = RuntimeGenesisConfig { peers, ..Default::default() };
	let mut ext: TestExternalities = config.build_storage().expect("the genesis builds").into();
	ext.execute_with(|| System::set_block_number(1));
	ext
}

pub fn new_test_ext() -> TestExternalities {
	genesis(Vec::new())
}

/// Runs `test` on a chain whose genesis names no peers, and checks the invariants after it.
pub fn run<R>(test: impl FnOnce() -> R) -> R {
	new_test_ext().execute_with(|| {
		let result = test();
		Peers::do_try_state().expect("the invariants hold after the test");
		result
	})
}

/// The peer whose key is `n` over and over.
pub fn peer(n: u8) -> PeerId {
	let bytes: Vec<u8> = ED25519.into_iter().chain([n; 32]).collect();
	bytes.try_into().expect("it fits")
}

/// A peer as genesis names it.
pub fn text(peer: &PeerId) -> String {
	bs58::encode(peer).into_string()
}

pub fn signed(account: u64) -> RuntimeOrigin {
	RuntimeOrigin::signed(account)
}

/// What the nodes are told, in order.
pub fn allowed() -> Option<Vec<PeerId>> {
	Peers::allowed_peers().map(|mut peers| {
		peers.sort();
		peers
	})
}
