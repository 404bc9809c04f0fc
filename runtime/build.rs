//! Builds the runtime's wasm, which is the only form in which it runs.

fn main() {
	#[cfg(feature = "std")]
	{
		let builder = substrate_wasm_builder::WasmBuilder::init_with_defaults();
		#[cfg(feature = "metadata-hash")]
		let builder = builder.enable_metadata_hash("CREDIT", 12);
		builder.build();
	}
}
