# The project's commands. `make demo` and `make test` need Python 3.11 or newer and make, no more.
# What was made stands in stamp files under .venv, so that a second call starts at once.

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?=
ARGS ?=
JOBS ?= auto
VENV := .venv
BIN := $(VENV)/bin
RUNS := $(VENV)/.runtime-installed
TESTS := $(VENV)/.dev-installed
BROWSER := $(VENV)/.browser

.PHONY: help demo test lint bench soak screenshots lock clean distclean install dev

help:
	@echo "make demo        install, replay two weeks and start the app (ARGS=\"--no-app\" stops before)"
	@echo "make test        install what tests need, lint, and run every test but the soak"
	@echo "make lint        ruff, mypy and sqlfluff"
	@echo "make bench       the benchmarks; keeps benchmarks/RESULTS.md"
	@echo "make soak        the long random tests"
	@echo "make screenshots take the pictures of the papers anew"
	@echo "make lock        write the lock files from what is installed in .venv"
	@echo "make clean       remove what builds and tests leave (distclean: .venv too; var/ stays)"

$(BIN)/python:
	@sh scripts/venv.sh "$(VENV)" "$(PYTHON)"

$(RUNS): requirements.lock pyproject.toml scripts/install.py | $(BIN)/python
	@$(BIN)/python scripts/install.py requirements.lock
	@echo "Installing opsloop itself …" >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .
	@touch $@

$(TESTS): requirements-dev.lock $(RUNS)
	@$(BIN)/python scripts/install.py requirements-dev.lock
	@touch $@

$(BROWSER): scripts/browser.sh $(TESTS)
	@sh scripts/browser.sh $(BIN)/python $@

install: $(RUNS)

dev: $(TESTS)

demo: $(RUNS)
	@$(BIN)/opsloop demo $(ARGS)

lint: $(TESTS)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar models monitors macros tests/dbt

# a lint that fails does not keep the tests from being run, and fails at the end
test: $(BROWSER)
	@cat $(BROWSER)
	@lint=0; $(MAKE) --no-print-directory lint || lint=1; \
	$(BIN)/python -m pytest -n $(JOBS) --dist loadscope -m "not soak" --durations=10 --durations-min=10 $(ARGS) || exit $$?; \
	if [ $$lint = 1 ]; then echo "The tests pass, but lint fails: see above." >&2; fi; \
	exit $$lint

soak: $(TESTS)
	@$(BIN)/python -m pytest -m soak $(ARGS)

bench: $(TESTS)
	@$(BIN)/python benchmarks/run.py $(ARGS)

screenshots: $(RUNS) $(BROWSER)
	@$(BIN)/python scripts/screenshots.py $(ARGS)

lock: $(TESTS)
	@$(BIN)/python scripts/lock.py

clean:
	rm -rf target logs dbt_packages build *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -not -path "./$(VENV)/*" -prune -exec rm -rf {} +

distclean: clean
	rm -rf $(VENV)
