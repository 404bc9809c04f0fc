//! Malformed parameters to every `crm_` method.

use crate::harness::{new_base, until, Node};
use jsonrpsee::core::client::Error;
use serde_json::{json, Map, Value};
use std::collections::BTreeSet;

const INVALID_PARAMS: i32 = -32602;

/// A hash that means nothing on the chain.
const HASH: &str = "0x00000000000000000000000000000000000000000000000000000000000000aa";

/// An account that is no member.
const ACCOUNT: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

/// Parameters that may be left out.
const OPTIONAL: [&str; 6] = ["after", "at", "cursor", "filter", "from", "limit"];

/// A method's parameters with something that fits each.
type Parameters = Vec<(&'static str, Value)>;

/// Each method with its parameters.
fn methods() -> Vec<(&'static str, Parameters)> {
	let at = || ("at", json!(null));
	let limit = || ("limit", json!(1));
	let customer = || ("customer", json!(HASH));
	let account = || ("account", json!(ACCOUNT));
	let purpose = || ("purpose", json!(1));
	let listed = |of, after| vec![of, ("after", after), limit(), at()];
	let of_controller = |after| listed(("controller", json!(1)), after);
	vec![
		("crm_customer", vec![customer(), at()]),
		("crm_organisation", vec![("organisation", json!(1)), at()]),
		("crm_member", vec![account(), at()]),
		("crm_records", vec![customer(), at()]),
		("crm_trail", vec![customer(), ("cursor", json!(HASH)), limit(), at()]),
		("crm_trailHead", vec![customer(), at()]),
		("crm_trailCoverage", vec![]),
		("crm_erasures", of_controller(json!({ "due": 1, "customer": HASH }))),
		("crm_purposes", of_controller(json!(1))),
		("crm_purposeHistory", vec![purpose(), ("from", json!(1)), limit(), at()]),
		("crm_consents", listed(customer(), json!(1))),
		("crm_consentHistory", vec![customer(), purpose(), ("from", json!(1)), limit(), at()]),
		("crm_consentAsOf", vec![customer(), purpose(), ("moment", json!(1)), at()]),
		(
			"crm_checkAccess",
			vec![
				account(),
				("grant", json!(1)),
				purpose(),
				("categories", json!(["contact"])),
				("customers", json!([HASH])),
				at(),
			],
		),
		("crm_grantsOn", listed(customer(), json!(1))),
		("crm_grantsOf", listed(account(), json!(1))),
		("crm_policy", vec![("controller", json!(1)), at()]),
		("crm_suspensions", of_controller(json!(ACCOUNT))),
		("crm_breakGlassReviews", of_controller(json!({ "due": 1, "customer": HASH, "entry": 1 }))),
		("crm_subscribeTrail", vec![("filter", json!({}))]),
	]
}

/// The methods that answer at a block, with the parameters that they cannot do without.
fn questions() -> impl Iterator<Item = (&'static str, Map<String, Value>)> {
	let has_block = |parameters: &Parameters| parameters.iter().any(|(name, _)| *name == "at");
	let methods = methods().into_iter().filter(move |(_, parameters)| has_block(parameters));
	methods.map(|(method, parameters)| {
		let required = parameters.into_iter().filter(|(name, _)| !OPTIONAL.contains(name));
		(method, required.map(|(name, value)| (name.to_string(), value)).collect())
	})
}

/// The parameters with one more.
fn with(parameters: &Map<String, Value>, name: &str, value: impl Into<Value>) -> Value {
	let mut parameters = parameters.clone();
	parameters.insert(name.into(), value.into());
	parameters.into()
}

/// Calls a method that has to fail, and gives the error's code and data.
async fn refusal(node: &Node, method: &str, params: Value) -> (i32, Value) {
	let error = if method == "crm_subscribeTrail" {
		match node.subscribe(method, params.clone(), "crm_unsubscribeTrail").await {
			Err(Error::Call(error)) => error,
			other => panic!("{method} {params}: {other:?}"),
		}
	} else {
		match node.call(method, params.clone()).await {
			Err(error) => error,
			Ok(answer) => panic!("{method} {params}: {answer}"),
		}
	};
	let data = error
		.data()
		.map_or(Value::Null, |data| serde_json::from_str(data.get()).expect("data is JSON"));
	(error.code(), data)
}

#[tokio::test]
async fn each_method_names_the_parameter_it_refuses() {
	let node = Node::development().await;
	// All methods are here but the one that the server itself answers, to whom any parameter will do.
	let known = node.ask("rpc_methods", json!([])).await;
	let known = known["methods"].as_array().expect("a list").iter().filter_map(Value::as_str);
	let known: BTreeSet<_> = known.filter(|method| method.starts_with("crm_")).collect();
	let here = methods().into_iter().map(|(method, _)| method).chain(["crm_unsubscribeTrail"]);
	assert_eq!(known, here.collect());
	assert_eq!(node.ask("crm_unsubscribeTrail", json!([true])).await, json!(false));
	for (method, parameters) in methods() {
		for (position, (name, _)) in parameters.iter().enumerate() {
			// By each parameter in turn, of a kind that none has, by position and by name.
			for wrong in [json!(true), json!("0x12"), json!(-1), json!(["a"]), json!({ "a": 1 })] {
				let fitting = parameters[..position].iter();
				let by_position: Vec<_> =
					fitting.clone().map(|(_, value)| value).chain([&wrong]).collect();
				let mut by_name: Map<_, _> =
					fitting.map(|(name, value)| (name.to_string(), value.clone())).collect();
				by_name.insert(name.to_string(), wrong.clone());
				for params in [json!(by_position), json!(by_name)] {
					let (code, data) = refusal(&node, method, params.clone()).await;
					assert_eq!(code, INVALID_PARAMS, "{method} {params}");
					let refused = data["parameter"].as_str().expect("the parameter's name");
					assert!(
						refused == *name || refused == format!("{name}.a"),
						"{method} {params} blames `{refused}`"
					);
					assert!(data["expected"].is_string() && data["given"].is_string());
				}
			}
		}
	}
}

#[tokio::test]
async fn missing_and_superfluous_parameters_are_refused() {
	let node = Node::development().await;
	for (method, parameters) in methods() {
		let required = parameters.first().filter(|(name, _)| !OPTIONAL.contains(name));
		if let Some((first, _)) = required {
			for params in [json!([]), json!({}), json!([null]), json!({ "at": null })] {
				let (code, data) = refusal(&node, method, params).await;
				assert_eq!((code, data["parameter"].as_str()), (INVALID_PARAMS, Some(*first)));
			}
		}
		let too_many = vec![json!(null); parameters.len() + 1];
		let (code, data) = refusal(&node, method, json!(too_many)).await;
		assert_eq!((code, data["parameter"].as_str()), (INVALID_PARAMS, Some("params")));
		let (code, data) = refusal(&node, method, json!({ "nonsense": 1 })).await;
		assert_eq!((code, data["parameter"].as_str()), (INVALID_PARAMS, Some("nonsense")));
	}
}

#[tokio::test]
async fn limits_are_kept() {
	let node = Node::development().await;
	let limited: Vec<_> = methods()
		.into_iter()
		.filter(|(_, parameters)| parameters.iter().any(|(name, _)| *name == "limit"))
		.map(|(method, _)| method)
		.collect();
	assert!(!limited.is_empty());
	for (method, parameters) in questions().filter(|(method, _)| limited.contains(method)) {
		for limit in [json!(0), json!(257), json!(1.5), json!(u64::MAX)] {
			let (code, data) = refusal(&node, method, with(&parameters, "limit", limit)).await;
			assert_eq!((code, data["parameter"].as_str()), (INVALID_PARAMS, Some("limit")));
		}
	}
	let (_, mut check) = questions().find(|(method, _)| *method == "crm_checkAccess").unwrap();
	for number in [0, 257] {
		check.insert("customers".into(), json!(vec![HASH; number]));
		let (code, data) = refusal(&node, "crm_checkAccess", check.clone().into()).await;
		assert_eq!((code, data["parameter"].as_str()), (INVALID_PARAMS, Some("customers")));
	}
}

#[tokio::test]
async fn what_does_not_exist_is_an_error_with_its_code() {
	let node = Node::development().await;
	let missing = |method| match method {
		"crm_organisation"
		| "crm_erasures"
		| "crm_purposes"
		| "crm_policy"
		| "crm_suspensions"
		| "crm_breakGlassReviews" => Some(20_002),
		"crm_member" => Some(20_003),
		"crm_purposeHistory" => Some(20_011),
		// Of accounts that are no members there is something to say.
		"crm_checkAccess" | "crm_grantsOf" => None,
		_ => Some(20_001),
	};
	for (method, parameters) in questions() {
		if let Some(expected) = missing(method) {
			let (code, _) = refusal(&node, method, parameters.clone().into()).await;
			assert_eq!(code, expected, "{method}");
		}
		let (code, data) = refusal(&node, method, with(&parameters, "at", HASH)).await;
		assert_eq!((code, data["block"].as_str()), (20_004, Some(HASH)), "{method}");
	}
}

#[tokio::test]
async fn a_discarded_state_is_an_error_with_its_code() {
	let arguments = ["--dev", "--sealing", "interval=5", "--state-pruning", "16"];
	let node = Node::start(new_base(), &arguments).await;
	until("states are discarded", || async { (node.finalised().await > 40).then_some(()) }).await;
	let block = node.ask("chain_getBlockHash", json!([1])).await;
	for (method, parameters) in questions() {
		let (code, data) = refusal(&node, method, with(&parameters, "at", block.clone())).await;
		assert_eq!((code, &data["block"]), (20_005, &block), "{method}");
	}
}
