#!/usr/bin/env bash
# Checks docker/ and scripts/systemd/ with what this machine has, in half a minute: the Dockerfile, the compose files,
# Prometheus's configuration and rules, the unit, and that two running nodes really export each metric which the
# dashboard and the alerts name. nginx runs with TLS and authentication in front of one of them. Installs nothing but the
# linters of scripts/tests/tools, beside their list: a check whose tool is missing is skipped, and named.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

tools=scripts/tests/tools
PATH=$PATH:/usr/sbin:/sbin:$PWD/$tools/node_modules/.bin
node_binary=$CARGO_TARGET_DIR/release/consentry-node
work=$(mktemp -d)
passed=0 failed=0 skipped=0 processes=()

finish() {
	for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
	wait
	rm -rf "$work"
}
trap finish EXIT

# check <what> <command…>: its output is shown where it fails.
check() {
	local what=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		passed=$((passed + 1))
		say "ok: $what"
	else
		failed=$((failed + 1))
		say "FAILED: $what"
		sed 's/^/  /' "$work/log"
	fi
}

skip() {
	skipped=$((skipped + 1))
	say "skipped: $*"
}

# check_with <tool> <what> <command…>
check_with() {
	local tool=$1
	shift
	if has "$tool"; then check "$@"; else skip "$1: no $tool here"; fi
}

# until_true <command…>: tries it until it succeeds, for two minutes at most.
until_true() {
	local deadline=$((SECONDS + 120))
	until "$@" 2>/dev/null; do
		[ "$SECONDS" -lt "$deadline" ] || { "$@"; return; }
		sleep 0.1
	done
}

start() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 </dev/null &
	processes+=($!)
}

# --- Files

same_rust() {
	local channel
	channel=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
	grep -q "^ARG RUST=docker.io/library/rust:$channel-" docker/Dockerfile
}

# What others make and can change must be named by an exact version: three numbers, or Debian's two.
images_are_pinned() {
	! { sed -n 's/^ARG \(RUST\|DEBIAN\)=//p' docker/Dockerfile && sed -n 's/^ *image: //p' docker/compose*.yaml; } |
		grep -vE '^consentry-node$|:v?[0-9]+\.[0-9]+(\.[0-9]+)?(-[a-z]+)?$'
}

install_linters() {
	[ $tools/node_modules/.package-lock.json -nt $tools/package-lock.json ] ||
		npm ci --prefix $tools --loglevel=error --no-audit --no-fund
}

# Against the schema of the Compose Specification, and what is dangerous besides. The rules left out would have a proxy that
# nobody reaches, and an image of this project's that is not built from it.
compose_files() {
	dclint docker --quiet --disable-rule no-unbound-port-interfaces --disable-rule no-build-and-image \
		--disable-rule service-image-require-explicit-tag
}

# The unit with the binary that was built, for verification refuses one whose program is not there.
verify_unit() {
	local program=$node_binary
	[ -x "$program" ] || program=/bin/true
	sed "s|^ExecStart=[^ ]*|ExecStart=$program|" scripts/systemd/consentry-node.service >"$work/consentry-node.service"
	local said
	said=$(systemd-analyze verify "$work/consentry-node.service" 2>&1) && [ -z "$said" ] || { say "$said"; return 1; }
}

# In tenths; 0 is best, 100 worst.
unit_is_hardened() { systemd-analyze security --offline=yes --threshold=15 scripts/systemd/consentry-node.service; }

dashboard_is_sound() {
	node -e '
		const { readFileSync } = require("fs")
		const { uid, panels } = JSON.parse(readFileSync("docker/grafana/dashboards/consentry.json"))
		const source = readFileSync("docker/grafana/provisioning/datasources/prometheus.yaml", "utf8").match(/uid: (\w+)/)[1]
		const bad = panels.filter((p) => p.datasource.uid !== source || !p.targets.every((target) => target.expr))
		if (!uid || new Set(panels.map((p) => p.id)).size !== panels.length || bad.length)
			throw new Error(`panels without expression or with another data source: ${bad.map((p) => p.title)}`)
	'
}

# Expressions of the dashboard as rules, so that promtool reads their syntax.
expressions_are_valid() {
	node -e '
		const { panels } = JSON.parse(require("fs").readFileSync("docker/grafana/dashboards/consentry.json"))
		const rules = panels.flatMap((p) => p.targets).map(({ expr }, i) => ({ record: `panel_${i}`, expr }))
		console.log(JSON.stringify({ groups: [{ name: "dashboard", rules }] }))
	' >"$work/dashboard.yml" && promtool check rules "$work/dashboard.yml"
}

