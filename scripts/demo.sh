#!/usr/bin/env bash
# Builds Consentry and shows what it is for, on a development node of its own: an organisation imports exports of its
# CRM with its customers' consents, access is granted and decided, a customer withdraws and is no longer read, an
# intruder is suspended, and a change behind the node's back is found.
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
customer=salesforce:003000000000359AAA
data=client/tests/data

import() {
	local file=$1 mapping=$2
	shift 2
	"$consentry" --key charlie import "$data/$file" --mapping "$mapping" --rejects "$folder/rejects-$mapping.csv" "$@"
}

# purpose <name> <term> <category…>: one that rests on consent.
purpose() {
	local name=$1 term=$2
	shift 2
	"$consentry" --key dave purpose create "$name" --dpv "$term" --basis consent "${@/#/--category=}" \
		--retention-days 730 --notice "$folder/notice"
}

create_purposes() {
	echo "We use your contact data and orders to answer what you ask us." >"$folder/notice"
	purpose customer-support dpv:CustomerCare contact transaction &&
		purpose marketing-email dpv:DirectMarketing contact &&
		purpose product-analytics dpv:ServiceOptimisation transaction
}

labels=("Customer support=customer-support" "Marketing email=marketing-email" "Product analytics=product-analytics")

# Rows of the export that have another label are rejected, with the reason, which exit code 6 says. All are older than
# the purposes: which notice their customers saw is for the organisation to say.
import_consents() {
	local code=0 summary notices=("${labels[@]/#*=/--notice-version=}")
	summary=$(import salesforce-contact-point-type-consents.csv salesforce-consents "${labels[@]/#/--purpose-map=}" \
		"${notices[@]/%/=1}") || code=$?
	say "$summary"
	[ "$code" = 6 ] && grep -q ' [1-9][0-9]* statements of consent recorded' <<<"$summary" &&
		say "The first of the rejects:" && head -n 4 "$folder/rejects-salesforce-consents.csv"
}

# All agents may read contact data for support; whoever asks three times for what is not theirs is suspended.
allow_support() {
	"$consentry" --key dave policy set --rate 1000/1h --denials 3/10m &&
		"$consentry" --key dave grant add --all --to-role agent --purpose customer-support --category contact &&
		grant=$("$consentry" --json grant list --account eve | pick '.grants[0].grant')
}

# request <key> <grant>: an agent asks for the customer's contact data.
request() {
	"$consentry" --key "$1" access request --grant "$2" --purpose customer-support --category contact "$customer"
}

# denied <reason> <key> <grant>: exit code 4 says that the chain refused, and the answer why.
denied() {
	local reason=$1 code=0 answer
	answer=$(request "$2" "$3") || code=$?
	say "$answer"
	[ "$code" = 4 ] || fail "the request ended with code $code, and 4 was to be expected: access was not denied."
	grep -qE ": $reason( |$)" <<<"$answer" || fail "access was not denied for the reason that was to be expected: $reason."
}

# The customer gets an account of its own, which holds no credits and needs none.
claim() {
	"$consentry" keys generate --name customer && echo "link sent to the address on file" >"$folder/evidence" &&
		"$consentry" --key charlie customer invite "$customer" --method address-on-file --evidence "$folder/evidence" \
			--output "$folder/invitation.json" &&
		"$consentry" --key customer customer claim --invitation "$folder/invitation.json"
}

withdraw() { "$consentry" --key customer consent withdraw "$customer" customer-support; }

# Ferdie asks with grants that do not exist: after the third time, all that he does as a member is refused.
intrude() {
	local guess
	for guess in 1001 1002 1003; do denied no-grant ferdie "$guess"; done
	denied account-suspended ferdie 1004
	"$consentry" --key dave policy suspensions
}

# The CRM still holds the consent that was withdrawn on the chain.
reconcile() {
	local code=0
	"$consentry" reconcile "$data/salesforce-contact-point-type-consents.csv" --mapping salesforce-consents \
		"${labels[@]/#/--purpose-map=}" --findings "$folder/findings.csv" || code=$?
	[ "$code" = 6 ] && say "What it says of a consent that was withdrawn:" && grep -m 1 withdrawn "$folder/findings.csv"
}

# The report as text and as a page: both have to tell of the consent that was withdrawn.
report() {
	"$consentry" report "$customer" >"$folder/report.txt" && head -n 25 "$folder/report.txt" && say "…" &&
		"$consentry" report "$customer" --html "$folder/report.html" &&
		grep -q '^  customer-support  .*  withdrawn  by ' "$folder/report.txt" &&
		grep -q '<td>withdrawn</td>' "$folder/report.html"
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
step "Purposes, for which the organisation wants to use data" create_purposes
step "Import the consents that Salesforce holds" import_consents
step "Access for the support team, and a policy" allow_support
step "An agent may read the customer's contact data" request eve "$grant"
step "The customer claims its own account" claim
step "The customer withdraws its consent, free of charge" withdraw
step "The next request is denied" denied consent-withdrawn eve "$grant"
step "An intruder is suspended" intrude
step "Compare the CRM with the chain" reconcile
step "The customer asks what is known of it (GDPR Art. 15)" report
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
