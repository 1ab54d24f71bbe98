# Every target sets up what it needs and says what it fetches; stamp files make second runs instant.
# The locks decide what is installed, whatever is newer on the index (scripts/install.py).
# A bare Debian has no ensurepip (python3-venv), so the environment is made without pip
# and filled by the pip of $(PYTHON).
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check
INSTALL := $(PYTHON) scripts/install.py $(VENV)
NODE_MODULES := tests/browser/node_modules/.package-lock.json
UPGRADE := --upgrade
SOURCES := src tests bench scripts

.PHONY: help setup digest demo test check fix bench judgement audit soak docs lock clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

$(VENV)/made:
	$(PYTHON) -m venv --without-pip $(VENV)
	@touch $@

$(VENV)/run: requirements.lock requirements-build.lock pyproject.toml scripts/install.py $(VENV)/made
	@$(INSTALL) requirements-build.lock requirements.lock
	@$(PIP) install -q --no-index --no-deps --no-build-isolation -e .
	@$(PIP) check
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/run
	@$(INSTALL) requirements-dev.lock
	@$(PIP) check
	@touch $@

$(NODE_MODULES): tests/browser/package-lock.json
	@if command -v npm >/dev/null; then \
	  echo "Installing the tools of the browser tests into tests/browser/node_modules"; \
	  npm ci --no-audit --no-fund --prefix tests/browser && du -sm tests/browser/node_modules; \
	else echo "No npm found: the browser tests will be skipped (install nodejs and npm)"; fi

setup: $(VENV)/run  ## prepare .venv with the digest command in it

digest: $(VENV)/run  ## run the real pipeline over three days of the offline newsroom
	$(BIN)/digest demo

demo: digest

test: $(VENV)/dev $(NODE_MODULES)  ## run the tests; branch coverage must be 95 % or more
	@command -v chromium chromium-browser >/dev/null || \
	  echo "No Chromium found: the browser tests will be skipped (install chromium)"
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/dev  ## formatting, lint, types and import layers
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

fix: $(VENV)/dev  ## format, and fix what can be fixed automatically
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: $(VENV)/dev  ## measure time and memory beside other programs, in one table (20 minutes)
	$(BIN)/python -m bench
	$(BIN)/python bench/cost.py

judgement: $(VENV)/dev  ## measure copies, stories and summaries beside other methods
	$(BIN)/python -m bench.judgement ../shared/corpus ../shared/seeds --write

audit: $(VENV)/made  ## look up known vulnerabilities of the locked dependencies (needs the network)
	$(PYTHON) -m venv --without-pip $(VENV)/audit
	$(PYTHON) -m pip --python $(VENV)/audit/bin/python --disable-pip-version-check install -q pip-audit==2.10.1
	$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements-dev.lock

soak: $(VENV)/dev $(NODE_MODULES)  ## the long checks of docs/reliability.md
	DIGEST_KILLS=50 $(BIN)/python -m pytest -q --no-cov tests/test_crash.py
	DIGEST_REPLAY=all $(BIN)/python -m pytest -q -s --no-cov tests/test_replay.py
	DIGEST_FUZZ="200000 20000" $(BIN)/python -m pytest -q -s --no-cov tests/test_fuzz.py
	DIGEST_SOAK=1 $(BIN)/python -m pytest -q -s --no-cov tests/test_operation.py tests/test_payloads.py tests/test_browser.py
	DIGEST_DAYS=170 $(BIN)/python -m pytest -q -s --no-cov tests/test_politeness.py
	DIGEST_MAIL_KILLS=200 $(BIN)/python -m pytest -q -s --no-cov tests/test_outbox_kills.py
	DIGEST_SOAK=1 $(BIN)/python -m pytest -q -s --no-cov tests/test_outbox.py tests/test_web.py
	DIGEST_SLOT_DAYS=1096 $(BIN)/python -m pytest -q --no-cov tests/test_subscribers_slots.py

docs: $(VENV)/dev  ## write the generated pages: docs/configuration.md and docs/cli.md
	$(BIN)/python -m scripts.docs

lock:  ## renew the lock files (needs uv); UPGRADE= keeps the versions that are locked
	uv pip compile -q $(UPGRADE) --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	uv pip compile -q --python-version 3.11 --extra dev --group build -c requirements.lock --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements-dev.lock
	uv pip compile -q --python-version 3.11 --group build -c requirements-dev.lock --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --no-emit-find-links -o requirements-build.lock

clean:  ## remove the environment and caches
	rm -rf $(VENV) tests/browser/node_modules .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage .hypothesis
