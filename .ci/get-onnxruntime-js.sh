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

# fetch PACKAGE SHA256 MEMBER...: members may be patterns.
fetch() {
	name=$1
	sum=$2
	shift 2
	if [ -d "$root/$name" ]; then
		return
	fi
	(cd "$scratch" && npm pack --silent "$name@$version" >/dev/null)
	if ! echo "$sum  $scratch/$name-$version.tgz" | sha256sum --check --status; then
		echo "get-onnxruntime-js: $name $version has an unexpected checksum" >&2
		exit 1
	fi
	mkdir -p "$scratch/$name"
	tar xzf "$scratch/$name-$version.tgz" -C "$scratch/$name" --strip-components 1 --wildcards "$@"
	rm "$scratch/$name-$version.tgz"
	mkdir -p "$root"
	mv "$scratch/$name" "$root/$name"
}

fetch onnxruntime-common 7906c439e0d3e0f4048caa23b64cdfadc0f455c377f579ce1ab2a4b778f07d5f \
	'package/package.json' 'package/dist/*.js' 'package/dist/*/package.json'
fetch onnxruntime-web d2228df7e4616bc3348bf504ee888f3bec43789a273f0a63f3e68d203ce3bf71 \
	'package/package.json' 'package/dist/ort.node.min.mjs' 'package/dist/ort.wasm.min.mjs' 'package/dist/ort-wasm-simd-threaded.mjs' 'package/dist/ort-wasm-simd-threaded.wasm'
if [ "$platform" != none ]; then
	fetch onnxruntime-node 6e3390d6b783e7be946fad629292799da28d0b42f84856e50d2c1b0383291e75 \
		'package/package.json' 'package/dist/*.js' "package/bin/*/$platform/*"
fi
