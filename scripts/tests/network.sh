#!/usr/bin/env bash
# Tests scripts/network.sh, away from the ports where somebody's own node may listen: what it is told wrong, a network
# that is seen to work, and one that is stopped from elsewhere.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"
. scripts/dev-chain.sh

ports=(--rpc-port 29944 --prometheus-port 29615 --port 29333)
TMPDIR=$(mktemp -d)
export TMPDIR
log=$TMPDIR/log
trap 'rm -rf "$TMPDIR"' EXIT

# refuses <message> <argument…>: the script fails, and says so.
refuses() {
	local expected=$1
	shift
	if scripts/network.sh "$@" >"$log" 2>&1; then fail "network.sh $* did not fail."; fi
	grep -qF -- "$expected" "$log" || fail "network.sh $* did not say '$expected' but: $(cat "$log")"
	say "ok: network.sh $* is refused"
}

leaves_nothing() {
	local port
	[ -z "$(find "$TMPDIR" -maxdepth 1 -name 'consentry-network.*')" ] || fail "the network's data is still in $TMPDIR."
	for port in 2994{4..7} 2961{5..8} 2933{3..6}; do check_port "$port"; done
}

refuses "unknown argument --validators" --validators 5
refuses "no network runs" --stop "${ports[@]}"
refuses "70000 is no port" --rpc-port 70000

scripts/network.sh --ci "${ports[@]}" >"$log" 2>&1 || fail "network.sh --ci failed: $(cat "$log")"
leaves_nothing
say "ok: a network starts, finalises and stops"

scripts/network.sh "${ports[@]}" >"$log" 2>&1 &
network=$!
for ((waited = 0; waited < 1800; waited++)); do
	if grep -q "The network runs" "$log"; then break; fi
	kill -0 "$network" 2>/dev/null || fail "network.sh ended: $(cat "$log")"
	sleep 0.1
done
refuses "a network runs already" "${ports[@]}"
scripts/network.sh --stop "${ports[@]}"
wait "$network" || fail "network.sh failed when it was stopped: $(cat "$log")"
leaves_nothing
say "ok: a network is stopped from elsewhere"
