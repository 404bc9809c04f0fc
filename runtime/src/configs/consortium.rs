//! The council, what it decides on, and its powers that need Root.

use super::consensus::{ValidatorSet, MAX_VALIDATORS};
use crate::{
	configs::BlockWeights, AccountId, Balances, Organisations, Runtime, RuntimeCall, RuntimeEvent,
	RuntimeOrigin, DAYS, HOURS,
};
use frame_support::{
	parameter_types,
	traits::{ConstU32, NeverEnsureOrigin},
	weights::Weight,
};
use frame_system::EnsureRoot;
use pallet_collective::MemberCount;
use sp_runtime::Perbill;

/// The council's instance of `pallet-collective`.
pub type CouncilInstance = pallet_collective::Instance1;
/// The validators' instance of `pallet-membership`.
pub type ValidatorsInstance = pallet_membership::Instance1;
/// Three quarters of the council.
pub type ConsortiumOrigin =
	pallet_collective::EnsureProportionAtLeast<AccountId, CouncilInstance, 3, 4>;

/// A seat that did not vote counts against the motion: were it counted with the majority, half of
/// the council could wait for the motion's end and pass for three quarters.
pub struct AbsenceIsNay;

impl pallet_collective::DefaultVote for AbsenceIsNay {
	fn default_vote(_: Option<bool>, _: MemberCount, _: MemberCount, _: MemberCount) -> bool {
		false
	}
}

parameter_types! {
	/// A motion's call must leave room for others in the block.
	pub MaxProposalWeight: Weight = Perbill::from_percent(50) * BlockWeights::get().max_block;
}

impl pallet_collective::Config<CouncilInstance> for Runtime {
	type RuntimeOrigin = RuntimeOrigin;
	type Proposal = RuntimeCall;
	type RuntimeEvent = RuntimeEvent;
	// A week.
	type MotionDuration = ConstU32<{ 7 * DAYS }>;
	type MaxProposals = ConstU32<100>;
	type MaxMembers = ConstU32<100>;
	type DefaultVote = AbsenceIsNay;
	type WeightInfo = pallet_collective::weights::SubstrateWeight<Runtime>;
	type SetMembersOrigin = ConsortiumOrigin;
	type MaxProposalWeight = MaxProposalWeight;
	type DisapproveOrigin = ConsortiumOrigin;
	type KillOrigin = NeverEnsureOrigin<()>;
	type Consideration = ();
}

impl pallet_membership::Config<ValidatorsInstance> for Runtime {
	type RuntimeEvent = RuntimeEvent;
	// Nobody has Root: the list is changed through `Consortium` alone, which checks session keys and
	// that enough validators are left.
	type AddOrigin = EnsureRoot<AccountId>;
	type RemoveOrigin = EnsureRoot<AccountId>;
	type SwapOrigin = NeverEnsureOrigin<()>;
	type ResetOrigin = NeverEnsureOrigin<()>;
	type PrimeOrigin = NeverEnsureOrigin<()>;
	// `ValidatorSet` reads the members when a session is planned.
	type MembershipInitialized = ();
	type MembershipChanged = ();
	type MaxMembers = ConstU32<MAX_VALIDATORS>;
	type WeightInfo = pallet_membership::weights::SubstrateWeight<Runtime>;
}

impl pallet_consortium::Config for Runtime {
	type ConsortiumOrigin = ConsortiumOrigin;
	type Currency = Balances;
	type OrganisationAccount = Organisations;
	type Validators = ValidatorSet;
	type DefaultSessionBlocks = ConstU32<HOURS>;
	type WeightInfo = crate::weights::pallet_consortium::WeightInfo<Runtime>;
	#[cfg(feature = "runtime-benchmarks")]
	type BenchmarkHelper = Organisations;
}
