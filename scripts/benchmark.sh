#!/usr/bin/env bash
# Measures the pallets' calls on this machine and writes their weights into the runtime. Takes PALLETS (all of this
# chain's), STEPS and REPEAT; builds in a target directory of its own, since the feature `runtime-benchmarks` changes
# every crate.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

CARGO_TARGET_DIR="$(dirname "$CARGO_TARGET_DIR")/benchmarks"
# A runtime that only the SDK's benchmark of its own storage needs, and that does not build outside the SDK.
export SKIP_FRAME_STORAGE_ACCESS_TEST_RUNTIME_WASM_BUILD=1
PALLETS=${PALLETS:-"access-grants audit-trail consent consortium customers equivocation organisations peers"}

build() { cargo build --release --locked -p consentry-node --features runtime-benchmarks; }

# The machine's name and paths say nothing to others.
measure() {
	local weights=runtime/src/weights/pallet_${1//-/_}.rs
	"$CARGO_TARGET_DIR/release/consentry-node" benchmark pallet \
		--runtime "$CARGO_TARGET_DIR/release/wbuild/consentry-runtime/consentry_runtime.compact.compressed.wasm" \
		--genesis-builder runtime --genesis-builder-preset local_testnet \
		--pallet "pallet_${1//-/_}" --extrinsic '*' \
		--steps "${STEPS:-50}" --repeat "${REPEAT:-20}" \
		--no-storage-info --output "$weights" &&
		sed -i -e '/^\/\/ Executed Command/,/^$/d' -e 's/HOSTNAME: `[^`]*`, //' "$weights"
}

step "Set-up" scripts/setup.sh
step "Build with benchmarks" build
for pallet in $PALLETS; do
	step "Measure $pallet" measure "$pallet"
done
