#!/usr/bin/env bash
# Everything that must hold before a change goes in: format, lints, the build, all tests. Takes the variables of
# scripts/setup.sh, and CARGO_TARGET_DIR.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

format() { cargo fmt --all -- --check; }

# The results go to a folder of their own, where they cannot be taken for a build's.
lint() {
	CLIPPY_DRIVER=$(rustc --print sysroot)/bin/clippy-driver
	[ -x "$CLIPPY_DRIVER" ] || fail "clippy is missing: install it as a component or package of this Rust."
	export CLIPPY_DRIVER
	SKIP_WASM_BUILD=1 CARGO_BUILD_BUILD_DIR=$CARGO_TARGET_DIR \
		RUSTC_WORKSPACE_WRAPPER=$PWD/scripts/lint-driver.sh CLIPPY_ARGS=-Dwarnings__CLIPPY_HACKERY__ \
		cargo build --release --workspace --all-targets --locked --keep-going \
		--target-dir "$CARGO_TARGET_DIR/lints"
}

# Two versions of one of these do not fit together, and show only in errors far from the cause.
one_sdk() {
	local name count version
	for name in sp-runtime sp-core frame-support; do
		count=$(grep -cx "name = \"$name\"" Cargo.lock) || true
		[ "$count" = 1 ] || fail "$count versions of $name are in Cargo.lock: see 'cargo tree --duplicates'."
	done
	# The fuzzer is a workspace of its own, which has to name the same ones.
	while read -r name version; do
		grep -Fx -A 1 "name = \"$name\"" Cargo.lock | grep -Fxq "version = \"$version\"" ||
			fail "runtime/fuzz/Cargo.toml asks for $name $version, which Cargo.lock does not have."
	done < <(sed -nE '/^\[dependencies\]/,$s/^([a-z-]+) = "([0-9]+\.[0-9]+\.[0-9]+)"$/\1 \2/p' runtime/fuzz/Cargo.toml)
}

build() { cargo build --release --workspace --all-targets --locked; }

# A test that fails must be able to fail again: proptest would tell no seed of what passed.
#
# The faults of networks wait for blocks most of the time, and these have to come in time: they run beside the other
# tests, which give way to them. More threads than cores, since tests on nodes wait as well.
tests() (
	export CONSENTRY_SEED=${CONSENTRY_SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
	export PROPTEST_RNG_SEED=${PROPTEST_RNG_SEED:-$CONSENTRY_SEED}
	echo "random choices follow from CONSENTRY_SEED=$CONSENTRY_SEED PROPTEST_RNG_SEED=$PROPTEST_RNG_SEED"
	test=(cargo test --release --workspace --locked --no-fail-fast)
	results=$(mktemp)
	"${test[@]}" --test node -- faults:: --test-threads 3 >"$results" 2>&1 &
	faults=$!
	trap 'kill "$faults" 2>/dev/null || true; rm "$results"' EXIT
	code=0
	nice -n 19 "${test[@]}" -- --skip faults:: --test-threads $((3 * $(nproc))) || code=1
	wait "$faults" || code=1
	cat "$results"
	exit "$code"
)

# What the features change is nearly every crate of the SDK, so it is built where scripts/benchmark.sh builds. The
# benchmarks are compiled with the checks, so that a change that breaks them shows.
try_runtime() {
	SKIP_WASM_BUILD=1 CARGO_TARGET_DIR="$(dirname "$CARGO_TARGET_DIR")/benchmarks" cargo test --release --locked \
		-p consentry-runtime --features runtime-benchmarks,try-runtime --lib -- try_runtime
}

step "Set-up" scripts/setup.sh
step "Format" format
step "One version of the SDK" one_sdk
step "Build" build
step "Lints" lint
step "Tests" tests
step "A full block against its weight" "$CARGO_TARGET_DIR/release/examples/full_block"
step "Tests of the set-up" scripts/tests/setup.sh
step "Tests of containers, monitoring, proxy and unit" scripts/tests/docker.sh
step "A network of four validators" scripts/tests/network.sh
# Not on the port where somebody's own node may listen.
step "Demonstration" scripts/demo.sh --ci --port 19944
step "Checks of try-runtime" try_runtime
printf '\nAll of it passed, in %s.\n' "$(minutes $SECONDS)"
