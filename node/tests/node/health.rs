//! What a node tells of its health.

use crate::{
	harness::{new_base, until, Node},
	scenario::Organisation,
};
use consentry_client::{
	chain::Chain,
	health::{Health, Limits},
};

const LIMITS: Limits = Limits { min_peers: 1, max_finality_lag: 5, max_age: 60, min_disk: 1 };

async fn health(node: &Node) -> Health {
	let chain = Chain::connect(&node.url).await.expect("the node answers");
	Health::of(&chain).await.expect("the node tells")
}

#[tokio::test]
async fn a_development_node_is_well() {
	let node = Node::development().await;
	assert!(health(&node).await.problems(&LIMITS).is_empty());

	Organisation::create(&node).await;
	let health = health(&node).await;
	assert!(health.problems(&LIMITS).is_empty());
	assert!(health.best.number > 0 && health.best.moment.is_some());
	assert_eq!(health.finality_lag(), 0);
	let disk = health.disk.clone().expect("the node tells its own machine");
	assert!(disk.free > disk.stops_below);
	assert_eq!(disk.stops_below, 1 << 30);

	let full = Limits { min_disk: u64::MAX, ..LIMITS };
	let problems = health.problems(&full);
	assert!(problems.len() == 1 && problems[0].contains("of disk are free"), "{problems:?}");
}

#[tokio::test]
async fn a_validator_without_the_others_is_not_well() {
	let arguments = ["--chain", "local", "--alice", "--force-authoring"];
	let arguments = [&arguments[..], &["--unsafe-force-node-key-generation"]].concat();
	let node = Node::start(new_base(), &arguments).await;
	until("finality is behind", || async { (node.best().await > 5).then_some(()) }).await;
	let problems = health(&node).await.problems(&LIMITS);
	for expected in ["0 peers", "finality is"] {
		assert!(problems.iter().any(|problem| problem.starts_with(expected)), "{problems:?}");
	}
}

#[tokio::test]
async fn a_node_does_not_tell_of_its_disk_from_afar() {
	let node = Node::start(new_base(), &["--dev", "--rpc-methods", "safe"]).await;
	let health = health(&node).await;
	assert!(health.disk.is_none());
	assert!(health.problems(&LIMITS).is_empty());
}
