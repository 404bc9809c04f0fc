//! When blocks are made and what time they carry.

use crate::{
	harness::{new_base, run_to_end, until, Node},
	scenario::{
		chain_time, customer, pool_is_empty, register, wall_clock, watch, Organisation, Signer,
	},
	validators::{with_short_sessions, SESSION},
};
use consentry_runtime::RuntimeCall;
use serde_json::json;
use sp_keyring::Sr25519Keyring;

#[tokio::test]
async fn a_database_keeps_to_its_sealing() {
	let base = Node::development().await.kill();
	for (asked, named) in [("consensus", "consensus"), ("interval=100", "interval=100")] {
		let output = run_to_end(&base, &["--dev", "--sealing", asked]);
		let message = String::from_utf8_lossy(&output.stderr);
		assert!(!output.status.success());
		for part in ["--sealing instant", &format!("--sealing {named}"), "purge-chain"] {
			assert!(message.contains(part), "`{part}` is not in: {message}");
		}
	}
	// With its own it goes on.
	Node::start(base, &["--dev", "--sealing", "instant"]).await;
}

#[test]
fn only_development_can_do_without_consensus() {
	for sealing in ["instant", "interval=100"] {
		let output = run_to_end(&new_base(), &["--chain", "local", "--sealing", sealing]);
		let message = String::from_utf8_lossy(&output.stderr);
		assert!(!output.status.success());
		assert!(message.contains("consentry_development"), "{message}");
	}
}

#[test]
fn what_is_no_sealing_is_refused() {
	for sealing in ["interval=0", "interval=soon", "sometimes"] {
		let output = run_to_end(&new_base(), &["--dev", "--sealing", sealing]);
		let message = String::from_utf8_lossy(&output.stderr);
		assert!(!output.status.success());
		assert!(message.contains("--sealing"), "{message}");
	}
}

#[tokio::test]
async fn at_intervals_blocks_come_without_extrinsics() {
	let node = Node::start(new_base(), &["--dev", "--sealing", "interval=50"]).await;
	until("blocks are sealed", || async { (node.finalised().await >= 5).then_some(()) }).await;
	assert!(chain_time(&node).await <= wall_clock());
}

#[tokio::test]
async fn without_extrinsics_nothing_is_sealed_instantly() {
	let node = Node::development().await;
	let mut alice = Signer::new(&node, Sr25519Keyring::Alice).await;
	let remark = || RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
	for expected in 1..=5 {
		alice.submit(&node, remark()).await;
		assert_eq!(node.best().await, expected);
	}
}

#[tokio::test]
async fn the_clock_stays_the_wall_clock_over_many_quick_blocks() {
	let node = Node::development().await;
	let mut alice = Signer::new(&node, Sr25519Keyring::Alice).await;
	let mut last = 0;
	for _ in 0..100 {
		let before = wall_clock();
		alice
			.submit(&node, RuntimeCall::System(frame_system::Call::remark { remark: vec![] }))
			.await;
		let time = chain_time(&node).await;
		assert!((before..=wall_clock()).contains(&time), "the chain's clock is off");
		assert!(time >= last);
		last = time;
	}
	// With a slot for each block, the chain would be 200 s ahead.
	assert_eq!(node.best().await, 100);
}

#[tokio::test]
async fn a_clock_that_is_set_back_holds_the_chains_time_and_stops_no_block() {
	let remark = || RuntimeCall::System(frame_system::Call::remark { remark: vec![] });
	let node = Node::development().await;
	Signer::new(&node, Sr25519Keyring::Alice).await.submit(&node, remark()).await;
	let last = chain_time(&node).await;

	let node = Node::start_at(node.stop().await, &["--dev"], "-1h").await;
	let mut alice = Signer::new(&node, Sr25519Keyring::Alice).await;
	for expected in 2..=3 {
		alice.submit(&node, remark()).await;
		assert_eq!(node.best().await, expected);
		// The clock is far behind it still.
		assert_eq!(chain_time(&node).await, last);
	}
	// Set right, it goes on as the wall clock does.
	let node = Node::start(node.stop().await, &["--dev"]).await;
	let before = wall_clock();
	Signer::new(&node, Sr25519Keyring::Alice).await.submit(&node, remark()).await;
	assert!((before..=wall_clock()).contains(&chain_time(&node).await));
}

/// The block that ends a session has no room for extrinsics.
#[tokio::test]
async fn instant_sealing_goes_on_where_a_session_ends() {
	let (node, _specification) = with_short_sessions("instant").await;
	let mut organisation = Organisation::create(&node).await;
	let mut seeds = 0..;
	while node.best().await <= u64::from(2 * SESSION) {
		organisation.register(&node, seeds.next().expect("there are enough")).await;
	}
}

/// More than fits into one block, arriving faster than blocks are made.
#[tokio::test]
async fn instant_sealing_drains_the_pool() {
	const BATCHES: u64 = 60;
	const BATCH: u64 = 200;
	let node = Node::development().await;
	let mut organisation = Organisation::create(&node).await;
	let before = node.best().await;
	let mut followed = Vec::new();
	for batch in 0..BATCHES {
		let call = register(batch * BATCH..(batch + 1) * BATCH);
		let extrinsic = organisation.bob.sign(call);
		followed.push(watch(&node, extrinsic).await);
	}
	for status in followed {
		crate::scenario::finalised(status).await;
	}
	pool_is_empty(&node).await;
	let blocks = node.best().await - before;
	assert!(blocks > 1, "all of it fitted into one block: the test shows nothing");
	// No block was empty.
	assert!(blocks <= BATCHES);
	for seed in [0, BATCHES * BATCH / 2, BATCHES * BATCH - 1] {
		node.ask("crm_customer", json!([customer(seed)])).await;
	}
}
