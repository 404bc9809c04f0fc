//! Session keys, from an operator's node to the set of validators.

use crate::{
	harness::{new_base, subcommand, until, Base, Node},
	import::passphrase,
	scenario::{motion, Signer},
};
use consentry_client::{
	calls::session,
	chain::Chain,
	keys::{account_of, from_suri, KeyFile, Keypair},
	submit::submit_and_wait,
	validators::{rotate_keys, NewKeys, Validator},
	Error,
};
use consentry_runtime::RuntimeCall;
use serde_json::Value;
use sp_core::crypto::AccountId32;
use sp_keyring::Sr25519Keyring::Alice;

pub async fn connect(node: &Node) -> Chain {
	Chain::connect(&node.url).await.expect("the node answers")
}

/// The key of a secret URI such as `//Alice`.
pub fn key(suri: &str) -> Keypair {
	let pair = from_suri(suri).expect("a secret URI");
	let file = KeyFile::encrypt("key", &pair, &passphrase());
	file.decrypt(&passphrase()).expect("the passphrase is right")
}

async fn validator(chain: &Chain, account: &AccountId32) -> Validator {
	let at = chain.finalised().await.expect("there is a block").hash;
	chain.validator(at, account).await.expect("the chain tells")
}

#[tokio::test]
async fn new_session_keys_are_used_from_the_session_after_next() {
	let (node, _specification) = with_short_sessions("interval=100").await;
	let chain = connect(&node).await;
	let (key, ferdie) = (key("//Ferdie"), account_of(&key("//Ferdie")));

	let (keys, _) = rotate_keys(&chain, &key).await.expect("the chain accepts the keys");
	assert_eq!(chain.holds_keys(&keys).await.expect("the node tells"), Some(true));
	let before = validator(&chain, &ferdie).await;
	assert_eq!(before.keys, Some(keys));
	assert!(!before.is_member && !before.is_current && before.queued.is_none());

	let add = pallet_consortium::Call::add_validator { validator: ferdie.clone() };
	let mut council = Signer::new(&node, Alice).await;
	let block = council.submit(&node, motion(RuntimeCall::Consortium(add))).await;
	let added = chain.validator(block, &ferdie).await.expect("the chain tells");
	assert!(added.is_member && !added.is_current);
	until("the validator takes part", || async {
		validator(&chain, &ferdie).await.is_current.then_some(())
	})
	.await;
	let after = validator(&chain, &ferdie).await;
	assert!(after.session >= added.session + 2);
	assert_eq!(after.queued, Some(keys));
	assert!(!after.is_disabled);
}

/// Blocks of a session where sessions are short.
pub const SESSION: u32 = 10;

/// A chain of short sessions, with its specification's folder.
pub async fn with_short_sessions(sealing: &str) -> (Node, Base) {
	let exported = subcommand(&["export-chain-spec", "--chain", "development"]).stdout;
	let mut specification: Value = serde_json::from_slice(&exported).expect("it is JSON");
	let patch = &mut specification["genesis"]["runtimeGenesis"]["patch"];
	patch["consortium"]["sessionBlocks"] = SESSION.into();
	let folder = new_base();
	let path = folder.path().join("chain.json");
	std::fs::write(&path, specification.to_string()).expect("it can be written");
	let path = path.to_str().expect("the path is text");
	let arguments = ["--dev", "--chain", path, "--sealing", sealing];
	(Node::start(new_base(), &arguments).await, folder)
}

#[tokio::test]
async fn session_keys_of_another_owner_are_refused() {
	let node = Node::development().await;
	let chain = connect(&node).await;
	let (eve, ferdie) = (key("//Eve"), account_of(&key("//Ferdie")));
	let NewKeys { keys, proof } = chain.new_keys(&ferdie).await.expect("the node makes keys");
	match submit_and_wait(&chain, &eve, &session::set_keys(&keys, &proof)).await {
		Err(Error::Refused { reason, .. }) => assert_eq!(reason, "Session::InvalidProof"),
		other => panic!("{other:?}"),
	}
}

#[tokio::test]
async fn who_cannot_set_session_keys_is_told_why() {
	let node = Node::development().await;
	let poor = rotate_keys(&connect(&node).await, &key("//Nobody")).await;
	let Err(Error::Usage(reason)) = poor else { panic!("{poor:?}") };
	assert!(reason.contains("holds no credits"), "{reason}");

	let closed = Node::start(new_base(), &["--dev", "--rpc-methods", "safe"]).await;
	let afar = rotate_keys(&connect(&closed).await, &key("//Ferdie")).await;
	let Err(Error::Usage(reason)) = afar else { panic!("{afar:?}") };
	assert!(reason.contains("author_rotateKeysWithOwner on its own machine only"), "{reason}");
}

#[tokio::test]
async fn a_validator_of_the_genesis_takes_part() {
	let node = Node::development().await;
	let alice = validator(&connect(&node).await, &Alice.to_account_id()).await;
	assert!(alice.is_member && alice.is_current && !alice.is_disabled);
	assert_eq!(alice.queued, alice.keys);
	assert_eq!(alice.session, 0);
}
