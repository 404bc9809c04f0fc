//! `crm_subscribeTrail`.

use crate::{
	harness::{new_base, until, Node, PATIENCE},
	scenario::{
		admit, customer, purchases, register, whole_trail, Organisation, Signer, CONTROLLER,
	},
};
use consentry_primitives::customer::customer_id;
use jsonrpsee::core::client::Subscription;
use serde_json::{json, Value};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Bob, Charlie};

async fn subscribe(node: &Node, filter: Value) -> Subscription<Value> {
	let params = json!([filter]);
	let subscription = node.subscribe("crm_subscribeTrail", params, "crm_unsubscribeTrail").await;
	subscription.expect("the filter is accepted")
}

async fn next(subscription: &mut Subscription<Value>) -> Value {
	let next = tokio::time::timeout(PATIENCE, subscription.next()).await;
	next.expect("a notification in time").expect("the subscription goes on").expect("an entry")
}

#[tokio::test]
async fn each_filter_lets_its_entries_through() {
	let node = Node::development().await;
	let mut organisation = Organisation::create(&node).await;
	let mut all = subscribe(&node, json!(null)).await;
	let mut of_customer = subscribe(&node, json!({ "customer": customer(2) })).await;
	let mut of_action = subscribe(&node, json!({ "action": "interaction-recorded" })).await;
	let both = json!({ "customer": customer(2), "action": "interaction-recorded" });
	let mut of_both = subscribe(&node, both).await;

	organisation.bob.submit(&node, register([1, 2])).await;
	organisation.bob.submit(&node, purchases(customer(1), 3)).await;

	let kind = |notification: &Value| notification["value"]["entry"]["action"]["type"].clone();
	let expected = [
		("registered", 1),
		("record-sealed", 1),
		("registered", 2),
		("record-sealed", 2),
		("interaction-recorded", 1),
		("interaction-recorded", 1),
		("interaction-recorded", 1),
	];
	let mut received = Vec::new();
	for _ in expected {
		received.push(next(&mut all).await);
	}
	for ((expected, seed), notification) in expected.into_iter().zip(&received) {
		assert_eq!(kind(notification), expected);
		assert_eq!(notification["value"]["customer"], json!(customer(seed)));
		assert_eq!(notification["value"]["controller"], 0);
	}
	for expected in &received[2..4] {
		assert_eq!(next(&mut of_customer).await, *expected);
	}
	for expected in &received[4..] {
		assert_eq!(next(&mut of_action).await, *expected);
	}
	// What fits in one respect only has passed this one by.
	organisation.bob.submit(&node, purchases(customer(2), 1)).await;
	assert_eq!(next(&mut of_both).await["value"]["entry"]["index"], 2);
	of_both.unsubscribe().await.expect("the subscription can be ended");
}

#[tokio::test]
async fn of_two_organisations_each_has_its_own_entries_alone() {
	const OTHER: u32 = CONTROLLER + 1;
	let node = Node::development().await;
	let mut bob = Organisation::create(&node).await.bob;
	let mut charlie = admit(&node, OTHER, "globex", Charlie).await;
	let mut subscriptions = Vec::new();
	for organisation in [CONTROLLER, OTHER] {
		let filter = json!({ "organisation": organisation });
		subscriptions.push((organisation, subscribe(&node, filter).await));
	}
	// In turn, so that each would receive the other's before its own last ones.
	const SEEDS: [u64; 3] = [1, 2, 3];
	for seed in SEEDS {
		bob.submit(&node, register([seed])).await;
		charlie.submit(&node, register([seed])).await;
	}
	for (organisation, mut subscription) in subscriptions {
		for seed in SEEDS {
			for action in ["registered", "record-sealed"] {
				let value = next(&mut subscription).await["value"].clone();
				assert_eq!(value["controller"], organisation);
				let customer = customer_id(organisation, &H256::from_low_u64_be(seed));
				assert_eq!(value["customer"], json!(customer));
				assert_eq!(value["entry"]["action"]["type"], action);
			}
		}
	}
}

/// GRANDPA finalises several blocks at once: none of their entries may be left out.
#[tokio::test]
async fn finality_of_several_blocks_skips_none() {
	let node = Node::start(new_base(), &["--dev", "--sealing", "consensus"]).await;
	let mut all = subscribe(&node, json!({ "action": "interaction-recorded" })).await;
	let mut organisation = Organisation::create(&node).await;
	let customer = organisation.register(&node, 1).await;
	let mut bob = Signer::new(&node, Bob).await;
	let mut sent = 0;
	// One for each of eight blocks.
	while sent < 8 {
		let last = node.best().await;
		let extrinsic = bob.sign(purchases(customer, 1));
		node.ask("author_submitExtrinsic", json!([extrinsic])).await;
		sent += 1;
		until("the next block", || async { (node.best().await > last).then_some(()) }).await;
	}
	for index in 0..sent {
		let notification = next(&mut all).await;
		assert_eq!(notification["value"]["entry"]["index"], 2 + index);
	}
	let (entries, head) = whole_trail(&node, customer, 256).await;
	assert_eq!(entries.len() as u64, 2 + sent);
	assert_eq!(entries.last().expect("there are some")["head"], json!(head));
}
