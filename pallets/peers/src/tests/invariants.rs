//! Every invariant is noticed when it is broken.

use crate::{mock::*, Enforced, Owners, Peers as Stored};
use consentry_primitives::{OrganisationId, PeerId};
use frame_support::{assert_ok, traits::ConstU32, BoundedVec};
use sp_runtime::TryRuntimeError;

/// What the check says where organisation 0 has listed peer 1, after `corrupt`.
fn said_after(corrupt: impl FnOnce()) -> &'static str {
	new_test_ext().execute_with(|| {
		assert_ok!(Peers::add_peer(signed(admin(0)), peer(1)));
		corrupt();
		match Peers::do_try_state() {
			Err(TryRuntimeError::Other(message)) => message,
			other => panic!("not noticed: {other:?}"),
		}
	})
}

fn store(organisation: OrganisationId, peers: &[PeerId]) {
	let peers: BoundedVec<_, ConstU32<MAX_PEERS>> = peers.to_vec().try_into().expect("they fit");
	Stored::<Test>::insert(organisation, peers);
}

#[test]
fn broken_lists_are_noticed() {
	assert_eq!(said_after(|| store(1, &[])), "an organisation without peers is kept");
	assert_eq!(
		said_after(|| {
			let none = PeerId::default();
			Owners::<Test>::insert(&none, 1);
			store(1, &[none]);
		}),
		"a peer's id is none"
	);
	let not_its = "a peer is not known to belong to the organisation that lists it";
	assert_eq!(said_after(|| store(1, &[peer(1)])), not_its);
	assert_eq!(said_after(|| Owners::<Test>::remove(peer(1))), not_its);
}

#[test]
fn broken_owners_are_noticed() {
	let twice_or_not = "a peer is listed twice, or belongs to who does not list it";
	assert_eq!(said_after(|| store(0, &[peer(1), peer(1)])), twice_or_not);
	assert_eq!(said_after(|| Owners::<Test>::insert(peer(2), 0)), twice_or_not);
}

#[test]
fn an_empty_list_that_is_enforced_is_noticed() {
	let said = said_after(|| {
		assert_ok!(Peers::remove_peer(signed(admin(0)), peer(1)));
		Enforced::<Test>::put(true);
	});
	assert_eq!(said, "an empty list is enforced");
}
