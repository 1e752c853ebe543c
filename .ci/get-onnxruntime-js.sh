#!/bin/sh
# Puts what JavaScript programs compute models with, onnxruntime-web and onnxruntime-node, under
# build/onnxruntime-js for the test of sdk/base. The whole packages take 430 MB: only the files for
# WebAssembly without a GPU and for this processor are kept, and no install script is run.
set -eu
cd "$(dirname "$0")/.."
version=1.30.0
root=build/onnxruntime-js/node_modules

case $(uname -s)-$(uname -m) in
Linux-x86_64) platform=linux/x64 ;;
Linux-aarch64) platform=linux/arm64 ;;
*) platform=none ;;
esac

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# fetch PACKAGE MEMBER...: members may be patterns.
fetch() {
	name=$1
	shift
	if [ -d "$root/$name" ]; then
		return
	fi
	(cd "$scratch" && npm pack --silent "$name@$version" >/dev/null)
	mkdir -p "$scratch/$name"
	tar xzf "$scratch/$name-$version.tgz" -C "$scratch/$name" --strip-components 1 --wildcards "$@"
	rm "$scratch/$name-$version.tgz"
	mkdir -p "$root"
	mv "$scratch/$name" "$root/$name"
}

fetch onnxruntime-common 'package/package.json' 'package/dist/*.js' 'package/dist/*/package.json'
fetch onnxruntime-web 'package/package.json' 'package/dist/ort.node.min.mjs' 'package/dist/ort.wasm.min.mjs' 'package/dist/ort-wasm-simd-threaded.mjs' 'package/dist/ort-wasm-simd-threaded.wasm'
if [ "$platform" != none ]; then
	fetch onnxruntime-node 'package/package.json' 'package/dist/*.js' "package/bin/*/$platform/*"
fi
