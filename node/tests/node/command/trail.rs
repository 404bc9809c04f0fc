//! Trails and what they are verified against.

use super::{scene, Home};
use crate::{
	harness::{new_base, Node},
	scenario::Organisation,
};
use serde_json::Value;

#[tokio::test]
async fn trails_are_shown_and_verified() {
	let (_node, _organisation, home) = scene().await;
	let customer = home.register("1");
	let shown = home.does("trail show crm:1");
	assert_eq!(shown["entries"].as_array().unwrap().len(), 2);
	assert!(home.says(&format!("trail show {customer:?}")).contains("2 entries"));
	let verified = home.does("trail verify crm:1");
	assert_eq!((&verified["entries"], &verified["opened"]), (&2.into(), &1.into()));
	assert_eq!(verified["genesis"]["known"], true);
	let all = home.does("trail verify --all");
	assert_eq!((&all["customers"], &all["verified"]), (&1.into(), &1.into()));
	let refused = home.fails(5, "verification", "trail verify crm:1 --require-finality");
	assert!(refused.contains("no proof"), "{refused}");
	let none = home.fails(1, "general", "trail pin");
	assert!(none.contains("trail verify"), "{none}");
	home.fails(2, "usage", "trail verify");
	home.fails(1, "general", &format!("trail verify 0x{}", "00".repeat(32)));
}

#[tokio::test]
async fn an_authority_set_is_passed_on() {
	let node = Node::start(new_base(), &["--dev", "--sealing", "consensus"]).await;
	let mut organisation = Organisation::create(&node).await;
	let customer = organisation.register(&node, 1).await;
	let (home, other) = (Home::new(&node.url), Home::bare(&node.url));
	let line = format!("trail verify {customer:?}");
	// At first contact the chain is the one that the node says; the store remembers it.
	let first = home.says(&line);
	assert!(first.contains("1 of 1 validators") && first.contains("on the node's word"), "{first}");
	assert!(home.says(&line).contains("as was known before"));
	let pin = home.path("pin.json");
	home.does(&format!("trail pin --output {pin}"));

	let verified = other.does(&format!("{line} --pin {pin} --require-finality"));
	assert_eq!(verified["finality"]["state"], "proven");
	assert_eq!(verified["genesis"]["known"], true);
	let genesis = verified["genesis"]["hash"].as_str().unwrap();
	assert!(other.says(&format!("{line} --genesis {genesis}")).contains("as was known before"));
	let wrong = format!("0x{}", "11".repeat(32));
	other.fails(5, "verification", &format!("{line} --genesis {wrong}"));
	let mut changed: Value = serde_json::from_str(&home.read("pin.json")).unwrap();
	changed["authorities"][0][0] = wrong.into();
	let changed = other.file("changed.json", &changed.to_string());
	other.fails(5, "verification", &format!("{line} --pin {changed}"));
}
