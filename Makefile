# `make demo` and `make test` each set up everything they need, from nothing.
VENV   ?= .venv
PYTHON ?= python3
WORKERS ?= logical
PY      = $(VENV)/bin/python
TEST    = $(PY) -m pytest -n $(WORKERS) --maxprocesses 8 --dist loadgroup --no-loadscope-reorder
RUN     = $(VENV)/bin/roleagent
READY   = $(VENV)/.ready
INSTALL = $(VENV)/bin/uv pip install --python $(PY) -c constraints.txt -e '.[all,dev]'

# Without bytecode each process compiles torch and all the rest again, which takes longer than the tests.
unexport PYTHONDONTWRITEBYTECODE

# uv does not read pip's configuration: hand over what the environment says.
ifneq ($(PIP_FIND_LINKS),)
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
endif
ifneq ($(PIP_INDEX_URL),)
export UV_DEFAULT_INDEX ?= $(PIP_INDEX_URL)
endif

.PHONY: help setup demo role-play test test-fast soak nightly lint types format clean
help:  ## list what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## create the virtual environment and install everything
$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "roleagent needs Python 3.11 or newer: make $(MAKECMDGOALS) PYTHON=python3.11"; exit 1; }
	test -x $(PY) || $(PYTHON) -m venv $(VENV)
	$(PY) -m pip install --quiet --disable-pip-version-check "uv>=0.5"
	@# UV_TORCH_BACKEND has torch come from PyTorch's own index, which not every network lets through.
	@$(INSTALL) || { test -n "$$UV_TORCH_BACKEND" && \
	  echo "UV_TORCH_BACKEND=$$UV_TORCH_BACKEND did not work (see above: most likely PyTorch's own index at" \
	  "download.pytorch.org cannot be reached). Installing torch from the package index instead; on Linux that" \
	  "brings several GB of CUDA packages." && env -u UV_TORCH_BACKEND $(INSTALL); }
	@touch $(READY)

demo: $(READY)  ## hold a real conversation (fetches about 1.5 GB of weights the first time)
	$(RUN) models pull --set demo --missing
	$(RUN) demo

role-play: $(READY)  ## test the four bundled personas on the demo's model; pages under reports/ (hundreds of turns)
	$(RUN) models pull --set demo --missing
	@mkdir -p reports
	@for name in holmes faraday mira sunwukong; do \
	  for suite in examples/suites/$$name.yaml ""; do \
	    report=reports/$$name$${suite:+-suite}; \
	    $(RUN) test $$name $$suite --plain --at-least 0 --html $$report.html --json $$report.json \
	      --resume $$report.jsonl $(ROLE_PLAY) && rm $$report.jsonl || exit 1; \
	  done; \
	done

test: $(READY)  ## run all tests, on real small models (fetches about 410 MB the first time)
	$(RUN) models pull --set test
	$(TEST)

test-fast: $(READY)  ## run the tests that need no weights
	$(TEST) -m "not slow"

soak: $(READY)  ## kill, damage, mix up and serve at full size; `make test` takes a sample of each
	$(RUN) models pull --set test
	$(TEST) -m soak --soak

nightly: $(READY)  ## run all tests and soak, with a thousand new examples for each property
	$(RUN) models pull --set test
	HYPOTHESIS_PROFILE=nightly $(TEST) --soak --timeout 3600

lint: $(READY)  ## check style
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

types: $(READY)  ## check types
	$(VENV)/bin/mypy

format: $(READY)  ## format the code
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .

clean:  ## remove the virtual environment and caches
	rm -rf $(VENV) .pytest_cache .mypy_cache .ruff_cache
