//! The transaction pool of a node is flooded.

use super::{setup::Customer, setup::PURPOSE, workload::development_key, Scene};
use crate::{
	harness::{number, until, Node},
	scenario::{commitment, watch},
};
use consentry_client::{
	calls::{consent, customers, Call},
	chain::Chain,
	keys::Keypair,
	submit::Pipeline,
};
use consentry_primitives::InteractionKind;
use futures::{stream, StreamExt};
use jsonrpsee::types::ErrorObjectOwned;
use serde_json::json;
use sp_crypto_hashing::blake2_256;
use std::collections::BTreeMap;

/// How often each answer was given; `None` stands for acceptance.
type Answers = BTreeMap<Option<i32>, usize>;

/// The flooded node.
const TARGET: usize = 1;

/// Extrinsics that are handed in at the same time.
const AT_ONCE: usize = 64;

/// Most blocks until a customer's withdrawal is in one.
const BOUND: u64 = 2;

/// Whatever floods the pool, a customer's withdrawal comes first.
pub async fn play(scene: &mut Scene) {
	let Scene { network, customers: [customer, other], extent, report, .. } = scene;
	let node = network.node(TARGET);
	let flood = flood(node, other, extent.flood).await;
	let withdraw = consent::withdraw(&customer.id, PURPOSE);
	let withdrawal = sign(node, &customer.key, &withdraw, [0]).await.remove(0);

	// The withdrawal comes when half of the flood is there, and the other half with it.
	let (first, second) = flood.split_at(flood.len() / 2);
	let mut answers = hand_in(node, first).await;
	let before = node.best().await;
	let (more, included) = tokio::join!(hand_in(node, second), include(node, withdrawal));
	for (answer, count) in more {
		*answers.entry(answer).or_default() += count;
	}
	let accepted = answers.remove(&None).unwrap_or_default();
	let fault = "pool flooded";
	let sizes =
		format!("{} extrinsics, {accepted} accepted; refused, by code: {answers:?}", flood.len());
	report.add(fault, "the flood", sizes);
	let blocks = included - before;
	report.add(fault, "blocks until a customer's withdrawal is in one", blocks);
	assert!(blocks <= BOUND, "it was submitted after block {before} and is in block {included}");
	until("the flood has run off", || async {
		let pending = node.ask("author_pendingExtrinsics", json!([])).await;
		(pending.as_array().expect("a list").len() < AT_ONCE).then_some(())
	})
	.await;
}

/// So many extrinsics of each kind that are invalid, in vain or too many, in disorder.
async fn flood(node: &Node, customer: &Customer, count: u32) -> Vec<String> {
	let (ferdie, count) = (development_key("Ferdie"), u64::from(count));
	let purchase = (customer.id, InteractionKind::Purchase, commitment(1));
	let in_vain = customers::record_interactions(&[purchase; 32]);
	// Paid for, though the account is nobody's member; and each of them twice.
	let paid = sign(node, &ferdie, &in_vain, 0..count).await;
	// With nonces that are not reached.
	let future = sign(node, &ferdie, &in_vain, 2 * count..3 * count).await;
	// Free, all of them for the same thing, which can be done once.
	let withdraw = consent::withdraw(&customer.id, PURPOSE);
	let free = sign(node, &customer.key, &withdraw, 0..count).await;
	let unsigned = paid.iter().map(|valid| {
		// The last bytes belong to the call, which is then another one than was signed.
		let digit = if valid.ends_with('0') { "1" } else { "0" };
		format!("{}{digit}", &valid[..valid.len() - 1])
	});
	let garbage = (0..count).map(|index| format!("0x{index:016x}"));
	let mut flood: Vec<_> = [paid.clone(), future, free].concat();
	flood.extend(unsigned.chain(garbage));
	flood.extend(paid);
	flood.sort_by_key(|extrinsic| blake2_256(extrinsic.as_bytes()));
	flood
}

/// A call signed with each of these nonces.
async fn sign(
	node: &Node,
	key: &Keypair,
	call: &Call,
	nonces: impl IntoIterator<Item = u64>,
) -> Vec<String> {
	let chain = Chain::connect(&node.url).await.expect("the node answers");
	let pipeline = Pipeline::open(&chain, key).await.expect("the node answers");
	let signed = nonces.into_iter().map(|nonce| {
		let signed = pipeline.sign_as(call, nonce).expect("the chain has the call");
		format!("0x{}", hex::encode(signed.bytes))
	});
	signed.collect()
}

/// Hands extrinsics to a node, and counts its answers.
async fn hand_in(node: &Node, extrinsics: &[String]) -> Answers {
	let answers = stream::iter(extrinsics)
		.map(|extrinsic| node.call("author_submitExtrinsic", json!([extrinsic])))
		.buffer_unordered(AT_ONCE);
	let count = |mut counted: Answers, answer: Result<_, _>| async move {
		let code = answer.err().map(|error: ErrorObjectOwned| error.code());
		*counted.entry(code).or_default() += 1;
		counted
	};
	answers.fold(Answers::new(), count).await
}

/// Submits an extrinsic, and gives the number of the block that it comes into.
async fn include(node: &Node, extrinsic: String) -> u64 {
	let mut status = watch(node, extrinsic).await;
	loop {
		let next = status.next().await.expect("its state is told").expect("a state");
		if let Some(block) = next.get("inBlock") {
			return number(&node.ask("chain_getHeader", json!([block])).await["number"]);
		}
	}
}
