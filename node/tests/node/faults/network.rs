//! A network of validators with the real consensus, each on a machine of its own.

use super::namespace::{build_networks, Machine, Side};
use crate::{
	harness::{new_base, subcommand, until, Base, Node, COMPILED},
	scenario::hash,
};
use futures::future::join_all;
use serde_json::{json, Value};
use sp_core::H256;
use std::{
	io::Write,
	ops::Range,
	path::PathBuf,
	process::{Command, Output},
};
use tempfile::{NamedTempFile, TempDir};

/// The validators of the chain `local`, by the options that give a node their keys.
const VALIDATORS: [&str; 4] = ["--alice", "--bob", "--charlie", "--dave"];

/// The validators' numbers in the order of their accounts.
const BY_ACCOUNT: [usize; 4] = [3, 1, 2, 0];

/// The validators' numbers.
pub const ALL: Range<usize> = 0..VALIDATORS.len();

/// A machine with what a node on it needs, whether it runs or not.
struct Host {
	machine: Machine,
	/// The secret that the node's address follows from.
	key: String,
	/// How other nodes reach it.
	address: String,
	arguments: Vec<String>,
	base: Base,
	node: Option<Node>,
}

/// Nodes of one chain.
pub struct Network {
	hosts: Vec<Host>,
	/// Holds the chain's specification.
	folder: TempDir,
}

impl Network {
	/// Four validators of the chain `local`.
	pub async fn start() -> Self {
		Self::start_on(&specification()).await
	}

	/// Four validators of another chain like it.
	pub async fn start_on(specification: &Value) -> Self {
		build_networks();
		let folder = TempDir::new().expect("a temporary directory can be made");
		let path = folder.path().join("spec.json");
		std::fs::write(&path, raw(specification).to_string()).expect("it can be written");
		let mut network = Self { hosts: Vec::new(), folder };
		for keys in VALIDATORS {
			network.add(new_base(), &[keys]);
		}
		let commands: Vec<_> = ALL.map(|host| network.command(host, &[])).collect();
		let starting = ALL.zip(commands).map(|(host, command)| {
			let base = network.hosts[host].base.clone();
			Node::run(command, base)
		});
		let nodes = join_all(starting).await;
		for (host, node) in network.hosts.iter_mut().zip(nodes) {
			host.node = Some(node);
		}
		network
	}

	/// Adds a machine, on which no node runs yet, and gives its number.
	pub fn add(&mut self, base: Base, arguments: &[&str]) -> usize {
		let machine = Machine::new(self.hosts.len());
		let output = succeeds(subcommand(&["key", "generate-node-key"]));
		let text = |bytes| String::from_utf8(bytes).expect("text").trim().to_owned();
		let (key, peer) = (text(output.stdout), text(output.stderr));
		let address = format!("/ip4/{}/tcp/30333/p2p/{peer}", machine.address());
		let arguments = arguments.iter().map(|argument| argument.to_string()).collect();
		self.hosts.push(Host { machine, key, address, arguments, base, node: None });
		self.hosts.len() - 1
	}

	/// How the node of a machine is started.
	fn command(&self, host: usize, more: &[&str]) -> Command {
		let Host { machine, key, arguments, base, .. } = &self.hosts[host];
		let mut command = machine.command(env!("CARGO_BIN_EXE_consentry-node"));
		command.args(["--no-mdns", "--no-prometheus", "--node-key", key]);
		command.arg("--chain").arg(self.spec()).arg("--base-path").arg(base.path());
		command.args(COMPILED);
		command.arg("--listen-addr").arg(format!("/ip4/{}/tcp/30333", machine.address()));
		let rpc = format!("listen-addr={}:9944,methods=unsafe", machine.address_for_test());
		command.arg("--experimental-rpc-endpoint").arg(rpc);
		let others = self.hosts.iter().enumerate().filter(|(other, _)| *other != host);
		command.arg("--bootnodes").args(others.map(|(_, host)| &host.address));
		command.args(arguments).args(more);
		command
	}

	/// Starts a machine's node.
	pub async fn run(&mut self, host: usize) {
		self.run_with(host, &[], &[]).await;
	}

	/// Starts a machine's node with more arguments, and with variables of its environment.
	pub async fn run_with(&mut self, host: usize, more: &[&str], environment: &[(&str, &str)]) {
		let mut command = self.command(host, more);
		command.envs(environment.iter().copied());
		let base = self.hosts[host].base.clone();
		self.hosts[host].node = Some(Node::run(command, base).await);
	}

	/// Kills a node as a power cut would.
	pub fn kill(&mut self, host: usize) {
		self.take(host).kill();
	}

	/// Stops a node.
	pub async fn stop(&mut self, host: usize) {
		self.take(host).stop().await;
	}

	/// A running node, which is no longer the network's.
	pub fn take(&mut self, host: usize) -> Node {
		self.hosts[host].node.take().expect("it runs")
	}

