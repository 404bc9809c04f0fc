//! The peers that genesis names.

use crate::mock::*;
use frame_support::{assert_ok, traits::BuildGenesisConfig};

#[test]
fn peers_that_genesis_names_are_enforced_at_once() {
	genesis(vec![(0, text(&peer(1))), (2, text(&peer(2)))]).execute_with(|| {
		assert_eq!(allowed(), Some(vec![peer(1), peer(2)]));
		assert_ok!(Peers::remove_peer(signed(admin(2)), peer(2)));
		assert_ok!(Peers::do_try_state());
	});
}

#[test]
fn without_peers_in_it_any_node_may_connect() {
	run(|| assert_eq!(allowed(), None));
}

#[test]
fn genesis_is_read_from_json() {
	let json = r#"{"peers":[[1,"12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp"]]}"#;
	let config: crate::GenesisConfig<Test> = serde_json::from_str(json).expect("it is a genesis");
	new_test_ext().execute_with(|| {
		config.build();
		let peers = allowed().expect("the list is enforced");
		assert_eq!(peers.iter().map(text).collect::<Vec<_>>(), [config.peers[0].1.clone()]);
	});
}

#[test]
#[should_panic(expected = "organisation 3, which genesis does not register")]
fn a_peer_of_no_organisation_is_refused() {
	genesis(vec![(ORGANISATIONS, text(&peer(1)))]);
}

#[test]
#[should_panic(expected = "`12D3KooW` is no peer id in base58")]
fn what_is_no_peer_id_is_refused() {
	genesis(vec![(0, "12D3KooW".into())]);
}

#[test]
#[should_panic(expected = "of organisation 1: AlreadyExists")]
fn a_peer_that_is_named_twice_is_refused() {
	genesis(vec![(0, text(&peer(1))), (1, text(&peer(1)))]);
}
