//! Who authors and finalises blocks.

use crate::{
	AccountId, Aura, Balances, Consortium, Equivocation, Historical, Offences, Runtime,
	RuntimeCall, RuntimeEvent, Session, SessionKeys, UncheckedExtrinsic, Validators, DAYS,
	SLOT_DURATION,
};
use alloc::vec::Vec;
use frame_support::{
	traits::{ConstU128, ConstU32, ConstU64, FindAuthor, KeyOwnerProofSystem},
	weights::Weight,
};
use frame_system::{
	offchain::{CreateBare, CreateTransactionBase},
	RawOrigin,
};
use pallet_consortium::{AllowSeveralBlocksPerSlot, SessionLength, ValidatorList};
use pallet_session::{disabling::UpToLimitDisablingStrategy, historical::IdentificationTuple};
use sp_consensus_aura::sr25519::AuthorityId as AuraId;
use sp_runtime::{
	traits::{Convert, ConvertInto, OpaqueKeys},
	ConsensusEngineId, DispatchResult, KeyTypeId, Perbill,
};
use sp_session::MembershipProof;
use sp_staking::{
	offence::{OffenceDetails, OffenceSeverity, OnOffenceHandler},
	SessionIndex,
};

/// Most validators that the chain can have.
pub const MAX_VALIDATORS: u32 = 100;

/// Ended sessions of which it is kept whose the keys were, to convict who equivocated in them: a
/// day's, where a session lasts an hour.
pub const KEPT_SESSIONS: SessionIndex = 24;

type MaxValidators = ConstU32<MAX_VALIDATORS>;
/// A report that waited for a day in a pool is about a session that was forgotten.
type ReportLongevity = ConstU64<{ DAYS as u64 }>;
/// Sessions of the length that the genesis sets, from the first block on.
type Sessions = pallet_session::PeriodicSessions<SessionLength<Runtime>, ConstU32<0>>;

impl pallet_aura::Config for Runtime {
	type AuthorityId = AuraId;
	type DisabledValidators = Session;
	type MaxAuthorities = MaxValidators;
	type AllowMultipleBlocksPerSlot = AllowSeveralBlocksPerSlot<Runtime>;
	type SlotDuration = ConstU64<SLOT_DURATION>;
}

impl pallet_grandpa::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type WeightInfo = ();
	type MaxAuthorities = MaxValidators;
	type MaxNominators = ConstU32<0>;
	type MaxSetIdSessionEntries = ConstU64<{ KEPT_SESSIONS as u64 }>;
	type KeyOwnerProof = MembershipProof;
	type EquivocationReportSystem =
		pallet_grandpa::EquivocationReportSystem<Self, Offences, KeyOwners, ReportLongevity>;
}

impl pallet_session::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type ValidatorId = AccountId;
	type ValidatorIdOf = ConvertInto;
	type ShouldEndSession = Sessions;
	type NextSessionRotation = Sessions;
	type SessionManager = pallet_session::historical::NoteHistoricalRoot<Self, ValidatorSet>;
	type SessionHandler = <SessionKeys as OpaqueKeys>::KeyTypeIdProviders;
	type Keys = SessionKeys;
	// Of three validators one can be disabled: fewer than half, so that the chain goes on.
	type DisablingStrategy = UpToLimitDisablingStrategy<2>;
	type WeightInfo = pallet_session::weights::SubstrateWeight<Runtime>;
	type Currency = Balances;
	type KeyDeposit = ConstU128<0>;
}

impl pallet_session::historical::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type FullIdentification = ();
	type FullIdentificationOf = NoIdentification;
}

impl pallet_offences::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type IdentificationTuple = IdentificationTuple<Self>;
	type OnOffenceHandler = ExcludeOffenders;
}

