//! Sessions of a network that are short, and who validates in them.

use super::network;
use crate::harness::Node;
use codec::{Decode, DecodeAll};
use consentry_client::chain::storage_key;
use consentry_runtime::AccountId;
use serde_json::{json, Value};

/// Blocks of a session: short, so that a test sees some.
pub const SESSION: u32 = 8;

/// The specification of the chain `local`, with short sessions.
pub fn short_sessions() -> Value {
	let mut spec = network::specification();
	spec["genesis"]["runtimeGenesis"]["patch"]["consortium"]["sessionBlocks"] = SESSION.into();
	spec
}

/// A value in the state of the last finalised block, where there is one.
pub async fn stored<T: Decode>(node: &Node, pallet: &str, item: &str) -> Option<T> {
	let block = node.ask("chain_getFinalizedHead", json!([])).await;
	let key = format!("0x{}", hex::encode(storage_key(pallet, item)));
	let value = node.ask("state_getStorage", json!([key, block])).await;
	let bytes = hex::decode(value.as_str()?.trim_start_matches("0x")).expect("hexadecimal");
	Some(T::decode_all(&mut &bytes[..]).expect("it has this type"))
}

/// The validators of the session of the last finalised block, in the order of their slots.
pub async fn validators(node: &Node) -> Vec<AccountId> {
	stored(node, "Session", "Validators").await.expect("there are validators")
}
