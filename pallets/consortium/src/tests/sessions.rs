//! How long sessions last.

use crate::{mock::*, GenesisConfig, SessionLength};
use frame_support::traits::Get;

#[test]
fn the_genesis_sets_the_sessions_length() {
	genesis(config())
		.execute_with(|| assert_eq!(<SessionLength<Test> as Get<u64>>::get(), SESSION_BLOCKS));
	let config = GenesisConfig { session_blocks: Some(5), ..config() };
	genesis(config).execute_with(|| assert_eq!(<SessionLength<Test> as Get<u64>>::get(), 5));
}

#[test]
#[should_panic(expected = "at least one block")]
fn a_session_without_blocks_is_refused() {
	genesis(GenesisConfig { session_blocks: Some(0), ..config() });
}
