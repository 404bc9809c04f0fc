//! An import that is killed as a power cut would, and run again.

use super::scene;
use crate::{
	harness::{random, until},
	import::{customers_on_chain, export},
};
use rand::Rng;
use std::{process::Stdio, time::Duration};

/// Rows of the file.
const ROWS: usize = 500;

/// Kills at most.
const KILLS: usize = 8;

#[tokio::test]
async fn a_killed_import_loses_and_doubles_nobody() {
	let (node, _organisation, home) = scene().await;
	let contacts = String::from_utf8(export("salesforce-contacts.csv", ROWS)).unwrap();
	let contacts = home.file("contacts.csv", &contacts);
	let import = format!("--key bob import {contacts} --mapping salesforce");
	let slowly = format!("{import} --batch 1 --in-flight 2");

	let mut random = random();
	let mut kills = 0;
	for round in 0..KILLS {
		let mut process = home.command(&slowly);
		let mut process = process.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
		// Any moment since its start, or, every other time, while it submits.
		let mut longest = 1_500;
		if round % 2 == 1 {
			let reached = customers_on_chain(&node).await + random.gen_range(1..=40);
			until("the import has gone on or ended", || {
				let (ended, node) = (process.try_wait().unwrap().is_some(), &node);
				async move { (ended || customers_on_chain(node).await >= reached).then_some(()) }
			})
			.await;
			longest = 100;
		}
		tokio::time::sleep(Duration::from_millis(random.gen_range(0..longest))).await;
		if let Some(status) = process.try_wait().unwrap() {
			assert!(status.success(), "the import ended with {status}");
			break;
		}
		process.kill().unwrap();
		process.wait().unwrap();
		kills += 1;
		println!("killed with {} customers on the chain", customers_on_chain(&node).await);
	}
	assert!(kills >= 3, "only {kills} kills hit an import: the test shows little");

	let summary = home.does(&import);
	assert_eq!((&summary["rows"], &summary["rejects"]), (&ROWS.into(), &serde_json::json!([])));
	assert_eq!(customers_on_chain(&node).await, ROWS);
	let verified = home.does("trail verify --all");
	assert_eq!((&verified["customers"], &verified["verified"]), (&ROWS.into(), &ROWS.into()));
	// Again, nothing is left to do.
	assert_eq!(home.does(&import)["unchanged"], ROWS);
}
