//! Whether a node is well, by what it tells of itself and by the clock of the machine that asks.

use crate::{
	chain::{Block, Chain, METHOD_NOT_FOUND},
	moment::{now, Timestamp},
	Error, Result,
};
use consentry_primitives::Moment;
use serde::{Deserialize, Serialize};
use subxt::rpcs::client::rpc_params;

/// Bytes of the unit in which space is named.
const MIB: u64 = 1 << 20;
/// How far in milliseconds a block may be ahead of this clock: a slot.
const SLOT: Moment = 2_000;

/// What a node tells.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Health {
	/// Version of the node.
	pub version: String,
	/// Name of the chain.
	pub chain: String,
	/// Whether the chain is one for developers: blocks come only as there is something for them, and
	/// no others need be there.
	pub is_development: bool,
	/// How many nodes it is connected to.
	pub peers: u32,
	/// Whether it fetches blocks that it missed.
	pub is_syncing: bool,
	/// The newest block.
	pub best: Head,
	/// The newest block that is final.
	pub finalised: Head,
	/// Whether it holds all entries of customers' trails; `None` where it does not tell.
	pub trails: Option<Trails>,
	/// Space on its disk; `None` where it does not tell those who ask from afar.
	pub disk: Option<Disk>,
	/// When it was asked, by this machine's clock.
	pub asked: Timestamp,
}

/// A block.
#[derive(Clone, Debug, Serialize)]
pub struct Head {
	/// Its number.
	pub number: u32,
	/// The time that it carries; `None` for the chain's first one.
	pub moment: Option<Timestamp>,
}

/// How far a node holds the entries of customers' trails.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Trails {
	/// Whether it holds all of them.
	pub complete: bool,
	/// How many it lacks; `None` where it does not know yet.
	pub missing: Option<u64>,
}

/// What `crm_trailCoverage` answers.
#[derive(Deserialize)]
struct TrailCoverage {
	value: Trails,
}

/// Space on a node's disk, in bytes.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Disk {
	/// What is free.
	pub free: u64,
	/// What must be free for the node to go on.
	pub stops_below: u64,
}

/// What counts as well.
#[derive(Clone, Debug, Serialize, clap::Args)]
#[serde(rename_all = "camelCase")]
pub struct Limits {
	/// Fewest peers; asked for of no development chain.
	#[arg(long, value_name = "N", default_value_t = 1)]
	pub min_peers: u32,
	/// Most blocks that finality may be behind.
	#[arg(long, value_name = "BLOCKS", default_value_t = 30)]
	pub max_finality_lag: u32,
	/// Most seconds that the newest block may be old; asked for of no development chain.
	#[arg(long, value_name = "SECONDS", default_value_t = 60)]
	pub max_age: u64,
	/// Least space on the node's disk, in MiB.
	#[arg(long, value_name = "MIB", default_value_t = 2048)]
	pub min_disk: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SystemHealth {
	peers: u32,
	is_syncing: bool,
}

impl Health {
	/// Asks a node.
	pub async fn of(chain: &Chain) -> Result<Self> {
		let none = || rpc_params![];
		let system: SystemHealth = chain.request("system_health", none()).await?;
		let chain_type: serde_json::Value = chain.request("system_chainType", none()).await?;
		let best = chain.header(chain.request("chain_getBlockHash", none()).await?).await?;
		let finalised = chain.finalised().await?;
		let disk = told(chain.request("node_disk", none()).await)?;
		let coverage: Option<TrailCoverage> =
			told(chain.request("crm_trailCoverage", none()).await)?;
		Ok(Self {
			version: chain.request("system_version", none()).await?,
			chain: chain.request("system_chain", none()).await?,
			is_development: chain_type == "Development",
			peers: system.peers,
			is_syncing: system.is_syncing,
			best: Head::new(chain, &best).await?,
			finalised: Head::new(chain, &finalised).await?,
			trails: coverage.map(|coverage| coverage.value),
			disk,
			asked: Timestamp(now()),
		})
	}

	/// By how many blocks finality is behind.
	pub fn finality_lag(&self) -> u32 {
		self.best.number.saturating_sub(self.finalised.number)
	}

	/// Milliseconds since the newest block by this machine's clock, below 0 where the block is
	/// ahead; `None` where there is none yet.
	pub fn age(&self) -> Option<i64> {
		let Timestamp(moment) = self.best.moment?;
		Some(self.asked.0.cast_signed().saturating_sub(moment.cast_signed()))
	}

