# Blackstart: `make` lists what there is. Everything runs in .venv, which the first target makes.

RELEASE   ?= 5.0
SIMULATOR ?= auto
SEED      ?=
FEATURES  ?=
TAGS      ?=
STRICT    ?=
SHUFFLE   ?=
BLUEPRINT ?=
CHANGE    ?=
TITLE     ?=
SINCE     ?=
EXTRAS    ?= dev

CORES     := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
# more than cores, as workers wait at times, for vcsim or for a command: those of scenarios more often; 64 are the most it takes
WORKERS   ?= $(shell [ $(CORES) -gt 62 ] && echo 64 || expr $(CORES) + 2)
TESTERS   ?= $(shell expr $(CORES) + 1)

PYTHON ?= python3
BIN    := .venv/bin
EMPTY  :=
RELEASES := $(subst $(EMPTY) $(EMPTY),|,$(sort $(basename $(notdir $(wildcard harness/releases/*.toml)))) )
READY  := .venv/.ready
# our own modules, as pip does for the rest: no process of a run has to, not even after a change; what cannot be compiled it tells
COMPILE := $(BIN)/python -m compileall -qq harness steps || true

.DEFAULT_GOAL := help
.PHONY: help setup vcsim lint types test validate docs report lab doctor bench clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  RELEASE=$(RELEASES)all"
	@echo "  SIMULATOR=auto|container|process  WORKERS=$(WORKERS)  TAGS='@VDS-05'  STRICT=1  SHUFFLE=1"

setup: $(READY) ## make .venv with all that Blackstart needs (the other targets do it by themselves)

$(READY): pyproject.toml vcsim/pyproject.toml vcsim/go.mod vcsim/go.sum vcsim/Dockerfile $(wildcard vcsim/*.go vcsim/*.py vcsim/blackstart_vcsim/*.py)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Blackstart needs Python 3.11 or newer: make PYTHON=python3.12 setup" >&2; exit 2; }
	@$(BIN)/python -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv .venv || { echo "Python cannot make virtual environments here: on Debian, apt-get install python3-venv" >&2; exit 2; }
	@echo "Setting up .venv (once; building vcsim takes about a minute) ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[$(EXTRAS)]' ./vcsim
	@$(COMPILE)
	@touch $@

vcsim: $(READY) ## build and install the simulator anew
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --force-reinstall --no-deps ./vcsim

validate: $(READY) ## rehearse the features for RELEASE (or all) and write reports/RELEASE/index.html
	@$(COMPILE)
	@$(BIN)/blackstart validate --release '$(RELEASE)' --simulator '$(SIMULATOR)' --workers '$(WORKERS)' \
		$(if $(SEED),--seed '$(SEED)') $(if $(TAGS),--tags '$(TAGS)') $(if $(STRICT),--strict) $(if $(SHUFFLE),--shuffle) \
		$(if $(CHANGE),--change '$(CHANGE)') $(if $(TITLE),--title '$(TITLE)') $(if $(SINCE),--since '$(SINCE)') $(foreach dir,$(FEATURES),--features '$(dir)')

test: $(READY) ## run the harness's own tests
	@$(BIN)/python -m pytest -n '$(TESTERS)' --dist worksteal

lint: $(READY) ## check style, types, import contracts, sizes and the Go code
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check --quiet .
	@$(MAKE) --no-print-directory types
	@$(BIN)/lint-imports --no-cache > .venv/.imports 2>&1 || { cat .venv/.imports; exit 1; }
	@$(BIN)/python -m pytest -q tests/architecture

types: $(READY) ## check types alone
	@$(BIN)/mypy

lab: $(READY) ## bring a lab up for your own clients, until Ctrl-C
	@$(BIN)/blackstart lab --release '$(RELEASE)' --simulator '$(SIMULATOR)' $(if $(BLUEPRINT),--blueprint '$(BLUEPRINT)')

docs: $(READY) ## make site/ from the features, the procedures and the newest reports
	@$(BIN)/python -c 'import furo, myst_parser, sphinx' 2>/dev/null || $(BIN)/python -m pip install --quiet --disable-pip-version-check -e '.[dev,docs]'
	@$(BIN)/blackstart docs

report: ## say where the newest report is
	@ls -t reports/index.html reports/*/index.html 2>/dev/null | head -n 1 | grep . || { echo "no report yet: make validate" >&2; exit 2; }

doctor: $(READY) ## what this machine has and lacks for a run
	@$(BIN)/blackstart doctor

bench: $(READY) ## measure against the raw tools, as ratios
	@$(BIN)/python -m benchmarks

clean: ## remove what was built; reports stay
	rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis
