# `make demo` and `make test` set up all they need. Needs: Python 3.11, 3.12 or 3.13, git, make.

.DEFAULT_GOAL := help
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
DEMO_OUT ?= out/demo
PYTEST_ARGS ?=

.PHONY: help demo test check bench oracle clean

help:
	@echo "make demo    simulate the demonstration trial and run it into $(DEMO_OUT); ends with a page to open"
	@echo "make test    run the tests"
	@echo "make check   ruff, ruff format, mypy --strict"
	@echo "make bench   run the benchmarks"
	@echo "make oracle  run the heavy comparisons with outside judges (Java 17, Maven, ../shared)"
	@echo "make clean   remove what the others made, $(VENV) included"

demo: $(READY)
	@$(BIN)/interop demo --out "$(DEMO_OUT)" --force

test: $(READY)
	$(BIN)/python -m pytest -m "not oracle" $(PYTEST_ARGS)

check: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(READY)
	$(BIN)/python -m benchmarks

oracle: $(READY)
	$(BIN)/python -m pytest -m oracle $(PYTEST_ARGS)

clean:
	rm -rf $(VENV) out build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis

# One stamp: set up again only when what is to be installed changes. PYTHON=... names an interpreter to use.
# A candidate counts if it starts (a pyenv shim may not), is of a supported version and can make environments.
$(READY): pyproject.toml constraints.txt
	@set -eu; \
	test='import sys, venv, ensurepip; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))'; \
	found=; \
	for python in $${PYTHON:-python3 python3.13 python3.12 python3.11 python}; do \
	  if "$$python" -c "$$test" >/dev/null 2>&1; then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "No usable Python 3.11, 3.12 or 3.13 was found (looked for: $${PYTHON:-python3 python3.13 python3.12 python3.11 python}); install one with its venv module, or name it: make PYTHON=/path/to/python3.12" >&2; \
	  exit 2; \
	fi; \
	echo "Setting up $(VENV) with $$("$$found" --version); this is done once." >&2; \
	[ -x $(BIN)/python ] && $(BIN)/python -c "$$test" >/dev/null 2>&1 || "$$found" -m venv --clear $(VENV); \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade --constraint constraints.txt pip; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --group dev; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-build-isolation --editable .; \
	touch $(READY)
