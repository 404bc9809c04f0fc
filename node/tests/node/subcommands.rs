//! The SDK's subcommands on this node's chains.

use crate::{
	harness::{new_base, run_to_end, subcommand, until, Node},
	scenario::{customer, whole_trail, Organisation},
};
use serde_json::Value;
use std::{io::Write, net::TcpStream, process::Output};

fn succeeds(output: Output) -> String {
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	String::from_utf8(output.stdout).expect("text")
}

#[test]
fn chain_specifications_are_written() {
	for (chain, id) in [("development", "consentry_development"), ("local", "consentry_local")] {
		for raw in [&[][..], &["--raw"]] {
			let arguments = [&["export-chain-spec", "--chain", chain][..], raw].concat();
			let spec: Value = serde_json::from_str(&succeeds(subcommand(&arguments)))
				.expect("the specification is JSON");
			assert_eq!(spec["id"], id);
			assert_eq!(spec["properties"]["tokenSymbol"], "CREDIT");
			assert_eq!(spec["telemetryEndpoints"], Value::Null);
		}
	}
}

#[test]
fn a_chain_that_is_none_is_refused() {
	let output = subcommand(&["export-chain-spec", "--chain", "nowhere.json"]);
	assert!(!output.status.success());
	assert!(String::from_utf8_lossy(&output.stderr).contains("nowhere.json"));
}

#[test]
fn keys_are_made() {
	let key = succeeds(subcommand(&["key", "generate", "--output-type", "json"]));
	let key: Value = serde_json::from_str(&key).expect("the key is JSON");
	assert!(key["ss58Address"].as_str().is_some_and(|address| address.starts_with('5')));
}

/// Speeds are not judged here, where others share the machine.
#[test]
fn a_machine_is_measured() {
	let base = new_base();
	let path = base.path().to_str().expect("the path is text");
	let output = subcommand(&["check-machine", "--base-path", path, "--tolerance", "100"]);
	let table = String::from_utf8_lossy(&output.stdout);
	for what in ["BLAKE2-256", "sr25519", "memory", "at random", "cores", "open files", "clock"] {
		assert!(table.contains(what), "{table}");
	}
	assert_eq!(output.status.success(), !table.contains("UNFIT"), "{table}");
	let message = String::from_utf8_lossy(&output.stderr);
	assert_eq!(output.status.success(), !message.contains("not fit for a validator"), "{message}");
	assert_eq!(base.path().read_dir().expect("it is there").count(), 0, "it leaves no files");
}

#[test]
fn a_machine_is_not_measured_where_nothing_can_be_written() {
	let output = subcommand(&["check-machine", "--base-path", "/proc/consentry"]);
	assert!(!output.status.success());
	assert!(String::from_utf8_lossy(&output.stderr).contains("/proc/consentry"));
}

/// Blocks that were exported and imported bring the trails along.
#[tokio::test]
async fn exported_blocks_carry_the_trails() {
	let node = Node::development().await;
	Organisation::create(&node).await.register(&node, 1).await;
	let (entries, head) = whole_trail(&node, customer(1), 256).await;
	let source = node.kill();
	let target = new_base();
	let file = target.path().join("blocks");
	let file = file.to_str().expect("the path is text");
	let path = |base: &crate::harness::Base| base.path().to_str().expect("text").to_owned();
	let (source_path, target_path) = (path(&source), path(&target));

	let on = |command: &'static str, base: &str, rest: &[&str]| {
		let arguments = [&[command, "--dev", "--base-path", base][..], rest].concat();
		succeeds(subcommand(&arguments))
	};
	on("export-blocks", &source_path, &["--binary", file]);
	on("check-block", &source_path, &["1"]);
	on("import-blocks", &target_path, &["--binary", file]);
	assert!(on("chain-info", &target_path, &[]).contains("best"));

	let copy = Node::start(target.clone(), &["--dev"]).await;
	assert_eq!(whole_trail(&copy, customer(1), 256).await, (entries, head));
	copy.kill();

	on("purge-chain", &target_path, &["-y"]);
	let empty = Node::start(target, &["--dev"]).await;
	assert_eq!(empty.best().await, 0);
}

#[tokio::test]
async fn the_state_is_exported_and_what_is_final_is_not_reverted() {
	let node = Node::development().await;
	Organisation::create(&node).await.register(&node, 1).await;
	let best = node.best().await;
	let base = node.kill();
	let path = base.path().to_str().expect("the path is text");

	let exported = succeeds(subcommand(&["export-state", "--dev", "--base-path", path]));
	let exported: Value = serde_json::from_str(&exported).expect("the specification is JSON");
	let key = consentry_client::chain::customer_key(&customer(1));
	let key = format!("0x{}", hex::encode(key));
	assert!(exported["genesis"]["raw"]["top"][key].is_string(), "the customer is in the state");

	succeeds(subcommand(&["revert", "--dev", "--base-path", path, "2"]));
	assert_eq!(Node::start(base, &["--dev"]).await.best().await, best);
}

#[tokio::test]
async fn blocks_that_are_not_final_are_reverted() {
	// One validator of four authors and cannot finalise.
	let chain = ["--chain", "local"];
	let author =
		[&chain[..], &["--alice", "--force-authoring", "--unsafe-force-node-key-generation"]];
	let author = author.concat();
	let node = Node::start(new_base(), &author).await;
	until("three blocks are authored", || async { (node.best().await >= 3).then_some(()) }).await;
	assert_eq!(node.finalised().await, 0);
	let base = node.kill();
	let path = base.path().to_str().expect("the path is text");
	let on = |command: &str, rest: &[&str]| {
		succeeds(subcommand(&[&[command], &chain[..], &["--base-path", path], rest].concat()))
	};
	let best = || {
		let info: Value = serde_json::from_str(&on("chain-info", &[])).expect("it is JSON");
		info["best_number"].as_u64().expect("a number")
	};
	let before = best();
	on("revert", &["2"]);
	assert_eq!(best(), before - 2);
}

#[tokio::test]
async fn metrics_are_served_where_they_are_asked_for() {
	let node = Node::start(new_base(), &["--dev", "--prometheus-port", "0"]).await;
	Organisation::create(&node).await;
	let address = node.logged("Prometheus exporter started at ").await;
	let best = node.best().await.to_string();
	until("the metrics tell the best block", || async {
		let metrics = get(&address, "/metrics");
		let mut heights = metrics.lines().filter(|line| line.starts_with("substrate_block_height"));
		let height = heights.find(|line| line.contains("status=\"best\""))?;
		(height.rsplit(' ').next() == Some(best.as_str())).then_some(())
	})
	.await;
}

/// What a server answers.
pub fn get(address: &str, path: &str) -> String {
	let mut stream = TcpStream::connect(address.trim()).expect("it listens");
	write!(stream, "GET {path} HTTP/1.0\r\n\r\n").expect("it accepts a request");
	std::io::read_to_string(stream).expect("it answers")
}

#[test]
fn a_node_does_not_start_on_a_disk_that_is_nearly_full() {
	let all_the_space_there_is = u64::MAX.to_string();
	let arguments = ["--dev", "--db-storage-threshold", &all_the_space_there_is];
	let output = run_to_end(&new_base(), &arguments);
	assert!(!output.status.success());
	let message = String::from_utf8_lossy(&output.stderr);
	assert!(message.contains("dropped below threshold"), "{message}");
}
