#!/bin/sh
# The whole test suite. Prints each package, then the skipped tests with their reasons, then the
# totals. Exits non-zero when anything fails.
set -eu
cd "$(dirname "$0")/.."
gotestsum="go tool gotestsum"

unformatted=$(gofmt -l $(git ls-files '*.go' 2>/dev/null || find . -name '*.go' -not -path './build/*'))
if [ -n "$unformatted" ]; then
	echo "not formatted by gofmt:"
	echo "$unformatted"
	exit 1
fi
go vet ./...

echo "== the core without cgo =="
CGO_ENABLED=0 go build -o build/loc2vec ./trainer/loc2vec
CGO_ENABLED=0 GOOS=linux GOARCH=arm64 go build ./...
CGO_ENABLED=0 go test ./sdk/...

echo "== on a 32-bit processor =="
if [ "$(go env GOHOSTOS)/$(go env GOHOSTARCH)" = linux/amd64 ]; then
	CGO_ENABLED=0 GOARCH=386 go vet ./...
	CGO_ENABLED=0 GOARCH=386 go test -short . ./pack ./bundle ./raster ./internal/mvt ./sdk ./osmextract ./osmextract/internal/...
else
	echo "left out: only amd64 runs programs for 386"
fi

echo "== under the race detector =="
if [ "$(go env CGO_ENABLED)" = 1 ]; then
	go test -race -short . ./pack ./bundle ./internal/mvt ./sdk/... ./raster/... ./trainer/internal/sample/... ./osmextract/...
else
	echo "left out: the race detector needs cgo, and there is no C compiler, or CGO_ENABLED is 0"
fi

echo "== everything =="
$gotestsum --format pkgname-and-test-fails -- -count=1 -timeout 20m ./...
