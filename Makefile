# Everything here needs Go and nothing else; what a target could not do, it says.
# Variables: PKGS (packages), TESTFLAGS (for go test), BENCH and BENCHFLAGS (for benchmarks).

PKGS       ?= ./...
TESTFLAGS  ?=
BENCH      ?= .
BENCHFLAGS ?= -benchmem
GO         ?= go

.PHONY: help build test test-jaeger lint bench gate-docs telemetry-docs fmt tidy postgres-start postgres-stop clean
.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  %-15s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

build: ## build bin/hone, static
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/hone ./cmd/hone

test: ## run the tests, with the race detector where it can be had
	$(GO) run ./internal/testrun $(TESTFLAGS) $(PKGS)

test-jaeger: ## test traces with Jaeger and the Collector, which are built once: ten minutes
	jaeger=$$(./.ci/program jaeger) && collector=$$(./.ci/program collector) && \
	HONE_TEST_JAEGER=$$jaeger HONE_TEST_COLLECTOR=$$collector \
	$(GO) run ./internal/testrun -require jaeger -run 'Jaeger|Collector' ./deploy/live

lint: ## formatting, modules, go vet, golangci-lint, govulncheck
	./.ci/lint

bench: ## run the benchmarks; BENCH=REGEXP chooses
	$(GO) test -run '^$$' -bench '$(BENCH)' $(BENCHFLAGS) $(PKGS)

gate-docs: ## simulate the gate and write docs/gate.md with its plots; some minutes
	$(GO) run ./bench/gate

telemetry-docs: ## write docs/telemetry.md from the code
	$(GO) run ./deploy/telemetrydocs

fmt: ## format the Go code
	gofmt -w .

tidy: ## bring go.mod and go.sum in line with the code
	$(GO) mod tidy -e

postgres-start: ## start a private Postgres with pgvector for the tests and print its DSN
	@./.ci/postgres start

postgres-stop: ## stop it and delete its files
	@./.ci/postgres stop

clean: ## delete what was built
	rm -rf bin
