//! Holds the documents to what there is: replays the requests of `docs/rpc.md` and compares the
//! answers with those that it shows, and looks up the tests that `docs/decisions.md` names.

use crate::{
	harness::{repository_file, until, Node},
	scenario::{
		commitment, contact, customer, give, grant_terms, purchases, purpose_terms, wall_clock,
		Organisation,
	},
};
use consentry_client::calls::{access_grants, consent};
use consentry_primitives::{
	access::{Policy, RateLimit, Refusal},
	CustomerId, Denial, DAY, HOUR,
};
use consentry_runtime::RuntimeCall;
use scale_info::{TypeDef, TypeInfo};
use serde_json::{json, Map, Value};
use sp_keyring::Sr25519Keyring::{Charlie, Dave};
use std::{
	collections::{HashMap, HashSet},
	path::PathBuf,
};

/// What the document's placeholders stand for.
type Meanings = HashMap<String, Value>;

/// The JSON blocks of a document, in their order, with each placeholder for a number made a string
/// that begins with `<#`.
fn blocks(document: &str) -> Vec<Value> {
	let mut blocks = Vec::new();
	let mut rest = document;
	while let Some((_, block)) = rest.split_once("```json\n") {
		let (block, after) = block.split_once("```").expect("the block is closed");
		let mut json = String::new();
		let mut quoted = false;
		let mut previous = ' ';
		let mut placeholder = false;
		for letter in block.chars() {
			if letter == '"' && previous != '\\' {
				quoted = !quoted;
			}
			match letter {
				'<' if !quoted => {
					placeholder = true;
					json.push_str("\"<#");
				},
				'>' if placeholder && !quoted => {
					placeholder = false;
					json.push_str(">\"");
				},
				_ => json.push(letter),
			}
			previous = letter;
		}
		blocks.push(
			serde_json::from_str(&json).unwrap_or_else(|error| panic!("{error} in:\n{json}")),
		);
		rest = after;
	}
	blocks
}

/// The name of a placeholder, and whether it stands for a number.
fn placeholder(value: &Value) -> Option<(&str, bool)> {
	let name = value.as_str()?.strip_prefix('<')?.strip_suffix('>')?;
	Some(name.strip_prefix('#').map_or((name, false), |name| (name, true)))
}

/// Puts what placeholders stand for in their place.
fn filled(value: &Value, meanings: &Meanings) -> Value {
	if let Some((name, _)) = placeholder(value) {
		return meanings.get(name).unwrap_or_else(|| panic!("<{name}> means nothing")).clone();
	}
	match value {
		Value::Array(list) => list.iter().map(|item| filled(item, meanings)).collect(),
		Value::Object(map) => map
			.iter()
			.map(|(key, item)| (key.clone(), filled(item, meanings)))
			.collect::<Map<_, _>>()
			.into(),
		other => other.clone(),
	}
}

/// Compares an answer with the one shown, learning what new placeholders stand for.
fn compare(shown: &Value, answer: &Value, meanings: &mut Meanings, path: &str) {
	if let Some((name, is_number)) = placeholder(shown) {
		assert_eq!(answer.is_number(), is_number, "{path} is {answer}");
		let meaning = meanings.entry(name.into()).or_insert_with(|| answer.clone());
		assert_eq!(meaning, answer, "{path}: <{name}> is not the same everywhere");
		return;
	}
	match (shown, answer) {
		(Value::Array(shown), Value::Array(answer)) => {
			assert_eq!(shown.len(), answer.len(), "{path} is {answer:?}");
			for (index, (shown, answer)) in shown.iter().zip(answer).enumerate() {
				compare(shown, answer, meanings, &format!("{path}[{index}]"));
			}
		},
		(Value::Object(shown), Value::Object(answer)) => {
			let keys = |map: &Map<String, Value>| map.keys().cloned().collect::<Vec<_>>();
			assert_eq!(keys(shown), keys(answer), "{path}");
			for (key, shown) in shown {
				compare(shown, &answer[key], meanings, &format!("{path}.{key}"));
			}
		},
		_ => assert_eq!(shown, answer, "{path}"),
	}
}

/// Has a customer consent, grants Charlie access to all customers and lets him break glass, and has
/// Dave suspended.
async fn grant_access(node: &Node, organisation: &mut Organisation, customer: CustomerId) {
	let mut charlie = organisation.add_agent(node, Charlie).await;
	let mut dave = organisation.add_agent(node, Dave).await;
	let purpose = organisation.create_purpose(node, "newsletter").await;
	let revise = consent::revise_purpose(purpose, &purpose_terms(3), false);
	organisation.bob.make(node, revise).await;
	organisation.record(node, customer, purpose, give(2)).await;

	let terms = grant_terms(purpose, Some(wall_clock() + DAY), Some(100));
	let grant = organisation.grant(node, Charlie, &terms).await;
	let denials = Some(RateLimit { count: 1, window: HOUR });
	let policy = Policy { denials, break_glass: true, ..Policy::default() };
	organisation.bob.make(node, access_grants::set_policy(&policy)).await;
	let without_grant = access_grants::request_access(grant, purpose, contact(), &[customer], None);
	dave.make(node, without_grant).await;
	let emergency = access_grants::break_glass(&customer, purpose, contact(), &commitment(4), None);
	charlie.make(node, emergency).await;
}