# The options of the port that others reach, as each file gives them.
endpoints() {
	grep -oh 'listen-addr=[0-9.]*:9944,[^ ]*' docker/compose.network.yaml docker/README.md scripts/systemd/consentry-node.env |
		cut -d , -f 2- | sort -u
}

# --- Running nodes

rpc='' metrics=''

# start_validator <name> <node key> <argument…>: sets rpc and metrics to its ports.
start_validator() {
	local name=$1 log=$work/$1.log
	shift
	start "$log" "$node_binary" --chain local "--$name" --base-path "$work/$name" --port 0 --no-mdns \
		--node-key "$(printf '%064d' "$1")" --prometheus-port 0 \
		"--experimental-rpc-endpoint=listen-addr=127.0.0.1:0,$(endpoints)" "${@:2}"
	until_true logged "$log" 'Prometheus exporter started at' && until_true logged "$log" 'Running JSON-RPC server' ||
		{ cat "$log"; return 1; }
	metrics=$(grep -om 1 'Prometheus exporter started at 127.0.0.1:[0-9]*' "$log" | grep -o '[0-9]*$')
	rpc=$(grep -om 1 'Running JSON-RPC server: addr=127.0.0.1:[0-9]*' "$log" | grep -o '[0-9]*$')
}

logged() { grep -qF "$2" "$1"; }

call() { curl -sS --max-time 5 -H 'content-type: application/json' -d "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"$1\",\"params\":[]}" "${@:2}"; }

local_address() { call system_localListenAddresses "http://127.0.0.1:$1" | grep -om 1 '/ip4/127.0.0.1/tcp/[0-9]*/p2p/[^"]*'; }

# Two of the four: they make blocks for each other, and finalise none.
start_network() {
	start_validator bob 2 && address=$(until_true local_address "$rpc") && start_validator alice 1 --bootnodes "$address"
}

# The metrics of `prefix` that the dashboard and the alerts name and <port> does not export.
missing() {
	comm -23 <(cat docker/prometheus/alerts.yml docker/grafana/dashboards/consentry.json |
		grep -oE "\b${1}_[A-Za-z0-9_]+" | sort -u) <(curl -sS "http://127.0.0.1:$2/metrics" | grep -oE '^[A-Za-z0-9_]+' | sort -u)
}

# exports <prefix> <port>: waits, since some metrics appear with the first block, peer or call.
exports() { until_true none_missing "$@" || { say "not exported: $(missing "$@" | xargs)"; return 1; }; }
none_missing() { [ -z "$(missing "$@")" ]; }

health() { bash <(sed "s|/9944|/$1|" docker/health.sh); }

# --- The proxy

free_port() {
	node -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close() })'
}

# The template as nginx's image would fill it in, with this machine's paths and ports.
write_proxy_configuration() {
	mkdir "$work/docker" && cp docker/make-secrets.sh "$work/docker/" && "$work/docker/make-secrets.sh" >"$work/secrets" || return
	secret=$(sed -n 's/^JSON-RPC: secret //p' "$work/secrets")
	tls=$work/docker/secrets/tls
	proxy=$(free_port)
	cat >"$work/nginx.conf" <<-NGINX
		daemon off;
		$(if [ "$(id -u)" = 0 ]; then echo "user root;"; fi)
		pid $work/nginx.pid;
		error_log stderr;
		events {}
		http {
			client_body_temp_path $work; proxy_temp_path $work; fastcgi_temp_path $work; uwsgi_temp_path $work; scgi_temp_path $work;
			$(sed -e "s|\${RPC_NODE}|127.0.0.1:$1|" -e "s|listen 443|listen 127.0.0.1:$proxy|" \
				-e "s|/etc/nginx/consentry|$tls|" -e "s|/var/log/nginx|$work|" docker/proxy/consentry.conf.template)
		}
	NGINX
	nginx -t -e stderr -c "$work/nginx.conf"
}

start_proxy() { start "$work/nginx.log" nginx -e stderr -c "$work/nginx.conf" && until_true through_proxy 200 "/$secret"; }

# through_proxy <status> <path> <argument of curl…>: asks for the chain's name, and trusts the proxy's certificate alone.
through_proxy() {
	local status
	status=$(call system_chain "https://localhost:$proxy$2" --cacert "$tls/certificate.pem" -o "$work/answer" -w '%{http_code}' "${@:3}")
	[ "$status" = "$1" ] || { say "the status was $status"; return 1; }
}

