.DEFAULT_GOAL := help
BIN ?= bin

# The race detector needs a C compiler with its library; nothing else here does. It makes
# the tens of thousands of requests of contract/ and cmd/attributed take a quarter of an hour: there it is
# left out, as in what others wrote and takes eight times as long with it: SQLite, which is C made into Go, and the bcrypt of a Lightdash's tokens.
RACE = $(shell go build -race runtime/cgo 2>/dev/null && echo -race -gcflags=modernc.org/...=-race=0 -gcflags=github.com/go-crypt/...=-race=0)

# Programs that make cluster runs, and those of make system, named as Debian's packages are; with a colon, where a
# program is named otherwise, or a file that the package brings.
CLUSTER = iproute2:ip util-linux:setpriv curl etcd-server:etcd patroni python3-etcd:/usr/lib/python3/dist-packages/etcd/__init__.py haproxy pgbouncer faketime
SYSTEM = zsh fish chromium prometheus buildah systemd:systemd-analyze rpm nginx caddy $(CLUSTER)

# Installs what is missing of $(2), for $(1); what is a service is not started, and would take its port.
define install
@missing=; for program in $(2); do command -v $${program#*:} >/dev/null || [ -e $${program#*:} ] || missing="$$missing $${program%:*}"; done; [ -z "$$missing" ] || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then policy=/usr/sbin/policy-rc.d; \
		[ -e $$policy ] || { trap "rm -f $$policy" EXIT && printf '#!/bin/sh\nexit 101\n' >$$policy && chmod 755 $$policy; } && \
		apt-get update && apt-get install -y -o DPkg::Lock::Timeout=120 --no-install-recommends $$missing; \
	else echo "$(1) needs, by the names of Debian's packages:$$missing"; exit 1; fi
endef

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-9s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## build, start on SQLite with a demo organization, print a request to paste
	@exec $(BIN)/attributed serve --demo

# Of what is drawn at random 20 are enough here. What takes longest goes first, so that no processor is without work in the end.
test: ## all tests, on SQLite and on a PostgreSQL that is found, or started, or installed
	go build -o $(BIN)/withpostgres ./store/storetest/withpostgres
	$(BIN)/withpostgres sh -c 'RAPID_CHECKS=20 go test -shuffle=on -timeout 40m $(RACE) $$(go list ./... | grep -v -e /contract$$ -e /contract/report$$ -e /cmd/attributed$$ -e /openapi/bump$$) && go test -shuffle=on -timeout 40m -skip "^(TestBrokenServers|TestHealthyServerInACrowdIsClean|TestOtherLegalChoicesAreClean)$$" ./cmd/attributed ./contract ./openapi/bump ./contract/report && go test -C bench -shuffle=on -timeout 40m $(RACE) ./...'

# And what takes minutes: a bump into a copy of this very tree, more seeds of the contract check, the servers that
# are broken on purpose, those that are right in other ways than ours, the 100 of what is drawn at random, the wire in a crowd of creates (but for tests
# that drop tables, which stand in the way of such a crowd), the store on a database that is SERIALIZABLE, as
# some operators set it, and that so breaks off far more transactions (but for standbys, which cannot be), and a minute beside a Lightdash's statements.
system: ## what needs more than make test: other shells, a browser, packages; installed by apt-get as root; and make faults and make cluster, in short
	$(call install,make system,$(SYSTEM))
	go test -tags system -count=1 -timeout 35m ./system
	go test -tags system -count=1 -timeout 35m -run '^(TestTheBumpThatBringsSeveralValues|TestMoreBumpsAreStopped|TestAnyTextOfJSONStaysAsItIs)$$' ./openapi/bump ./openapi
	go test -count=1 -timeout 35m -run '^(TestHealthyServerIsClean|TestHealthyServerInACrowdIsClean|TestOtherLegalChoicesAreClean|TestBrokenServers)$$' ./contract -seeds 12
	go build -o $(BIN)/withpostgres ./store/storetest/withpostgres
	$(BIN)/withpostgres go test -count=1 -timeout 35m -run /postgres -skip '^(TestReadinessLooksAtTheSchema|TestBugIsToldToTheLogAlone)$$' ./server -crowd
	$(BIN)/withpostgres sh -c 'PGOPTIONS="-c default_transaction_isolation=serializable" go test -count=1 -timeout 35m -run /postgres -skip "Replica|Standby|Believed|Failover" ./store'
	go test -count=1 -timeout 35m -run '^(TestWritingTogetherWithLightdash|TestTheStoreAnswersAsAPlainModelDoes|TestNobodyGetsAnotherUsersValue)$$' ./store -lightdash-together 1m

release: ## write to dist/ what others install: archives, packages, what the Dockerfile takes, checksums
	rm -rf dist
	go run -C deploy/release .

pictures: ## take the pictures of docs/ anew, of the pages as make system sees them
	go test -tags system -count=1 -timeout 35m -run '^(TestDocsPage|TestAdminPageFromCreateToRemove)$$' ./system -screenshots $(abspath docs)

contract: ## start our server, and check it against the spec
	CGO_ENABLED=0 go build -v -o $(BIN)/specbump ./cmd/specbump
	@$(BIN)/specbump trial

check: lint generated ## what must hold beside the tests: form, vet, staticcheck, go.mod, gen/, the build
	CGO_ENABLED=0 go build ./... && CGO_ENABLED=0 go build -C bench ./... && CGO_ENABLED=0 go build -C deploy/release -o /dev/null ./...

generate: ## make gen/ anew from openapi/
	go generate ./gen

vendor: ## bring in what the lockfiles of web/ and system/ name; needs npm
	cd web && npm ci --ignore-scripts --no-audit --no-fund && rm -rf vendored && mkdir vendored && cd node_modules/swagger-ui-dist && \
		cp LICENSE NOTICE favicon-32x32.png swagger-ui.css swagger-ui-bundle.js swagger-ui-bundle.js.LICENSE.txt ../../vendored/
	cd system && npm ci --ignore-scripts --no-audit --no-fund && mkdir -p testdata/axe-core && cp node_modules/axe-core/LICENSE node_modules/axe-core/LICENSE-3RD-PARTY.txt node_modules/axe-core/axe.min.js testdata/axe-core/

bump: ## put a new spec into the tree, if everything works with it: SPEC=path, and FLAGS=--check or others
	CGO_ENABLED=0 go build -o $(BIN)/specbump ./cmd/specbump
	$(BIN)/specbump apply $(FLAGS) "$(SPEC)"

spec-diff: ## say what a new spec changes: OLD=path NEW=path, and FLAGS=--format=json or others
	CGO_ENABLED=0 go build -o $(BIN)/specbump ./cmd/specbump
	$(BIN)/specbump diff $(FLAGS) "$(OLD)" "$(NEW)"

# A run may end with a context that has ended, and with nothing found (golang/go#75804): that is no failure.
fuzz: ## look for what breaks it: every fuzz target for T=5m, then 100,000 requests to each engine
	@mkdir -p $(BIN)
	@grep -rn --include='*_test.go' '^func Fuzz' . | sed 's|/[^/]*:[0-9]*:func \(Fuzz[A-Za-z0-9]*\).*| \1|' | while read -r package target; do \
		echo "$$package $$target"; \
		go test "$$package" -run '^$$' -fuzz "^$$target\$$" -fuzztime $(or $(T),5m) -fuzzminimizetime 0 </dev/null 2>&1 | tee $(BIN)/fuzz.log; \
		grep -q '^ok' $(BIN)/fuzz.log || { grep -qx ' *context deadline exceeded' $(BIN)/fuzz.log && ! grep -q -e 'Failing input' -e 'corpus entry' $(BIN)/fuzz.log; } || exit 1; \
	done
	go test ./server -run '^TestRequestsThatAreNearlyGood$$' -nearly-good-requests 100000 -timeout 1h

# -v names what is compiled, so that nobody thinks that it hangs: with empty caches that is all there is to see for a minute.
build: ## build bin/attributed
	CGO_ENABLED=0 go build -v -o $(BIN)/attributed ./cmd/attributed

bench: ## measure it beside the fastest and the usual way, 15 minutes; QUICK=1: 3; PART=lists: one part
	go build -C bench -o $(abspath $(BIN))/loadbench .
	@exec $(BIN)/loadbench --out=$(BIN)/bench $(if $(QUICK),--quick) $(if $(PART),--part="$(PART)")

faults: ## kill it and its database while it writes, and count what is lost; SHORT=1: a few times
	go build -C bench -o $(abspath $(BIN))/faults ./faults
	@exec $(BIN)/faults $(if $(SHORT),--short)

cluster: ## do to several hosts what may happen to them, and count what is lost, an hour, as root; FAULT=switchover: one; TIMES=3; SHORT=1: some once; ASYNC=1: without synchronous replicas; SCALE=1: how reads scale
	@[ "$$(id -u)" = 0 ] || { echo 'make cluster makes network namespaces: run it as root'; exit 1; }
	$(call install,make cluster,$(CLUSTER))
	go build -C bench -o $(abspath $(BIN))/clusterbench ./cluster
	@exec $(BIN)/clusterbench --logs=$(BIN)/cluster $(if $(SHORT),--short) $(if $(FAULT),--only="$(FAULT)") $(if $(TIMES),--times="$(TIMES)") $(if $(ASYNC),--async) $(if $(SCALE),--scale)

bench-go: ## Go benchmarks of what is not the database, for benchstat
	go test -run='^$$' -bench=. -benchmem -count=$(or $(COUNT),6) ./server ./store

# ST1003 would have UserUUID for UserUuid: the structs that generated types are converted to take their names.
lint:
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || { echo 'the files above are not as gofmt writes them: gofmt -w .'; exit 1; }
	go build -o $(BIN)/ honnef.co/go/tools/cmd/staticcheck github.com/golangci/misspell/cmd/misspell
	@for module in . bench deploy/release; do (cd $$module && go vet -tags system ./... && $(abspath $(BIN))/staticcheck -tags system -checks all,-ST1003 ./... && go mod tidy -diff) || exit 1; done
	@find . -name testdata -prune -o -path ./gen -prune -o -path ./.git -prune -o \( -name '*.go' -o -name '*.md' -o -name Makefile \) -print0 | xargs -0 $(BIN)/misspell -locale US -error

# Compares before and after, so that it works on a tree with changes, and without git.
generated:
	@before=$$(mktemp -d) && trap 'rm -rf "$$before"' EXIT && cp -R gen/. "$$before" && go generate ./gen && \
		{ diff -ru "$$before" gen || { echo 'gen/ was not what openapi/ generates; now it is: commit it'; exit 1; }; }

.PHONY: help run test system release pictures contract check generate vendor bump spec-diff fuzz build bench faults cluster bench-go lint generated
