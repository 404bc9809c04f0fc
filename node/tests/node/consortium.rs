//! The chain of a new consortium, from the file that describes it to finalised blocks.

use crate::{
	harness::{new_base, repository_file, run_to_end, subcommand, until, Base, Node},
	scenario::Signer,
	verify::{liar, liar_who_asks},
};
use codec::Decode;
use consentry_client::{
	calls::organisations,
	chain::Chain,
	verify::{Finality, Options, Verifier},
	Error,
};
use consentry_primitives::Role;
use consentry_runtime::{AccountId, Organisations, Runtime, CREDIT};
use serde_json::{json, Value};
use sp_core::H256;
use sp_keyring::Sr25519Keyring::{Bob, Eve};
use std::{path::Path, sync::Arc};

fn text(path: &Path) -> &str {
	path.to_str().expect("the path is text")
}

fn succeeds(arguments: &[&str]) -> String {
	let output = subcommand(arguments);
	assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
	String::from_utf8(output.stdout).expect("text")
}

/// The specification of the consortium that the repository shows.
fn specification(base: &Base) -> String {
	let file = repository_file("scripts/consortium.example.toml");
	let spec = base.path().join("spec.json");
	succeeds(&["build-consortium-spec", text(&file), "--output", text(&spec)]);
	text(&spec).to_owned()
}

/// Starts the validator whose keys are those of a name that every development chain knows.
async fn validator(spec: &str, name: &str, bootnode: Option<&str>) -> Node {
	let base = new_base();
	for (scheme, key_type) in [("sr25519", "aura"), ("ed25519", "gran")] {
		let (suri, folder) = (format!("//{name}"), text(base.path()));
		let key = ["--suri", &suri, "--scheme", scheme, "--key-type", key_type];
		succeeds(&[&["key", "insert", "--chain", spec, "--base-path", folder], &key[..]].concat());
	}
	let arguments = ["--chain", spec, "--validator", "--unsafe-force-node-key-generation"];
	let bootnode = bootnode.map_or(Vec::new(), |address| vec!["--bootnodes", address]);
	Node::start(base, &[&arguments[..], &bootnode].concat()).await
}

/// An address of a node on this machine.
async fn address(node: &Node) -> String {
	let addresses = node.ask("system_localListenAddresses", json!([])).await;
	let addresses = addresses.as_array().expect("a list").iter().filter_map(Value::as_str);
	let mut local = addresses.filter(|address| address.starts_with("/ip4/127.0.0.1/tcp/"));
	local.find(|address| !address.contains("/ws")).expect("it listens here").to_owned()
}

#[tokio::test]
async fn a_consortium_starts_from_its_file() {
	let folder = new_base();
	let spec = specification(&folder);
	let alice = validator(&spec, "Alice", None).await;
	let bootnode = address(&alice).await;
	let mut others = Vec::new();
	for name in ["Bob", "Charlie", "Dave"] {
		others.push(validator(&spec, name, Some(&bootnode)).await);
	}
	for node in others.iter().chain([&alice]) {
		until("blocks are finalised", || async { (node.finalised().await >= 2).then_some(()) })
			.await;
	}

	for (id, name) in ["acme-retail", "globex-bank"].into_iter().enumerate() {
		let organisation = alice.ask("crm_organisation", json!([id])).await;
		assert_eq!(organisation["value"]["name"], name);
		assert_eq!(organisation["value"]["active"], true);
		assert_eq!(organisation["value"]["admins"], 1);
	}
	// An admin acts for its organisation from the start, which pays.
	let mut bob = Signer::new(&alice, Bob).await;
	bob.make(&alice, organisations::add_member(&Eve.to_account_id(), Role::Agent.into())).await;
	let member = alice.ask("crm_member", json!([Eve.to_account_id()])).await;
	assert_eq!(member["value"]["organisation"], 1);
	assert_eq!(free(&alice, &Bob.to_account_id()).await, 10 * CREDIT);
	let left = free(&alice, &Organisations::account_of(1)).await;
	assert!(left < 1_000_000 * CREDIT && left > 999_999 * CREDIT, "{left}");

	// Only validators' votes make blocks final here, as the first block's state shows: a node that
	// hides the proof is found out by who sees this chain for the first time.
	let finality = |url: String| async move {
		let chain = Chain::connect(&url).await?;
		let verifier = Verifier::new(&chain, None, &Options::default()).await?;
		Ok(verifier.finality().clone())
	};
	assert!(matches!(finality(alice.url.clone()).await, Ok(Finality::Proven(_))));
	let hide = |method: &str, _: &Value, answer| match method {
		"grandpa_proveFinality" => Value::Null,
		_ => answer,
	};
	let genesis = alice.ask("chain_getBlockHash", json!([0])).await;
	let alice = Arc::new(alice);
	let (url, _server) = liar(alice.clone(), hide).await;
	match finality(url).await {
		Err(Error::Verification(reason)) => assert!(reason.contains("no proof"), "{reason}"),
		other => panic!("it was not found out: {other:?}"),
	}
	// One that hides the first block's state, too, is not believed to have no votes.
	let forget = move |params: &Value| match params[0].is_array() && params[1] == genesis {
		true => json!([params[0], H256::zero()]),
		false => params.clone(),
	};
	let (url, _server) = liar_who_asks(alice, forget, hide).await;
	assert_eq!(finality(url).await.expect("nothing is known"), Finality::Untold);
}