#[tokio::test]
async fn the_documented_answers_are_given() {
	let node = Node::development().await;
	let mut organisation = Organisation::create(&node).await;
	let customer = organisation.register(&node, 1).await;
	assert_eq!(customer, self::customer(1));
	organisation.bob.submit(&node, purchases(customer, 1)).await;
	let request = pallet_customers::Call::request_erasure { customer };
	organisation.bob.submit(&node, RuntimeCall::Customers(request)).await;
	let subscriber = organisation.register(&node, 2).await;
	grant_access(&node, &mut organisation, subscriber).await;

	let document = std::fs::read_to_string(repository_file("docs/rpc.md")).expect("it is there");
	let blocks = blocks(&document);
	assert_eq!(blocks.len() % 2, 0, "a request has no answer");
	let mut meanings = Meanings::from([
		("customer".into(), json!(customer)),
		("subscriber".into(), json!(subscriber)),
	]);
	let mut replayed = Vec::new();
	for pair in blocks.chunks(2) {
		let (request, shown) = (filled(&pair[0], &meanings), &pair[1]);
		let method = request["method"].as_str().expect("it is a request");
		assert_eq!(request["id"], shown["id"]);
		let call = || node.call(method, request["params"].clone());
		let answer = match method {
			// The server answers a subscription a moment before it can be ended.
			"crm_unsubscribeTrail" => {
				let ends = || async { call().await.ok().filter(|ended| *ended == json!(true)) };
				Ok(until("the subscription can be ended", ends).await)
			},
			_ => call().await,
		};
		match answer {
			Ok(answer) => compare(&shown["result"], &answer, &mut meanings, method),
			Err(error) => {
				let error = serde_json::to_value(&error).expect("it is JSON");
				compare(&shown["error"], &error, &mut meanings, method);
			},
		}
		replayed.push(method.to_owned());
	}
	// None is left out, and each has been asked.
	let known = node.ask("rpc_methods", json!([])).await;
	for method in known["methods"].as_array().expect("a list") {
		let method = method.as_str().expect("a name");
		if method.starts_with("crm_") {
			assert!(document.contains(method), "{method} is not documented");
			assert!(replayed.iter().any(|name| name == method), "{method} has no example");
		}
	}
}

/// What stands between backticks in a text.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
	text.split('`').skip(1).step_by(2)
}

/// The names of an enumeration's variants, by their index.
fn variants<T: TypeInfo>() -> Vec<String> {
	let TypeDef::Variant(variants) = T::type_info().type_def else { panic!("no enumeration") };
	let mut variants: Vec<_> = variants.variants.iter().map(|v| (v.index, v.name)).collect();
	variants.sort();
	variants.into_iter().map(|(_, name)| name.to_string()).collect()
}

/// The tests of decisions: those of the pallets that make them, and those of the runtime.
fn tests_of_access() -> HashSet<String> {
	let folders =
		["pallets/access-grants/src/tests", "pallets/consent/src/tests", "runtime/src/tests"];
	let mut paths: Vec<PathBuf> = folders.map(repository_file).into();
	let mut tests = HashSet::new();
	while let Some(path) = paths.pop() {
		if path.is_dir() {
			let files = std::fs::read_dir(path).expect("it is there");
			paths.extend(files.map(|file| file.expect("it can be read").path()));
		} else if path.extension().is_some_and(|extension| extension == "rs") {
			let text = std::fs::read_to_string(path).expect("it is text");
			for part in text.split("#[test]").skip(1) {
				let (_, part) = part.split_once("fn ").expect("a test is a function");
				tests.extend(part.split_once('(').map(|(name, _)| name.to_string()));
			}
		}
	}
	tests
}

#[test]
fn every_reason_is_documented_in_order_with_tests_that_exist() {
	let tests = tests_of_access();
	let document = std::fs::read_to_string(repository_file("docs/decisions.md")).unwrap();
	let (refusals, denials) = document.split_once("## Denials").expect("two tables");
	for (part, expected) in [(refusals, variants::<Refusal>()), (denials, variants::<Denial>())] {
		let rows: Vec<Vec<_>> = part
			.lines()
			.filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |"))
			.map(|row| row.split(" | ").collect())
			.filter(|row: &Vec<&str>| row[0].parse::<u32>().is_ok())
			.collect();
		let reasons: Vec<_> = rows.iter().filter_map(|row| quoted(row[1]).next()).collect();
		assert_eq!(reasons, expected);
		for row in &rows {
			let named: Vec<_> = quoted(row[row.len() - 1]).collect();
			assert!(!named.is_empty(), "no test for {}", row[1]);
			for name in named {
				assert!(tests.contains(name), "{} names the test {name}, which is not", row[1]);
			}
		}
	}
	// So do the tests that the text around the tables names.
	let named = quoted(&document).filter(|name| name.matches('_').count() > 2);
	for name in named.filter(|name| !name.contains(['/', '('])) {
		let test = name.rsplit("::").next().expect("a name has a last part");
		assert!(tests.contains(test), "the document names the test {name}, which is not");
	}
}
