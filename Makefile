# accountops: every command a developer needs. `make` alone lists them.
GOLANGCI := go run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 10s

.DEFAULT_GOAL := help
.PHONY: help run test race check lint generate generated fmt vuln fuzz bench tidy conformance

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: ## the whole system on loopback, with pretend tenants and a pretend Slack
	go run ./cmd/accountops sandbox

test: ## every test
	go test ./...

race: ## every test with the race detector, in random order
	go test -race -shuffle=on ./...

check: lint generated tidy vuln race ## what CI does
	go vet ./...

lint: ## mistakes, the arrows between packages, and one way to write things
	$(GOLANGCI) run ./...

generate: ## write schemas/*.json, slackbot/manifest.yaml and docs/operations.md anew
	go run ./cmd/accountops generate

generated: ## fail when a generated file is not current
	go run ./cmd/accountops generate --check

fmt: ## format the code
	$(GOLANGCI) fmt ./...

vuln: ## known weaknesses in what we build on, when the database can be reached
	.ci/vuln

fuzz: ## every fuzz target for FUZZTIME (default 10s) each
	.ci/fuzz $(FUZZTIME)

bench: ## every benchmark
	go test -run '^$$' -bench . -benchmem ./...

conformance: ## the official MCP suite, the Inspector and the TypeScript clients; wants npm and its registry
	tools/conformance/run

tidy: ## fail when go.mod is not tidy
	go mod tidy -diff
