//! What the council can stop in an incident, and what stays open whatever it stops.

use super::ConsortiumOrigin;
use crate::{
	Balances, BlockNumber, Runtime, RuntimeCall, RuntimeEvent, RuntimeHoldReason, SafeMode,
	TxPause, DAYS,
};
use frame_support::{
	traits::{ConstU32, Contains, GetCallMetadata, InsideBoth, MapSuccess, NeverEnsureOrigin},
	BoundedVec,
};
use sp_runtime::traits::Replace;

/// Longest name of a pallet or a call.
const MAX_NAME: u32 = 64;

/// What goes on in every incident, by pallet; no name of a call stands for all of them.
///
/// Without these no block is made, no validator or peer kept or replaced, no incident ended or made
/// smaller; and what customers do to be let alone never waits for the consortium.
pub const ALWAYS_OPEN: [(&str, &[&str]); 13] = [
	("System", &["apply_authorized_upgrade"]),
	("Timestamp", &[]),
	("Grandpa", &["report_equivocation", "report_equivocation_unsigned"]),
	("Session", &["set_keys"]),
	("Council", &[]),
	("Consortium", &[]),
	("Equivocation", &[]),
	("Peers", &[]),
	("TxPause", &[]),
	("Organisations", &["register", "suspend", "reinstate", "appoint_admin"]),
	("Customers", &["claim", "veto_invitation", "request_erasure"]),
	("Consent", &["give", "withdraw", "object", "submit"]),
	("AccessGrants", &["revoke_own"]),
];

/// What never goes through, incident or not: the list of validators is changed through
/// `Consortium`, and a validator that purged its keys would leave the set without a vote.
pub const NEVER_OPEN: [(&str, &[&str]); 2] = [("Validators", &[]), ("Session", &["purge_keys"])];

fn is_listed(list: &[(&str, &[&str])], pallet: &str, call: &str) -> bool {
	list.iter()
		.filter(|(name, _)| *name == pallet)
		.any(|(_, calls)| calls.is_empty() || calls.contains(&call))
}

/// The calls of [`ALWAYS_OPEN`].
pub struct AlwaysOpen;

impl Contains<RuntimeCall> for AlwaysOpen {
	fn contains(call: &RuntimeCall) -> bool {
		let name = call.get_call_metadata();
		is_listed(&ALWAYS_OPEN, name.pallet_name, name.function_name)
	}
}

type Name = BoundedVec<u8, ConstU32<MAX_NAME>>;

impl Contains<(Name, Name)> for AlwaysOpen {
	fn contains((pallet, call): &(Name, Name)) -> bool {
		match (core::str::from_utf8(pallet), core::str::from_utf8(call)) {
			(Ok(pallet), Ok(call)) => is_listed(&ALWAYS_OPEN, pallet, call),
			_ => false,
		}
	}
}

/// All calls but those of [`NEVER_OPEN`].
pub struct NotNeverOpen;

impl Contains<RuntimeCall> for NotNeverOpen {
	fn contains(call: &RuntimeCall) -> bool {
		let name = call.get_call_metadata();
		!is_listed(&NEVER_OPEN, name.pallet_name, name.function_name)
	}
}

/// What may be called.
pub type CallFilter = InsideBoth<NotNeverOpen, InsideBoth<SafeMode, TxPause>>;

/// For how long the safe mode is entered, and extended each time.
type SafeModeDuration = ConstU32<{ DAYS }>;
/// The council, for so long.
type EnterOrigin = MapSuccess<ConsortiumOrigin, Replace<SafeModeDuration>>;

impl pallet_safe_mode::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type Currency = Balances;
	type RuntimeHoldReason = RuntimeHoldReason;
	type WhitelistedCalls = AlwaysOpen;
	type EnterDuration = SafeModeDuration;
	type ExtendDuration = SafeModeDuration;
	// Nobody enters for a deposit: the council does, or nobody.
	type EnterDepositAmount = ();
	type ExtendDepositAmount = ();
	type ForceEnterOrigin = EnterOrigin;
	type ForceExtendOrigin = EnterOrigin;
	type ForceExitOrigin = ConsortiumOrigin;
	type ForceDepositOrigin = NeverEnsureOrigin<()>;
	type Notify = ();
	type ReleaseDelay = NoDelay;
	type WeightInfo = pallet_safe_mode::weights::SubstrateWeight<Runtime>;
}

frame_support::parameter_types! {
	/// There are no deposits to be released.
	pub const NoDelay: Option<BlockNumber> = None;
}

impl pallet_tx_pause::Config for Runtime {
	type RuntimeEvent = RuntimeEvent;
	type RuntimeCall = RuntimeCall;
	type PauseOrigin = ConsortiumOrigin;
	type UnpauseOrigin = ConsortiumOrigin;
	type WhitelistedCalls = AlwaysOpen;
	type MaxNameLen = ConstU32<MAX_NAME>;
	type WeightInfo = pallet_tx_pause::weights::SubstrateWeight<Runtime>;
}
