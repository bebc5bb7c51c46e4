# Targets for people and for continuous integration, which calls nothing else. `make` alone lists them.

SHELL := /bin/bash
VENV ?= .venv
export VENV
BIN := $(VENV)/bin
# Tests share nothing: as many at once as there are processors, whoever is done taking over from the others. Each of
# those on a broker has a Kafka of its own, so they are never many. TESTS_AT_ONCE=0 runs one after the other.
TESTS_AT_ONCE ?= auto
PYTEST := $(BIN)/pytest -n $(TESTS_AT_ONCE) --dist worksteal
COMPILE := uv pip compile --universal --generate-hashes --python-version 3.11 -q \
	--no-header --no-emit-index-url --no-emit-find-links --no-annotate pyproject.toml

.DEFAULT_GOAL := help
.PHONY: help run test check unit quality sanitize integration chaos golden bench deps deps-test setup setup-dev \
	kafka kafka-stop topics topics-check fmt lint lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: deps setup ## everything on this machine, with the demo newsroom; FEEDS=my.opml WATCHES=my.yaml for your own
	@exec $(BIN)/tocsin run $(if $(FEEDS),--feeds "$(FEEDS)") $(if $(WATCHES),--watches "$(WATCHES)")

test: deps-test check ## everything that must hold, real broker included; TESTS_AT_ONCE=2 for two at a time, not one a processor
	$(PYTEST) --maxprocesses 4 tests/integration -m "not chaos"

check: setup-dev lint topics-check ## what needs no broker, in about a minute
	$(PYTEST) tests --ignore=tests/integration

unit: setup-dev ## unit tests
	$(PYTEST) tests/unit

quality: setup-dev ## labelled cases against their floors
	$(PYTEST) tests/quality

sanitize: setup-dev ## tests of matching and tagging on kernels with address and undefined-behaviour sanitizers; FUZZ_S=600 FUZZ_SEED=7 for longer
	@deploy/scripts/sanitize.sh

integration: deps-test setup-dev ## tests on a real broker
	$(PYTEST) --maxprocesses 4 tests/integration -m "not chaos"

chaos: deps-test setup-dev ## long fault tests
	$(BIN)/pytest -m chaos

golden: setup-dev ## rewrite the expected files; review the difference
	$(BIN)/pytest --golden tests --ignore=tests/integration

bench: deps setup ## benchmarks; BENCH="--json" for their options
	$(BIN)/python -m bench $(BENCH)

deps: ## system packages that running needs (Debian as root: installed; elsewhere: named)
	@deploy/scripts/deps.sh run

deps-test: ## the same for testing
	@deploy/scripts/deps.sh test

setup: ## virtual environment from the hashed lock
	@deploy/scripts/setup.sh run

setup-dev: ## the same with what development needs
	@deploy/scripts/setup.sh dev

kafka: deps setup ## start the embedded Kafka
	@$(BIN)/tocsin kafka start

kafka-stop: ## stop the embedded Kafka
	@$(BIN)/tocsin kafka stop

topics: setup ## render topics/README.md and deploy/topics.yaml
	@$(BIN)/tocsin topics docs

topics-check: setup-dev ## fail when they are stale
	@$(BIN)/tocsin topics docs --check

fmt: setup-dev ## format, and fix what can be fixed
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

lint: setup-dev ## style, types, layers
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports

lock: ## resolve the dependencies anew (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv" >&2; exit 2; }
	$(COMPILE) --extra build -o requirements.lock
	$(COMPILE) --extra dev -c requirements.lock -o requirements-dev.lock

clean: ## remove the virtual environment and caches; .tocsin, which holds your data, stays
	rm -rf $(VENV) *.egg-info build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -not -path './.tocsin/*' -prune -exec rm -rf {} +
