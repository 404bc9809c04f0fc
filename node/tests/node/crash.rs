//! A node that is killed loses and doubles nothing.

use crate::{
	harness::{number, until, Node},
	scenario::{customer, hash, register, whole_trail, Organisation},
};
use consentry_primitives::{
	trail::{advance, origin},
	Entry,
};
use consentry_runtime::AccountId;
use serde_json::{json, Value};
use sp_core::H256;

/// Customers of one extrinsic.
const BATCH: u64 = 4;

/// Checks a whole trail as a client does: the entries lead from the customer's origin to the head.
async fn check_trail(node: &Node, genesis: &H256, seed: u64) {
	let customer = customer(seed);
	let (entries, head) = whole_trail(node, customer, 1).await;
	let state = node.ask("crm_trailHead", json!([customer])).await;
	assert_eq!(state["value"], json!({ "entries": entries.len(), "head": head }));
	let last = entries.iter().enumerate().fold(
		origin(genesis, &customer),
		|before, (index, link): (usize, &Value)| {
			let entry: Entry<AccountId> =
				serde_json::from_value(link["entry"].clone()).expect("an entry");
			assert_eq!(entry.index, index as u64);
			assert_eq!(hash(&link["previous"]), before);
			advance(&before, &entry)
		},
	);
	assert_eq!(last, head);
}

#[tokio::test]
async fn killed_while_registering_it_keeps_every_trail_whole() {
	let mut node = Node::development().await;
	let genesis = hash(&node.ask("chain_getBlockHash", json!([0])).await);
	let mut organisation = Organisation::create(&node).await;
	let mut batches = 0;
	for round in 1..=3 {
		let (best, first) = (node.best().await, batches * BATCH);
		// Many in flight when the node is killed, at another point in each round.
		for _ in 0..40 {
			let extrinsic = organisation.bob.sign(register(batches * BATCH..(batches + 1) * BATCH));
			node.ask("author_submitExtrinsic", json!([extrinsic])).await;
			batches += 1;
		}
		let reached = best + 2 * round;
		let node_ref = &node;
		until("some are in blocks", || async {
			(node_ref.best().await >= reached || pool_len(node_ref).await == 0).then_some(())
		})
		.await;
		// Of an extrinsic's customers the first stands for all.
		let head = node.ask("chain_getFinalizedHead", json!([])).await;
		let finalised = number(&node.ask("chain_getHeader", json!([head])).await["number"]);
		let mut kept = first;
		while node.call("crm_customer", json!([customer(kept), head])).await.is_ok() {
			kept += BATCH;
		}
		node = Node::start(node.kill(), &["--dev"]).await;

		// What was final is there, what another block holds is there with its trail; what was in the
		// pool only is gone, and the account goes on from its last block.
		assert!(node.finalised().await >= finalised, "block {finalised} was final");
		let mut found = 0;
		while node.call("crm_customer", json!([customer(found)])).await.is_ok() {
			check_trail(&node, &genesis, found).await;
			found += 1;
		}
		assert_eq!(found % BATCH, 0, "a part of an extrinsic is missing");
		assert!(found >= kept, "{kept} customers were final, {found} are there");
		batches = found / BATCH;
		organisation.bob =
			crate::scenario::Signer::new(&node, sp_keyring::Sr25519Keyring::Bob).await;
	}
	assert!(batches > 0, "nothing was registered: the test shows nothing");
	organisation.register(&node, 1_000_000).await;
	check_trail(&node, &genesis, 1_000_000).await;
}

async fn pool_len(node: &Node) -> usize {
	let pending = node.ask("author_pendingExtrinsics", json!([])).await;
	pending.as_array().expect("a list").len()
}
