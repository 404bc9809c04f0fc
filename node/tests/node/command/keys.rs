//! Keys, completions, and failures that no node is needed for.

use super::Home;
use std::process::Output;

/// An address at which nothing listens.
const NOWHERE: &str = "ws://127.0.0.1:1";

#[test]
fn keys_are_made_shown_and_removed() {
	let home = Home::bare(NOWHERE);
	assert_eq!(home.does("keys list"), serde_json::json!([]));
	let made = home.does("keys generate --name mine");
	assert_eq!(made["mnemonic"].as_str().unwrap().split(' ').count(), 12);
	// Its mnemonic leads to the same account.
	let mnemonic = made["mnemonic"].as_str().unwrap();
	let again = home.run_with_input("--json keys import --name again", mnemonic);
	let again: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
	assert_eq!(again["account"], made["account"]);

	let listed = home.does("keys list");
	let names: Vec<_> = listed.as_array().unwrap().iter().map(|key| &key["name"]).collect();
	assert_eq!(names, ["again", "mine"]);
	assert!(!listed.to_string().contains("mnemonic"));
	let shown = home.says("keys show --name mine");
	assert!(shown.contains(made["account"].as_str().unwrap()), "{shown}");

	let twice = home.fails(2, "usage", "keys generate --name mine");
	assert!(twice.contains("already"), "{twice}");
	let file = home.path("keys/mine.json");
	home.does(&format!("keys import --name copy --file {file}"));
	home.does("keys remove --name copy");
	home.fails(1, "general", "keys remove --name copy");
	home.fails(1, "general", "keys show --name copy");
	home.fails(2, "usage", "keys show --name ../mine");
	// Keys and store of one home share one passphrase.
	home.file("passphrase", "another\n");
	let refused = home.fails(2, "usage", "keys generate --name third");
	assert!(refused.contains("passphrase"), "{refused}");
}

#[test]
fn every_shell_has_completions() {
	let home = Home::bare(NOWHERE);
	for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
		let script = home.says(&format!("completions {shell}"));
		assert!(script.contains("consentry") && script.contains("break-glass"), "{shell}");
	}
	assert!(home.does("completions bash")["script"].as_str().unwrap().contains("consentry"));
}

#[test]
fn failures_have_their_codes() {
	let home = Home::new(NOWHERE);
	let message = home.fails(2, "usage", "consent give");
	assert!(message.contains("CUSTOMER"), "{message}");
	home.fails(2, "usage", "customer show crm");
	home.fails(2, "usage", "policy set --rate 100");
	home.fails(2, "usage", "--url http://127.0.0.1:1 organisation show 0");
	let message = home.fails(2, "usage", "organisation remove-member --account 5Nobody");
	assert!(message.contains("5Nobody"), "{message}");
	let message = home.fails(2, "usage", "customer request-erasure 0xabc");
	assert!(message.contains("64 digits"), "{message}");
	home.fails(1, "general", "customer show crm:1");
	home.fails(1, "general", "consent submit nowhere.json");
	let message = home.fails(3, "unreachable", "organisation show 0");
	assert!(message.contains(NOWHERE), "{message}");
	let changed = home.file("proof.json", "{}");
	home.fails(5, "verification", &format!("consent verify-proof {changed}"));
	home.fails(5, "verification", &format!("consent verify-receipt --offline {changed}"));
	// For people, a sentence.
	let Output { status, stdout, stderr } = home.run("organisation show 0");
	assert_eq!((status.code(), stdout.len()), (Some(3), 0));
	assert!(String::from_utf8_lossy(&stderr).starts_with("Error: the node at"));
}
