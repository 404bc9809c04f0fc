//! The limits of JSON-RPC: who goes beyond one is told so, and the node answers on.

use crate::harness::{new_base, Node};
use futures::future::join_all;
use jsonrpsee::core::client::Error;
use serde_json::{json, Value};
use std::{io::Write, net::TcpStream};

/// Calls over one WebSocket in a minute. The SDK does not count those over HTTP.
const CALLS: usize = 120;

/// The status of the answer to a body that is said to be so long, and its JSON.
fn post(node: &Node, length: usize, body: &str) -> (u16, Value) {
	let address = node.url.trim_start_matches("ws://");
	let mut stream = TcpStream::connect(address).expect("it listens");
	let header = "POST / HTTP/1.0\r\nHost: localhost\r\nContent-Type: application/json";
	write!(stream, "{header}\r\nContent-Length: {length}\r\n\r\n{body}").expect("it takes it");
	let answer = std::io::read_to_string(stream).expect("it answers");
	let (header, body) = answer.split_once("\r\n\r\n").expect("a header");
	let status = header.split(' ').nth(1).and_then(|status| status.parse().ok());
	(status.expect("a status"), serde_json::from_str(body).expect("JSON"))
}

#[tokio::test]
async fn who_goes_beyond_a_limit_is_told_and_the_node_answers_on() {
	let limits = format!(
		"--dev --rpc-max-batch-request-len 5 --rpc-max-request-size 1 --rpc-rate-limit {CALLS} \
		 --rpc-max-subscriptions-per-connection 2"
	);
	let node = Node::start(new_base(), &limits.split(' ').collect::<Vec<_>>()).await;
	let batch = |calls| {
		let call = json!({ "jsonrpc": "2.0", "id": 1, "method": "system_name", "params": [] });
		let body = json!(vec![call; calls]).to_string();
		post(&node, body.len(), &body)
	};
	let (status, answers) = batch(5);
	assert_eq!((status, answers.as_array().map(Vec::len)), (200, Some(5)));
	assert_eq!(batch(6).1["error"]["code"], -32_010);

	// It does not wait for what it will not take.
	let (status, answer) = post(&node, 1024 * 1024 + 1, "");
	assert_eq!((status, &answer["error"]["code"]), (413, &json!(-32_007)));

	let subscribe =
		|| async { node.subscribe("crm_subscribeTrail", json!([]), "crm_unsubscribeTrail").await };
	let _subscriptions = [subscribe().await.unwrap(), subscribe().await.unwrap()];
	match subscribe().await {
		Err(Error::Call(error)) => assert_eq!(error.code(), -32_006),
		other => panic!("{other:?}"),
	}

	// What is too much waits a little, and is refused when there are too many that wait.
	let calls = (0..2 * CALLS).map(|_| node.call("system_name", json!([])));
	let answers = join_all(calls).await;
	let refused: Vec<_> = answers.iter().filter_map(|answer| answer.as_ref().err()).collect();
	assert!((1..=CALLS).contains(&refused.len()), "{} calls are refused", refused.len());
	assert!(refused.iter().all(|error| error.code() == -32_999), "{refused:?}");

	node.ask("system_health", json!([])).await;
	assert_eq!(batch(1).0, 200);
}
