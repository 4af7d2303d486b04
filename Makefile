# Everything a person types. `make run` and `make test` need only python3 and make; the rest is fetched.
SHELL := /bin/sh
VENV ?= .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help run test test-fast lint bench lab lab-down lock clean

help: ## show this help
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-10s %s\n", $$1, $$2}'

$(STAMP): requirements.lock pyproject.toml
	@./tools/venv.sh $(VENV)
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	$(VENV)/bin/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

run: $(STAMP) ## open the console (this machine, live, when nothing is configured)
	@$(VENV)/bin/opsconsole $(ARGS)

test: $(STAMP) lab ## all tests, with the lab of real hosts
	@./tools/test-packages.sh
	OPSCONSOLE_LAB=required $(PY) -m pytest $(ARGS)

test-fast: $(STAMP) ## the tests that need no lab
	$(PY) -m pytest -m "not lab" $(ARGS)

lint: $(STAMP) ## ruff, mypy --strict, import contracts
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

bench: $(STAMP) ## speed, as ratios against peers and floors measured in the same run
	@./tools/bench-packages.sh .venv-bench
	$(PY) -m tests.bench $(ARGS)

lab: ## start the lab of real hosts (idempotent)
	@tests/lab/lab up

lab-down: ## remove the lab
	@tests/lab/lab down

lock: $(STAMP) ## resolve requirements.lock again from pyproject.toml
	@./tools/lock.sh $(VENV)

clean: ## remove what was made here (not the lab)
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
