//! The clock of a validator is wrong.

use super::{network::ALL, report::seconds, Extent, Scene};
use crate::harness;
use std::time::Instant;

/// The validator with the wrong clock.
const VICTIM: usize = 3;

/// What a node says of blocks from the future, which it refuses.
const REFUSED: &str = "too far in the future";

/// What a node says that is ahead.
const AHEAD: &str = "This machine's clock is ahead";

/// The others go on, the one is told; and once the clock is right, it takes part again.
pub async fn play(scene: &mut Scene) {
	for (offset, what, told) in [("+10s", "10 s ahead", AHEAD), ("-10s", "10 s behind", REFUSED)] {
		let Scene { network, report, extent: Extent { meanwhile, .. }, .. } = scene;
		let fault = format!("a clock {what}");
		network.stop(VICTIM).await;
		network.run_with(VICTIM, &[], &harness::clock(offset)).await;
		let (started, before) = (Instant::now(), network.newest_finalised().await);
		let go_on = async {
			network.finalise(ALL.filter(|host| *host != VICTIM), before + *meanwhile).await;
			started.elapsed()
		};
		let tell = async {
			network.node(VICTIM).logged(told).await;
			started.elapsed()
		};
		let (went_on, told) = tokio::join!(go_on, tell);
		let pace = went_on.as_secs_f64() / *meanwhile as f64;
		report.add(&fault, "the others finalise a block each", format!("{pace:.1} s"));
		report.add(&fault, "until the node tells its operator", seconds(told));

		network.stop(VICTIM).await;
		let (started, target) = (Instant::now(), network.newest_finalised().await);
		network.run(VICTIM).await;
		network.finalise([VICTIM], target).await;
		network.author(VICTIM, target).await;
		let took = seconds(started.elapsed());
		report.add(&fault, "put right, until it makes final blocks again", took);
	}
}
