//! The file of the repository, and what is wrong with others.

use super::{file::Consortium, genesis, spec};
use consentry_runtime::{CREDIT, HOURS};
use proptest::prelude::*;
use serde_json::json;
use sp_keyring::Sr25519Keyring::{Alice, Bob, Dave};
use sp_runtime::BuildStorage;

const EXAMPLE: &str = include_str!("../../../scripts/consortium.example.toml");

/// Why the example is refused once `old` is `new` in it, wherever it stands.
fn refusal(old: &str, new: &str) -> String {
	assert!(EXAMPLE.contains(old), "the example has no {old}");
	let refused = Consortium::read(&EXAMPLE.replace(old, new));
	refused.expect_err(&format!("{new} in the place of {old}"))
}

/// The example with `lines` at its end.
fn with(lines: &str) -> String {
	format!("{EXAMPLE}\n{lines}")
}

fn validator(account: &str, aura: &str, grandpa: &str) -> String {
	format!(
		"[[validator]]\norganisation = \"acme-retail\"\naccount = \"{account}\"\naura = \"{aura}\"\n\
		 grandpa = \"{grandpa}\"\n"
	)
}

/// The line of the example that is `wanted`, counted from 1.
fn line(wanted: &str) -> usize {
	let place = EXAMPLE.lines().position(|line| line == wanted);
	place.unwrap_or_else(|| panic!("the example has no line {wanted}")) + 1
}

/// Some public key.
fn other(n: u8) -> String {
	format!("0x{}", hex::encode([n; 32]))
}

#[test]
fn the_example_makes_a_chain() {
	let consortium = Consortium::read(EXAMPLE).expect("the example is right");
	let spec = spec(&consortium).expect("the node holds a runtime");
	assert!(spec.telemetry_endpoints().is_none());
	let storage = spec.build_storage().expect("the genesis builds");
	assert!(storage.top.len() > 20);
}

#[test]
fn the_genesis_holds_what_the_file_says() {
	let consortium = Consortium::read(EXAMPLE).expect("the example is right");
	let genesis = genesis(&consortium).expect("the genesis is made");
	let (alice, bob) = (Alice.to_account_id(), Bob.to_account_id());
	assert_eq!(genesis["council"]["members"], json!([alice, bob]));
	assert_eq!(genesis["validators"]["members"].as_array().map(Vec::len), Some(4));
	assert_eq!(genesis["session"]["keys"].as_array().map(Vec::len), Some(4));
	assert_eq!(
		genesis["organisations"]["organisations"],
		json!([
			{ "name": "acme-retail", "admin": alice },
			{ "name": "globex-bank", "admin": bob },
		])
	);
	let balances = genesis["balances"]["balances"].as_array().expect("a list");
	// Four validators, two of which have a seat too, and two organisations.
	assert_eq!(balances.len(), 6);
	assert!(balances.contains(&json!([Dave.to_account_id(), 10 * CREDIT])));
	let account = consentry_runtime::Organisations::account_of(1);
	assert!(balances.contains(&json!([account, 1_000_000 * CREDIT])));
}

#[test]
fn parameters_may_be_left_out() {
	let parameters =
		["[parameters]", "account-credits = 10", "minimum-validators = 3", "session-blocks = 1800"];
	let without =
		parameters.iter().fold(EXAMPLE.to_owned(), |text, parameter| text.replace(parameter, ""));
	let consortium = Consortium::read(&without).expect("they have defaults");
	assert_eq!(consortium.parameters.account_credits.get(), 10);
	let genesis = genesis(&consortium).expect("the genesis is made");
	let expected = json!({ "minimumValidators": 1, "sessionBlocks": HOURS });
	assert_eq!(genesis["consortium"], expected);
}

#[test]
fn no_more_validators_must_stay_than_there_are() {
	let refused = refusal("minimum-validators = 3", "minimum-validators = 5");
	assert!(refused.contains("there are 4"), "{refused}");
}

const PEER: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

#[test]
fn peers_belong_to_the_organisation_that_names_them() {
	let listing = EXAMPLE.replace("peers = []", &format!("peers = [\"{PEER}\"]"));
	let consortium = Consortium::read(&listing).expect("the list is right");
	let genesis = genesis(&consortium).expect("the genesis is made");
	assert_eq!(genesis["peers"]["peers"], json!([[0, PEER]]));
	let spec = spec(&consortium).expect("the node holds a runtime");
	spec.build_storage().expect("the genesis builds");

	let refused = refusal("peers = []", "peers = [\"12D3KooW\"]");
	assert!(refused.contains("is no peer id"), "{refused}");
	let refused = refusal("peers = []", &format!("peers = [\"{PEER}\", \"{PEER}\"]"));
	assert!(refused.contains("this peer was given"), "{refused}");
}

#[test]
fn an_organisation_need_not_have_a_seat() {
	let more = format!("[[organisation]]\nname = \"third\"\nadmin = \"{}\"\ncredits = 5", other(7));
	let consortium = Consortium::read(&with(&more)).expect("a seat is optional");
	assert_eq!(consortium.organisations.len(), 3);
	assert_eq!(consortium.seats().count(), 2);
}

#[test]
fn boot_nodes_are_addresses_with_a_peer_id() {
	let node = "/ip4/127.0.0.1/tcp/30333/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
	let with_node = EXAMPLE.replace("bootnodes = []", &format!("bootnodes = [\"{node}\"]"));
	let consortium = Consortium::read(&with_node).expect("it is an address");
	assert_eq!(consortium.bootnodes[0].to_string(), node);
	let message = refusal("bootnodes = []", "bootnodes = [\"/ip4/127.0.0.1/tcp/30333\"]");
	assert!(message.contains("line ") && message.contains("Peer id is missing"), "{message}");
}