answers_calls() { through_proxy 200 / -H "authorization: Bearer $secret" && grep -qF Consentry "$work/answer"; }

# The proxy is on the node's machine, from where a node answers such a call unless it is told otherwise.
refuses_unsafe_calls() {
	call author_rotateKeys "https://localhost:$proxy/$secret" --cacert "$tls/certificate.pem" | grep -qF '"code":-32601'
}

refuses_long_batches() {
	local calls
	calls=$(printf '{"jsonrpc":"2.0","id":1,"method":"system_chain","params":[]},%.0s' {1..21})
	curl -sS --max-time 5 -H 'content-type: application/json' -d "[${calls%,}]" --cacert "$tls/certificate.pem" \
		"https://localhost:$proxy/$secret" | grep -qF '"code":-32010'
}

# websocket <status> <path>: what comes of an upgrade.
websocket() {
	node -e '
		const [port, certificate, expected, path] = process.argv.slice(1)
		const headers = { connection: "Upgrade", upgrade: "websocket", "sec-websocket-version": "13", "sec-websocket-key": "Y29uc2VudHJ5LXRlc3RzIQ==" }
		const ca = require("fs").readFileSync(certificate)
		const judge = ({ statusCode }) => process.exit(statusCode == expected ? 0 : (console.log(`the status was ${statusCode}`), 1))
		require("https").get(`https://localhost:${port}${path}`, { ca, headers }).on("response", judge).on("upgrade", judge)
	' "$proxy" "$tls/certificate.pem" "$@"
}

keeps_secrets_out_of_its_logs() { grep -q '"consentry" 200' "$work/access.log" && ! grep -qF -- "$secret" "$work"/{access,error,nginx}.log; }

# --- All of them

install_linters || say "The linters could not be installed: is there no network?"
check "the Dockerfile names the Rust of rust-toolchain.toml" same_rust
check "images are pinned to a version" images_are_pinned
check_with dockerfile-utils "the Dockerfile is valid" dockerfile-utils lint docker/Dockerfile
check_with hadolint "hadolint finds nothing in the Dockerfile" hadolint docker/Dockerfile
check_with dclint "the compose files are valid" compose_files
check "the same limits of JSON-RPC are set everywhere" eval '[ "$(endpoints | wc -l)" = 1 ]'
check_with shellcheck "shellcheck finds nothing in the scripts" shellcheck --severity=warning docker/*.sh scripts/tests/docker.sh
check_with promtool "Prometheus's configuration is valid" promtool check config docker/prometheus/prometheus.yml
check_with promtool "each alert is raised by what it is about, and health raises none" promtool test rules docker/prometheus/alerts_test.yml
check "the dashboard is sound" dashboard_is_sound
check_with promtool "the dashboard's expressions are valid" expressions_are_valid
check_with systemd-analyze "the unit is valid" verify_unit
check_with systemd-analyze "the unit's exposure is 1.5 at most" unit_is_hardened

if [ ! -x "$node_binary" ]; then
	skip "what needs running nodes: $node_binary is not built"
elif ! has curl; then
	skip "what needs running nodes: no curl here"
else
	check "two validators start" start_network
	check "the image's health check finds a node well" health "$rpc"
	check "and one that does not answer ill" eval '! health 1'
	check "they export each of the SDK's metrics that is named" exports substrate "$metrics"
	check "and of Consentry's own" exports consentry "$metrics"
	if has nginx && has openssl; then
		check "the proxy's configuration is valid" write_proxy_configuration "$rpc"
		check "the proxy starts" start_proxy
		check "it answers a program that has a secret" answers_calls
		check "it refuses who has none" through_proxy 401 /
		check "it refuses a wrong one" through_proxy 401 "/${secret//[a-z]/x}"
		check "it refuses a wrong one in a header" through_proxy 401 / -H "authorization: Bearer ${secret//[a-z]/x}"
		check "it opens WebSockets to who has a secret" websocket 101 "/$secret"
		check "and to nobody else" websocket 401 /
		check "its logs tell who asked, and no secret" keeps_secrets_out_of_its_logs
		check "methods that change the node are out of reach" refuses_unsafe_calls
		check "a batch beyond the limit is refused" refuses_long_batches
	else
		skip "the proxy: no nginx or openssl here"
	fi
fi
if has prometheus-node-exporter && has curl; then
	machine=$(free_port)
	start "$work/machine.log" prometheus-node-exporter --web.listen-address="127.0.0.1:$machine"
	check "the machine's exporter exports each metric that is named" exports node "$machine"
else
	skip "the machine's metrics: no prometheus-node-exporter or curl here"
fi

say "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