/// The credits that an account holds.
async fn free(node: &Node, account: &AccountId) -> u128 {
	let key = frame_system::Account::<Runtime>::hashed_key_for(account);
	let stored = node.ask("state_getStorage", json!([format!("0x{}", hex::encode(key))])).await;
	let stored = stored.as_str().and_then(|value| value.strip_prefix("0x")).expect("a value");
	let stored = hex::decode(stored).expect("hexadecimal");
	// The nonce and three kinds of references come before them.
	let (_, free) = <([u32; 4], u128)>::decode(&mut &stored[..]).expect("an account");
	free
}

#[test]
fn the_specification_is_the_consortiums_own() {
	let (folder, other) = (new_base(), new_base());
	let read = |base| std::fs::read_to_string(specification(base)).expect("it was written");
	let spec = read(&folder);
	assert!(spec == read(&other), "the same file gives the same specification");
	let spec: Value = serde_json::from_str(&spec).expect("it is JSON");
	assert_eq!(spec["name"], "Example Consortium");
	assert_eq!(spec["id"], "example_consortium");
	assert_eq!(spec["protocolId"], "example_consortium");
	assert_eq!(spec["chainType"], "Live");
	assert_eq!(spec["telemetryEndpoints"], Value::Null);
	assert_eq!(spec["bootNodes"], json!([]));
	assert!(spec["genesis"]["raw"]["top"]["0x3a636f6465"].is_string(), "the runtime is in it");
}

#[test]
fn a_file_that_is_wrong_is_named_with_its_line() {
	let folder = new_base();
	let (file, output) = (folder.path().join("c.toml"), folder.path().join("spec.json"));
	let example = std::fs::read_to_string(repository_file("scripts/consortium.example.toml"));
	let wrong = example.expect("it is there").replace("id = \"example", "identity = \"example");
	std::fs::write(&file, wrong).expect("it can be written");
	let arguments = ["build-consortium-spec", text(&file), "--output", text(&output)];
	let refused = subcommand(&arguments);
	assert!(!refused.status.success());
	let message = String::from_utf8_lossy(&refused.stderr);
	assert!(message.contains("c.toml") && message.contains("line "), "{message}");
	assert!(message.contains("unknown field `identity`"), "{message}");
	assert!(!output.exists());
}

#[test]
fn a_consortiums_chain_is_not_sealed_at_will() {
	let folder = new_base();
	let spec = specification(&folder);
	let output = run_to_end(&new_base(), &["--chain", &spec, "--sealing", "instant"]);
	assert!(!output.status.success());
	let message = String::from_utf8_lossy(&output.stderr);
	assert!(message.contains("development"), "{message}");
}
