# Shell pieces that the scripts share; sourced, never run.
# shellcheck shell=bash

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

# step <what> <command…>: says what it does before, and how long it took after.
step() {
	local what=$1 started=$SECONDS
	shift
	printf '\n==> %s\n' "$what"
	"$@" || fail "'$what' failed after $((SECONDS - started)) s"
	printf '==> %s: done in %s s\n' "$what" "$((SECONDS - started))"
}
