//! The SDK's subcommands on this node's chains.

use crate::{
	harness::{new_base, run_to_end, subcommand, Node},
	scenario::{customer, whole_trail, Organisation},
};
use serde_json::Value;
use std::process::Output;

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

#[test]
fn a_node_does_not_start_on_a_disk_that_is_nearly_full() {
	let all_the_space_there_is = u64::MAX.to_string();
	let arguments = ["--dev", "--db-storage-threshold", &all_the_space_there_is];
	let output = run_to_end(&new_base(), &arguments);
	assert!(!output.status.success());
	let message = String::from_utf8_lossy(&output.stderr);
	assert!(message.contains("dropped below threshold"), "{message}");
}
