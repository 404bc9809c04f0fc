//! Customers: registration, records, invitation, guardians, erasure.

use super::{scene, Home};
use crate::harness::repository_file;
use serde_json::{json, Value};
use std::path::Path;

#[tokio::test]
async fn a_customer_is_registered_kept_and_erased() {
	let (_node, _organisation, home) = scene().await;
	let customer = home.register("1");
	let again = home.path("records.json");
	let refused = home.fails(
		2,
		"usage",
		&format!("--key bob customer register --id crm:1 --records {again}"),
	);
	assert!(refused.contains("is registered"), "{refused}");
	let content = home.file("content.json", r#"{"Email": "b@example.org"}"#);
	let seal = "customer seal crm:1 --category contact --content";
	home.does(&format!("--key bob {seal} {content}"));
	let shown = home.does("customer show crm:1 --contents");
	assert_eq!(shown["records"][0]["revision"], 1);
	assert!(shown["contents"].to_string().contains("b@example.org"));
	assert!(home.says(&format!("customer show {customer:?}")).contains("in the CRM: crm:1"));
	let broken = home.file("broken.json", "{");
	home.fails(1, "general", &format!("--key bob {seal} {broken}"));
	let refused = home.fails(4, "refused", &format!("--key charlie {seal} {content}"));
	assert!(refused.contains("Organisations::"), "{refused}");

	let reason = home.file("reason", "a law suit");
	home.does("--key bob customer request-erasure crm:1");
	let erasures = home.does("customer erasures 0");
	assert_eq!(erasures["erasures"][0]["customer"], json!(customer));
	home.does(&format!("--key bob customer hold crm:1 --days 3 --reason {reason}"));
	let refused = home.fails(4, "refused", "--key bob customer erase crm:1");
	assert!(refused.contains("Customers::"), "{refused}");
	home.does("--key bob customer lift-hold crm:1");
	assert_eq!(home.does("--key bob customer erase crm:1")["forgotten"], true);
	home.fails(1, "general", "customer show crm:1");
	let id = format!("{customer:?}");
	assert!(home.does(&format!("customer show {id}"))["state"]["erased"].is_u64());
	// Again, nothing is left to do.
	assert_eq!(home.does(&format!("--key bob customer erase {id}"))["forgotten"], false);
}

#[tokio::test]
async fn a_customer_claims_its_account_and_has_guardians() {
	let (_node, _organisation, home) = scene().await;
	home.register("1");
	let evidence = home.file("evidence", "a code sent to the address on file");
	let invite = |output: &str| {
		let output = home.path(output);
		format!(
			"--key bob customer invite crm:1 --method address-on-file --evidence {evidence} --output \
			 {output}",
		)
	};
	home.does(&invite("first"));
	home.fails(2, "usage", &invite("first"));
	home.does("--key bob customer revoke-invitation crm:1");
	let first = home.path("first");
	home.fails(4, "refused", &format!("--key ferdie customer claim --invitation {first}"));
	home.claim("1", "ferdie");
	let claimed = home.does("customer show crm:1")["state"]["account"].clone();
	assert!(claimed.is_string());

	// Somebody else was invited for the claimed customer: its account refuses.
	home.does(&invite("second"));
	home.fails(4, "refused", "--key eve customer veto crm:1");
	home.does("--key ferdie customer veto crm:1");
	home.does(&format!(
		"--key bob customer guardian appoint crm:1 --guardian eve --days 9 --evidence {evidence}",
	));
	home.does(&invite("third"));
	home.does("--key eve customer veto crm:1 --as-guardian");
	let state = home.does("customer show crm:1")["state"].clone();
	assert_eq!((&state["account"], state["guardians"].as_array().unwrap().len()), (&claimed, 1));
	home.does("--key bob customer guardian dismiss crm:1 --guardian eve");
	home.fails(4, "refused", "--key eve customer request-erasure crm:1");
	home.does("--key ferdie customer request-erasure crm:1 --as-customer");
	assert!(home.does("customer show crm:1")["state"]["erasureDue"].is_u64());
}

#[tokio::test]
async fn an_invitation_is_written_once_all_is_there_for_its_call() {
	let (_node, _organisation, home) = scene().await;
	let customer = home.register("1");
	let (missing, output) = (home.path("evidence"), home.path("invitation"));
	let invite = format!(
		"--key bob customer invite {customer:?} --method in-person --evidence {missing} --output \
		 {output}",
	);
	home.fails(1, "general", &invite);
	home.file("evidence", "a passport");
	let wrong = home.file("wrong", "wrong\n");
	home.fails(2, "usage", &format!("{invite} --passphrase-file {wrong}"));
	assert!(!Path::new(&output).exists());
	home.does(&invite);
	assert!(Path::new(&output).exists());
}

#[tokio::test]
async fn one_command_at_a_time_submits_what_is_planned() {
	// None of them gets as far as to ask a node.
	let home = Home::new("ws://127.0.0.1:1");
	let lock = std::fs::File::create(home.path("import.lock")).unwrap();
	lock.try_lock().unwrap();
	let file = home.file("file", "{}");
	for line in [
		format!("import {file} --mapping hubspot"),
		format!("customer register --id crm:1 --records {file}"),
		format!("customer seal 0x{} --category contact --content {file}", "00".repeat(32)),
	] {
		let refused = home.fails(2, "usage", &format!("--key bob {line}"));
		assert!(refused.contains("is running in this home"), "{refused}");
	}
	drop(lock);
	home.fails(
		3,
		"unreachable",
		&format!("--key bob customer register --id crm:1 --records {file}"),
	);
}

#[tokio::test]
async fn exports_are_imported_in_part_and_compared() {
	let (node, mut organisation, home) = scene().await;
	organisation.create_purpose(&node, "offers").await;
	let malformed = repository_file("client/tests/data/malformed-contacts.csv");
	let (malformed, rejects) = (malformed.display(), home.path("rejects.csv"));
	let import = format!("--key bob import {malformed} --mapping hubspot --rejects {rejects}");
	let summary = home.ends(6, &import);
	assert_eq!((&summary["registered"], &summary["rejectsFile"]), (&1.into(), &rejects.into()));
	assert_eq!(home.read("rejects.csv").lines().count(), 8);
	home.fails(2, "usage", &import.replace("hubspot", "nothing"));

	let contacts =
		home.file("contacts.csv", "id,lawful_basis,date_reviewed\n1,^consent^,2025-01-01\n");
	let map = "--mapping suitecrm --purpose-map consent=offers";
	let import = format!("--key bob import {contacts} {map}");
	// Nobody knows which notice was shown, until somebody names it.
	let summary = home.ends(6, &import);
	assert_eq!((&summary["registered"], &summary["consents"]), (&1.into(), &0.into()));
	let told = |summary: &Value| summary["rejects"][0]["reason"].as_str().unwrap().to_string();
	assert!(told(&summary).contains("--notice-version"), "{summary}");
	let summary = home.ends(6, &format!("{import} --notice-version offers=2"));
	assert!(told(&summary).contains("its notice has no version 2"), "{summary}");
	for wrong in ["1", "offers=one", "offers=1 --notice-version offers=2"] {
		home.fails(2, "usage", &format!("{import} --notice-version {wrong}"));
	}
	let summary = home.does(&format!("{import} --notice-version offers=1"));
	assert_eq!((&summary["registered"], &summary["consents"]), (&0.into(), &1.into()));
	// Nothing compared is no all-clear.
	let refused = home.fails(2, "usage", &format!("reconcile {contacts} --mapping suitecrm"));
	assert!(refused.contains("--purpose-map"), "{refused}");
	let found = home.does(&format!("reconcile {contacts} {map}"));
	assert_eq!((&found["rows"], &found["compared"]), (&1.into(), &1.into()));
	assert!(home
		.says(&format!("reconcile {contacts} {map}"))
		.contains("every row has a valid basis"));
	let stale = home.file("stale.csv", "id,lawful_basis\n1,\n2,^consent^\n");
	let found = home.ends(6, &format!("reconcile {stale} {map}"));
	let problems: Vec<_> =
		found["findings"].as_array().unwrap().iter().map(|found| &found["problem"]).collect();
	assert_eq!(problems, ["no-basis", "unknown-customer"]);
	assert_eq!(home.read("stale.findings.csv").lines().count(), 3);
}
