#!/bin/sh
# Installs what the tests can use beyond Go: programs from Debian, readers from npm, ONNX Runtime.
# Nothing here is needed to build or to run the demonstration. The script names what it cannot install; the
# tests that want it skip themselves and say so.
set -u
cd "$(dirname "$0")/.."

missing=""
want() { # want PROGRAM-OR-FILE PACKAGE
	command -v "$1" >/dev/null 2>&1 || [ -e "$1" ] || missing="$missing $2"
}
want osmium osmium-tool
want qemu-aarch64 qemu-user
want node nodejs
want npm npm
want gcc gcc
# Without the C library's files Go finds a compiler, turns cgo on and fails; gcc knows where its own are.
want "$(gcc -print-file-name=crt1.o 2>/dev/null)" libc6-dev
want javac default-jdk-headless
want aarch64-linux-gnu-gcc gcc-aarch64-linux-gnu
want /usr/aarch64-linux-gnu/include/stdio.h libc6-dev-arm64-cross
want osm2pgsql osm2pgsql
want minisign minisign
want chromium chromium
want "$(ls /usr/share/postgresql/*/extension/postgis.control 2>/dev/null | head -n 1)" postgresql-postgis
want /usr/lib/python3/dist-packages/mapnik python3-mapnik
want /usr/lib/python3/dist-packages/onnx python3-onnx
want /usr/lib/python3/dist-packages/pandas python3-pandas
want ogr2ogr gdal-bin

if [ -n "$missing" ]; then
	if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
		echo "installing:$missing"
		apt-get update >/dev/null 2>&1
		for package in $missing; do
			DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "$package" >/dev/null 2>&1 ||
				echo "cannot install $package: tests that need it will be skipped"
		done
	else
		echo "not root, or no apt-get: tests that need these packages will be skipped:$missing"
	fi
fi

# Independent readers of region packs, vector tiles and GeoParquet files, and a validator of JSON Schemas: exactly
# what .ci/npm/package-lock.json names with its checksums, without install scripts.
if ! cmp -s .ci/npm/package-lock.json build/node/package-lock.json || [ ! -d build/node/node_modules ]; then
	rm -rf build/node
	mkdir -p build/node
	cp .ci/npm/package.json .ci/npm/package-lock.json build/node/
	if ! npm ci --prefix build/node --ignore-scripts --no-audit --no-fund --silent >/dev/null 2>&1; then
		rm -rf build/node
		echo "cannot install the npm packages of .ci/npm: the tests that read packs, tiles and GeoParquet files with them will be skipped"
	fi
fi

# The Kotlin compiler.
sh .ci/get-kotlin.sh || echo "cannot get the npm package kotlin-compiler: the tests of the Kotlin library will be skipped"

# ONNX Runtime's shared library.
sh .ci/get-onnxruntime.sh || echo "cannot get ONNX Runtime: tests of that engine will be skipped"
sh .ci/get-onnxruntime-js.sh || echo "cannot get the npm packages onnxruntime-web and onnxruntime-node: the test of JavaScript will be skipped"
exit 0
