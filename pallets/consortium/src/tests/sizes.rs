//! Encoded sizes of what is stored and called: a change breaks what lies in a database, or clients.

use crate::{mock::*, Call, MinimumValidators, SessionBlocks, SeveralBlocksPerSlot};
use codec::Encode;
use frame_support::traits::StorageInfoTrait;
use sp_core::H256;

#[test]
fn sizes_of_storage_values_are_pinned() {
	let info = [
		SeveralBlocksPerSlot::<Test>::storage_info(),
		MinimumValidators::<Test>::storage_info(),
		SessionBlocks::<Test>::storage_info(),
	];
	let sizes: Vec<_> = info.concat().iter().map(|value| value.max_size).collect();
	assert_eq!(sizes, [Some(1), Some(4), Some(8)]);
}

#[test]
fn sizes_of_calls_are_pinned() {
	let size = |call: Call<Test>| RuntimeCall::from(call).encoded_size();
	assert_eq!(size(Call::authorise_upgrade { code_hash: H256::zero() }), 2 + 32);
	assert_eq!(size(Call::issue_credits { organisation: 1, amount: 1 }), 2 + 4 + 8);
	assert_eq!(size(Call::add_validator { validator: 1 }), 2 + 8);
	assert_eq!(size(Call::remove_validator { validator: 1 }), 2 + 8);
	assert_eq!(size(Call::replace_validator { old: 1, new: 2 }), 2 + 8 + 8);
}
