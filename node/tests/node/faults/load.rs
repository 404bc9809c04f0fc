//! How soon extrinsics are final on four validators that share one machine, and how many decisions
//! about access a second.

use super::{
	ledger::Ledger,
	network::Network,
	report::{seconds, Report},
	setup::PURPOSE,
	workload::{development_key, Pace, Work, Workload},
	Scene,
};
use crate::scenario::{commitment, give, CONTROLLER};
use consentry_client::{
	calls::{consent, customers, MAX_BATCH},
	chain::Chain,
	submit::submit_and_wait,
};
use consentry_primitives::{
	consent::CaptureMethod, customer::customer_id, CustomerId, DataCategory,
};
use sp_core::H256;
use std::{
	path::Path,
	time::{Duration, Instant},
};

/// How long each load lasts.
const LASTING: Duration = Duration::from_secs(60);

/// Batches of customers that the decisions are about.
const BATCHES: u64 = 4;

/// As many extrinsics as keep every block full.
const FULL: Pace = Pace { in_flight: 64, interval: Duration::ZERO };

/// In which at most 95 of 100 extrinsics are to be final at half load.
const BOUND: Duration = Duration::from_secs(6);

/// Measures under the work that goes on anyway, under as much as the network takes, and under half
/// of that.
pub async fn play(scene: &mut Scene) {
	tokio::time::sleep(LASTING).await;
	scene.rest().await;
	let fault = "light load, single extrinsics of three accounts";
	add_latencies(&mut scene.report, fault, &scene.ledger);

	let customers = consenting_customers(&scene.network).await;
	// Registered, sealed, consented.
	scene.ledger.add_entries(customers.iter().map(|customer| (*customer, 3)));
	let folder = scene.network.base(0);
	let (started, before) = (Instant::now(), size(folder.path()));
	let full = decide(&scene.network, FULL, &customers).await;
	let (took, grown) = (started.elapsed(), size(folder.path()).saturating_sub(before));
	let decisions = full.decisions() as f64;
	let rate = decisions / took.as_secs_f64();
	let fault = format!("full load, {MAX_BATCH} decisions in an extrinsic");
	let report = &mut scene.report;
	report.add(&fault, "access decisions a second, final", format!("{rate:.0}"));
	let per_million = grown as f64 / decisions * 1e6 / f64::from(1 << 30);
	report.add(
		&fault,
		"a validator's disk for a million decisions",
		format!("{per_million:.2} GiB"),
	);
	add_latencies(report, &fault, &full);
	scene.ledger.merge(full);

	let interval = Duration::from_secs_f64(2.0 * MAX_BATCH as f64 / rate);
	let half = decide(&scene.network, Pace { interval, ..FULL }, &customers).await;
	add_latencies(&mut scene.report, "half of the full load", &half);
	assert!(half.percentile(95) < BOUND, "p95 at half load is not below {BOUND:?}");
	scene.ledger.merge(half);
}

/// Requests access at a pace for a while.
async fn decide(network: &Network, pace: Pace, customers: &[CustomerId]) -> Ledger {
	let (urls, work) = (network.validators(), [("Eve", Work::Access(MAX_BATCH))]);
	let workload = Workload::start(&urls, &work, pace, customers.iter().copied());
	tokio::time::sleep(LASTING).await;
	workload.finish().await
}

fn add_latencies(report: &mut Report, load: &str, ledger: &Ledger) {
	let [half, most] = [50, 95].map(|percent| seconds(ledger.percentile(percent)));
	let result = format!("p50 {half}, p95 {most}, of {}", ledger.submitted.len());
	report.add(load, "from submission to finality", result);
}

/// Registers customers who consent, so that access to their data is authorised.
async fn consenting_customers(network: &Network) -> Vec<CustomerId> {
	let chain = Chain::connect(&network.node(0).url).await.expect("the node answers");
	let (bob, mut all) = (development_key("Bob"), Vec::new());
	for batch in 0..BATCHES {
		let nonce = |index| H256::from_low_u64_be(((batch + 1) << 32) + index as u64);
		let nonces: Vec<_> = (0..MAX_BATCH).map(nonce).collect();
		let record = vec![(DataCategory::Contact, commitment(1))];
		let new: Vec<_> = nonces.iter().map(|nonce| (*nonce, record.clone())).collect();
		let ids: Vec<_> = nonces.iter().map(|nonce| customer_id(CONTROLLER, nonce)).collect();
		let consented =
			|id: &CustomerId| (*id, PURPOSE, give(1), CaptureMethod::Form, commitment(2));
		let given: Vec<_> = ids.iter().map(consented).collect();
		for call in [customers::register(&new), consent::record(&given)] {
			submit_and_wait(&chain, &bob, &call).await.expect("it succeeds");
		}
		all.extend(ids);
	}
	all
}

/// What the files in a folder take on the disk, in bytes.
fn size(folder: &Path) -> u64 {
	use std::os::unix::fs::MetadataExt;
	let entries = std::fs::read_dir(folder).expect("the folder can be read");
	let of_entry = |entry: std::io::Result<std::fs::DirEntry>| {
		let entry = entry.expect("it can be read");
		match entry.metadata() {
			Ok(metadata) if metadata.is_dir() => size(&entry.path()),
			Ok(metadata) => metadata.blocks() * 512,
			// It was deleted meanwhile.
			Err(_) => 0,
		}
	};
	entries.map(of_entry).sum()
}
