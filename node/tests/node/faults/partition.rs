//! Two of four validators are cut off from the other two.

use super::{
	network::{Network, ALL},
	report::seconds,
	Scene,
};
use crate::harness::until;
use futures::future::join_all;
use std::time::Instant;

/// The validators that are cut off.
const CUT: [usize; 2] = [2, 3];

/// What a validator says that leaves out its turn because too little is final.
const BACKING_OFF: &str = "Backing off claiming new slot";

/// How far behind finality is on a network in health, at most.
const HEALTHY_LAG: u64 = 4;

/// Neither half can finalise, and both make fewer and fewer blocks; reunited, they agree on one
/// chain and finalise again.
pub async fn play(scene: &mut Scene) {
	let Scene { network, report, extent, .. } = scene;
	let fault = "two of four cut off";
	let cut_off = Instant::now();
	let quiet: Vec<_> = ALL.map(|host| network.node(host).says(BACKING_OFF)).collect();
	network.cut(&CUT);
	// At first one of a half backs off alone, whose turn is always the next after a block.
	for host in ALL {
		until(&format!("validator {host} backs off"), || async {
			(network.node(host).says(BACKING_OFF) > quiet[host]).then_some(())
		})
		.await;
	}
	report.add(fault, "until all four back off", seconds(cut_off.elapsed()));

	// Votes that were under way when the links were cut have long arrived.
	let stopped = finalised(network).await;
	tokio::time::sleep(extent.partition).await;
	let before = best(network).await;
	for half in [[0, 1], CUT] {
		until("a half makes another block", || async {
			let best = best(network).await;
			half.iter().any(|host| best[*host] > before[*host]).then_some(())
		})
		.await;
	}
	assert_eq!(finalised(network).await, stopped, "half of the validators finalised a block");
	let (lasted, lags) = (cut_off.elapsed(), lags(network).await);
	report.add(
		fault,
		"blocks not final at the reunion",
		format!("{lags:?} after {}", seconds(lasted)),
	);

	let reunited = Instant::now();
	network.reunite();
	let beyond = stopped.iter().max().expect("there are nodes") + 1;
	network.finalise(ALL, beyond).await;
	report.add(fault, "from reunion until finality resumes", seconds(reunited.elapsed()));
	until("finality has caught up", || async {
		self::lags(network).await.iter().all(|lag| *lag <= HEALTHY_LAG).then_some(())
	})
	.await;
	report.add(fault, "from reunion until all is final", seconds(reunited.elapsed()));
	network.agree().await;
}

async fn best(network: &Network) -> Vec<u64> {
	join_all(ALL.map(|host| network.node(host).best())).await
}

async fn finalised(network: &Network) -> Vec<u64> {
	join_all(ALL.map(|host| network.node(host).finalised())).await
}

/// How many blocks are not final on each validator.
async fn lags(network: &Network) -> Vec<u64> {
	let (best, finalised) = (best(network).await, finalised(network).await);
	best.iter().zip(finalised).map(|(best, finalised)| best.saturating_sub(finalised)).collect()
}