#[test]
fn single_values_are_checked_in_their_line() {
	let alice = Alice.to_account_id().to_string();
	for (old, new, expected) in [
		("name = \"Example Consortium\"", "name = \"\"", "1 to 64 characters"),
		("name = \"Example Consortium\"", "name = \"a\\nb\"", "in one line"),
		("id = \"example_consortium\"", "id = \"Example\"", "\"Example\" is no chain id"),
		("id = \"example_consortium\"", "id = \"../up\"", "is no chain id"),
		("id = \"example_consortium\"", "id = \"consentry_local\"", "a chain for developers"),
		("id = \"example_consortium\"", "", "missing field `id`"),
		("account-credits = 10", "account-credits = 0", "nonzero"),
		("account-credits = 10", "account-credits = -1", "integer `-1`"),
		("account-credits = 10", "account_credits = 10", "unknown field `account_credits`"),
		("name = \"acme-retail\"", "name = \"Acme\"", "\"Acme\" is no name of an organisation"),
		("credits = 1000000", "credits = 1.5", "expected"),
		("credits = 1000000", "", "missing field `credits`"),
		("grandpa = ", "granpa = ", "unknown field `granpa`"),
		("[[validator]]", "[[validators]]", "unknown field `validators`"),
		("[[organisation]]", "[organisation]", "duplicate key"),
		(&alice, "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQZ", "no account or public key"),
		(&alice, "0x00", "no account or public key"),
		(&alice, "alice", "no account or public key"),
	] {
		let message = refusal(old, new);
		assert!(message.contains(expected), "{new}: {message}");
		assert!(message.contains("line "), "{new}: {message}");
	}
}

#[test]
fn what_is_given_twice_is_refused() {
	let (bob, dave) = (Bob.to_account_id(), Dave.to_account_id().to_string());
	let organisation = |name: &str, admin: &str| {
		format!("[[organisation]]\nname = \"{name}\"\ncredits = 5\nadmin = \"{admin}\"\n")
	};
	let seat = format!("council = \"{bob}\"");
	for (more, what, first) in [
		(organisation("acme-retail", &other(1)), "name", "name = \"acme-retail\"".into()),
		(organisation("third", &bob.to_string()), "admin", format!("admin = \"{bob}\"")),
		(organisation("third", &other(1)) + &seat, "council seat", seat.clone()),
		(validator(&dave, &other(1), &other(2)), "account", format!("account = \"{dave}\"")),
		(validator(&other(1), &dave, &other(2)), "session key", format!("aura = \"{dave}\"")),
	] {
		let message = Consortium::read(&with(&more)).expect_err(what);
		let expected = format!("this {what} was given in line {} already", line(&first));
		assert!(message.contains(&expected), "{message}");
	}
	let one_key = with(&validator(&other(1), &other(2), &other(2)));
	let message = Consortium::read(&one_key).expect_err("one key for both");
	assert!(message.contains("this session key was given in line"), "{message}");
}

#[test]
fn a_validator_belongs_to_a_known_organisation() {
	let message = refusal("organisation = \"globex-bank\"", "organisation = \"globex\"");
	assert!(message.contains("no [[organisation]] has the name \"globex\""), "{message}");
	let expected = format!("line {}", line("organisation = \"globex-bank\""));
	assert!(message.contains(&expected), "{message}");
}

#[test]
fn there_is_at_least_one_of_each() {
	let (organisations, validators) = EXAMPLE.split_once("# The validators").expect("both");
	let (head, _) = organisations.split_once("# The organisations").expect("both");
	let message = |text: &str| Consortium::read(text).expect_err("something is missing");
	assert!(message(head).contains("there is no [[organisation]]"));
	assert!(message(organisations).contains("there is no [[validator]]"));
	let seat = |line: &&str| !line.starts_with("council");
	let without_seats: Vec<_> = organisations.lines().filter(seat).collect();
	let without_seats = format!("{}\n# {validators}", without_seats.join("\n"));
	assert!(message(&without_seats).contains("there is no organisation with a `council` seat"));
}

#[test]
fn there_is_room_for_so_many_validators() {
	let key = |n: u32, kind: u32| {
		let mut key = [kind as u8; 32];
		key[..4].copy_from_slice(&n.to_le_bytes());
		format!("0x{}", hex::encode(key))
	};
	let more = |count| (0..count).map(|n| validator(&key(n, 1), &key(n, 2), &key(n, 3)));
	let build = |count| {
		let text = with(&more(count).collect::<String>());
		genesis(&Consortium::read(&text).expect("all are different"))
	};
	assert!(build(96).is_ok());
	let message = build(97).expect_err("101 are too many");
	assert!(message.contains("more validators than a chain can have"), "{message}");
}

proptest! {
	/// Whatever is changed, what is read makes a genesis, and what is not read is told with a reason.
	#[test]
	fn a_changed_example_is_read_or_refused(
		changes in prop::collection::vec((0..EXAMPLE.len(), "\\PC{0,3}"), 1..4),
	) {
		let mut text = EXAMPLE.to_owned();
		for (place, new) in changes {
			let mut start = place.min(text.len() - 1);
			while !text.is_char_boundary(start) {
				start -= 1;
			}
			let mut end = (start + 1).min(text.len());
			while !text.is_char_boundary(end) {
				end += 1;
			}
			text.replace_range(start..end, &new);
		}
		match Consortium::read(&text) {
			Ok(consortium) => prop_assert!(genesis(&consortium).is_ok()),
			Err(message) => prop_assert!(!message.is_empty()),
		}
	}

	#[test]
	fn any_text_is_read_or_refused(text in "\\PC*") {
		let _ = Consortium::read(&text);
	}
}
