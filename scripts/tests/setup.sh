#!/usr/bin/env bash
# Tests scripts/setup.sh against a copy of the toolchain from which the runtime's target was taken away; the
# machine's own toolchain is only read. Each way of getting the target is run for real, save that rustup's server
# is a folder here. A way that this machine cannot offer (no RUST_SRC given, no rustup, no Debian) is skipped.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

target=wasm32v1-none
version=$(rustc --version | cut -d ' ' -f 2)
host=$(rustc -vV | sed -n 's/^host: //p')
sysroot=$(rustc --print sysroot)
rust_src=${RUST_SRC:-}
unset RUST_SRC

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
toolchain=$work/rustup/toolchains/$version-$host
rustlib=$toolchain/lib/rustlib
managed=
if rustup_manages_rustc; then managed=yes; fi
passed=0 failed=0 skipped=0

check() {
	local what=$1
	shift
	if "$@"; then
		passed=$((passed + 1))
		say "ok: $what"
	else
		failed=$((failed + 1))
		say "FAILED: $what; setup had said:"
		sed 's/^/  /' "$work/log"
	fi
}

skip() {
	skipped=$((skipped + 1))
	say "skipped: $1"
}

# Hard links where the file system has them: rustup and setup replace files and never write into one, except for
# rustup's few records, which are copied.
copy_toolchain() {
	mkdir -p "$toolchain"
	cp -al "$sysroot/bin" "$sysroot/lib" "$toolchain/" 2>/dev/null || {
		rm -rf "${toolchain:?}"/*
		cp -a "$sysroot/bin" "$sysroot/lib" "$toolchain/"
	}
	find "$rustlib" -maxdepth 1 -type f -exec cp {} {}.own \; -exec mv {}.own {} \;
	if [ "$managed" ]; then
		export RUSTUP_HOME=$work/rustup RUSTUP_AUTO_INSTALL=0 RUSTUP_TOOLCHAIN=$version RUSTUP_DIST_SERVER=file:///nowhere
	else
		export PATH=$toolchain/bin:$PATH
	fi
}

remove_target() {
	if [ "$managed" ]; then rustup target remove "$target" >/dev/null 2>&1 || true; fi
	rm -rf "${rustlib:?}/$target"
}

target_compiles() { echo '#![no_std]' | rustc --target "$target" --crate-type lib -o "$work/empty.rlib" - 2>/dev/null; }

# setup [VARIABLE=value…]: what it says goes to $work/log, its exit code to $code.
setup() {
	code=0
	env "$@" scripts/setup.sh >"$work/log" 2>&1 || code=$?
}

provides_target() {
	[ "$code" = 0 ] && target_compiles && said "$1"
}

said() { grep -qF -- "$1" "$work/log"; }

asked_nobody() { ! said "Asking rustup" && ! said "Looking for rust-src"; }

refuses() {
	[ "$code" != 0 ] && said "$1"
}

toolchain_is_untouched() { [ "$(cd "$toolchain" && find . | sort)" = "$before" ]; }

# A PATH of everything on this machine's, without the given commands.
path_without() {
	local folder file
	mkdir -p "$work/bin"
	while read -r -d : folder; do
		find "$folder/" -maxdepth 1 \( -type f -o -type l \) -exec ln -s -t "$work/bin" {} + 2>/dev/null || true
	done <<<"$PATH:"
	for file in "$@"; do rm -f "$work/bin/$file"; done
	# rustup's proxies find the toolchain by the name they are called with, which links keep.
	echo "$work/bin"
}

# A folder laid out as rustup's server, with the target that this machine has, and the copy's manifest naming it.
serve_target() {
	local name url server=$work/server manifest=$rustlib/multirust-channel-manifest.toml
	name=rust-std-$version-$target
	url=$(grep -om 1 "dist/[^\"]*/$name.tar.xz" "$manifest") || return 1
	mkdir -p "$server/${url%/*}" "$work/$name/rust-std-$target/lib/rustlib"
	cp -a "$sysroot/lib/rustlib/$target" "$work/$name/rust-std-$target/lib/rustlib/"
	echo 3 >"$work/$name/rust-installer-version"
	echo "rust-std-$target" >"$work/$name/components"
	(cd "$work/$name/rust-std-$target" && find lib -type f -printf 'file:%p\n') >"$work/manifest.in"
	mv "$work/manifest.in" "$work/$name/rust-std-$target/"
	tar -C "$work" -cf "$server/$url" -I 'xz -0' "$name"
	local old new
	old=$(sed -n "\\|$name.tar.xz|{n;s/^xz_hash = \"\\(.*\\)\"/\\1/p;q}" "$manifest")
	new=$(sha256sum <"$server/$url" | cut -d ' ' -f 1)
	sed -i "s/$old/$new/" "$manifest"
}

copy_toolchain
remove_target
check "the copy of the toolchain lacks the target" eval '! target_compiles'
before=$(cd "$toolchain" && find . | sort)

setup RUST_SRC="$work/nothing"
check "a RUST_SRC that does not exist is refused by name" refuses "RUST_SRC is $work/nothing, which does not exist"

mkdir "$work/empty"
setup RUST_SRC="$work/empty"
check "a RUST_SRC without sources is refused" refuses "there is no library/core"

echo junk >"$work/junk.tar.xz"
setup RUST_SRC="$work/junk.tar.xz"
check "a RUST_SRC that is no archive is refused" refuses "which tar cannot unpack"

restricted=$(path_without apt-get rustup)
mkdir -p "$work/broken/library/core/src" "$work/broken/library/alloc" "$work/broken/library/compiler-builtins"
printf '[package]\nname = "core"\n' | tee "$work/broken/library/core/Cargo.toml" >"$work/broken/library/alloc/Cargo.toml"
echo 'not Rust' >"$work/broken/library/core/src/lib.rs"
setup PATH="$restricted" RUST_SRC="$work/broken"
check "sources that do not compile are named" refuses "are these the sources of Rust $version?"
check "without any way, setup says what was tried and what to do" refuses "could provide it. Run this again with RUST_SRC"
check "failures leave the toolchain as it was" toolchain_is_untouched

restricted=$(path_without apt-get protoc)
setup PATH="$restricted"
check "without apt, a missing package is named" refuses "(in Debian they are the packages protobuf-compiler)"

mkdir "$work/other"
printf '#!/bin/sh\necho "rustc 1.80.0 (051478957 2024-07-21)"\n' >"$work/other/rustc"
chmod +x "$work/other/rustc"
setup PATH="$work/other:$PATH"
check "another version of Rust is refused" refuses "this is Rust 1.80.0, and Consentry is built with Rust $version"

if [ -n "$rust_src" ]; then
	setup RUST_SRC="$rust_src"
	check "RUST_SRC provides the target" provides_target "from the sources of Rust $version"
	check "and neither rustup nor Debian was asked" asked_nobody
	if [ ! -d "$rust_src" ]; then
		remove_target
		mkdir "$work/unpacked"
		tar -xf "$rust_src" -C "$work/unpacked"
		setup RUST_SRC="$work/unpacked/library"
		check "RUST_SRC may be the folder itself" provides_target "from the sources of Rust $version"
		check "and neither rustup nor Debian was asked then" asked_nobody
	fi
else
	skip "RUST_SRC, which is not set"
fi

if [ "$managed" ] && remove_target && serve_target; then
	setup RUSTUP_DIST_SERVER="file://$work/server"
	check "rustup provides the target" provides_target "Asking rustup"
	check "and nothing else was asked" eval '! said "Looking for rust-src"'
else
	skip "rustup, which does not manage this toolchain"
fi

if has apt-get && [ "$(. /etc/os-release && echo "$ID")" = debian ]; then
	remove_target
	restricted=$(path_without rustup)
	mkdir "$work/old"
	printf '#!/bin/sh\n[ "$1" != madison ] || echo "rust-src | 1.63.0+dfsg1-2 | bookworm/main amd64 Packages"\n' >"$work/old/apt-cache"
	chmod +x "$work/old/apt-cache"
	setup PATH="$work/old:$restricted"
	check "a rust-src of another version is not taken, and setup says what to do" refuses "could provide it. Run this again with RUST_SRC"
	lists=$(ls -l --full-time /var/lib/apt/lists)
	setup
	check "Debian's rust-src provides the target" provides_target "Downloading rust-src $version"
	check "the system's package lists stay as they are" [ "$lists" = "$(ls -l --full-time /var/lib/apt/lists)" ]
else
	skip "Debian's rust-src, as this is not Debian"
fi

if target_compiles; then
	before=$(cd "$toolchain" && find . -printf '%p %T@\n' | sort)
	SECONDS=0
	setup
	after=$(cd "$toolchain" && find . -printf '%p %T@\n' | sort)
	check "with everything there, setup succeeds" [ "$code" = 0 ]
	check "says nothing" [ ! -s "$work/log" ]
	check "changes nothing" [ "$before" = "$after" ]
	check "and is quick" [ "$SECONDS" -le 5 ]
else
	skip "a second run, as no way to the target is open here"
fi

say "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
