//! The chains that can be started from the runtime alone.

use crate::{
	AccountId, BalancesConfig, ConsortiumConfig, CouncilConfig, RuntimeGenesisConfig,
	SessionConfig, SessionKeys, ValidatorsConfig, CREDIT,
};
use alloc::{vec, vec::Vec};
use frame_support::build_struct_json_patch;
use serde_json::Value;
use sp_genesis_builder::PresetId;
use sp_keyring::{Ed25519Keyring, Sr25519Keyring};

/// One validator with several blocks a slot, so that blocks can be sealed as transactions come.
pub const DEVELOPMENT: &str = sp_genesis_builder::DEV_RUNTIME_PRESET;
/// Four validators, one of which may fail, and one be taken off the list.
pub const LOCAL: &str = sp_genesis_builder::LOCAL_TESTNET_RUNTIME_PRESET;

/// What each well-known account is endowed with.
const ENDOWMENT: u128 = 1_000_000 * CREDIT;

/// A well-known validator: the keys of one name in both schemes.
type Validator = (Sr25519Keyring, Ed25519Keyring);

fn genesis(
	validators: &[Validator],
	minimum_validators: u32,
	several_blocks_per_slot: bool,
) -> Value {
	let accounts: Vec<AccountId> = validators.iter().map(|(v, _)| v.to_account_id()).collect();
	let session_key = |(aura, grandpa): &Validator| {
		let keys = SessionKeys { aura: aura.public().into(), grandpa: grandpa.public().into() };
		(aura.to_account_id(), aura.to_account_id(), keys)
	};
	build_struct_json_patch!(RuntimeGenesisConfig {
		balances: BalancesConfig {
			balances: Sr25519Keyring::well_known()
				.map(|account| (account.to_account_id(), ENDOWMENT))
				.collect::<Vec<_>>(),
		},
		session: SessionConfig { keys: validators.iter().map(session_key).collect::<Vec<_>>() },
		council: CouncilConfig { members: accounts.clone() },
		validators: ValidatorsConfig { members: accounts.try_into().unwrap_or_default() },
		consortium: ConsortiumConfig { several_blocks_per_slot, minimum_validators },
	})
}

/// The preset named `id`, as a patch of the default genesis.
pub fn get_preset(id: &PresetId) -> Option<Vec<u8>> {
	let all = [
		(Sr25519Keyring::Alice, Ed25519Keyring::Alice),
		(Sr25519Keyring::Bob, Ed25519Keyring::Bob),
		(Sr25519Keyring::Charlie, Ed25519Keyring::Charlie),
		(Sr25519Keyring::Dave, Ed25519Keyring::Dave),
	];
	let patch = match id.as_ref() {
		DEVELOPMENT => genesis(&all[..1], 1, true),
		LOCAL => genesis(&all, 3, false),
		_ => return None,
	};
	serde_json::to_vec(&patch).ok()
}

/// The names of all presets.
pub fn preset_names() -> Vec<PresetId> {
	vec![PresetId::from(DEVELOPMENT), PresetId::from(LOCAL)]
}
