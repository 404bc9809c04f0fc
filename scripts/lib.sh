# What the scripts share. Sourced before anything else: it goes to the repository's top folder.
# shellcheck shell=bash

# What the caller wrote is relative to where the script was called.
if [ -n "${RUST_SRC:-}" ]; then
	RUST_SRC=$(realpath -m -- "$RUST_SRC")
	export RUST_SRC
fi
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit

# Outside the repository and the same for every script, so that a fresh clone need not compile the SDK again.
export CARGO_TARGET_DIR="${CARGO_TARGET_DIR:-$HOME/.cache/consentry/target}"

say() { printf '%s\n' "$*"; }

# Ends the script with a message that says what was wrong and what to do.
fail() {
	printf 'error: %s\n' "$*" >&2
	exit 1
}

has() { command -v "$1" >/dev/null 2>&1; }

# Whether the rustc that is first in PATH is one of rustup's, which may well manage another beside it.
rustup_manages_rustc() {
	local managed
	has rustup && managed=$(rustup which rustc 2>/dev/null) &&
		[ "$(realpath "$managed")" = "$(realpath "$(rustc --print sysroot)/bin/rustc")" ]
}

# step <what> <command…>: says what is done before, and how long it took after.
step() {
	local what=$1 started=$SECONDS
	shift
	printf '\n==> %s\n' "$what"
	"$@" || fail "'$what' failed after $(minutes $((SECONDS - started)))"
	printf '==> %s: done in %s\n' "$what" "$(minutes $((SECONDS - started)))"
}

minutes() { printf '%d:%02d min' $(($1 / 60)) $(($1 % 60)); }
