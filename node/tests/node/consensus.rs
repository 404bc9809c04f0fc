//! One validator with the real consensus.

use crate::{
	harness::{new_base, until, Node},
	scenario::{customer, whole_trail, Organisation},
};
use serde_json::json;

#[tokio::test]
async fn aura_authors_and_grandpa_finalises() {
	let node = Node::start(new_base(), &["--dev", "--sealing", "consensus"]).await;
	until("blocks are finalised", || async { (node.finalised().await >= 2).then_some(()) }).await;
	// A client that trusts no node asks for the validators' signatures.
	let proof = node.ask("grandpa_proveFinality", json!([1])).await;
	assert!(proof.as_str().is_some_and(|proof| proof.len() > 200), "{proof}");

	// Extrinsics get into blocks, and their entries onto this node.
	let mut organisation = Organisation::create(&node).await;
	organisation.register(&node, 1).await;
	let (entries, _) = whole_trail(&node, customer(1), 256).await;
	assert_eq!(entries.len(), 2);
}

#[tokio::test]
async fn an_instantly_sealed_chain_has_no_proof_of_finality() {
	let node = Node::development().await;
	Organisation::create(&node).await;
	assert!(node.finalised().await > 0);
	assert!(node.ask("grandpa_proveFinality", json!([1])).await.is_null());
}

/// A node that follows executes the blocks itself, and so holds the entries itself.
#[tokio::test]
async fn a_second_node_holds_the_same_trails() {
	let validator = Node::start(new_base(), &["--dev", "--sealing", "consensus"]).await;
	let mut organisation = Organisation::create(&validator).await;
	organisation.register(&validator, 1).await;
	let address = validator.address().await;
	let arguments = ["--chain", "development", "--bootnodes", &address];
	let follower = Node::start(new_base(), &arguments).await;
	let reached = validator.finalised().await;
	until("the second node follows", || async {
		(follower.finalised().await >= reached).then_some(())
	})
	.await;
	let at_validator = whole_trail(&validator, customer(1), 256).await;
	assert_eq!(whole_trail(&follower, customer(1), 256).await, at_validator);
}
