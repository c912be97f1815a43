# Everything a newcomer, a developer and CI run. Only Python 3.11 or newer, make and git must be there:
# each target brings what it needs into .venv first, and a second run finds it done.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv --quiet --system-certs
INTO := --python $(BIN)/python --require-hashes --compile-bytecode
NODE_MODULES := tests/interop/node_modules tests/browser/node_modules

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo serve worker test bench check format migrate migration openapi lock clean

help: ## show this list
	@echo "Leadership Passports. What you can ask for with make:"
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.runtime ## run the story: define, collect, review, issue, verify; then look around
	@$(BIN)/passports demo

serve: $(VENV)/.runtime ## run the API and the public pages on http://127.0.0.1:8000
	@$(BIN)/passports serve

worker: $(VENV)/.runtime ## run the jobs in a process of their own
	@$(BIN)/passports worker

migrate: $(VENV)/.runtime ## bring the database that PASSPORTS_DATABASE_URL names to this version's schema
	@$(BIN)/passports db upgrade

test: check $(addsuffix /.installed,$(NODE_MODULES)) ## run all checks and all tests, with the coverage gates
	@$(BIN)/pytest -n auto --cov --cov-report=
	@echo "Coverage of app/domain and app/signing, which must be 100 %, branches included:"
	@$(BIN)/coverage report --include='app/domain/*,app/signing/*' --fail-under=100
	@echo "Coverage of everything, which must be 95 %:"
	@$(BIN)/coverage report --fail-under=95

bench: $(VENV)/.dev benchmarks/node_modules/.installed benchmarks/.venv/.installed ## measure the service beside its peers; best with nothing else running
	@$(BIN)/python -m benchmarks

check: $(VENV)/.dev ## lint, formatting, types and import rules: no tests
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check --quiet || { echo "Run 'make format'."; exit 1; }
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo

format: $(VENV)/.dev ## format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix-only --quiet
	@$(BIN)/ruff format

migration: $(VENV)/.dev ## write a migration from the models' changes: make migration m="add a table"
	@test -n "$(m)" || { echo 'Say what it does: make migration m="add a table"'; exit 2; }
	@scratch=$$(mktemp -d) && trap 'rm -rf "$$scratch"' EXIT \
		&& export PASSPORTS_DATABASE_URL="sqlite:///$$scratch/scratch.sqlite3" \
		&& $(BIN)/alembic --quiet upgrade head \
		&& $(BIN)/alembic revision --autogenerate -m "$(m)"

openapi: $(VENV)/.runtime ## write openapi/openapi.json from the code
	@mkdir -p openapi
	@$(BIN)/passports openapi > openapi/openapi.json.new
	@mv openapi/openapi.json.new openapi/openapi.json

lock: $(VENV)/.uv ## write the hashed requirements from pyproject.toml; U=1 takes newer versions
	@$(UV) pip compile pyproject.toml --universal --generate-hashes --no-header --python-version 3.11 \
		$(if $(U),--upgrade) --output-file requirements.txt >/dev/null
	@$(UV) pip compile pyproject.toml --group dev --constraint requirements.txt --universal --generate-hashes \
		--no-header --python-version 3.11 $(if $(U),--upgrade) --output-file requirements-dev.txt >/dev/null
	@! grep -nE '://|--(index|extra|find|trusted)' requirements.txt requirements-dev.txt \
		|| { echo "A lock file names a registry."; exit 1; }

clean: ## remove what the targets above made, but for data in var
	@rm -rf $(VENV) $(NODE_MODULES) benchmarks/.venv benchmarks/node_modules .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage*

# Set-up ---------------------------------------------------------------------------------------------

# The lock files pin uv too: its lines are cut out for pip, which checks the hashes.
$(VENV)/.uv: requirements-dev.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed, and '$(PYTHON)' is $$($(PYTHON) --version 2>/dev/null || echo not there)."; \
		echo "Install it, or name another one: make PYTHON=/path/to/python3.12 $(or $(MAKECMDGOALS),help)"; exit 1; }
	@$(BIN)/python -c 'import pip' 2>/dev/null || { echo "Making $(VENV) with $$($(PYTHON) --version) ..."; \
		$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); \
		echo "The venv module does not work. On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }; }
	@awk '/^uv==/ { on = 1 } on { print } on && !/\\$$/ { exit }' requirements-dev.txt > $(VENV)/uv.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $(VENV)/uv.txt \
		|| { echo "The packages could not be fetched: is the network, or the proxy's configuration, all right?"; exit 1; }
	@touch $@

$(VENV)/.runtime: requirements.txt pyproject.toml $(VENV)/.uv
	@test -e $(VENV)/.dev && test ! requirements.txt -nt $(VENV)/.dev && test ! pyproject.toml -nt $(VENV)/.dev || { \
		echo "Installing what the service needs into $(VENV) ..."; \
		$(UV) pip install $(INTO) -r requirements.txt && $(MAKE) --no-print-directory --silent $(VENV)/.project; }
	@touch $@

$(VENV)/.dev: requirements-dev.txt pyproject.toml $(VENV)/.uv
	@echo "Installing what the service and its tests need into $(VENV) ..."
	@$(UV) pip install $(INTO) -r requirements-dev.txt
	@$(MAKE) --no-print-directory --silent $(VENV)/.project
	@touch $@

# Editable and without dependencies: those come from the lock files alone.
$(VENV)/.project: pyproject.toml
	@$(UV) pip install --python $(BIN)/python --no-deps --build-constraints requirements-dev.txt --editable .
	@touch $@

# A peer of the benchmarks under a licence of its own, kept apart from what the service is made of.
benchmarks/.venv/.installed: benchmarks/requirements.txt $(VENV)/.uv
	@$(PYTHON) -m venv --clear $(@D)
	@$(UV) pip install --python $(@D)/bin/python --require-hashes -r benchmarks/requirements.txt
	@touch $@

# Other people's verifiers, and axe. Without npm the tests that need them are skipped, and say so; in CI they fail.
%/node_modules/.installed: %/package.json
	@if command -v npm >/dev/null; then \
		echo "Installing into $(@D) what the tests compare with ..."; \
		cd $* && npm install --no-package-lock --no-audit --no-fund --ignore-scripts --loglevel=error \
		&& touch node_modules/.installed \
		|| echo "npm could not install it: the tests that need it will not run."; \
	else echo "npm is not there: the tests that need $(@D) will not run."; fi
