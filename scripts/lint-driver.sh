#!/usr/bin/env bash
# Stands in for rustc in this workspace's own crates when scripts/test.sh lints: Clippy reads the dependencies that were
# compiled for the build, and generates no code. `cargo clippy` would check a thousand dependencies once more.
# Called by cargo as `lint-driver.sh rustc <arguments>`.
set -euo pipefail

# Questions about the compiler, and build scripts, which are run and so have to be compiled.
case " $* " in
*" --crate-name build_script_"*) exec "$CLIPPY_DRIVER" "$@" ;;
*" --out-dir "*) ;;
*) exec "$@" ;;
esac

arguments=() previous=''
for argument in "$@"; do
	case $previous in
	--crate-name) name=$argument ;;
	--out-dir) folder=$argument ;;
	esac
	case $argument in
	extra-filename=*) suffix=${argument#*=} ;;
	--emit=*) argument=--emit=dep-info,metadata ;;
	# Another crate of this workspace, of which there is only the metadata.
	*=*.rlib) [ -s "${argument#*=}" ] || argument=${argument%.rlib}.rmeta ;;
	esac
	arguments+=("$argument")
	previous=$argument
done
"$CLIPPY_DRIVER" "${arguments[@]}"
# What cargo expects of a build, and finds empty.
touch "$folder/lib$name$suffix.rlib" "$folder/$name$suffix"
