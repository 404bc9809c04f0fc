#!/usr/bin/env bash
# Tests scripts/network.sh, away from the ports where somebody's own node may listen: what it is told wrong, a network
# that is seen to work, one that is stopped from elsewhere, and one of which a node does not end well.
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

# Sets network to the process of a network that runs.
start_network() {
	scripts/network.sh "${ports[@]}" >"$log" 2>&1 &
	network=$!
	for ((waited = 0; waited < 1800; waited++)); do
		if grep -q "The network runs" "$log"; then return; fi
		kill -0 "$network" 2>/dev/null || fail "network.sh ended: $(cat "$log")"
		sleep 0.1
	done
	fail "no network runs after three minutes: $(cat "$log")"
}

nodes() { xargs -n 1 <"/proc/$network/task/$network/children"; }

refuses "unknown argument --validators" --validators 5
refuses "no network runs" --stop "${ports[@]}"
refuses "70000 is no port" --rpc-port 70000

scripts/network.sh --ci "${ports[@]}" >"$log" 2>&1 || fail "network.sh --ci failed: $(cat "$log")"
leaves_nothing
say "ok: a network starts, finalises and stops"

start_network
refuses "a network runs already" "${ports[@]}"
scripts/network.sh --stop "${ports[@]}"
wait "$network" || fail "network.sh failed when it was stopped: $(cat "$log")"
leaves_nothing
say "ok: a network is stopped from elsewhere"

# One that stands still while the others end, and is killed then.
start_network
for dave in $(nodes); do
	if grep -qs -- --dave "/proc/$dave/cmdline"; then break; fi
done
kill -STOP "$dave"
scripts/network.sh --stop "${ports[@]}" >"$TMPDIR/stop" 2>&1 &
stop=$!
for ((waited = 0; waited < 600; waited++)); do
	if [ "$(nodes)" = "$dave" ]; then break; fi
	sleep 0.1
done
kill -KILL "$dave"
if wait "$stop"; then fail "network.sh --stop did not fail."; fi
if wait "$network"; then fail "network.sh did not fail: $(cat "$log")"; fi
grep -q "^error: dave ended with code 137: its log is $TMPDIR/.*/dave.log$" "$log" || fail "it did not say who: $(cat "$log")"
if grep -qE "^error: (alice|bob|charlie)" "$log"; then fail "it named others: $(cat "$log")"; fi
say "ok: a node that does not end well is named"
