# Every target sets up what it needs; stamp files in .venv keep second runs fast.
# A bare Debian has no ensurepip (python3-venv), so the environment is made without pip
# and filled by the pip that stands beside python3.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(PYTHON) -m pip --python $(BIN)/python --disable-pip-version-check
SOURCES := src tests bench

.PHONY: help setup digest demo test check fix bench judgement audit soak lock clean

help:  ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 12

$(VENV)/made:
	$(PYTHON) -m venv --without-pip $(VENV)
	@touch $@

$(VENV)/run: requirements.lock pyproject.toml $(VENV)/made
	$(PIP) install -q --require-hashes -r requirements.lock
	$(PIP) install -q --no-deps -e .
	@touch $@

$(VENV)/dev: requirements-dev.lock $(VENV)/run
	$(PIP) install -q --require-hashes -r requirements-dev.lock
	@touch $@

setup: $(VENV)/run  ## prepare .venv with the digest command in it

digest: $(VENV)/run  ## run the real pipeline over three days of the offline newsroom
	$(BIN)/digest demo

demo: digest

test: $(VENV)/dev  ## run the tests; coverage of steps and nouns must be 95 % or more
	$(BIN)/python -m pytest -n auto --dist worksteal

check: $(VENV)/dev  ## lint, types, layers, templates, docs
	$(BIN)/ruff format --check $(SOURCES)
	$(BIN)/ruff check $(SOURCES)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q --no-cov tests/test_templates.py tests/test_docs.py

fix: $(VENV)/dev  ## format and mend what can be mended
	$(BIN)/ruff format $(SOURCES)
	$(BIN)/ruff check --fix $(SOURCES)

bench: $(VENV)/dev  ## cost per article beside the libraries' own, in one run
	$(BIN)/python bench/cost.py

judgement: $(VENV)/dev  ## measure copies, stories and summaries beside what others do
	$(BIN)/python -m bench.judgement ../shared/corpus ../shared/seeds --write

audit: $(VENV)/made  ## ask for known weaknesses of the locked dependencies (needs the network)
	$(PYTHON) -m venv --without-pip $(VENV)/audit
	$(PYTHON) -m pip --python $(VENV)/audit/bin/python --disable-pip-version-check install -q pip-audit==2.10.1
	$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements.lock
	$(VENV)/audit/bin/pip-audit --strict --disable-pip --require-hashes -r requirements-dev.lock

soak: $(VENV)/dev  ## the long checks: kills, whole histories, 220,000 mutants, full disks, years of slots
	DIGEST_KILLS=50 $(BIN)/python -m pytest -q --no-cov tests/test_crash.py
	DIGEST_REPLAY=all $(BIN)/python -m pytest -q -s --no-cov tests/test_replay.py
	DIGEST_FUZZ="200000 20000" $(BIN)/python -m pytest -q -s --no-cov tests/test_fuzz.py
	DIGEST_SOAK=1 $(BIN)/python -m pytest -q -s --no-cov tests/test_operation.py tests/test_payloads.py tests/test_browser.py
	DIGEST_DAYS=170 $(BIN)/python -m pytest -q -s --no-cov tests/test_politeness.py
	DIGEST_MAIL_KILLS=200 $(BIN)/python -m pytest -q -s --no-cov tests/test_outbox_kills.py
	DIGEST_SOAK=1 $(BIN)/python -m pytest -q -s --no-cov tests/test_outbox.py tests/test_web.py
	DIGEST_SLOT_DAYS=1096 $(BIN)/python -m pytest -q --no-cov tests/test_subscribers_slots.py

lock:  ## renew the two lock files (needs uv)
	uv pip compile -q --upgrade --python-version 3.11 --generate-hashes --no-header --no-annotate \
	  --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements.lock
	uv pip compile -q --python-version 3.11 --extra dev -c requirements.lock --generate-hashes --no-header \
	  --no-annotate --no-emit-index-url --no-emit-find-links pyproject.toml -o requirements-dev.lock

clean:  ## remove the environment, caches and products
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .coverage .hypothesis
