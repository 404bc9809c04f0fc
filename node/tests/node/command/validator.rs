//! Validators, as their operators and the council manage them.

use super::Home;
use crate::harness::Node;
use serde_json::{json, Value};

/// When the council's decision counts.
const EFFECT: &str = "takes effect at the second session boundary after";

#[tokio::test]
async fn a_validator_has_keys_made_comes_and_goes() {
	let node = Node::development().await;
	let home = Home::new(&node.url);
	let status = |name: &str| home.does(&format!("validator status {name}"));
	let is_member = |name: &str| status(name)["validator"]["isMember"].clone();
	let before = status("ferdie");
	assert_eq!(before["heldByNode"], Value::Null);
	assert_eq!(
		before["validator"],
		json!({
			"isMember": false, "keys": null, "queued": null, "isCurrent": false,
			"isDisabled": false, "session": 0,
		})
	);
	let refused = home.fails(4, "refused", "--key alice validator add ferdie");
	assert!(refused.contains("Consortium::NoSessionKeys"), "{refused}");

	let made = home.does("--key ferdie validator rotate-keys");
	assert_eq!((&made["account"], &made["usedFrom"]), (&before["account"], &Value::Null));
	let with_keys = status("ferdie");
	assert_eq!(with_keys["validator"]["keys"], made["keys"]);
	assert_eq!(with_keys["heldByNode"], true);
	let said = home.says("--key eve validator rotate-keys");
	assert!(said.contains("used once the council made the account a validator"), "{said}");

	let refused = home.fails(4, "refused", "--key bob validator add ferdie");
	assert!(refused.contains("Council::NotMember"), "{refused}");
	let added = home.does("--key alice validator add ferdie");
	assert!(added["block"].is_u64() && added["blockHash"].is_string(), "{added}");
	let member = status("ferdie")["validator"].clone();
	assert_eq!((&member["isMember"], &member["isCurrent"]), (&json!(true), &json!(false)));
	// The next keys of one who is a validator have their session.
	let made = home.does("--key ferdie validator rotate-keys");
	assert_eq!((&made["session"], &made["usedFrom"]), (&json!(0), &json!(2)));
	let said = home.says("validator status ferdie");
	for line in ["validator by the council: yes", "takes part now:           no"] {
		assert!(said.contains(line), "{said}");
	}

	let said = home.says("--key alice validator replace ferdie eve");
	assert!(said.contains(EFFECT), "{said}");
	assert_eq!(["ferdie", "eve"].map(is_member), [json!(false), json!(true)]);
	let said = home.says("--key alice validator add ferdie");
	assert!(said.contains(EFFECT), "{said}");
	let said = home.says("--key alice validator remove eve");
	assert!(said.contains(EFFECT), "{said}");
	assert_eq!(["ferdie", "eve"].map(is_member), [json!(true), json!(false)]);
	let refused = home.fails(4, "refused", "--key alice validator remove eve");
	assert!(refused.contains("Consortium::NotFound"), "{refused}");
	// The one that takes part is the key's own unless another is named.
	let alice = home.does("--key alice validator status");
	assert_eq!(alice["validator"]["isCurrent"], true);
}
