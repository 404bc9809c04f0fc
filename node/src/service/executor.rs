//! What runs the runtime's WebAssembly.

use super::HostFunctions;
use sc_executor::{HeapAllocStrategy, WasmExecutor, DEFAULT_HEAP_ALLOC_STRATEGY};
use sc_service::Configuration;
use std::path::Path;

/// The executor of [`sc_service::new_wasm_executor`], which also keeps what it compiled in the
/// folder `compiled`: to compile the runtime takes a node longer than all else that it does before
/// it answers. Without a folder, it is one beside the chain's database.
pub fn new(config: &Configuration, compiled: Option<&Path>) -> WasmExecutor<HostFunctions> {
	let executor = &config.executor;
	let heap = executor.default_heap_pages.map_or(DEFAULT_HEAP_ALLOC_STRATEGY, |pages| {
		HeapAllocStrategy::Static { extra_pages: pages as u32 }
	});
	let compiled = compiled.map_or_else(
		|| config.base_path.config_dir(config.chain_spec.id()).join("compiled"),
		Path::to_path_buf,
	);
	WasmExecutor::builder()
		.with_execution_method(executor.wasm_method)
		.with_onchain_heap_alloc_strategy(heap)
		.with_offchain_heap_alloc_strategy(heap)
		.with_max_runtime_instances(executor.max_runtime_instances)
		.with_runtime_cache_size(executor.runtime_cache_size)
		.with_cache_path(compiled)
		.build()
}