	/// What is not well, and what to do.
	pub fn problems(&self, limits: &Limits) -> Vec<String> {
		let mut problems = Vec::new();
		let mut check = |is_well: bool, problem: &dyn Fn() -> String| {
			if !is_well {
				problems.push(problem());
			}
		};
		if !self.is_development {
			check(self.peers >= limits.min_peers, &|| {
				format!(
					"{} peers, and at least {} have to be there: are the boot nodes and the firewall \
					 right?",
					self.peers, limits.min_peers,
				)
			});
			let max_age = limits.max_age.saturating_mul(1000).try_into().unwrap_or(i64::MAX);
			check(self.age().is_some_and(|age| age <= max_age), &|| match self.age() {
				None => "there is no block yet".into(),
				Some(age) => format!(
					"the newest block is {} old, and at most {} s are allowed: the chain stands still, \
					 or this node does not hear of it",
					seconds(age),
					limits.max_age,
				),
			});
		}
		check(self.age().is_none_or(|age| age >= -SLOT.cast_signed()), &|| {
			"the newest block is from the future: the clock of this machine is behind".into()
		});
		check(!self.is_syncing, &|| "the node still fetches blocks that it missed".into());
		check(self.finality_lag() <= limits.max_finality_lag, &|| {
			format!(
				"finality is {} blocks behind, and at most {} are allowed: a third of the validators \
				 may be missing",
				self.finality_lag(),
				limits.max_finality_lag,
			)
		});
		if let Some(trails) = &self.trails {
			check(trails.complete, &|| match trails.missing {
				Some(missing) => format!(
					"{missing} entries of customers' trails are lacking: the node fetches them from its \
					 peers, or `consentry-node import-trails` takes them from a file"
				),
				None => "whether entries of customers' trails are lacking is not known yet".into(),
			});
		}
		if let Some(disk) = &self.disk {
			check(disk.free / MIB >= limits.min_disk, &|| {
				format!(
					"{} MiB of disk are free, and at least {} have to be: the node stops itself below \
					 {}",
					disk.free / MIB,
					limits.min_disk,
					disk.stops_below / MIB,
				)
			});
		}
		problems
	}
}

/// An answer, or `None` where the node does not offer the method.
fn told<T>(answer: Result<T>) -> Result<Option<T>> {
	match answer {
		Err(Error::Rpc { code: Some(METHOD_NOT_FOUND), .. }) => Ok(None),
		answer => answer.map(Some),
	}
}

impl Head {
	async fn new(chain: &Chain, block: &Block) -> Result<Self> {
		let moment = match block.number() {
			0 => None,
			_ => Some(Timestamp(chain.moment(block.hash).await?)),
		};
		Ok(Self { number: block.number(), moment })
	}
}

/// Milliseconds as seconds, for sentences.
pub fn seconds(milliseconds: i64) -> String {
	format!("{:.1} s", milliseconds as f64 / 1000.0)
}

#[cfg(test)]
mod tests {
	use super::*;

	const LIMITS: Limits =
		Limits { min_peers: 1, max_finality_lag: 30, max_age: 60, min_disk: 2048 };
	const NOW: Moment = 1_800_000_000_000;

	fn head(number: u32, moment: Moment) -> Head {
		Head { number, moment: Some(Timestamp(moment)) }
	}

	fn well() -> Health {
		Health {
			version: "1.0".into(),
			chain: "Example".into(),
			is_development: false,
			peers: 3,
			is_syncing: false,
			best: head(100, NOW - 2_000),
			finalised: head(98, NOW - 6_000),
			trails: Some(Trails { complete: true, missing: Some(0) }),
			disk: Some(Disk { free: 4096 * MIB, stops_below: 1024 * MIB }),
			asked: Timestamp(NOW),
		}
	}

	/// The only problem of a node.
	fn problem(health: Health) -> String {
		let mut problems = health.problems(&LIMITS);
		assert_eq!(problems.len(), 1, "{problems:?}");
		problems.remove(0)
	}

	#[test]
	fn a_node_within_all_limits_is_well() {
		assert!(well().problems(&LIMITS).is_empty());
		assert!(Health { disk: None, trails: None, ..well() }.problems(&LIMITS).is_empty());
		let edge = Health {
			peers: 1,
			best: head(100, NOW - 60_000),
			finalised: head(70, NOW - 90_000),
			disk: Some(Disk { free: 2048 * MIB, stops_below: 0 }),
			..well()
		};
		assert!(edge.problems(&LIMITS).is_empty());
	}

	#[test]
	fn each_limit_is_told_when_it_is_passed() {
		for (health, expected) in [
			(Health { peers: 0, ..well() }, "0 peers, and at least 1"),
			(Health { is_syncing: true, ..well() }, "still fetches blocks"),
			(Health { best: head(100, NOW - 60_001), ..well() }, "60.0 s old, and at most 60 s"),
			(Health { best: head(100, NOW + 2_001), ..well() }, "clock of this machine is behind"),
			(Health { best: Head { number: 0, moment: None }, ..well() }, "there is no block yet"),
			(
				Health { trails: Some(Trails { complete: false, missing: Some(7) }), ..well() },
				"7 entries of customers' trails are lacking",
			),
			(
				Health { trails: Some(Trails { complete: false, missing: None }), ..well() },
				"is not known yet",
			),
			(Health { best: head(129, NOW), ..well() }, "finality is 31 blocks behind"),
			(
				Health { disk: Some(Disk { free: 2047 * MIB, stops_below: 1024 * MIB }), ..well() },
				"2047 MiB of disk are free, and at least 2048",
			),
		] {
			let problem = problem(health);
			assert!(problem.contains(expected), "{problem}");
		}
	}

	#[test]
	fn a_development_chain_may_stand_alone_and_still() {
		let alone = Health {
			is_development: true,
			peers: 0,
			best: Head { number: 0, moment: None },
			finalised: Head { number: 0, moment: None },
			..well()
		};
		assert!(alone.problems(&LIMITS).is_empty());
	}
}
