#!/bin/sh
# Puts ONNX Runtime's shared libraries for the tests of the sdk under build/onnxruntime. Their
# source is the npm package onnxruntime-node, which carries them for Linux. Libraries that are
# there already with the right checksum are left alone; everything else is fetched anew.
#
#   get-onnxruntime.sh        the version that the sdk needs, amd64 and arm64
#   get-onnxruntime.sh old    also the newest version that is too old for it, amd64
set -eu
cd "$(dirname "$0")/.."
root=build/onnxruntime

# fetch VERSION MEMBER TARGET SHA256: MEMBER is the library's path inside the package.
fetch() {
	target=$root/$3
	if [ -f "$target" ] && echo "$4  $target" | sha256sum --check --status; then
		return
	fi
	scratch=$(mktemp -d)
	trap 'rm -rf "$scratch"' EXIT
	(cd "$scratch" && npm pack --silent "onnxruntime-node@$1" >/dev/null)
	tar xzf "$scratch/onnxruntime-node-$1.tgz" -C "$scratch" "package/bin/$2"
	if ! echo "$4  $scratch/package/bin/$2" | sha256sum --check --status; then
		echo "get-onnxruntime: $2 of version $1 has an unexpected checksum" >&2
		exit 1
	fi
	mkdir -p "$(dirname "$target")"
	mv "$scratch/package/bin/$2" "$target"
	rm -rf "$scratch"
}

current=1.24.3
fetch $current napi-v6/linux/x64/libonnxruntime.so.1 linux-amd64/libonnxruntime.so.1 \
	92ba8e44d31b80a34f5e805076a044122c3be1fffe0d88ed790de7267b0b2682
fetch $current napi-v6/linux/arm64/libonnxruntime.so.1 linux-arm64/libonnxruntime.so.1 \
	33032cb5b91c12edbf028d7c69fa40a31848d66c0095448758af237d5e0b07db
if [ "${1:-}" = old ]; then
	fetch 1.23.2 napi-v6/linux/x64/libonnxruntime.so.1 linux-amd64-old/libonnxruntime.so.1 \
		733854c3d7ce45256cc1c22cd4a30373247e1f7b7de8f40beab24211ef8e2a76
fi
