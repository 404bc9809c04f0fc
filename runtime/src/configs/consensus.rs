//! Who authors and finalises blocks.

use crate::{
	AccountId, Aura, Balances, Runtime, RuntimeEvent, Session, SessionKeys, Validators, HOURS,
	SLOT_DURATION,
};
use alloc::vec::Vec;
use frame_support::traits::{ConstU128, ConstU32, ConstU64, FindAuthor};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::{
	traits::{Convert, ConvertInto, OpaqueKeys},
	ConsensusEngineId,
};
use sp_staking::SessionIndex;

/// Most validators that the chain can have.
pub const MAX_VALIDATORS: u32 = 100;

type MaxValidators = ConstU32<MAX_VALIDATORS>;

impl pallet_aura::Config for Runtime {
	type AuthorityId = AuraId;
	type DisabledValidators = Session;
	type MaxAuthorities = MaxValidators;
	type AllowMultipleBlocksPerSlot = pallet_consortium::AllowSeveralBlocksPerSlot<Runtime>;
	type SlotDuration = ConstU64<SLOT_DURATION>;
}

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type MaxAuthorities = MaxValidators;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<0>;
	type KeyOwnerProof = sp_core::Void;
	type EquivocationReportSystem = ();
}

impl pallet_session::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type ShouldEndSession = pallet_session::PeriodicSessions<ConstU32<HOURS>, ConstU32<0>>;
	type NextSessionRotation = pallet_session::PeriodicSessions<ConstU32<HOURS>, ConstU32<0>>;
	type SessionManager = pallet_session::historical::NoteHistoricalRoot<Self, ValidatorSet>;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type Keys = SessionKeys;
	type DisablingStrategy = ();
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type KeyDeposit = ConstU128<0>;
}

impl pallet_session::historical::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type FullIdentification = ();
	type FullIdentificationOf = NoIdentification;
}

impl pallet_authorship::Config for Runtime {
	type FindAuthor = AuthorOfSlot;
	type EventHandler = ();
}

/// The account of the validator whose slot it is.
pub struct AuthorOfSlot;

impl FindAuthor<AccountId> for AuthorOfSlot {
	fn find_author<'a, I>(digests: I) -> Option<AccountId>
	where
		I: 'a + IntoIterator<Item = (ConsensusEngineId, &'a [u8])>,
	{
		let index = Aura::find_author(digests)?;
		Session::validators().get(index as usize).cloned()
	}
}

/// There is nothing to know of a validator but its account.
pub struct NoIdentification;

impl Convert<AccountId, Option<()>> for NoIdentification {
	fn convert(_: AccountId) -> Option<()> {
		Some(())
	}
}

/// Makes the members of `Validators` that have session keys the validators of the session after
/// next.
pub struct ValidatorSet;

impl pallet_session::SessionManager<AccountId> for ValidatorSet {
	// `None` where nothing changed, since any other answer changes GRANDPA's authority set.
	fn new_session(_: SessionIndex) -> Option<Vec<AccountId>> {
		let mut next: Vec<_> = Validators::members()
			.into_iter()
			.filter(|validator| pallet_session::NextKeys::<Runtime>::contains_key(validator))
			.collect();
		let mut current = Session::validators();
		next.sort();
		current.sort();
		// An empty set would end finality for good.
		(!next.is_empty() && next != current).then_some(next)
	}
	fn start_session(_: SessionIndex) {}
	fn end_session(_: SessionIndex) {}
}

impl pallet_session::historical::SessionManager<AccountId, ()> for ValidatorSet {
	fn new_session(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		let validators = <Self as pallet_session::SessionManager<_>>::new_session(index)?;
		Some(validators.into_iter().map(|validator| (validator, ())).collect())
	}
	fn start_session(_: SessionIndex) {}
	fn end_session(_: SessionIndex) {}
}