impl pallet_equivocation::Config for Runtime {
	type KeyOwnerProof = MembershipProof;
	type KeyOwners = KeyOwners;
	type Offences = Offences;
	type AllowSeveralBlocksPerSlot = AllowSeveralBlocksPerSlot<Runtime>;
	type ReportLongevity = ReportLongevity;
	type WeightInfo = crate::weights::pallet_equivocation::WeightInfo<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = ValidatorSet;
}

impl<Call> CreateTransactionBase<Call> for Runtime
where
	RuntimeCall: From<Call>,
{
	type RuntimeCall = RuntimeCall;
	type Extrinsic = UncheckedExtrinsic;
}

/// Reports of equivocations are the only transactions that nodes make by themselves.
impl<Call> CreateBare<Call> for Runtime
where
	RuntimeCall: From<Call>,
{
	fn create_bare(call: RuntimeCall) -> UncheckedExtrinsic {
		UncheckedExtrinsic::new_bare(call)
	}
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

/// Whose a session key was: as was noted when the session began. Of sessions from before such notes
/// were made the SDK's history tells it.
pub struct KeyOwners;

impl<Key: AsRef<[u8]>> KeyOwnerProofSystem<(KeyTypeId, Key)> for KeyOwners {
	type Proof = MembershipProof;
	type IdentificationTuple = IdentificationTuple<Runtime>;

	/// Names the newest session in which the key was a validator's.
	fn prove((id, key): (KeyTypeId, Key)) -> Option<MembershipProof> {
		let key = key.as_ref();
		let current = Session::current_index();
		let mut kept = (current.saturating_sub(KEPT_SESSIONS)..=current).rev();
		match kept.find(|session| Equivocation::key_owner(*session, id, key).is_some()) {
			Some(session) => Some(MembershipProof {
				session,
				trie_nodes: Vec::new(),
				validator_count: Equivocation::count_owners(session, id),
			}),
			None if Equivocation::knows_session(current) => None,
			None => Historical::prove((id, key))
				.filter(|proof| Historical::check_proof((id, key), proof.clone()).is_some()),
		}
	}

	fn check_proof(
		(id, key): (KeyTypeId, Key),
		proof: MembershipProof,
	) -> Option<IdentificationTuple<Runtime>> {
		let session = proof.session;
		match Equivocation::knows_session(session) {
			// The author of a report, which is free, chooses neither its weight nor its length.
			true if !proof.trie_nodes.is_empty()
				|| proof.validator_count != Equivocation::count_owners(session, id) =>
			{
				None
			},
			true => Equivocation::key_owner(session, id, key.as_ref()).map(|who| (who, ())),
			false => Historical::check_proof((id, key), proof),
		}
	}
}

/// A validator that equivocated authors no more block in this session, and none after the next.
pub struct ExcludeOffenders;

impl OnOffenceHandler<AccountId, IdentificationTuple<Runtime>, Weight> for ExcludeOffenders {
	fn on_offence(
		offenders: &[OffenceDetails<AccountId, IdentificationTuple<Runtime>>],
		_: &[Perbill],
		_: SessionIndex,
	) -> Weight {
		for OffenceDetails { offender: (validator, ()), .. } in offenders {
			Session::report_offence(validator.clone(), OffenceSeverity::max_severity());
			Consortium::exclude_validator(validator.clone());
		}
		// It is part of what reports weigh.
		Weight::zero()
	}
}

/// Makes the members of `Validators` that have session keys the validators of the session after
/// next.
pub struct ValidatorSet;

impl ValidatorList<AccountId> for ValidatorSet {
	fn validators() -> Vec<AccountId> {
		Validators::members().into_inner()
	}

	fn has_keys(who: &AccountId) -> bool {
		pallet_session::NextKeys::<Runtime>::contains_key(who)
	}

	fn add(who: AccountId) -> DispatchResult {
		Validators::add_member(RawOrigin::Root.into(), who.into())
			.map(drop)
			.map_err(|failed| failed.error)
	}

	fn remove(who: AccountId) -> DispatchResult {
		Validators::remove_member(RawOrigin::Root.into(), who.into())
			.map(drop)
			.map_err(|failed| failed.error)
	}

	#[cfg(feature = "runtime-benchmarks")]
	fn set_keys(who: &AccountId) {
		use codec::{Decode, Encode};
		let keys = (who, who).using_encoded(|mut bytes| SessionKeys::decode(&mut bytes));
		pallet_session::NextKeys::<Runtime>::insert(who, keys.expect("keys are any 64 bytes; qed"));
	}
}

impl pallet_session::SessionManager<AccountId> for ValidatorSet {
	// `None` where nothing changed, since any other answer changes GRANDPA's authority set.
	fn new_session(index: SessionIndex) -> Option<Vec<AccountId>> {
		let mut next = Self::validators();
		next.retain(Self::has_keys);
		let mut current = Session::validators();
		next.sort();
		current.sort();
		// Roots are handed on from session to session: on a chain that was started without, one set
		// has to be told once.
		let has_root = Historical::historical_root(index.saturating_sub(1)).is_some();
		// An empty set would end finality for good.
		(!next.is_empty() && (next != current || !has_root)).then_some(next)
	}
	// The list of validators is built after the sessions.
	fn new_session_genesis(_: SessionIndex) -> Option<Vec<AccountId>> {
		let mut validators: Vec<_> = pallet_session::NextKeys::<Runtime>::iter_keys().collect();
		validators.sort();
		(!validators.is_empty()).then_some(validators)
	}
	fn start_session(index: SessionIndex) {
		// What is queued are the keys of the session that begins, until the next is planned.
		Equivocation::note_session(index, Session::queued_keys());
	}
	fn end_session(index: SessionIndex) {
		let oldest = index.saturating_sub(KEPT_SESSIONS);
		Historical::prune_up_to(oldest);
		if let Some(forgotten) = oldest.checked_sub(1) {
			Equivocation::forget_session(forgotten);
		}
	}
}

fn identified(validators: Vec<AccountId>) -> Vec<(AccountId, ())> {
	validators.into_iter().map(|validator| (validator, ())).collect()
}

impl pallet_session::historical::SessionManager<AccountId, ()> for ValidatorSet {
	fn new_session(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		let validators = <Self as pallet_session::SessionManager<_>>::new_session(index)?;
		Some(identified(validators))
	}
	fn new_session_genesis(index: SessionIndex) -> Option<Vec<(AccountId, ())>> {
		let validators = <Self as pallet_session::SessionManager<_>>::new_session_genesis(index)?;
		Some(identified(validators))
	}
	fn start_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<_>>::start_session(index)
	}
	fn end_session(index: SessionIndex) {
		<Self as pallet_session::SessionManager<_>>::end_session(index)
	}
}

#[cfg(feature = "runtime-benchmarks")]
impl pallet_equivocation::BenchmarkHelper<sp_session::MembershipProof> for ValidatorSet {
	fn prove(key: AuraId, validators: u32) -> sp_session::MembershipProof {
		use codec::Encode;
		use sp_runtime::RuntimeAppPublic;
		let account = |n: u32| frame_benchmarking::account::<AccountId>("validator", n, 0);
		let all: Vec<_> = (0..validators).map(account).collect();
		for (n, who) in all.iter().enumerate() {
			<Self as ValidatorList<_>>::set_keys(who);
			if n == 0 {
				pallet_session::NextKeys::<Runtime>::mutate(who, |keys| {
					keys.iter_mut().for_each(|keys| keys.aura = key.clone());
				});
			}
			let _ = Self::add(who.clone());
		}
		pallet_session::KeyOwner::<Runtime>::insert((AuraId::ID, key.encode()), account(0));
		pallet_session::Validators::<Runtime>::put(all);
		// The SDK's history tells it at more cost.
		Equivocation::forget_session(Session::current_index());
		let id = (AuraId::ID, key);
		Historical::prove(id).expect("the key is the first validator's; qed")
	}
}
