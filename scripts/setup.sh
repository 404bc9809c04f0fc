#!/usr/bin/env bash
# Installs what a build of Consentry needs and this machine lacks, and changes nothing else: Debian packages,
# and Rust's target for the runtime. Does nothing, in a second, where nothing is missing.
#
# RUST_SRC=<folder or archive>: Rust's library sources (the `library` folder of rust-src) of the version that
# rust-toolchain.toml names, to build the target from where nothing can be downloaded.
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

target=wasm32v1-none
rust_version=$(sed -n 's/^channel = "\(.*\)"$/\1/p' rust-toolchain.toml)
# The suite of Debian that holds rust-src of that version, in case the machine's own suites do not.
rust_src_suite=trixie-backports

work=$(mktemp -d)
staged=$work
trap 'rm -rf "$work" "$staged"' EXIT

# --- Packages

install_packages() {
	local -A package=([cc]=gcc [c++]=g++ [make]=make [pkg-config]=pkg-config [protoc]=protobuf-compiler
		[node]=nodejs [npm]=npm [ip]=iproute2 [faketime]=faketime)
	if [[ ${RUST_SRC:-} == *.xz ]]; then package[xz]=xz-utils; fi
	# scripts/tests/docker.sh checks with them. On somebody's own machine they would start services.
	if [ "${CI:-}" = true ]; then
		package+=([nginx]=nginx-light [promtool]=prometheus [prometheus-node-exporter]=prometheus-node-exporter)
	fi
	local tool missing=() wanted=() as_root=()
	for tool in "${!package[@]}"; do
		has "$tool" && continue
		missing+=("$tool")
		wanted+=("${package[$tool]}")
	done
	[ ${#missing[@]} -gt 0 ] || return 0

	has apt-get || fail "missing: ${missing[*]}. There is no apt-get here: install them with this system's own" \
		"package manager (in Debian they are the packages ${wanted[*]}) and run this again."
	if [ "$(id -u)" != 0 ]; then
		has sudo || fail "missing: ${missing[*]}. There is no sudo here: as root, run apt-get install ${wanted[*]}"
		as_root=(sudo)
	fi
	say "Installing ${wanted[*]}"
	"${as_root[@]}" apt-get update -qq || say "Some package sources could not be read"
	"${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}" libc6-dev ||
		fail "apt-get could not install ${wanted[*]}: its message is above."
	hash -r
	for tool in "${missing[@]}"; do
		has "$tool" || fail "$tool is still not in PATH after installing ${package[$tool]}."
	done
}

# --- Rust itself

check_rust() {
	if ! has rustc || ! has cargo; then
		fail "Rust is missing: install Rust $rust_version with cargo, through rustup or as a package, and run this again."
	fi
	if ! rustc --version >/dev/null 2>&1 && has rustup; then
		say "Installing Rust $rust_version through rustup"
		timeout 900 rustup toolchain install >/dev/null || true
	fi
	local found
	found=$(RUST_BACKTRACE=0 rustc --version 2>&1) ||
		fail "rustc does not run: $found" $'\n'"Where rustup cannot download what it misses, RUSTUP_AUTO_INSTALL=0 keeps it from trying."
	found=$(cut -d ' ' -f 2 <<<"$found")
	[ "$found" = "$rust_version" ] ||
		fail "this is Rust $found, and Consentry is built with Rust $rust_version (rust-toolchain.toml):" \
			"put that version's rustc and cargo first in PATH."
}

# --- The runtime's target

# Links and optimises a library: sources that merely compile say nothing of a linker or of the bitcode that
# link-time optimisation needs.
target_works() {
	rustc --target "$target" --edition 2021 --crate-name probe --crate-type cdylib -C panic=abort -C lto \
		-o "$work/probe.wasm" - 2>"$work/probe.log" <<-'RUST'
		#![no_std]
		extern crate alloc;
		use core::alloc::{GlobalAlloc, Layout};
		struct NoMemory;
		unsafe impl GlobalAlloc for NoMemory {
			unsafe fn alloc(&self, _: Layout) -> *mut u8 { core::ptr::null_mut() }
			unsafe fn dealloc(&self, _: *mut u8, _: Layout) {}
		}
		#[global_allocator]
		static MEMORY: NoMemory = NoMemory;
		#[panic_handler]
		fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }
		#[no_mangle]
		pub extern "C" fn probe(n: usize) -> usize { alloc::vec![1u8; n].len() }
	RUST
}

# build_target <library>: compiles `core` and `alloc` for the target from Rust's sources, without any download,
# and puts them where rustc looks for them.
build_target() {
	local library sysroot commit built
	library=$(realpath "$1")
	sysroot=$(rustc --print sysroot)
	commit=$(rustc -vV | sed -n 's/^commit-hash: //p')
	[ -w "$sysroot/lib/rustlib" ] ||
		fail "no permission to add the target $target to $sysroot/lib/rustlib: run this as its owner."
	say "Compiling the target $target from the sources of Rust $rust_version, half a minute"

	# A workspace of just these crates: the sources' own one would ask a registry for what `std` depends on.
	rm -rf "$work/library"
	mkdir -p "$work/library" "$work/probe/src"
	ln -s "$library"/*/ "$work/library/"
	cat >"$work/library/Cargo.toml" <<-'TOML'
		[workspace]
		resolver = "2"
		members = ["alloc", "core"]
		exclude = ["compiler-builtins"]
	TOML
	cat >"$work/probe/Cargo.toml" <<-'TOML'
		[package]
		name = "probe"
		edition = "2021"
		[workspace]
	TOML
	echo '#![no_std]' >"$work/probe/src/lib.rs"
	# This variable makes cargo read the sources from there, so that none need be copied into the toolchain.
	# The paths in panic messages become those of the released target.
	__CARGO_TESTS_ONLY_SRC_ROOT="$work/library" RUSTC_BOOTSTRAP=1 CARGO_BUILD_BUILD_DIR="$work/target" \
		CARGO_ENCODED_RUSTFLAGS="-Cembed-bitcode=yes"$'\x1f'"--remap-path-prefix=$work=/rustc/$commit" \
		cargo build --release --offline --target "$target" -Zbuild-std=core,alloc -Zbuild-std-features= \
		--manifest-path "$work/probe/Cargo.toml" --target-dir "$work/target" >"$work/build.log" 2>&1 || {
		cat "$work/build.log" >&2
		say "$1 does not compile: are these the sources of Rust $rust_version?" >&2
		return 1
	}

	built=$work/target/$target/release/deps
	staged=$(mktemp -d "$sysroot/lib/rustlib/.$target.XXXXXX")
	mkdir "$staged/lib"
	chmod 755 "$staged"
	cp "$built"/lib{core,alloc,compiler_builtins}-*.rlib "$staged/lib/" &&
		rm -rf "${sysroot:?}/lib/rustlib/$target" &&
		mv -T "$staged" "$sysroot/lib/rustlib/$target"
}

# find_library <folder>: the folder that holds `core`, wherever a package or archive has put it.
find_library() {
	[ -f "$1/core/Cargo.toml" ] && echo "$1" && return
	local manifest
	manifest=$(find "$1/" -maxdepth 8 -path '*/library/core/Cargo.toml' -print -quit)
	[ -n "$manifest" ] && dirname "$(dirname "$manifest")"
}

from_rust_src() {
	local folder=$RUST_SRC library
	[ -e "$RUST_SRC" ] || fail "RUST_SRC is $RUST_SRC, which does not exist."
	if [ ! -d "$RUST_SRC" ]; then
		folder=$work/rust-src
		mkdir "$folder"
		tar -xf "$RUST_SRC" -C "$folder" || fail "RUST_SRC is $RUST_SRC, which tar cannot unpack."
	fi
	library=$(find_library "$folder") ||
		fail "RUST_SRC is $RUST_SRC, in which there is no library/core: it must hold rust-src of Rust $rust_version."
	build_target "$library"
}

from_rustup() {
	rustup_manages_rustc || return 1
	say "Asking rustup for the target $target"
	RUST_BACKTRACE=0 RUSTUP_MAX_RETRIES=1 timeout 120 rustup target add "$target"
}

# The machine's package sources and $rust_src_suite, with lists of their own: those of the system stay as they are.
private_apt() {
	"$@" -o Dir::Etc::SourceParts="$work/apt/sources" -o Dir::State::Lists="$work/apt/lists" \
		-o Dir::Cache="$work/apt/cache" -o APT::Sandbox::User=root
}

from_debian() {
	has apt-get && has dpkg || return 1
	local codename keyring=/usr/share/keyrings/debian-archive-keyring.gpg version library
	codename=$(. /etc/os-release && echo "${VERSION_CODENAME:-}")
	[ -n "$codename" ] && [ -f "$keyring" ] || return 1
	say "Looking for rust-src $rust_version among Debian's packages"

	mkdir -p "$work/apt/sources" "$work/apt/lists/partial" "$work/apt/cache/archives/partial"
	find /etc/apt/sources.list.d \( -name '*.list' -o -name '*.sources' \) -exec cp -t "$work/apt/sources" {} +
	private_apt apt-get update --print-uris |
		sed -n "s|^'\([^']*\)/dists/$codename/InRelease'.*|deb [signed-by=$keyring] \1 $rust_src_suite main|p" |
		sort -u >"$work/apt/rust-src.list"
	mv "$work/apt/rust-src.list" "$work/apt/sources/"
	private_apt apt-get update -qq || say "Some package sources could not be read"
	version=$(private_apt apt-cache madison rust-src | tr -d ' ' | cut -d '|' -f 2 |
		grep -m 1 "^${rust_version//./\\.}[+~-]") || return 1
	say "Downloading rust-src $version"
	(cd "$work/apt" && private_apt apt-get download -qq "rust-src=$version" && dpkg -x rust-src_*.deb rust-src) || return 1
	library=$(find_library "$work/apt/rust-src") || return 1
	build_target "$library"
}

install_target() {
	target_works && return
	local way
	for way in ${RUST_SRC:+from_rust_src} from_rustup from_debian; do
		"$way" || continue
		target_works && say "The target $target is there" && return
	done
	cat "$work/probe.log" >&2
	fail "Rust's target $target is missing, and neither RUST_SRC (${RUST_SRC:-not set}), nor rustup, nor a Debian package" \
		"rust-src $rust_version could provide it. Run this again with RUST_SRC naming a folder or an archive that holds" \
		"'library' of rust-src $rust_version, or install the target in the way this toolchain was installed."
}

install_packages
check_rust
install_target