	/// Deletes the database of a node that does not run, as an operator does. Its keys stay.
	pub fn wipe(&self, host: usize) {
		let (spec, base) = (self.spec(), self.base(host));
		let text = |path: &std::path::Path| path.to_str().expect("the path is text").to_owned();
		let (spec, base) = (text(&spec), text(base.path()));
		succeeds(subcommand(&["purge-chain", "-y", "--chain", &spec, "--base-path", &base]));
	}

	/// Where a node's data lies.
	pub fn base(&self, host: usize) -> Base {
		self.hosts[host].base.clone()
	}

	/// A running node.
	pub fn node(&self, host: usize) -> &Node {
		self.hosts[host].node.as_ref().expect("it runs")
	}

	/// The nodes that run, with their numbers.
	pub fn running(&self) -> impl Iterator<Item = (usize, &Node)> {
		let nodes = self.hosts.iter().map(|host| host.node.as_ref()).enumerate();
		nodes.filter_map(|(host, node)| Some((host, node?)))
	}

	/// Where the validators answer, whether they run or not.
	pub fn validators(&self) -> Vec<String> {
		ALL.map(|host| format!("ws://{}:9944", self.hosts[host].machine.address_for_test()))
			.collect()
	}

	/// The chain's specification, in its raw form.
	pub fn spec(&self) -> PathBuf {
		self.folder.path().join("spec.json")
	}

	/// Cuts machines off from all others; they reach each other still.
	pub fn cut(&self, hosts: &[usize]) {
		for host in hosts {
			self.hosts[*host].machine.connect(Side::Other);
		}
	}

	/// Connects all machines again.
	pub fn reunite(&self) {
		for host in &self.hosts {
			host.machine.connect(Side::Main);
		}
	}

	/// The number of the newest block that any node has finalised.
	pub async fn newest_finalised(&self) -> u64 {
		let all = join_all(self.running().map(|(_, node)| node.finalised())).await;
		all.into_iter().max().expect("a node runs")
	}

	/// Waits until these nodes have finalised a block of at least this number.
	pub async fn finalise(&self, hosts: impl IntoIterator<Item = usize>, number: u64) {
		for host in hosts {
			let node = self.node(host);
			until(&format!("node {host} finalises block {number}"), || async {
				(node.finalised().await >= number).then_some(())
			})
			.await;
		}
	}

	/// Waits until a validator's block is finalised that it made after block `after`.
	pub async fn author(&self, host: usize, after: u64) {
		let observer = self.running().map(|(host, _)| host).find(|other| *other != host);
		let observer = self.node(observer.expect("another node runs"));
		until(&format!("a block of validator {host} is final"), || async {
			let last = observer.finalised().await;
			for number in (after + 1..=last).rev() {
				if author(&header(observer, number).await) == host {
					return Some(());
				}
			}
			None
		})
		.await;
	}

	/// Waits until all nodes have finalised what the first of them has, checks that they agree on it
	/// and on its state, and gives its number.
	pub async fn agree(&self) -> u64 {
		let number = self.newest_finalised().await;
		self.finalise(self.running().map(|(host, _)| host), number).await;
		let headers = join_all(self.running().map(|(_, node)| header(node, number))).await;
		for header in &headers {
			assert_eq!(header["stateRoot"], headers[0]["stateRoot"], "state of block {number}");
			assert_eq!(header, &headers[0], "block {number}");
		}
		number
	}
}

/// The header of the block with this number on a node's best chain.
pub async fn header(node: &Node, number: u64) -> Value {
	let block = block_hash(node, number).await;
	node.ask("chain_getHeader", json!([block])).await
}

/// The hash of the block with this number on a node's best chain.
pub async fn block_hash(node: &Node, number: u64) -> H256 {
	hash(&node.ask("chain_getBlockHash", json!([number])).await)
}

/// The specification of the chain `local`, with its genesis as the preset has it.
pub fn specification() -> Value {
	let exported = succeeds(subcommand(&["export-chain-spec", "--chain", "local"]));
	serde_json::from_slice(&exported.stdout).expect("it is JSON")
}

/// A specification with the state that its genesis makes.
pub fn raw(specification: &Value) -> Value {
	let mut file = NamedTempFile::new().expect("a temporary file can be made");
	file.write_all(specification.to_string().as_bytes()).expect("it can be written");
	let chain = file.path().to_str().expect("the path is text");
	let raw = succeeds(subcommand(&["export-chain-spec", "--chain", chain, "--raw"]));
	serde_json::from_slice(&raw.stdout).expect("it is JSON")
}

/// The number of the validator who made a block: slots go round, in the order of accounts.
fn author(header: &Value) -> usize {
	BY_ACCOUNT[slot(header) as usize % BY_ACCOUNT.len()]
}

/// The slot of a block.
pub fn slot(header: &Value) -> u64 {
	// A digest item for the runtime by the engine "aura": a slot.
	const AURA: &str = "0x066175726120";
	let items = header["digest"]["logs"].as_array().expect("a list");
	let slot = items.iter().filter_map(Value::as_str).find_map(|item| item.strip_prefix(AURA));
	let slot = hex::decode(slot.expect("a block has a slot")).expect("hexadecimal");
	u64::from_le_bytes(slot.try_into().expect("eight bytes"))
}

fn succeeds(output: Output) -> Output {
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	output
}
