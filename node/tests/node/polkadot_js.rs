//! What polkadot.js apps runs on reads the chain from its metadata alone.

use crate::harness::{repository_file, Node};
use std::process::{Command, Stdio};

/// Runs a command in the folder of the JavaScript test; its output is shown where it fails.
async fn run(program: &'static str, arguments: &'static [&'static str], url: &str) {
	let folder = repository_file("scripts/polkadot-js");
	let url = url.to_owned();
	let running = tokio::task::spawn_blocking(move || {
		Command::new(program)
			.args(arguments)
			.current_dir(folder)
			.env("CONSENTRY_URL", url)
			.stdin(Stdio::null())
			.output()
	});
	let output = running.await.expect("running does not panic");
	let output =
		output.unwrap_or_else(|error| panic!("{program} (scripts/setup.sh installs it): {error}"));
	assert!(
		output.status.success(),
		"{program} {}:\n{}\n{}",
		arguments.join(" "),
		String::from_utf8_lossy(&output.stdout),
		String::from_utf8_lossy(&output.stderr),
	);
}

#[tokio::test]
async fn polkadot_js_needs_nothing_but_the_metadata() {
	let node = Node::development().await;
	run("npm", &["ci", "--loglevel=error", "--no-audit", "--no-fund"], &node.url).await;
	run("npm", &["test"], &node.url).await;
}
