//! A validator loses its database, and a node joins that never had one.

use super::{report::seconds, Scene};
use crate::harness::until;
use serde_json::json;
use std::time::Instant;

/// The validator that loses it.
const VICTIM: usize = 3;

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
		network.author(VICTIM, target).await;
		report.add(&fault, "until it makes blocks again", seconds(started.elapsed()));
		let node = network.node(VICTIM);
		until("it holds the entries of all trails", || async {
			let coverage = node.ask("crm_trailCoverage", json!([])).await;
			coverage["value"]["complete"].as_bool().filter(|complete| *complete)
		})
		.await;
		report.add(&fault, "until it holds the entries of all trails", seconds(started.elapsed()));
	}
	scene.full_node().await;
}
