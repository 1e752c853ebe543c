.DEFAULT_GOAL := help

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## run the whole line on Bremen: extract, train, evaluate, embed, report (about 10 minutes)
	go run ./trainer demo

.PHONY: test
test: tools ## install what the tests use and run all of them
	sh .ci/test.sh

.PHONY: tools
tools: ## install the programs and libraries that tests compare against
	sh .ci/install.sh

.PHONY: build
build: ## build the command line, without cgo, to build/loc2vec
	CGO_ENABLED=0 go build -o build/loc2vec ./trainer

.PHONY: check
check: ## gofmt, vet and staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; exit 1; }
	go vet ./...
	go run honnef.co/go/tools/cmd/staticcheck@v0.8.2 ./...
