//! What became of each extrinsic by its sender's knowledge, checked against every node.

use super::network::{block_hash, Network};
use consentry_client::{
	chain::Chain,
	verify::{Finality, Options, Verifier},
};
use consentry_primitives::CustomerId;
use serde_json::{json, Value};
use sp_core::H256;
use sp_crypto_hashing::blake2_256;
use std::{collections::BTreeMap, time::Duration};

/// An extrinsic of which its sender knows what became.
#[derive(Debug)]
pub struct Submitted {
	/// Its hash.
	pub hash: H256,
	/// What it calls.
	pub what: String,
	/// What became of it, as its sender was told.
	pub fate: Told,
	/// How long after it was submitted that was.
	pub took: Duration,
	/// Decisions about access that it brought.
	pub decisions: usize,
}

/// What the sender of an extrinsic was told.
#[derive(Debug)]
pub enum Told {
	/// It is in this finalised block.
	Final {
		/// The block's number and hash.
		block: (u64, H256),
		/// Why the call failed, if it did.
		error: Option<String>,
	},
	/// It is in no block and will be in none.
	Lost(String),
}

/// All that clients submitted, and what it adds up to.
#[derive(Debug, Default)]
pub struct Ledger {
	/// The extrinsics.
	pub submitted: Vec<Submitted>,
	/// How many entries each customer's trail has by them.
	entries: BTreeMap<CustomerId, u64>,
}

impl Ledger {
	/// Counts entries in customers' trails.
	pub fn add_entries(&mut self, entries: impl IntoIterator<Item = (CustomerId, u64)>) {
		for (customer, count) in entries {
			*self.entries.entry(customer).or_default() += count;
		}
	}

	/// Takes another ledger's content over.
	pub fn merge(&mut self, other: Self) {
		self.submitted.extend(other.submitted);
		self.add_entries(other.entries);
	}

	/// How many extrinsics succeeded, and how many did not, by what their senders were told.
	pub fn outcome(&self) -> (usize, BTreeMap<String, usize>) {
		let (mut succeeded, mut failed) = (0, BTreeMap::new());
		for Submitted { what, fate, .. } in &self.submitted {
			match fate {
				Told::Final { error: None, .. } => succeeded += 1,
				Told::Final { error: Some(reason), .. } | Told::Lost(reason) => {
					*failed.entry(format!("{what}: {reason}")).or_default() += 1;
				},
			}
		}
		(succeeded, failed)
	}

	/// Decisions about access.
	pub fn decisions(&self) -> usize {
		self.submitted.iter().map(|one| one.decisions).sum()
	}

	/// How long it took until so many of a hundred extrinsics were final, of those that became it.
	pub fn percentile(&self, percent: usize) -> Duration {
		let is_final = |one: &&Submitted| matches!(one.fate, Told::Final { .. });
		let mut took: Vec<_> = self.submitted.iter().filter(is_final).map(|one| one.took).collect();
		took.sort_unstable();
		let last = took.len().checked_sub(1).expect("an extrinsic became final");
		took[last * percent / 100]
	}

	/// Checks that all running nodes agree; that each holds every extrinsic that was told to be
	/// final, in the block where it was told to be, and none that was told to be lost; and that the
	/// trails of `sample` customers are whole on each node, with just the entries that the extrinsics
	/// add up to, to a client that trusts no node.
	pub async fn check(&self, network: &Network, sample: usize) {
		let agreed = network.agree().await;
		for (host, node) in network.running() {
			let mut found = BTreeMap::new();
			for number in 1..=agreed {
				let block = block_hash(node, number).await;
				let content = node.ask("chain_getBlock", json!([block])).await;
				let extrinsics = content["block"]["extrinsics"].as_array();
				let extrinsics = extrinsics.unwrap_or_else(|| panic!("node {host} lacks {number}"));
				for extrinsic in extrinsics.iter().filter_map(Value::as_str) {
					let bytes = hex::decode(&extrinsic[2..]).expect("hexadecimal");
					found.insert(H256(blake2_256(&bytes)), (number, block));
				}
			}
			for one in &self.submitted {
				let expected = match &one.fate {
					Told::Final { block, .. } => Some(block),
					Told::Lost(_) => None,
				};
				assert_eq!(found.get(&one.hash), expected, "{one:?} on node {host}");
			}
		}
		// Ids are hashes, so that the first are as random as any.
		let customers: Vec<_> = self.entries.keys().copied().take(sample).collect();
		for (host, _) in network.running() {
			self.check_trails(network, host, &customers).await;
		}
	}

	/// Checks the trails of these customers on a node.
	pub async fn check_trails(&self, network: &Network, host: usize, customers: &[CustomerId]) {
		let chain = Chain::connect(&network.node(host).url).await.expect("the node answers");
		let options = Options {
			chain_spec: Some(network.spec()),
			require_finality: true,
			..Default::default()
		};
		let verifier = Verifier::new(&chain, None, &options).await;
		let verifier = verifier.unwrap_or_else(|error| panic!("node {host}: {error}"));
		assert!(matches!(verifier.finality(), Finality::Proven(_)));
		for customer in customers {
			let checked = verifier.fetch(customer).await;
			let checked = checked.unwrap_or_else(|error| panic!("node {host}: {error}"));
			let entries = checked.expect("the customer is registered").entries.len() as u64;
			assert_eq!(Some(&entries), self.entries.get(customer), "{customer:?} on node {host}");
		}
	}
}
