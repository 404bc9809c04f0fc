#!/usr/bin/env bash
# Writes client/metadata/consentry.scale anew, the metadata of the runtime that the client is made for. Needed after
# each change of the runtime's calls or types; a test of the node fails until it was run. Takes CARGO_TARGET_DIR.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

FILE=client/metadata/consentry.scale
BIN=$CARGO_TARGET_DIR/release

cargo build --release --workspace --bins --locked

base=$(mktemp -d)
"$BIN/consentry-node" --dev --base-path "$base/data" --port 0 --rpc-port 0 --no-prometheus 2>"$base/log" &
node=$!
trap 'kill "$node" 2>/dev/null || true; wait "$node" 2>/dev/null || true; rm -rf "$base"' EXIT

# The node says where it answers; should it stop before, so does the reading.
url=$(tail -n +1 -f --pid="$node" "$base/log" | sed -n 's/.*Running JSON-RPC server: addr=\([^,]*\).*/\1/p;T;q') || true
[ -n "$url" ] || fail "the node did not start: run '$BIN/consentry-node --dev' to see why."

"$BIN/consentry" --url "ws://$url" metadata --output "$FILE"
