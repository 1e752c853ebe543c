.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## run the whole line on Bremen: extract, train, evaluate, embed, report (about 6 minutes)
	go run ./trainer/loc2vec demo

.PHONY: test
test: tools ## install what the tests use and run all of them
	sh .ci/test.sh

.PHONY: tools
tools: ## install the programs and libraries that tests compare against
	sh .ci/install.sh

.PHONY: build
build: ## build the command line, without cgo, to build/loc2vec
	CGO_ENABLED=0 go build -o build/loc2vec ./trainer/loc2vec

.PHONY: check
check: ## gofmt, vet and staticcheck
	@unformatted=$$(gofmt -l $$(git ls-files '*.go' 2>/dev/null || find . -name '*.go' -not -path './build/*')) && \
		{ test -z "$$unformatted" || { echo "$$unformatted"; exit 1; }; }
	go vet ./...
	go tool staticcheck ./...

.PHONY: bench-raster
bench-raster: ## raster against Mapnik on the same windows of Monaco (needs python3-mapnik)
	go test ./raster -run xxx -bench AgainstMapnik -benchtime 5x

.PHONY: bench-extract
bench-extract: ## extract against osmium export on Delaware (needs osmium-tool)
	go test ./osmextract -run xxx -bench 'Extract|OsmiumExport' -benchtime 5x

.PHONY: bench-growth
bench-growth: ## time and memory of extract from Monaco to ten times London, and what they predict (needs osmium-tool)
	go test ./osmextract -run TestGrowth -growth -growth-copies 10 -v -timeout 60m

.PHONY: bench-train
bench-train: ## training step and forward pass against PyTorch, layout by layout, AVX2 against AVX-512 (installs python3-torch)
	@[ -e /usr/lib/python3/dist-packages/torch ] || { apt-get update && apt-get install -y --no-install-recommends python3-torch; } >/dev/null
	go test ./trainer/internal/net -run SpeedAgainstTorch -torch 5 -v -timeout 60m

.PHONY: bench-embed
bench-embed: ## from the pack to the vector on places of Monaco, with both engines; a table; a grid of Monaco or of LOC2VEC_BENCH_PBF
	go test ./trainer/loc2vec -run xxx -bench BenchmarkEmbed

FUZZTIME ?= 10m
FUZZ ?= Fuzz
.PHONY: fuzz
fuzz: ## fuzz every decoder of bytes from outside, or those whose name begins with FUZZ, FUZZTIME each (default 10m)
	@grep -r --include='*_test.go' -o '^func $(FUZZ)[A-Za-z]*(f \*testing.F' . | sed 's/(f.*//; s/:func / /' | sort | while read -r file target; do \
		echo "== $$(dirname $$file) $$target"; \
		go test $$(dirname $$file) -run xxx -fuzz "^$$target\$$" -fuzztime $(FUZZTIME) -fuzzminimizetime 10x || exit 1; \
	done

.PHONY: aar
aar: ## build the Android library to build/android/maven; needs the Android SDK and NDK; APP=DIR checks the app for other Go libraries
	go run ./bindings/android/aar -app "$(APP)"

.PHONY: xcframework
xcframework: ## build the iOS framework to build/ios; needs macOS with Xcode
	go run ./bindings/ios/xcframework
