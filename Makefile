# Everything that is done with this project by hand or by CI. `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Hashes are checked, and nothing is compiled here: a compiler would fetch tools that no lock names.
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check
INSTALL_LOCKED = $(INSTALL) --no-deps --require-hashes --only-binary :all:
INSTALL_BYLEAVE = $(INSTALL) --no-deps --no-build-isolation --editable .
LOCK = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url

# More workers than these wait for each other: the tests share one PostgreSQL.
PYTEST = $(BIN)/python -m pytest -q -n auto --maxprocesses 4 --dist worksteal

# What is decided, without a database. Coverage is asked of these alone: tracing doubles the time of all others.
RULES := tests/unit tests/contract tests/property

.DEFAULT_GOAL := help
.PHONY: help run test check prove lint format lock upgrade clean
MAKEFLAGS += --no-builtin-rules

help: ## list what there is
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' $(MAKEFILE_LIST) | expand -t 16

run: export BYLEAVE_DEMO ?= 1
run: $(VENV)/run.stamp ## serve on this machine, with the demo shop; BYLEAVE_DEMO=0 for an empty one
	@$(BIN)/byleave migrate
	@case "$$BYLEAVE_DEMO" in 0|false|no|off) ;; *) $(BIN)/byleave demo ;; esac
	@exec $(BIN)/byleave serve

test: lint ## everything that has to hold before a commit; what CI runs
	$(PYTEST) $(RULES) --cov=consent --cov=recommender --cov-branch --cov-fail-under=100
	$(PYTEST) $(RULES:%=--ignore=%)

check: lint ## the same without databases and servers, in under a minute: for in between
	BYLEAVE_TEST_PROFILE=check $(PYTEST) $(RULES) tests/architecture

prove: $(VENV)/dev.stamp ## the long proofs: thousands of worlds, mutants, planted leaks; takes a while
	$(BIN)/python -m tests.prove

lint: $(VENV)/dev.stamp ## style, types and the architecture, without tests
	$(BIN)/ruff check --quiet
	$(BIN)/ruff format --check --quiet
	$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports --no-logo > $(VENV)/lint-imports.txt || { cat $(VENV)/lint-imports.txt; exit 1; }

format: $(VENV)/dev.stamp ## put the code into its usual form
	$(BIN)/ruff check --fix-only
	$(BIN)/ruff format

# The three locks agree: what runs is what was tested.
lock: $(VENV)/dev.stamp ## lock what pyproject.toml asks for; versions that still fit stay
	$(LOCK) $(UPGRADE) pyproject.toml --group dev --output-file requirements/dev.lock
	$(LOCK) pyproject.toml --constraints requirements/dev.lock --output-file requirements/runtime.lock
	$(LOCK) --group build --constraints requirements/dev.lock --output-file requirements/build.lock

upgrade: UPGRADE = --upgrade
upgrade: lock ## lock the newest versions of everything

clean: ## remove what can be made again; never data/
	rm -rf $(VENV) .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache .schemathesis .coverage dist mutants
	find consent recommender service migrations tests -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/run.stamp: requirements/runtime.lock requirements/build.lock pyproject.toml | $(BIN)/pip
	@echo "Installing what Byleave needs. This takes a minute, once."
	@$(INSTALL_LOCKED) -r requirements/runtime.lock -r requirements/build.lock
	@$(INSTALL_BYLEAVE)
	@touch $@

# It includes all that `run` needs.
$(VENV)/dev.stamp: requirements/dev.lock pyproject.toml | $(BIN)/pip
	@echo "Installing what Byleave and its tests need. This takes a minute, once."
	@$(INSTALL_LOCKED) -r requirements/dev.lock
	@$(INSTALL_BYLEAVE)
	@touch $(VENV)/run.stamp $@

# pip comes last: without it the environment was not made to the end, and is made again.
$(BIN)/pip:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
		echo "Byleave needs Python 3.11 or newer; $(PYTHON) is $$($(PYTHON) --version 2> /dev/null || echo missing)." >&2; \
		echo "Name another one: make PYTHON=/path/to/python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV)
