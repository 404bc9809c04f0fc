#!/usr/bin/env bash
# Makes what docker/compose.network.yaml needs and must not be in the repository: a certificate for the proxy, signed
# by itself, a secret for JSON-RPC, and a password for Grafana. Leaves alone what is there.
#
# Takes the names and addresses that the certificate is to be for; localhost and 127.0.0.1 unless given.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")"

[ $# -gt 0 ] || set -- localhost 127.0.0.1
names=()
for name in "$@"; do
	if [[ $name =~ ^[0-9.]+$|: ]]; then names+=("IP:$name"); else names+=("DNS:$name"); fi
done

password() { openssl rand -base64 24 | tr -d '\n' | tr '+/' '-_'; }

umask 077
mkdir -p secrets/tls
chmod 755 secrets/tls

if [ ! -e secrets/tls/certificate.pem ]; then
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 365 -subj "/CN=$1" \
		-addext basicConstraints=critical,CA:FALSE -addext "subjectAltName=$(IFS=,; printf '%s' "${names[*]}")" \
		-keyout secrets/tls/key.pem -out secrets/tls/certificate.pem 2>/dev/null
	chmod 644 secrets/tls/certificate.pem
	echo "secrets/tls/certificate.pem is for $*."
fi

if [ ! -e secrets/tls/users ]; then
	secret=$(password)
	printf '%s consentry;\n' "$secret" >secrets/tls/users
	echo "JSON-RPC: secret $secret"
fi

if [ ! -e .env ]; then
	secret=$(password)
	printf 'GRAFANA_PASSWORD=%s\n' "$secret" >.env
	echo "Grafana: user admin, password $secret"
fi
