# `make` alone lists what one can do.
SHELL := /bin/bash
.DEFAULT_GOAL := help
.PHONY: help run test test-fast test-browsers lint format runtime development services node weights clean
BIN := .venv/bin
PYTEST := $(BIN)/python -m pytest
REAL := services or browser
REAL_FILES = $(shell grep -rlE 'mark\.(services|browser)' tests --include='test_*.py')
QUICK := not ($(REAL) or engines) and not slow
# The tests start some hundred processes; without files of byte code each would compile the whole site anew.
unexport PYTHONDONTWRITEBYTECODE

help: ## List these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 14

run: runtime ## Run Segue on this machine; ARGS="--port 8010" for options of `manage.py up`
	@exec $(BIN)/python manage.py up $(ARGS)

# worksteal: neighbours stay in one process, which shares what they start, until another has nothing left to do.
# Tests with servers and browsers wait for each other's answers much of their time: four share two cores, and what needs
# PostgreSQL and Redis is computed meanwhile.
test: development services weights node_modules/.package-lock.json ## Run every test, with real servers and a real browser; ARGS="-k radio" chooses
	@export OMP_NUM_THREADS=1; $(if $(ARGS),$(PYTEST) $(ARGS),$(PYTEST) -n 2 --dist worksteal -m "not ($(REAL) or engines)" && \
	$(PYTEST) -n 4 --dist worksteal -m "$(REAL)" $(REAL_FILES))

test-fast: development node ## Run the tests that start no server and take no time
	@OMP_NUM_THREADS=1 $(PYTEST) -n 2 --dist worksteal -m "$(QUICK)" $(ARGS)

test-browsers: development ## Take one walk through the site in Firefox and in WebKit
	@scripts/install_test_services.sh engines
	@OMP_NUM_THREADS=1 $(PYTEST) -m engines $(ARGS)

lint: development node_modules/.package-lock.json ## Check style, types, scripts, the direction of imports, migrations and settings
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/lint-imports
	@node_modules/.bin/eslint eslint.config.js static tests/js
	@export SEGUE_DATA=$$(mktemp -d); trap 'rm -rf "$$SEGUE_DATA"' EXIT; set -e; \
	$(BIN)/mypy; \
	$(BIN)/python manage.py makemigrations --check --dry-run; \
	$(BIN)/python manage.py check --fail-level WARNING

format: development ## Put the code into the common form
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix .

clean: ## Remove what can be made again; music, database and models in var/ stay
	rm -rf .venv node_modules .mypy_cache .ruff_cache .import_linter_cache .hypothesis staticfiles
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

runtime:
	@scripts/environment.sh runtime

development:
	@scripts/environment.sh development

services:
	@scripts/install_test_services.sh

node:
	@scripts/install_test_services.sh node

node_modules/.package-lock.json: package.json package-lock.json | node
	@npm ci --ignore-scripts --no-audit --no-fund --silent
	@touch $@

weights: runtime
	@$(BIN)/python manage.py fetch_models
