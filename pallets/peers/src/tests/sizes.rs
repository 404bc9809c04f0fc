//! Encoded sizes of what is stored and called: a change breaks what lies in a database, or clients.

use crate::{mock::*, Call, Enforced, Owners, Peers as Stored};
use codec::Encode;
use frame_support::traits::StorageInfoTrait;

/// Bytes of an ed25519 peer's id.
const ED25519: usize = 38;
/// Most bytes of a peer's id, with their number in front.
const LONGEST: u32 = 2 + 64;

#[test]
fn sizes_of_storage_values_are_pinned() {
	let info = [
		Stored::<Test>::storage_info(),
		Owners::<Test>::storage_info(),
		Enforced::<Test>::storage_info(),
	];
	let sizes: Vec<_> = info.iter().flatten().map(|value| value.max_size).collect();
	let peers = 8 + 4 + 1 + MAX_PEERS * LONGEST;
	let owners = 16 + LONGEST + 4;
	let counter = 4;
	assert_eq!(sizes, [peers, owners, counter, 1].map(Some));
}

#[test]
fn sizes_of_calls_are_pinned() {
	let size = |call: Call<Test>| RuntimeCall::from(call).encoded_size();
	assert_eq!(size(Call::add_peer { peer: peer(1) }), 2 + 1 + ED25519);
	assert_eq!(size(Call::remove_peer { peer: peer(1) }), 2 + 1 + ED25519);
	assert_eq!(size(Call::enforce {}), 2);
}
