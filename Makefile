# The two commands of a newcomer:  make demo   and   make test
PYTHON ?= python3
TORCH ?= torch==2.13.0   # on a GPU machine: make install TORCH=torch
VENV := .venv
BIN := $(VENV)/bin
DONE := $(VENV)/.installed-$(shell cat pyproject.toml constraints.txt | cksum | cut -d' ' -f1)

# torch takes its threads from train/threads.py; other libraries must not take all cores beside it.
export OMP_NUM_THREADS ?= 1

.PHONY: install demo test test-long lint format docs bench clean

install: $(DONE)

$(DONE):
	@echo "installing into $(VENV); this takes a few minutes once"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet $(TORCH)
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable '.[dev,serve]'
	@echo "fetching the base model smollm2 (93 MB, once)"
	@$(BIN)/erastyle bases get smollm2 || \
	  echo "not fetched: everything else works; later: $(BIN)/erastyle bases get smollm2"
	@rm -f $(VENV)/.installed-* && touch $(DONE)

# A real base where it could be fetched; `make demo BASE=starter` is the quick way.
BASE ?= smollm2
MINUTES ?= 9

demo:
	@started=$$(date +%s); \
	$(MAKE) --no-print-directory install; \
	installed=$$(date +%s); \
	starter="--base starter --set train.max_tokens=240000 --set generate.briefs=24"; \
	options="$$starter"; \
	if [ "$(BASE)" != starter ]; then \
	  if $(BIN)/erastyle bases get $(BASE) >/dev/null 2>&1; \
	  then options="--base $(BASE) --minutes $(MINUTES)"; \
	  else echo "$(BASE) is not here and could not be fetched: the demo takes the starter"; fi; \
	fi; \
	$(BIN)/erastyle run web-1995 $$options --show 3; code=$$?; \
	if [ $$code = 2 ] && [ "$$options" != "$$starter" ]; then \
	  echo "the demo takes the starter"; \
	  $(BIN)/erastyle run web-1995 $$starter --show 3; code=$$?; \
	fi; \
	[ $$code = 0 ] || exit $$code; \
	ended=$$(date +%s); \
	echo "installation $$((installed - started)) s, work $$((ended - installed)) s"

# A file of tests stays with one process: its fixtures are made once. Files go out in their order:
# those of few and long tests (browser, integration) come first, so that neither process waits.
PROCESSES ?= 2
PYTEST = $(BIN)/python -m pytest -q --numprocesses $(PROCESSES) --dist loadfile --no-loadscope-reorder

test: install
	$(PYTEST)

test-long: install
	$(PYTEST) -m "slow or not slow" --timeout 1800

lint: install
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python docs/generate.py --check
	$(BIN)/python benchmarks/tables.py --check

docs: install
	$(BIN)/python docs/generate.py
	$(BIN)/python benchmarks/tables.py

format: install
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format --quiet .

# plan.py reads what scale.py measured, so scale.py comes first.
bench: install
	for script in benchmarks/scale.py $(filter-out benchmarks/scale.py,$(sort $(wildcard benchmarks/[a-z]*.py))); do \
	$(BIN)/python $$script --quick || exit 1; done

clean:
	rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
