//! Faults of real validators at work: killed, cut off, emptied, with a wrong clock, on a full disk,
//! flooded, forged. Nothing that was final is lost by any of them, and what becomes of everything
//! else its sender is told.
//!
//! One network goes through all of them, under one stream of work. Every change is tested with a
//! little of each fault; `scripts/faults.sh` has more of each, and writes down what it measured:
//!
//! | variable | of | default |
//! | --- | --- | --- |
//! | `CONSENTRY_FAULTS` | `long` for more of each fault | a little |
//! | `CONSENTRY_SCENARIOS` | the scenarios to play, by name, with commas | `all` |
//! | `CONSENTRY_SEED` | what random choices follow from | another one each time |
//! | `CONSENTRY_FAULTS_REPORT` | a file for the table of what was measured | none |

mod clock;
mod disk;
mod equivocation;
mod kill;
mod ledger;
mod load;
mod membership;
mod namespace;
mod network;
mod partition;
mod pool_flood;
mod report;
mod resync;
mod rpc_flood;
mod sessions;
mod setup;
mod tampering;
mod upgrade;
mod workload;

use crate::harness::{self, new_base};
use ledger::Ledger;
use network::Network;
use rand::rngs::StdRng;
use report::{seconds, Report};
use setup::Customer;
use std::time::{Duration, Instant};
use workload::{Pace, Work, Workload};

/// The scenarios in their order: a network recovers from each before the next begins. `load`, which
/// is no fault and takes minutes, is played only where it is named.
const SCENARIOS: [&str; 8] =
	["kill", "partition", "resync", "tampering", "clock", "disk", "rpc-flood", "pool-flood"];

/// Work that leaves the validators nearly idle.
const LIGHT: Pace = Pace { in_flight: 2, interval: Duration::ZERO };

/// How much of each fault there is.
struct Extent {
	/// Validators killed, one after the other.
	kills: usize,
	/// Blocks that are to become final during a wrong clock or a flood.
	meanwhile: u64,
	/// How long a partition lasts after authoring began to back off.
	partition: Duration,
	/// Extrinsics of each kind that flood the pool.
	flood: u32,
	/// Customers whose trails are verified on every node.
	verified: usize,
}

impl Extent {
	const SHORT: Self =
		Self { kills: 2, meanwhile: 6, partition: Duration::ZERO, flood: 1_000, verified: 20 };
	const LONG: Self = Self {
		kills: 10,
		meanwhile: 60,
		partition: Duration::from_secs(600),
		flood: 8_000,
		verified: 1_000,
	};
}

/// A network at work.
struct Scene {
	extent: Extent,
	network: Network,
	/// The work that goes on; nothing once it was told to rest.
	workload: Option<Workload>,
	/// What came of work that ended.
	ledger: Ledger,
	/// Two who can act for themselves, and consented.
	customers: [Customer; 2],
	random: StdRng,
	report: Report,
	full_node: Option<usize>,
}

impl Scene {
	async fn start() -> Self {
		let extent = match std::env::var("CONSENTRY_FAULTS").as_deref() {
			Ok("long") => Extent::LONG,
			_ => Extent::SHORT,
		};
		let random = harness::random();
		let started = Instant::now();
		let network = Network::start().await;
		let customers = setup::set_up(network.node(0)).await;
		println!("the network is ready after {}", seconds(started.elapsed()));
		let urls = network.validators();
		Self {
			extent,
			workload: Some(Workload::start(&urls, &Work::MIXED, LIGHT, [])),
			ledger: Ledger::default(),
			network,
			customers,
			random,
			report: Report::default(),
			full_node: None,
		}
	}

	/// A node that follows and makes no blocks; started when it is first asked for.
	async fn full_node(&mut self) -> usize {
		if let Some(host) = self.full_node {
			return host;
		}
		let host = self.network.add(new_base(), &["--sync", "full"]);
		let (started, target) = (Instant::now(), self.network.newest_finalised().await);
		self.network.run(host).await;
		self.network.finalise([host], target).await;
		let took = seconds(started.elapsed());
		self.report.add("full node joins by full sync", "until it has finalised all", took);
		self.full_node = Some(host);
		host
	}

	async fn play(&mut self, scenario: &str) {
		match scenario {
			"kill" => kill::play(self).await,
			"partition" => partition::play(self).await,
			"resync" => resync::play(self).await,
			"tampering" => tampering::play(self).await,
			"clock" => clock::play(self).await,
			"disk" => disk::play(self).await,
			"rpc-flood" => rpc_flood::play(self).await,
			"pool-flood" => pool_flood::play(self).await,
			"load" => load::play(self).await,
			unknown => panic!("there is no scenario {unknown:?}, but {SCENARIOS:?}"),
		}
	}

	/// Ends the work, and waits until what became of all of it is known.
	async fn rest(&mut self) {
		if let Some(workload) = self.workload.take() {
			self.ledger.merge(workload.finish().await);
		}
	}

	async fn end(mut self) {
		self.rest().await;
		self.ledger.check(&self.network, self.extent.verified).await;
		self.report.add_outcome(&self.ledger);
		self.report.write();
	}
}

#[tokio::test]
async fn a_network_survives_faults() {
	if !namespace::inside("faults::a_network_survives_faults") {
		return;
	}
	let chosen = match std::env::var("CONSENTRY_SCENARIOS") {
		Ok(chosen) if chosen != "all" => chosen,
		_ => SCENARIOS.join(","),
	};
	let mut scene = Scene::start().await;
	for scenario in chosen.split(',') {
		let started = Instant::now();
		scene.play(scenario).await;
		println!("{scenario} took {}", seconds(started.elapsed()));
	}
	scene.end().await;
}
