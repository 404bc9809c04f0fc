//! Organisations, members, and motions of the council.

use super::scene;
use crate::scenario::{motion, Signer};
use consentry_runtime::RuntimeCall;
use serde_json::{json, Value};
use sp_keyring::Sr25519Keyring::{Alice, Bob};

#[tokio::test]
async fn members_come_change_and_go() {
	let (_node, _organisation, home) = scene().await;
	home.does("--key bob organisation add-member --account dave --roles agent,auditor");
	let member = home.does("organisation member dave");
	assert_eq!(member["member"]["roles"], json!(["agent", "auditor"]));
	assert_eq!(home.does("organisation show 0")["state"]["members"], 2);
	home.does("--key bob organisation set-roles --account dave --roles officer");
	assert!(home.says("organisation member dave").contains("Officer of organisation 0"));
	let refused =
		home.fails(4, "refused", "--key dave organisation add-member --account eve --roles agent");
	assert!(refused.contains("NotAuthorised"), "{refused}");
	home.does("--key bob organisation remove-member --account dave");
	home.fails(1, "general", "organisation member dave");
	// The last admin stays.
	let refused = home.fails(4, "refused", "--key bob organisation remove-member --account bob");
	assert!(refused.contains("Organisations::"), "{refused}");
	home.fails(1, "general", "organisation show 7");
}

#[tokio::test]
async fn the_council_decides_alone_or_by_vote() {
	let (node, _organisation, home) = scene().await;
	let registered = home.does("--key alice organisation register --name other --admin charlie");
	let other = registered["organisation"].as_u64().unwrap();
	home.does(&format!("--key alice organisation issue-credits --organisation {other} --amount 5"));
	let appoint = format!("organisation appoint-admin --organisation {other} --account eve");
	home.does(&format!("--key alice {appoint}"));
	let eve = home.does("organisation member eve");
	assert_eq!(
		(&eve["member"]["organisation"], &eve["member"]["roles"]),
		(&json!(other), &json!(["admin"]))
	);
	// Who has no seat moves nothing; a motion that fails is a failure of whom moved it.
	let refused = home.fails(4, "refused", &format!("--key bob {appoint}"));
	assert!(refused.contains("Council::NotMember"), "{refused}");
	let refused = home.fails(4, "refused", &format!("--key alice {appoint}"));
	assert!(refused.contains("Organisations::"), "{refused}");

	let new_members = vec![Alice.to_account_id(), Bob.to_account_id()];
	let seat_bob = pallet_collective::Call::set_members { new_members, prime: None, old_count: 1 };
	let mut alice = Signer::new(&node, Alice).await;
	alice.submit(&node, motion(RuntimeCall::Council(seat_bob))).await;
	let is_active = || home.does(&format!("organisation show {other}"))["state"]["active"].clone();
	let moved = home.does(&format!("--key alice organisation suspend {other}"));
	assert_eq!(moved["threshold"], 2);
	let named = |moved: &Value| {
		let (motion, index) = (moved["motion"].as_str().unwrap(), &moved["index"]);
		format!("--motion {motion} --index {index}")
	};
	let motion = named(&moved);
	home.does(&format!("--key alice organisation vote {motion}"));
	let early = home.fails(4, "refused", &format!("--key bob organisation close {motion}"));
	assert!(early.contains("Council::TooEarly"), "{early}");
	home.does(&format!("--key bob organisation vote {motion}"));
	assert_eq!(is_active(), true);
	home.does(&format!("--key bob organisation close {motion}"));
	assert_eq!(is_active(), false);
	home.fails(1, "general", &format!("--key bob organisation close {motion}"));

	// A nay is enough against three quarters of two.
	let reinstate = format!("--key alice organisation reinstate {other}");
	let motion = named(&home.does(&reinstate));
	home.does(&format!("--key bob organisation vote {motion} --nay"));
	home.does(&format!("--key alice organisation close {motion}"));
	assert_eq!(is_active(), false);
	let motion = named(&home.does(&reinstate));
	for key in ["alice", "bob"] {
		home.does(&format!("--key {key} organisation vote {motion}"));
	}
	home.does(&format!("--key alice organisation close {motion}"));
	assert_eq!(is_active(), true);
}
