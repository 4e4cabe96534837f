.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READERS := $(VENV)/readers
PORT ?= 8000
SCHOOLS ?= 12
PUPILS ?= 4000
export QUIZAPP_INSTANCE ?= $(CURDIR)/instance
PIP := $(BIN)/pip --disable-pip-version-check --quiet

.PHONY: help demo test faults check bench lock messages

help: ## List what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-9s %s\n", $$1, $$2}'

demo: $(VENV)/runtime ## A synthetic city on http://127.0.0.1:8000 (PORT= SCHOOLS= PUPILS=)
	@$(BIN)/quizapp demo --if-empty --schools $(SCHOOLS) --pupils $(PUPILS)
	@$(BIN)/quizapp serve --port $(PORT)

test: $(VENV)/test $(READERS)/ready ## All tests: SQLite, PostgreSQL, headless Chromium
	@scripts/test-tools
	@$(BIN)/pytest -n 2 --dist loadscope $(ARGS)

faults: $(VENV)/test ## The long forms of the fault tests, before a release
	@scripts/test-tools
	@QUIZAPP_LONG=1 $(BIN)/pytest -s tests/faults $(ARGS)

check: $(VENV)/test ## Format, lint, types, import contracts, templates, content; no tests
	@$(BIN)/ruff format --check . && $(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint --lint --quiet quizapp/templates
	@$(BIN)/python scripts/messages.py --check
	@$(BIN)/quizapp content check
	@$(BIN)/python scripts/content_table.py --check

bench: $(VENV)/test ## Measure, and print what docs/BENCHMARKS.md records
	@scripts/test-tools
	@$(BIN)/python -m bench

lock: ## Resolve the dependencies again and write requirements/*.txt (needs uv)
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml requirements/build.in -o requirements/runtime.txt
	@uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra test pyproject.toml requirements/build.in -o requirements/test.txt
	@for name in readers readers-build; do uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/$$name.in -o requirements/$$name.txt; done

messages: $(VENV)/test ## Bring the catalogues up to date with the texts in the code
	@$(BIN)/python scripts/messages.py

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed: make PYTHON=python3.12 …"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { echo "Python's venv module is missing; on Debian: apt-get install python3-venv"; exit 1; }

$(VENV)/runtime: requirements/runtime.txt pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages …"
	@$(PIP) install --require-hashes --requirement requirements/runtime.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@

$(VENV)/test: requirements/test.txt pyproject.toml | $(BIN)/python
	@echo "Installing the locked packages and the tools of the tests …"
	@$(PIP) install --require-hashes --requirement requirements/test.txt
	@$(PIP) install --no-build-isolation --no-deps --editable .
	@touch $@ $(VENV)/runtime

# Readers of others that the tests ask, in an environment of their own (docs/decisions/0022).
$(READERS)/ready: requirements/readers-build.txt requirements/readers.txt | $(BIN)/python
	@echo "Installing a reader of others for the tests of the exchange …"
	@$(PYTHON) -m venv $(READERS)
	@$(READERS)/bin/pip --disable-pip-version-check --quiet install --require-hashes --requirement requirements/readers-build.txt
	@$(READERS)/bin/pip --disable-pip-version-check --quiet install --require-hashes --no-build-isolation --use-pep517 --requirement requirements/readers.txt
	@touch $@
