#!/usr/bin/env bash
# Lets a network of four validators go through faults and loads, and writes what it saw to docs/reliability.md.
# Takes about an hour, and minutes where CONSENTRY_FAULTS is `short`. Nothing else should run meanwhile.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

[ $# = 0 ] || fail "unknown argument $1: there are none. docs/testing.md names the variables that choose scenarios."

extent=${CONSENTRY_FAULTS:-long}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

build() { cargo build --release --workspace --all-targets --locked; }

# play <table> <scenarios>: all scenarios where none are named.
play() {
	CONSENTRY_FAULTS=$extent CONSENTRY_SCENARIOS=$2 CONSENTRY_FAULTS_REPORT=$folder/$1.md \
		cargo test --release --workspace --locked -- --nocapture faults::a_network &&
		[ -s "$folder/$1.md" ]
}

report() {
	cat <<-MARKDOWN
		# Reliability

		Written by \`scripts/faults.sh\`, measured on

		- machine: $(lscpu | sed -n 's/^Model name: *//p'), $(nproc) cores, $(awk '/^MemTotal:/ { printf "%d", $2 / 1048576 }' /proc/meminfo) GiB of memory
		- commit: $commit
		- date: $(date -u +%F)
		- extent: $extent
		- load before it began: $load_before (of the last minute; much more than 0 made the figures worse)

		Four validators with the real consensus, each in a network of its own, and their clients share the machine. Slots last
		2 s. How it is done: [testing.md](testing.md#faults).

		## Faults

		One network goes through all of them under a stream of registrations, consents and requests for access. At the end all
		nodes agree on state and blocks; every extrinsic whose sender was told that it is final is in just that block on every
		node, and none that was reported lost is in any; and trails are whole on every node, to a client that trusts none,
		with just the entries that the extrinsics add up to.

		$(cat "$folder/faults.md")

		## What is tolerated

		- **One of four validators** may be gone, wrong or hostile. With two gone nothing is final, and nothing that was is lost.
		- **A partition in which no part has three validators** ends finality and nothing else: each part goes on with blocks
		  that are not final, ever more slowly, and takes over the others' when they meet. It may last for **nine days**. From
		  ten blocks that are not final on, a part waits before each block, in the end for 100 slots; and when 4,096 are not
		  final, the database fixes the state of the oldest, final or not, and can no more leave it for the other part's. A
		  test works out when two of four validators come to that. A part that did has to be wiped and synchronised anew.
		- **What clients submitted** to a node that fails, and that no block holds, is in no pool but that node's. The client's
		  library hands it to another node for as long as it is valid (128 blocks), and then tells its sender.

		## Finality and load

		$(cat "$folder/load.md")
	MARKDOWN
}

step "Set-up" scripts/setup.sh
step "Build" build
commit=$(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD || printf ' with uncommitted changes')
load_before=$(cut -d ' ' -f 1 /proc/loadavg)
step "Faults" play faults all
step "Loads" play load load
report >docs/reliability.md
printf '\nWritten to docs/reliability.md, in %s:\n\n' "$(minutes $SECONDS)"
cat docs/reliability.md
