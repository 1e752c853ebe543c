#!/bin/sh
# Puts the Kotlin compiler for the tests of the Android library, with its coroutines, under
# build/kotlin. Its source is the npm package kotlin-compiler. What is there already is left alone.
set -eu
cd "$(dirname "$0")/.."
version=2.4.20
sum=c23dab400d7ce5ea8b6c909947c0ca5454189e4bb1108695b5f464500e5e950f

if [ "$(cat build/kotlin/version 2>/dev/null)" = "$version" ]; then
	exit 0
fi
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
(cd "$scratch" && npm pack --silent "kotlin-compiler@$version" >/dev/null)
if ! echo "$sum  $scratch/kotlin-compiler-$version.tgz" | sha256sum --check --status; then
	echo "get-kotlin: kotlin-compiler $version has an unexpected checksum" >&2
	exit 1
fi
tar xzf "$scratch/kotlin-compiler-$version.tgz" -C "$scratch" --exclude='*-sources.jar' --exclude='*.klib' package/bin package/lib
rm -rf build/kotlin
mkdir -p build
mv "$scratch/package" build/kotlin
echo "$version" >build/kotlin/version
