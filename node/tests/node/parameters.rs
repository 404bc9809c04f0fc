//! Malformed parameters to every `crm_` method.

use crate::harness::{new_base, until, Node};
use jsonrpsee::core::client::Error;
use serde_json::{json, Value};

const INVALID_PARAMS: i32 = -32602;

/// A hash that means nothing on the chain.
const HASH: &str = "0x00000000000000000000000000000000000000000000000000000000000000aa";

/// An account that is no member.
const ACCOUNT: &str = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";

/// What each method's parameters are called, and something that fits each.
fn methods() -> Vec<(&'static str, Vec<(&'static str, Value)>)> {
	let at = || ("at", json!(null));
	let customer = || ("customer", json!(HASH));
	let after = json!({ "due": 1, "customer": HASH });
	vec![
		("crm_customer", vec![customer(), at()]),
		("crm_organisation", vec![("organisation", json!(1)), at()]),
		("crm_member", vec![("account", json!(ACCOUNT)), at()]),
		("crm_records", vec![customer(), at()]),
		("crm_trail", vec![customer(), ("cursor", json!(HASH)), ("limit", json!(1)), at()]),
		("crm_trailHead", vec![customer(), at()]),
		(
			"crm_erasures",
			vec![("controller", json!(1)), ("after", after), ("limit", json!(1)), at()],
		),
		("crm_subscribeTrail", vec![("filter", json!({}))]),
	]
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
	for (method, parameters) in methods() {
		for (position, (name, _)) in parameters.iter().enumerate() {
			// By each parameter in turn, of a kind that none has, by position and by name.
			for wrong in [json!(true), json!("0x12"), json!(-1), json!(["a"]), json!({ "a": 1 })] {
				let fitting = parameters[..position].iter();
				let by_position: Vec<_> =
					fitting.clone().map(|(_, value)| value).chain([&wrong]).collect();
				let mut by_name: serde_json::Map<_, _> =
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
		let (first, _) = &parameters[0];
		if method != "crm_subscribeTrail" {
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
	for limit in [json!(0), json!(257), json!(1.5), json!(u64::MAX)] {
		for (method, params) in
			[("crm_trail", json!([HASH, null, limit])), ("crm_erasures", json!([0, null, limit]))]
		{
			let (code, data) = refusal(&node, method, params).await;
			assert_eq!((code, data["parameter"].as_str()), (INVALID_PARAMS, Some("limit")));
		}
	}
}

#[tokio::test]
async fn what_does_not_exist_is_an_error_with_its_code() {
	let node = Node::development().await;
	let missing = |method| match method {
		"crm_organisation" | "crm_erasures" => 20_002,
		"crm_member" => 20_003,
		_ => 20_001,
	};
	for (method, parameters) in methods() {
		if method == "crm_subscribeTrail" {
			continue;
		}
		let first = &parameters[0].1;
		let (code, _) = refusal(&node, method, json!([first])).await;
		assert_eq!(code, missing(method), "{method}");
		let (code, data) =
			refusal(&node, method, json!({ parameters[0].0: first, "at": HASH })).await;
		assert_eq!((code, data["block"].as_str()), (20_004, Some(HASH)), "{method}");
	}
}

#[tokio::test]
async fn a_discarded_state_is_an_error_with_its_code() {
	let arguments = ["--dev", "--sealing", "interval=5", "--state-pruning", "16"];
	let node = Node::start(new_base(), &arguments).await;
	until("states are discarded", || async { (node.finalised().await > 40).then_some(()) }).await;
	let block = node.ask("chain_getBlockHash", json!([1])).await;
	for (method, parameters) in methods() {
		if method == "crm_subscribeTrail" {
			continue;
		}
		let params = json!({ parameters[0].0: parameters[0].1, "at": block });
		let (code, data) = refusal(&node, method, params).await;
		assert_eq!((code, &data["block"]), (20_005, &block), "{method}");
	}
}
