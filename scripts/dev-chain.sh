# A development node with an organisation, for the scripts that need one. Sourced after lib.sh.
# shellcheck shell=bash

consentry=$CARGO_TARGET_DIR/release/consentry
node_binary=$CARGO_TARGET_DIR/release/consentry-node
# Nodes need not each compile the same runtime.
compiled_runtimes=$CARGO_TARGET_DIR/compiled-runtimes
node=

# The same packages, targets and features as in scripts/test.sh, so that neither compiles the other's anew.
build() { cargo build --release --workspace --all-targets --locked; }

# check_port <number>: ends the script unless a node can listen there.
check_port() {
	if [[ ! $1 =~ ^[0-9]{1,5}$ ]] || [ "$1" -lt 1 ] || [ "$1" -gt 65535 ]; then
		fail "$1 is no port: those are the numbers 1 to 65535."
	fi
	if (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; then
		fail "port $1 is taken, perhaps by a node that was left running: stop that, or choose another port with --port."
	fi
}

# start_node <port>: starts one with all its data in a new folder, and waits until it answers. Sets folder, url and
# node; the client's variables point to them.
start_node() {
	local port=$1 waited=0
	check_port "$port"
	folder=$(mktemp -d "${TMPDIR:-/tmp}/consentry.XXXXXX")
	url=ws://127.0.0.1:$port
	export CONSENTRY_URL=$url CONSENTRY_HOME=$folder/client CONSENTRY_PASSPHRASE_FILE=$folder/passphrase
	(umask 077 && head -c 24 /dev/urandom | base64 >"$CONSENTRY_PASSPHRASE_FILE")
	setsid nohup "$node_binary" --dev --base-path "$folder/node" --rpc-port "$port" --port 0 --no-mdns --no-prometheus \
		--compiled-runtimes "$compiled_runtimes" >"$folder/node.log" 2>&1 </dev/null &
	node=$!
	until rpc system_health '[]' >/dev/null 2>&1; do
		kill -0 "$node" 2>/dev/null || node_failed "it stopped"
		[ "$waited" -lt 600 ] || node_failed "it does not answer on port $port"
		waited=$((waited + 1))
		sleep 0.1
	done
}

node_failed() {
	tail -n 20 "$folder/node.log" >&2
	fail "the node did not start: $1. The end of its log is above."
}

# stop_node <exit code>: with its data deleted where all went well, and kept where not. Does nothing where none runs.
stop_node() {
	[ -n "$node" ] || return 0
	kill "$node" 2>/dev/null || true
	wait "$node" 2>/dev/null || true
	if [ "$1" = 0 ]; then
		rm -rf "$folder"
	else
		say "The node's log and data are in $folder" >&2
	fi
	node=
}

# rpc <method> <parameters as JSON>: the node's answer as JSON.
rpc() {
	node -e '
		const [url, method, params] = process.argv.slice(1)
		const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: JSON.parse(params) })
		fetch(url, { method: "POST", headers: { "content-type": "application/json" }, body })
			.then((response) => response.json())
			.then(({ error, result }) => {
				if (error) throw new Error(`${method}: ${error.message}`)
				console.log(JSON.stringify(result))
			})
			.catch((error) => {
				console.error(error.message)
				process.exit(1)
			})
	' "${url/ws:/http:}" "$1" "$2"
}

# pick <path>: what lies there in the JSON of standard input, such as .entries[0].head
pick() { node -p "JSON.parse(require('fs').readFileSync(0, 'utf8'))$1"; }

# The organisation 0 with its members: Bob manages them, Charlie writes, Dave is data-protection officer, Eve and Ferdie
# request access. They have the well-known keys of every development chain, which are secret to nobody.
create_organisation() {
	local name
	for name in Alice Bob Charlie Dave Eve Ferdie; do
		"$consentry" keys import --name "${name,}" <<<"//$name" || return
	done
	"$consentry" --key alice organisation register --name acme-retail --admin bob &&
		"$consentry" --key alice organisation issue-credits --organisation 0 --amount 1000000 &&
		"$consentry" --key bob organisation add-member --account charlie --roles steward &&
		"$consentry" --key bob organisation add-member --account dave --roles officer &&
		"$consentry" --key bob organisation add-member --account eve --roles agent &&
		"$consentry" --key bob organisation add-member --account ferdie --roles agent &&
		"$consentry" organisation show 0
}
