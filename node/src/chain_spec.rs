//! The chains that the node knows by name.

use consentry_runtime::{genesis_presets, WASM_BINARY};
use sc_service::{ChainType, GenericChainSpec, Properties};

/// A chain's specification, without extensions.
pub type ChainSpec = GenericChainSpec;

/// Id of the chain that a developer runs alone; the only one whose genesis allows several blocks a
/// slot, and thereby blocks that are sealed instantly.
pub const DEVELOPMENT: &str = "consentry_development";

/// Id of the chain of four validators on one machine.
const LOCAL: &str = "consentry_local";

/// Ids of the chains for developers.
pub const KNOWN_IDS: [&str; 2] = [DEVELOPMENT, LOCAL];

/// The specification called `id`, or the one in the file of that path.
pub fn load(id: &str) -> Result<ChainSpec, String> {
	match id {
		"dev" | "development" => known("Development", DEVELOPMENT, genesis_presets::DEVELOPMENT),
		"" | "local" => known("Local", LOCAL, genesis_presets::LOCAL),
		path => ChainSpec::from_json_file(path.into()).map_err(|error| {
			format!("`{path}` is neither `development` nor `local` nor a readable chain specification: {error}")
		}),
	}
}

/// A chain with a genesis preset of the runtime.
fn known(name: &str, id: &str, preset: &str) -> Result<ChainSpec, String> {
	let chain_type = if id == DEVELOPMENT { ChainType::Development } else { ChainType::Local };
	Ok(ChainSpec::builder(code()?, None)
		.with_name(&format!("Consentry {name}"))
		.with_id(id)
		.with_chain_type(chain_type)
		.with_protocol_id("consentry")
		.with_genesis_config_preset_name(preset)
		.with_properties(properties())
		.build())
}

/// The runtime with which a new chain starts.
pub fn code() -> Result<&'static [u8], String> {
	WASM_BINARY.ok_or_else(|| {
		"this node was built with SKIP_WASM_BUILD and holds no runtime: build it without, \
		 or give --chain a raw chain specification"
			.into()
	})
}

/// What wallets show amounts and addresses with.
pub fn properties() -> Properties {
	[("tokenSymbol", "CREDIT".into()), ("tokenDecimals", 12.into()), ("ss58Format", 42.into())]
		.into_iter()
		.map(|(key, value): (&str, serde_json::Value)| (key.to_owned(), value))
		.collect()
}
