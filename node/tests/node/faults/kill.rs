//! A validator is killed, and started again.

use super::{network::ALL, Scene};
use rand::Rng;
use std::time::{Duration, Instant};

/// Blocks that the others finalise before it is started again.
const MISSED: u64 = 2;

/// The others go on; the killed one catches up and makes blocks again.
pub async fn play(scene: &mut Scene) {
	let Scene { network, random, report, extent, .. } = scene;
	let mut recoveries = Vec::new();
	for _ in 0..extent.kills {
		let victim = random.gen_range(ALL);
		// Any moment: while it makes a block, imports one, votes, or waits.
		tokio::time::sleep(Duration::from_millis(random.gen_range(0..4_000))).await;
		let before = network.newest_finalised().await;
		network.kill(victim);
		network.finalise(ALL.filter(|host| *host != victim), before + MISSED).await;

		let started = Instant::now();
		let target = network.newest_finalised().await;
		network.run(victim).await;
		network.finalise([victim], target).await;
		recoveries.push(started.elapsed());
		network.author(victim, target).await;
	}
	report.add_durations(
		"one of four killed",
		"from its start until it has finalised all",
		recoveries,
	);
}
