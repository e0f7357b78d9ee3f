# What a person types. Every target makes the environment it needs.
#
#   make demo    a chain lives one business day on this machine    (ARGS=--exit: ends by itself)
#   make test    all tests                                         (ARGS=... goes to pytest)
#   make check   formatting, lint, types, direction of imports
#   make bench   the README's figures, each against its limit or peer
#   make soak    a small chain lives through days of faults by seed    (JOBS=2: so many at a time)
#   make reliability   runs the tests that name a fault, and writes README's table of them
#   make journeys   real data through till, branch and headquarters, held against their files
#                   (ARGS=till, consolidated or catalogue: that alone)
#   make wheel   builds the wheel and tries it in an environment of its own
#   make lock    chooses the versions of all dependencies anew
#   make clean   removes what the others made; never a site's data
#
# PYTHON=/path/to/python names the interpreter for the environment; VENV=... its place.

PYTHON ?=
ARGS ?=
JOBS ?= 1
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
PACKAGES := schemas replication hq branch pos_frontend ops tests benchmarks

# Each of hundreds of processes of a test run would compile all modules anew where the environment says
# that nothing is kept.
export PYTHONDONTWRITEBYTECODE =

.DEFAULT_GOAL := help
.PHONY: help demo test check bench soak reliability journeys wheel lock clean venv browser sshd

help:
	@sed -n '/^# What/,/^$$/s/^# \{0,1\}//p' Makefile

demo: venv
	$(BIN)/chainwright demo $(ARGS)

test: venv browser sshd
	$(BIN)/python -m pytest $(ARGS)

check: venv
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/mypy
	$(BIN)/lint-imports

bench: venv
	$(BIN)/python -m benchmarks $(ARGS)

# The whole programme; what came of it is committed, and told in the README.
soak: venv
	$(BIN)/chainwright soak --seeds 1-200 --days 3 --jobs $(JOBS) --results docs/soak/memory-3-days.json
	$(BIN)/chainwright soak --seeds 1-3 --days 30 --jobs $(JOBS) --results docs/soak/memory-30-days.json
	$(BIN)/chainwright soak --seeds 1-20 --days 3 --over processes --results docs/soak/processes-3-days.json

reliability: venv
	$(BIN)/python -m tests.faults.reliability

journeys: venv
	$(BIN)/python -m tests.journeys $(ARGS)

wheel: venv
	sh tests/try_wheel.sh $(BIN)/python

browser:
	@sh tests/install_browser.sh

sshd:
	@sh tests/install_sshd.sh

# --- the environment: made once, brought up to date when the lock or the project changes ---

venv: $(VENV)/.project

$(VENV)/.project: $(VENV)/.locked pyproject.toml
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.locked: requirements.lock
	@sh tests/make_venv.sh '$(VENV)' '$(PYTHON)'
	$(PIP) install --quiet --require-hashes --requirement requirements.lock
	@touch $@

# --- the lock: one file for every platform and every Python from 3.11 on ---
# It names versions and hashes, and no index: whoever installs takes them from their own.

lock:
	@sh tests/make_venv.sh build/lock '$(PYTHON)'
	build/lock/bin/python -m pip --disable-pip-version-check install --quiet uv
	build/lock/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade \
	    --generate-hashes --no-header --no-emit-index-url --no-emit-find-links \
	    --extra demo --group dev --output-file requirements.lock pyproject.toml
	@if grep -nE '://|^ *-(-find-links|-index|-extra|-trusted|f |i |e )|@ *[./]' requirements.lock; then \
	    echo "requirements.lock names a place; it may hold only versions and hashes" >&2; exit 1; \
	fi

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find $(PACKAGES) -name __pycache__ -type d -prune -exec rm -rf {} +
