//! The genesis flag for several blocks in a slot.

use crate::{mock::*, AllowSeveralBlocksPerSlot};
use frame_support::traits::Get;

#[test]
fn only_the_genesis_flag_lets_blocks_share_a_slot() {
	for flag in [false, true] {
		let config = crate::GenesisConfig { several_blocks_per_slot: flag, ..config() };
		genesis(config).execute_with(|| assert_eq!(AllowSeveralBlocksPerSlot::<Test>::get(), flag));
	}
}

#[test]
fn the_flag_is_read_from_a_chain_spec() {
	let from_json = |json| serde_json::from_str::<crate::GenesisConfig<Test>>(json);
	let config = from_json(r#"{ "severalBlocksPerSlot": true, "minimumValidators": 3 }"#);
	assert!(config.expect("the flag is known").several_blocks_per_slot);
	assert!(from_json(r#"{ "severalBlocksPerSlots": true }"#).is_err());
}
