SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := build

# The tools are pinned here and built by go run, so that a machine needs none of
# them; docs/decisions/0001-dependencies.md says why these versions.
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOLANGCI    := github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS := -s -w -X main.version=$(VERSION)
TARGETS := linux/amd64 linux/arm64 darwin/amd64 darwin/arm64 windows/amd64 windows/arm64

.PHONY: build run test short need check fmt js-test replay fuzz golden cover release clean

build: ## the program, ./teahouse
	CGO_ENABLED=0 go build -trimpath -ldflags "$(LDFLAGS)" -o teahouse .

run: ## a server on a folder that is thrown away, the page read from ./static
	@data=$$(mktemp -d); trap 'rm -rf "$$data"' EXIT; \
	go run . -data "$$data" -listen 127.0.0.1:0 -static static -log-format text

test: need check js-test ## all that CI runs
	@before=$$(git status --porcelain=v1 && git diff); \
	TEAHOUSE_NEED_BROWSER=1 go test -race -shuffle=on ./...; \
	[ "$$before" = "$$(git status --porcelain=v1 && git diff)" ] || { git --no-pager diff --stat; echo "the tests changed the tree" >&2; exit 1; }

short: ## the quick part of the tests
	go test -short ./...

need: ## what the tests need from the system
	@.ci/need
	@npm ci --prefix e2e --include=dev --no-audit --no-fund --loglevel=error >/dev/null

check: ## format, vet, linters
	@unformatted=$$(gofmt -s -l $$(git ls-files '*.go')); \
	[ -z "$$unformatted" ] || { echo "gofmt -s: $$unformatted" >&2; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...
	go run $(GOLANGCI) run ./...

fmt: ## format as check asks
	go run $(GOLANGCI) fmt ./...

js-test: ## the modules of the page, without a browser
	@node --test --test-timeout=120000 static/_test/*.test.js > js-test.log || { cat js-test.log; exit 1; }
	@grep -E '^(#|ℹ) (tests|pass|fail)' js-test.log

replay: ## recorded conversations through real sockets, the server killed on the way
	TEAHOUSE_REPLAY=full go test -count=1 -v -timeout 60m -run '^TestReplay$$' ./e2e

fuzz: ## each fuzz target for a minute
	@for package in $$(go list ./...); do \
		for target in $$(go test -list '^Fuzz' "$$package" | grep '^Fuzz' || true); do \
			go test -run '^$$' -fuzz "^$$target$$" -fuzztime 1m "$$package"; \
		done; \
	done

golden: ## write the expected files of the tests anew
	go test ./hub ./httpapi -update

cover: ## what the tests reach
	go test -short -coverpkg=./... -coverprofile=cover.out ./...
	go tool cover -func=cover.out | tail -1

release: ## dist/: the program for each system, and checksums
	@rm -rf dist; mkdir dist
	@for target in $(TARGETS); do \
		os=$${target%/*} arch=$${target#*/} suffix=; [ "$$os" != windows ] || suffix=.exe; \
		echo "teahouse-$$os-$$arch$$suffix"; \
		CGO_ENABLED=0 GOOS=$$os GOARCH=$$arch go build -trimpath -buildvcs=false -ldflags "$(LDFLAGS)" -o "dist/teahouse-$$os-$$arch$$suffix" .; \
	done
	@cd dist && sha256sum teahouse-* > SHA256SUMS

clean:
	rm -rf teahouse dist cover.out js-test.log e2e/node_modules
