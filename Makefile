# `make demo` and `make test` do all their set-up: they need Python >= 3.10 with venv, make and git.
PYTHON ?= python3
PYTEST_OPTIONS ?= -n auto
VENV ?= .venv
BIN := $(VENV)/bin
DEMO ?= .venv-demo
BENCH ?= .venv-bench
FUZZ ?= .venv-fuzz
FUZZ_SECONDS ?= 120
CRASHES ?= 5000

.PHONY: demo test check lock bench bench-queue lab crash fuzz clean
.DEFAULT_GOAL := help

help:
	@echo "make demo    a simulated network is backed up, changed, and backed up again"
	@echo "make test    all tests"
	@echo "make crash   processes killed at thousands of moments (CRASHES=5000), and a run of 100,000 jobs"
	@echo "make fuzz    hostile text, found by coverage (FUZZ_SECONDS=120), and long configurations cut at every line"
	@echo "make check   format, lint, types, imports, docs"
	@echo "make bench   throughput and start-up beside their floors"
	@echo "make bench-queue   the queue beside procrastinate, pgqueuer, huey and raw sqlite3"
	@echo "make lab     container, install.sh, timers and a full PostgreSQL for real; needs root and what tests/lab/README.md says"
	@echo "make lock    renew requirements-dev.lock"

# What is developed and tested: the checkout, with the locked set of libraries.
$(VENV)/.ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q --disable-pip-version-check -r requirements-dev.lock
	$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

# What a user gets: the wheel, in an environment of its own.
$(DEMO)/.ready: $(VENV)/.ready $(shell find netraven_cli units config.yml -type f 2>/dev/null)
	rm -rf dist
	$(BIN)/python -m build -q --wheel --no-isolation
	$(PYTHON) -m venv $(DEMO)
	$(DEMO)/bin/python -m pip install -q --disable-pip-version-check -c requirements-dev.lock --force-reinstall dist/*.whl
	@touch $@

demo: $(DEMO)/.ready
	$(BIN)/python -m tests.demo $(DEMO)/bin/netraven

test: $(VENV)/.ready
	$(BIN)/python -m pytest $(PYTEST_OPTIONS)

check: $(VENV)/.ready
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/docs

crash: $(VENV)/.ready
	NETRAVEN_CRASHES=$(CRASHES) $(BIN)/python -m pytest $(PYTEST_OPTIONS) tests/crash tests/handlers/test_archiving_killed.py
	NETRAVEN_CUTS=200 NETRAVEN_MANY_JOBS=100000 $(BIN)/python -m pytest $(PYTEST_OPTIONS) tests/runner/test_outage.py \
		tests/runner/test_memory.py

# The search is nobody's dependency, and not there for every Python: it has an environment of its own.
$(FUZZ)/.ready: requirements-dev.lock pyproject.toml
	$(PYTHON) -m venv $(FUZZ)
	$(FUZZ)/bin/python -m pip install -q --disable-pip-version-check -r requirements-dev.lock atheris==3.0.0
	$(FUZZ)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

fuzz: $(VENV)/.ready $(FUZZ)/.ready
	NETRAVEN_CUT_BYTES=100000 $(BIN)/python -m pytest $(PYTEST_OPTIONS) --timeout 1200 tests/snapshot/test_truncation.py
	$(FUZZ)/bin/python -m tests.fuzz $(FUZZ_SECONDS)

bench: $(VENV)/.ready
	$(BIN)/python -m benchmarks.start_up $(BIN)/netraven
	$(BIN)/python -m benchmarks.throughput
	$(BIN)/python -m benchmarks.heartbeats
	$(BIN)/python -m benchmarks.schedules $(BIN)/netraven
	$(BIN)/python -m benchmarks.sync $(BIN)/netraven
	$(BIN)/python -m benchmarks.workers
	$(BIN)/python -m benchmarks.isolation
	$(BIN)/python -m benchmarks.maintenance
	$(BIN)/python -m benchmarks.status_checks
	$(BIN)/python -m benchmarks.status_checks --postgresql

# The peers are nobody's dependency: they have an environment of their own.
$(BENCH)/.ready: requirements-dev.lock pyproject.toml benchmarks/peers.txt
	$(PYTHON) -m venv $(BENCH)
	$(BENCH)/bin/python -m pip install -q --disable-pip-version-check -r requirements-dev.lock
	$(BENCH)/bin/python -m pip install -q --disable-pip-version-check -r benchmarks/peers.txt
	$(BENCH)/bin/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

bench-queue: $(BENCH)/.ready
	$(BENCH)/bin/python -W ignore::UserWarning:multiprocessing -m benchmarks.queue

lab: $(VENV)/.ready
	tests/lab/container.sh
	tests/lab/host.sh
	unshare --mount --propagation private $(BIN)/python -m tests.lab.full_server
	tests/lab/timers.sh
	tests/lab/routers.sh

# Needs uv; the lock holds for Python 3.10 and newer.
lock:
	uv pip compile -q --universal --python-version 3.10 --group dev --extra calendars --extra postgres --extra snmp pyproject.toml \
		-o requirements-dev.lock --custom-compile-command "make lock" --upgrade

clean:
	rm -rf $(VENV) $(DEMO) $(BENCH) $(FUZZ) dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
