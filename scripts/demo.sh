#!/usr/bin/env bash
# Builds Consentry and shows what it is for, on a development node of its own: an organisation imports exports of its
# CRM, every customer gets a trail, and a change behind the node's back is found.
#
# --port <n>  the node's port, 9944 unless given
# --ci        stop the node at the end, and delete its data
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
. scripts/dev-chain.sh

port=9944 leave=yes
while [ $# -gt 0 ]; do
	case $1 in
	--port) port=${2:?"--port needs a number"} && shift ;;
	--ci) leave= ;;
	*) fail "unknown argument $1: there are --port <n> and --ci." ;;
	esac
	shift
done
check_port "$port"

# Whom the demonstration looks at, as the CRM names it.
customer=salesforce:003000000000917AAA
data=client/tests/data

import() {
	"$consentry" --key charlie import "$data/$1" --mapping "$2" --rejects "$folder/rejects-$2.csv"
}

# Changes one bit of the customer's second entry where the node keeps it, and tells the node nothing.
tamper() {
	local id head last
	id=$("$consentry" --json customer show "$customer" | pick .customer) &&
		head=$(rpc crm_trail "[\"$id\"]" | pick '.entries.at(-2).head') &&
		key=0x$(printf 'consentry/trail-entry/' | od -An -v -tx1 | tr -d ' \n')${head#0x} &&
		kept=$(rpc offchain_localStorageGet "[\"PERSISTENT\", \"$key\"]" | pick '') || return
	last=$((16#${kept: -1} ^ 1))
	store_entry "${kept%?}$(printf %x "$last")" || return
	say "One bit of the entry under $head is another in the node's database."
}

store_entry() { rpc offchain_localStorageSet "[\"PERSISTENT\", \"$key\", \"$1\"]" >/dev/null; }

# Verification has to fail, and for the reason that it exists for.
catch() {
	local code=0
	"$consentry" trail verify "$customer" || code=$?
	[ "$code" = 5 ] || fail "verification ended with code $code, and 5 was to be expected: the change was not found."
	say "Verification found it."
}

trap 'stop_node $?' EXIT

step "Set-up" scripts/setup.sh
say "The next step compiles about a thousand crates, which takes half an hour the first time."
step "Build" build
step "Start a development node" start_node "$port"
step "An organisation with its members" create_organisation
step "Import 2,000 contacts of HubSpot" import hubspot-contacts.csv hubspot
step "Import 1,000 contacts of Salesforce" import salesforce-contacts.csv salesforce
step "Import 5,000 orders of theirs" import orders.csv orders
step "One customer" "$consentry" customer show "$customer" --contents
step "Its trail" "$consentry" trail show "$customer"
step "Verify all trails" "$consentry" trail verify --all
step "Change an entry behind the node's back" tamper
step "Verify that trail" catch
step "Put the entry back" store_entry "$kept"
step "Verify that trail again" "$consentry" trail verify "$customer"

printf '\nDone in %s.\n' "$(minutes $SECONDS)"
[ -n "$leave" ] || exit 0
trap - EXIT
cat <<TEXT

The node runs on at $url
  in polkadot.js apps:  https://polkadot.js.org/apps/?rpc=ws://127.0.0.1:$port#/explorer
  its data and log:     $folder
  use the client:       export CONSENTRY_URL=$url CONSENTRY_HOME=$CONSENTRY_HOME CONSENTRY_PASSPHRASE_FILE=$CONSENTRY_PASSPHRASE_FILE
                        $consentry --help
  stop it:              kill $node
  and delete its data:  rm -r $folder
TEXT
