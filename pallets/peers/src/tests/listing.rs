//! Adding and removing peers.

use crate::{mock::*, Error, Event, Owners, Peers as Stored};
use consentry_primitives::PeerId;
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn an_admin_lists_and_removes_the_own_organisations_peers() {
	run(|| {
		assert_ok!(Peers::add_peer(signed(admin(1)), peer(7)));
		assert_ok!(Peers::add_peer(signed(admin(1)), peer(5)));
		System::assert_last_event(Event::PeerAdded { organisation: 1, peer: peer(5) }.into());
		let listed = Stored::<Test>::get(1).map(|peers| peers.into_inner());
		assert_eq!(listed, Some(vec![peer(7), peer(5)]));

		assert_ok!(Peers::remove_peer(signed(admin(1)), peer(7)));
		System::assert_last_event(Event::PeerRemoved { organisation: 1, peer: peer(7) }.into());
		assert_ok!(Peers::remove_peer(signed(admin(1)), peer(5)));
		assert_eq!((Stored::<Test>::get(1), Owners::<Test>::count()), (None, 0));
	});
}

#[test]
fn only_an_admin_of_an_active_organisation_may() {
	run(|| {
		assert_ok!(Peers::add_peer(signed(admin(0)), peer(1)));
		Suspended::set(vec![0]);
		let no_organisation = admin(ORGANISATIONS);
		for who in [admin(0), member(1), no_organisation] {
			assert_noop!(Peers::add_peer(signed(who), peer(2)), BadOrigin);
			assert_noop!(Peers::remove_peer(signed(who), peer(1)), BadOrigin);
		}
		for origin in [RuntimeOrigin::root(), RuntimeOrigin::none()] {
			assert_noop!(Peers::add_peer(origin.clone(), peer(2)), BadOrigin);
			assert_noop!(Peers::remove_peer(origin, peer(1)), BadOrigin);
		}
	});
}

#[test]
fn a_peer_belongs_to_one_organisation() {
	run(|| {
		assert_ok!(Peers::add_peer(signed(admin(0)), peer(1)));
		for organisation in [0, 1] {
			let again = Peers::add_peer(signed(admin(organisation)), peer(1));
			assert_noop!(again, Error::<Test>::AlreadyExists);
		}
		let by_another = Peers::remove_peer(signed(admin(1)), peer(1));
		assert_noop!(by_another, Error::<Test>::NotAuthorised);
		assert_noop!(Peers::remove_peer(signed(admin(1)), peer(2)), Error::<Test>::NotFound);
	});
}

#[test]
fn an_organisation_lists_no_more_than_it_can() {
	run(|| {
		for n in 0..MAX_PEERS as u8 {
			assert_ok!(Peers::add_peer(signed(admin(0)), peer(n)));
		}
		let one_more = peer(MAX_PEERS as u8);
		let too_many = Peers::add_peer(signed(admin(0)), one_more.clone());
		assert_noop!(too_many, Error::<Test>::TooManyPeers);
		assert_ok!(Peers::add_peer(signed(admin(1)), one_more));
	});
}

#[test]
fn only_multihashes_of_public_keys_are_listed() {
	let id = |prefix: &[u8], length: usize| -> PeerId {
		[prefix, &vec![1; length][..]].concat().try_into().expect("it fits")
	};
	let (ed25519, sha2_256) = (&[0x00, 0x24, 0x08, 0x01, 0x12, 0x20][..], &[0x12, 0x20][..]);
	run(|| {
		for valid in [id(ed25519, 32), id(sha2_256, 32)] {
			assert_ok!(Peers::add_peer(signed(admin(0)), valid));
		}
		let text = text(&peer(1)).into_bytes();
		let invalid = [
			PeerId::default(),
			id(ed25519, 31),
			id(ed25519, 33),
			id(sha2_256, 31),
			id(sha2_256, 33),
			// A secp256k1 key, and another hash.
			id(&[0x00, 0x25, 0x08, 0x02, 0x12, 0x21], 33),
			id(&[0x13, 0x20], 32),
			id(&[], 32),
			text.try_into().expect("it fits"),
		];
		for invalid in invalid {
			let refused = Peers::add_peer(signed(admin(1)), invalid);
			assert_noop!(refused, Error::<Test>::InvalidPeerId);
		}
	});
}
