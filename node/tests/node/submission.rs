//! What the client makes of extrinsics that a node loses.

use crate::{
	harness::{new_base, Node},
	scenario::{Organisation, Signer},
};
use consentry_client::{
	calls::{organisations, Call},
	chain::Chain,
	keys::{from_suri, KeyFile, Keypair},
	submit::{submit_and_wait, Fate, Pipeline, MORTALITY},
};
use consentry_primitives::Role;
use jsonrpsee::{
	server::{Server, ServerHandle, SubscriptionMessage},
	types::Params,
	RpcModule,
};
use serde_json::{json, Value};
use sp_keyring::Sr25519Keyring::{self, Bob, Charlie, Dave};
use std::{
	sync::{
		atomic::{AtomicUsize, Ordering},
		Arc,
	},
	time::Duration,
};

const SUBMIT: &str = "author_submitExtrinsic";

/// A node in between that takes the first `losses` extrinsics and hands none of them on.
async fn forgetful(node: Arc<Node>, losses: usize) -> (String, ServerHandle) {
	let server = Server::builder().build("127.0.0.1:0").await.unwrap();
	let url = format!("ws://{}", server.local_addr().unwrap());
	let known = node.ask("rpc_methods", json!([])).await["methods"].clone();
	let left = Arc::new(AtomicUsize::new(losses));
	let mut module = RpcModule::new(node);
	module
		.register_subscription(
			"chain_subscribeFinalizedHeads",
			"chain_finalizedHead",
			"chain_unsubscribeFinalizedHeads",
			|_, pending, node, _| async move {
				let (subscribe, unsubscribe) =
					("chain_subscribeFinalizedHeads", "chain_unsubscribeFinalizedHeads");
				let mut heads = node.subscribe(subscribe, json!([]), unsubscribe).await.unwrap();
				let Ok(sink) = pending.accept().await else { return };
				while let Some(Ok(head)) = heads.next().await {
					let message = SubscriptionMessage::from_json(&head).unwrap();
					if sink.send(message).await.is_err() {
						return;
					}
				}
			},
		)
		.unwrap();
	for method in known.as_array().expect("a list") {
		let method: &'static str = Box::leak(method.as_str().unwrap().to_string().into_boxed_str());
		let left = left.clone();
		let relayed =
			module.register_async_method(method, move |params: Params<'static>, node, _| {
				let is_lost = method == SUBMIT
					&& left
						.try_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1))
						.is_ok();
				async move {
					if is_lost {
						return Ok(json!(format!("0x{}", "00".repeat(32))));
					}
					let params = params.parse::<Value>().unwrap_or_else(|_| json!([]));
					node.call(method, params).await
				}
			});
		// The one subscription is there already.
		let is_there = method.ends_with("scribeFinalizedHeads");
		assert!(relayed.is_ok() || is_there, "{method}");
	}
	(url, server.start(module))
}

fn bob() -> Keypair {
	let (passphrase, pair) = (crate::import::passphrase(), from_suri("//Bob").unwrap());
	KeyFile::encrypt("bob", &pair, &passphrase).decrypt(&passphrase).unwrap()
}

fn add(agent: Sr25519Keyring) -> Call {
	organisations::add_member(&agent.to_account_id(), Role::Agent.into())
}

#[tokio::test]
async fn what_a_node_loses_is_handed_in_again_or_known_to_be_displaced() {
	let node = Arc::new(Node::development().await);
	Organisation::create(&node).await;
	let key = bob();
	let (url, _server) = forgetful(node.clone(), 1).await;
	let chain = Chain::connect(&url).await.unwrap();
	let patience = Duration::from_secs(1);
	let mut pipeline = Pipeline::open(&chain, &key).await.unwrap().with_patience(patience);
	let signed = pipeline.sign(&add(Dave)).unwrap();
	pipeline.send(signed.clone()).await.unwrap();
	let (found, fate) = pipeline.next_fate().await.unwrap();
	assert_eq!(found, signed);
	let Fate::Included(included) = fate else { panic!("{fate:?}") };
	assert!(
		included.error.is_none() && included.events.iter().any(|e| e.pallet == "Organisations")
	);

	// Lost, and another extrinsic of the account takes its nonce.
	let (url, _server) = forgetful(node.clone(), 1).await;
	let chain = Chain::connect(&url).await.unwrap();
	let mut pipeline = Pipeline::open(&chain, &key).await.unwrap().with_patience(patience);
	let signed = pipeline.sign(&add(Charlie)).unwrap();
	pipeline.send(signed.clone()).await.unwrap();
	assert_eq!(pipeline.in_flight(), 1);
	let remove = organisations::remove_member(&Dave.to_account_id());
	Signer::new(&node, Bob).await.make(&node, remove).await;
	let (found, fate) = pipeline.next_fate().await.unwrap();
	assert!(matches!(fate, Fate::Displaced), "{fate:?}");
	assert_eq!((found, pipeline.in_flight()), (signed, 0));
	let member = node.call("crm_member", json!([Charlie.to_account_id()])).await;
	assert_eq!(member.unwrap_err().code(), 20_003);
}

#[tokio::test]
async fn what_expired_is_signed_anew() {
	let node = Arc::new(Node::start(new_base(), &["--dev", "--sealing", "interval=25"]).await);
	Organisation::create(&node).await;
	let (url, _server) = forgetful(node.clone(), 1).await;
	let (chain, key) = (Chain::connect(&url).await.unwrap(), bob());
	let first = node.finalised().await as u32;
	let included = submit_and_wait(&chain, &key, &add(Dave)).await.unwrap();
	assert!(included.number >= first + MORTALITY, "{} after {first}", included.number);
	let member = node.ask("crm_member", json!([Dave.to_account_id()])).await;
	assert_eq!(member["value"]["roles"], json!(["agent"]));
}
