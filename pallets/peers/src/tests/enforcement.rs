//! From when the list decides, and for whom.

use crate::{mock::*, Error, Event};
use frame_support::{assert_noop, assert_ok};
use sp_runtime::DispatchError::BadOrigin;

#[test]
fn a_list_decides_once_the_consortium_enforces_it() {
	run(|| {
		assert_noop!(Peers::enforce(RuntimeOrigin::root()), Error::<Test>::NoPeers);
		assert_ok!(Peers::add_peer(signed(admin(0)), peer(1)));
		assert_eq!(allowed(), None);

		assert_noop!(Peers::enforce(signed(admin(0))), BadOrigin);
		assert_ok!(Peers::enforce(RuntimeOrigin::root()));
		System::assert_last_event(Event::ListEnforced.into());
		assert_eq!(allowed(), Some(vec![peer(1)]));
		assert_noop!(Peers::enforce(RuntimeOrigin::root()), Error::<Test>::AlreadyEnforced);
	});
}

#[test]
fn the_last_peer_of_an_enforced_list_stays() {
	run(|| {
		assert_ok!(Peers::add_peer(signed(admin(0)), peer(1)));
		assert_ok!(Peers::enforce(RuntimeOrigin::root()));
		assert_noop!(Peers::remove_peer(signed(admin(0)), peer(1)), Error::<Test>::LastPeer);

		// Another organisation's does as well, unless it is suspended.
		assert_ok!(Peers::add_peer(signed(admin(1)), peer(2)));
		Suspended::set(vec![1]);
		assert_noop!(Peers::remove_peer(signed(admin(0)), peer(1)), Error::<Test>::LastPeer);
		Suspended::set(vec![]);
		assert_ok!(Peers::remove_peer(signed(admin(0)), peer(1)));
		assert_eq!(allowed(), Some(vec![peer(2)]));
	});
}

#[test]
fn peers_of_suspended_organisations_may_not_connect() {
	run(|| {
		for organisation in 0..ORGANISATIONS {
			let peer = peer(organisation as u8);
			assert_ok!(Peers::add_peer(signed(admin(organisation)), peer));
		}
		assert_ok!(Peers::enforce(RuntimeOrigin::root()));
		Suspended::set(vec![1]);
		assert_eq!(allowed(), Some(vec![peer(0), peer(2)]));
		Suspended::set((0..ORGANISATIONS).collect());
		assert_eq!(allowed(), Some(vec![]));
		Suspended::set(vec![]);
		assert_eq!(allowed(), Some(vec![peer(0), peer(1), peer(2)]));
	});
}
