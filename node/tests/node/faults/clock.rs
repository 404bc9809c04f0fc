//! The clock of a validator is wrong.

use super::{network::ALL, report::seconds, Extent, Scene};
use std::time::Instant;

/// The validator with the wrong clock.
const VICTIM: usize = 3;

/// The library of Debian's package `faketime`; the dynamic linker puts the machine's folder in.
const LIBRARY: &str = "/usr/$LIB/faketime/libfaketimeMT.so.1";

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
		let environment = [
			("LD_PRELOAD", LIBRARY),
			("FAKETIME", offset),
			// Waiting has to take as long as it takes.
			("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
		];
		network.run_with(VICTIM, &[], &environment).await;
		let (started, before) = (Instant::now(), network.newest_finalised().await);
		network.finalise(ALL.filter(|host| *host != VICTIM), before + *meanwhile).await;
		let pace = started.elapsed().as_secs_f64() / *meanwhile as f64;
		report.add(&fault, "the others finalise a block each", format!("{pace:.1} s"));
		network.node(VICTIM).logged(told).await;
		report.add(&fault, "until the node tells its operator", seconds(started.elapsed()));

		network.stop(VICTIM).await;
		let (started, target) = (Instant::now(), network.newest_finalised().await);
		network.run(VICTIM).await;
		network.finalise([VICTIM], target).await;
		network.author(VICTIM, target).await;
		let took = seconds(started.elapsed());
		report.add(&fault, "put right, until it makes final blocks again", took);
	}
}
