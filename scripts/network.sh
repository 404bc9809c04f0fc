#!/usr/bin/env bash
# A network of four validators with real consensus on this machine's loopback: the chain `local`, with Alice, Bob,
# Charlie and Dave. It runs until Ctrl-C, or --stop from elsewhere; then its data is deleted.
#
# --rpc-port <n>         Alice's port for JSON-RPC, 9944 unless given; the others have the next three
# --prometheus-port <n>  the same for metrics, 9615 unless given
# --port <n>             the same for what the nodes say to each other, 30333 unless given
# --stop                 stop the network that runs with this --rpc-port
# --ci                   stop it once it was seen to work
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. scripts/dev-chain.sh

rpc_port=9944 prometheus_port=9615 port=30333 mode=run
while [ $# -gt 0 ]; do
	case $1 in
	--rpc-port) rpc_port=${2:?"--rpc-port needs a number"} && shift ;;
	--prometheus-port) prometheus_port=${2:?"--prometheus-port needs a number"} && shift ;;
	--port) port=${2:?"--port needs a number"} && shift ;;
	--stop) mode=stop ;;
	--ci) mode=ci ;;
	*) fail "unknown argument $1: there are --rpc-port <n>, --prometheus-port <n>, --port <n>, --stop and --ci." ;;
	esac
	shift
done

names=(alice bob charlie dave)
nodes=()
network=${TMPDIR:-/tmp}/consentry-network.$rpc_port
# How many seconds the network may take until it finalises.
patience=180

running() { [ -f "$network/pid" ] && grep -qs network.sh "/proc/$(cat "$network/pid")/cmdline"; }

if [ "$mode" = stop ]; then
	running || fail "no network runs with --rpc-port $rpc_port."
	pid=$(cat "$network/pid")
	kill "$pid"
	while grep -qs network.sh "/proc/$pid/cmdline"; do sleep 0.1; done
	[ ! -e "$network" ] || fail "the network did not end well: its logs are in $network"
	exit
fi

if running; then fail "a network runs already with --rpc-port $rpc_port: stop it with --stop, or choose other ports."; fi
for number in "${!names[@]}"; do
	check_port $((rpc_port + number))
	check_port $((prometheus_port + number))
	check_port $((port + number))
done

# What is well known is secret to nobody: the nodes' keys are the numbers 1 to 4.
prepare() {
	local number
	rm -rf "$network" && mkdir "$network" && echo $$ >"$network/pid" &&
		"$node_binary" export-chain-spec --chain local --raw >"$network/local.json" || return
	for number in "${!names[@]}"; do
		printf %064x $((number + 1)) >"$network/${names[number]}.key"
		bootnodes+=("/ip4/127.0.0.1/tcp/$((port + number))/p2p/$(peer_id "${names[number]}")") || return
	done
}

peer_id() { "$node_binary" key inspect-node-key --file "$network/$1.key"; }

start_nodes() {
	local number name
	for number in "${!names[@]}"; do
		name=${names[number]}
		"$node_binary" --chain "$network/local.json" "--$name" --base-path "$network/$name" \
			--node-key-file "$network/$name.key" --compiled-runtimes "$compiled_runtimes" \
			--rpc-port $((rpc_port + number)) --prometheus-port $((prometheus_port + number)) \
			--listen-addr "/ip4/127.0.0.1/tcp/$((port + number))" --no-mdns --bootnodes "${bootnodes[@]}" \
			>"$network/$name.log" 2>&1 </dev/null &
		nodes+=($!)
	done
}

# Each node sees the three others, and has finalised more than two blocks.
finalises() {
	local number
	for number in "${!names[@]}"; do
		until is_well "$number"; do
			kill -0 "${nodes[number]}" 2>/dev/null || fail "${names[number]} stopped: $network/${names[number]}.log says why."
			if [ $SECONDS -ge "$deadline" ]; then
				health "$number" || true
				fail "${names[number]} does not finalise within $patience s: its log is $network/${names[number]}.log."
			fi
			sleep 0.5
		done
	done
}

is_well() { health "$1" --json 2>/dev/null | pick .health.finalised.number | grep -qv '^[0-2]$'; }

health() {
	"$consentry" --url "ws://127.0.0.1:$((rpc_port + $1))" node health --min-peers 3 --max-finality-lag 10 --min-disk 0 \
		"${@:2}"
}

# Metrics are there and tell of finality.
measures() {
	local number
	for number in "${!names[@]}"; do
		get "http://127.0.0.1:$((prometheus_port + number))/metrics" | grep '^substrate_block_height{status="finalized"' >/dev/null ||
			fail "${names[number]} serves no metrics at port $((prometheus_port + number))."
	done
}

get() { node -e 'fetch(process.argv[1]).then((response) => response.text()).then(console.log)' "$1"; }

# Ends the nodes, which have to end well; their data goes where all went well, and stays where not.
finish() {
	local result=$1 number code
	[ "${#nodes[@]}" = 0 ] || kill "${nodes[@]}" 2>/dev/null || true
	for number in "${!nodes[@]}"; do
		code=0
		wait "${nodes[number]}" || code=$?
		[ "$code" = 0 ] && continue
		result=1
		say "error: ${names[number]} ended with code $code: its log is $network/${names[number]}.log" >&2
	done
	if [ "$result" = 0 ]; then
		rm -rf "$network"
		say "The network is stopped, and its data deleted."
	else
		rm -f "$network/pid"
		say "The logs and data of the network are in $network" >&2
		exit "$result"
	fi
}

step "Set-up" scripts/setup.sh
say "The next step compiles about a thousand crates, which takes half an hour the first time."
step "Build" build

trap 'finish $?' EXIT
trap 'exit 0' INT TERM
bootnodes=()
step "Prepare four validators" prepare
step "Start them" start_nodes
deadline=$((SECONDS + patience))
step "Wait until each of them finalises" finalises
step "Look at their metrics" measures
[ "$mode" = run ] || exit 0

printf '\nThe network runs. Its logs are in %s\n\n' "$network"
for number in "${!names[@]}"; do
	printf '  %-8s ws://127.0.0.1:%s  metrics http://127.0.0.1:%s/metrics  log %s.log\n' \
		"${names[number]}" $((rpc_port + number)) $((prometheus_port + number)) "${names[number]}"
done
cat <<TEXT

  in polkadot.js apps:  https://polkadot.js.org/apps/?rpc=ws://127.0.0.1:$rpc_port#/explorer
  use the client:       $consentry --url ws://127.0.0.1:$rpc_port node health
  stop it:              Ctrl-C, or scripts/network.sh --stop --rpc-port $rpc_port
TEXT
wait -n "${nodes[@]}" || true
fail "a validator stopped by itself: see the ends of the logs in $network."
