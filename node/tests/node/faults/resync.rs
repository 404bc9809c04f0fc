//! A validator loses its database, and a node joins that never had one.

use super::{network::block_hash, report::seconds, Scene};
use crate::harness::until;
use serde_json::json;
use std::time::Instant;

/// The validator that loses it.
const VICTIM: usize = 3;

/// So many blocks before the newest, a node has the state still, unless it began with a later one.
const EARLIER: u64 = 10;

/// Where the runtime lies in the state, which is never without one.
const CODE: &str = "0x3a636f6465";

/// Both come to where the others are; the validator makes blocks again.
pub async fn play(scene: &mut Scene) {
	let Scene { network, report, .. } = scene;
	// By full sync last, since only that brings the bodies of all blocks, which are compared in the
	// end.
	for sync in ["warp", "full"] {
		network.stop(VICTIM).await;
		network.wipe(VICTIM);
		let (started, target) = (Instant::now(), network.newest_finalised().await);
		network.run_with(VICTIM, &["--sync", sync], &[]).await;
		network.finalise([VICTIM], target).await;
		let fault = format!("validator with a wiped database, by {sync} sync");
		report.add(&fault, "until it has finalised all", seconds(started.elapsed()));
		let node = network.node(VICTIM);
		let author = async {
			network.author(VICTIM, target).await;
			started.elapsed()
		};
		let complete = async {
			until("it holds the entries of all trails", || async {
				let coverage = node.ask("crm_trailCoverage", json!([])).await;
				coverage["value"]["complete"].as_bool().filter(|complete| *complete)
			})
			.await;
			started.elapsed()
		};
		let (author, complete) = tokio::join!(author, complete);
		report.add(&fault, "until it makes blocks again", seconds(author));
		report.add(&fault, "until it holds the entries of all trails", seconds(complete));

		// By warp sync it did not execute what came before.
		let earlier = block_hash(network.node(0), target.saturating_sub(EARLIER).max(1)).await;
		let state = node.call("state_getStorageHash", json!([CODE, earlier])).await;
		assert_eq!(state.is_err(), sync == "warp", "{sync} sync: {state:?}");
	}
	scene.full_node().await;
}
