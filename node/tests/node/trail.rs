//! What `crm_trail` gives out, and what it does with entries that are not as they should be.

use crate::{
	harness::{new_base, Node},
	scenario::{hash, purchases, whole_trail, Organisation},
};
use consentry_primitives::{trail::storage_key, CustomerId};
use serde_json::{json, Value};

/// A node with a customer whose trail has 12 entries.
async fn with_a_trail() -> (Node, Organisation, CustomerId) {
	let node = Node::development().await;
	let mut organisation = Organisation::create(&node).await;
	let customer = organisation.register(&node, 1).await;
	organisation.bob.submit(&node, purchases(customer, 10)).await;
	(node, organisation, customer)
}

/// Where an entry lies in the node's off-chain storage.
fn key_of(link: &Value) -> String {
	format!("0x{}", hex::encode(storage_key(&hash(&link["head"]))))
}

#[tokio::test]
async fn pages_of_any_size_make_up_the_same_trail() {
	let (node, _, customer) = with_a_trail().await;
	let (whole, head) = whole_trail(&node, customer, 256).await;
	assert_eq!(whole.len(), 12);
	assert_eq!(whole[0]["entry"]["action"], json!({ "type": "registered", "controller": 0 }));
	for limit in [1, 5, 11, 12] {
		assert_eq!(whole_trail(&node, customer, limit).await, (whole.clone(), head));
	}
}

#[tokio::test]
async fn a_trail_can_be_read_as_it_was() {
	let (node, mut organisation, customer) = with_a_trail().await;
	let before = node.ask("crm_trail", json!([customer])).await;
	organisation.bob.submit(&node, purchases(customer, 1)).await;
	let then = node.ask("crm_trail", json!([customer, null, null, before["block"]])).await;
	assert_eq!(then, before);
	let now = node.ask("crm_trail", json!([customer])).await;
	assert_eq!(now["entries"].as_array().map(Vec::len), Some(13));
}

#[tokio::test]
async fn what_was_tampered_with_is_an_error() {
	let (node, _, customer) = with_a_trail().await;
	let (entries, _) = whole_trail(&node, customer, 256).await;
	let key = key_of(&entries[4]);
	let stored = node.ask("offchain_localStorageGet", json!(["PERSISTENT", key])).await;
	let mut bytes = hex::decode(&stored.as_str().expect("the entry")[2..]).expect("hexadecimal");
	*bytes.last_mut().expect("it is not empty") ^= 1;
	let changed = format!("0x{}", hex::encode(bytes));
	node.ask("offchain_localStorageSet", json!(["PERSISTENT", key, changed])).await;

	let error = node.call("crm_trail", json!([customer])).await.unwrap_err();
	assert_eq!(error.code(), 20_007);
	assert!(error.message().contains(entries[4]["head"].as_str().expect("a head")));
	// Later entries are given out still: a page that does not reach the changed one is whole.
	let page = node.ask("crm_trail", json!([customer, null, 5])).await;
	assert_eq!(page["entries"].as_array().map(Vec::len), Some(5));

	node.ask("offchain_localStorageSet", json!(["PERSISTENT", key, stored])).await;
	assert_eq!(whole_trail(&node, customer, 256).await.0, entries);
}

#[tokio::test]
async fn what_is_missing_is_an_error_and_no_shorter_list() {
	let (node, _, customer) = with_a_trail().await;
	let (entries, _) = whole_trail(&node, customer, 256).await;
	for (index, link) in entries.iter().enumerate() {
		let key = key_of(link);
		let stored = node.ask("offchain_localStorageGet", json!(["PERSISTENT", key])).await;
		node.ask("offchain_localStorageClear", json!(["PERSISTENT", key])).await;
		let error = node.call("crm_trail", json!([customer])).await.unwrap_err();
		assert_eq!(error.code(), 20_006, "entry {index}");
		node.ask("offchain_localStorageSet", json!(["PERSISTENT", key, stored])).await;
	}
}

#[tokio::test]
async fn a_cursor_of_another_customer_is_an_error() {
	let (node, mut organisation, customer) = with_a_trail().await;
	let other = organisation.register(&node, 2).await;
	let (entries, head) = whole_trail(&node, other, 256).await;
	for cursor in [json!(head), entries[0]["head"].clone()] {
		let error = node.call("crm_trail", json!([customer, cursor])).await.unwrap_err();
		assert_eq!(error.code(), 20_008);
	}
}

#[tokio::test]
async fn off_chain_indexing_cannot_be_turned_off() {
	let arguments = ["--dev", "--enable-offchain-indexing", "false"];
	let node = Node::start(new_base(), &arguments).await;
	let mut organisation = Organisation::create(&node).await;
	let customer = organisation.register(&node, 1).await;
	assert_eq!(whole_trail(&node, customer, 256).await.0.len(), 2);
}
