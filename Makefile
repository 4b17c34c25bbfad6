# Genbo: everything a person types. Each target does the set-up it needs, once; `make` lists them.

.DEFAULT_GOAL := help
.SUFFIXES:
MAKEFLAGS += --no-print-directory

# Given on the command line only, so that nothing in the environment changes what is meant.
DATA =
OUT = out
ARGS =

BIN = .venv/bin

ifeq ($(shell uname),Darwin)
# Homebrew's libraries lie where the loader of macOS does not look.
LIBRARIES = DYLD_FALLBACK_LIBRARY_PATH=/opt/homebrew/lib:/usr/local/lib
endif

.PHONY: help
help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: ## carry three invented months from usage to invoices, statements and payouts: out/
	@.ci/setup documents
	@$(LIBRARIES) $(BIN)/genbo demo --out "$(OUT)" $(if $(DATA),--data "$(DATA)")

.PHONY: serve
serve: ## open the API on the data of the demo
	@.ci/setup documents
	@$(LIBRARIES) $(BIN)/genbo serve $(ARGS)

.PHONY: test
test: ## run every test; one of them: make test ARGS=tests/core/test_money.py
	@.ci/setup tests
	@$(LIBRARIES) $(BIN)/python -m pytest -n 2 --dist loadgroup $(ARGS)

.PHONY: check
check: ## format, lint, types, imports, tidiness, catalogues, migrations
	@.ci/setup tools
	@$(BIN)/python .ci/check.py

.PHONY: format
format: ## bring the code into the house's format and mend what a program can mend
	@.ci/setup tools
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

.PHONY: bench
bench: ## measure reports beside a raw COPY, pages beside naive ones, and more
	@.ci/setup documents
	@$(BIN)/python -m tests.bench $(ARGS)

.PHONY: lock
lock: ## pin the dependencies of pyproject.toml anew; all to their newest: ARGS=--upgrade
	@.ci/setup tools
	@.ci/lock $(ARGS)

.PHONY: clean
clean: ## remove what these commands made, except the book in .data
	@rm -rf .venv build dist out genbo.egg-info .hypothesis
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
	@find . -path ./.git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
