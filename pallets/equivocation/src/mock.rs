//! A runtime with this pallet, three validators, and those who are told of offences.

use crate as pallet_equivocation;
use codec::{Decode, DecodeWithMemTracking, Encode};
use frame_support::{
	derive_impl,
	traits::{ConstU64, KeyOwnerProofSystem},
};
use scale_info::TypeInfo;
use sp_consensus_aura::{
	digests::CompatibleDigestItem,
	sr25519::{AuthorityId, AuthorityPair, AuthoritySignature},
};
use sp_consensus_slots::Slot;
use sp_core::Pair;
use sp_io::TestExternalities;
use sp_keystore::{testing::MemoryKeystore, KeystoreExt};
use sp_runtime::{
	testing::Header, traits::Header as _, BuildStorage, Digest, DigestItem, KeyTypeId,
};
use sp_session::{GetSessionNumber, GetValidatorCount};
use sp_staking::{
	offence::{Offence, OffenceError, ReportOffence},
	SessionIndex,
};
use std::cell::RefCell;

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
	pub type Equivocation = pallet_equivocation;
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
	type Block = frame_system::mocking::MockBlock<Test>;
}

/// The number of validators: those of the keys 0, 1 and 2.
pub const VALIDATORS: u64 = 3;
/// The session that the validators are of.
pub const SESSION: SessionIndex = 4;

/// Says in which session a key was a validator's.
#[derive(Clone, PartialEq, Eq, Debug, Encode, Decode, DecodeWithMemTracking, TypeInfo)]
pub struct KeyOwnerProof(pub SessionIndex);

impl GetSessionNumber for KeyOwnerProof {
	fn session(&self) -> SessionIndex {
		self.0
	}
}

impl GetValidatorCount for KeyOwnerProof {
	fn validator_count(&self) -> u32 {
		VALIDATORS as u32
	}
}

/// Knows the validators of one session, by their keys' order.
pub struct Validators;

impl KeyOwnerProofSystem<(KeyTypeId, AuthorityId)> for Validators {
	type Proof = KeyOwnerProof;
	type IdentificationTuple = u64;

	fn prove(_: (KeyTypeId, AuthorityId)) -> Option<Self::Proof> {
		Some(KeyOwnerProof(SESSION))
	}

	fn check_proof((_, id): (KeyTypeId, AuthorityId), proof: Self::Proof) -> Option<u64> {
		let position = || KEYS.with_borrow(|keys| keys.iter().position(|key| *key == id));
		(proof.0 == SESSION).then(position).flatten().map(|n| n as u64)
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl crate::benchmarking::BenchmarkHelper<KeyOwnerProof> for Validators {
	fn prove(key: AuthorityId, _: u32) -> KeyOwnerProof {
		KEYS.with_borrow_mut(|keys| keys.push(key));
		KeyOwnerProof(SESSION)
	}
}

thread_local! {
	static KEYS: RefCell<Vec<AuthorityId>> = const { RefCell::new(Vec::new()) };
	static REPORTED: RefCell<Vec<(u64, Slot)>> = const { RefCell::new(Vec::new()) };
}

/// What was reported, in order.
pub fn reported() -> Vec<(u64, Slot)> {
	REPORTED.with_borrow(Clone::clone)
}

/// Remembers what was reported.
pub struct Offences;

impl<O: Offence<u64, Slot = Slot>> ReportOffence<u64, u64, O> for Offences {
	fn report_offence(_: Vec<u64>, offence: O) -> Result<(), OffenceError> {
		assert_eq!(offence.session_index(), SESSION);
		let reported = (offence.offenders()[0], offence.slot());
		REPORTED.with_borrow_mut(|all| {
			if all.contains(&reported) {
				return Err(OffenceError::DuplicateReport);
			}
			all.push(reported);
			Ok(())
		})
	}

	fn is_known_offence(offenders: &[u64], slot: &Slot) -> bool {
		REPORTED.with_borrow(|all| all.contains(&(offenders[0], *slot)))
	}
}

frame_support::parameter_types! {
	pub static SeveralBlocksPerSlot: bool = false;
}

impl crate::Config for Test {
	type KeyOwnerProof = KeyOwnerProof;
	type KeyOwners = Validators;
	type Offences = Offences;
	type AllowSeveralBlocksPerSlot = SeveralBlocksPerSlot;
	type ReportLongevity = ConstU64<10>;
	type WeightInfo = ();
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = Validators;
}

/// The key of validator `n`, or of nobody.
pub fn key(n: u64) -> AuthorityPair {
	AuthorityPair::from_seed(&sp_core::H256::from_low_u64_be(n + 1).0)
}

/// The `n`th header that `key` seals in `slot`.
pub fn sealed(key: &AuthorityPair, slot: u64, n: u64) -> Header {
	let pre_digest = CompatibleDigestItem::<AuthoritySignature>::aura_pre_digest(slot.into());
	let mut header = Header::new(
		n,
		Default::default(),
		Default::default(),
		Default::default(),
		Digest { logs: vec![pre_digest] },
	);
	let seal = key.sign(header.hash().as_ref());
	let seal = <DigestItem as CompatibleDigestItem<AuthoritySignature>>::aura_seal(seal);
	header.digest_mut().push(seal);
	header
}

pub fn new_test_ext() -> TestExternalities {
	KEYS.set((0..VALIDATORS).map(|n| key(n).public()).collect());
	REPORTED.take();
	SeveralBlocksPerSlot::set(false);
	let storage = RuntimeGenesisConfig::default().build_storage().expect("the genesis builds; qed");
	let mut ext = TestExternalities::new(storage);
	ext.register_extension(KeystoreExt::new(MemoryKeystore::new()));
	ext.execute_with(|| System::set_block_number(1));
	ext
}
