use super::*;
use crate::SessionKeyOwners;
use frame_support::{assert_ok, traits::StorageInfoTrait};
use sp_runtime::{key_types::AURA, KeyTypeId};

sp_runtime::impl_opaque_keys! {
	pub struct Keys {
		pub aura: sp_consensus_aura::sr25519::AuthorityId,
	}
}

#[test]
fn keys_belong_to_whoever_has_them_in_a_session() {
	new_test_ext().execute_with(|| {
		let public = |n: u64| sp_core::Pair::public(&key(n));
		let keys = |n: u64| Keys { aura: public(n) };
		// The two change keys with each other.
		Equivocation::note_session(4, [(0, keys(0)), (1, keys(1))]);
		Equivocation::note_session(5, [(0, keys(1)), (1, keys(0))]);
		let owner = |session, n| Equivocation::key_owner(session, AURA, public(n).as_ref());
		assert_eq!([owner(4, 0), owner(4, 1), owner(4, 2)], [Some(0), Some(1), None]);
		assert_eq!([owner(5, 0), owner(5, 1), owner(6, 0)], [Some(1), Some(0), None]);
		assert_eq!(Equivocation::key_owner(4, KeyTypeId(*b"else"), public(0).as_ref()), None);
		assert_eq!(Equivocation::key_owner(4, AURA, &[0; 31]), None);
		let count = Equivocation::count_owners;
		assert_eq!([count(4, AURA), count(4, KeyTypeId(*b"else")), count(6, AURA)], [2, 0, 0]);
		assert_ok!(Equivocation::do_try_state());

		Equivocation::forget_session(4);
		assert_eq!([owner(4, 0), owner(5, 0)], [None, Some(1)]);
		assert!(!Equivocation::knows_session(4) && Equivocation::knows_session(5));
	});
}

#[test]
fn a_gap_between_sessions_is_found() {
	new_test_ext().execute_with(|| {
		for session in [4, 6] {
			SessionKeyOwners::<Test>::insert(session, (AURA.0, [7; 32]), 0);
		}
		assert!(Equivocation::do_try_state().is_err());
	});
}

#[test]
fn the_size_of_an_owner_is_pinned() {
	let info = SessionKeyOwners::<Test>::storage_info();
	// Two hashes of eight bytes; session, kind and key; the account, here of eight bytes.
	assert_eq!(info[0].max_size, Some(8 + 4 + 8 + 4 + 32 + 8));
}
