# Every command of the project. `make` alone lists them; each sets up what it needs in .venv, once.
# The stamps in .venv say what is installed there: a repeated run starts at once, a changed lock installs again.

PYTHON ?= python3
ARGS ?=

# Asked for by name, an interpreter is taken or refused. Otherwise any that is new enough will do.
pythons := $(PYTHON) $(if $(filter file,$(origin PYTHON)),python3.13 python3.12 python3.11)
new_enough := import sys; sys.exit(sys.version_info < (3, 11))
sound := from importlib.metadata import files; files("pip")[0]

python  := .venv/bin/python
install := $(python) -m pip install -qq --disable-pip-version-check --no-input
locked  := $(install) --require-hashes --only-binary :all:

grammar := grammar/tastyflow_grammar
tables  := $(grammar)/order.tables

# A .venv belongs to the folder it was made in: moved, copied, or without its interpreter, it is made again.
at_home := $(shell test -x $(python) && cat .venv/.made 2>/dev/null)
ifneq ($(at_home),$(CURDIR))
.PHONY: .venv/.made
endif

.DELETE_ON_ERROR:
.PHONY: help setup demo test check bench campaign fuzz attacks interop lock clean

help:                ## list these commands
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile | expand -t 16

setup: .venv/.run $(tables) ## tastyflow in .venv, ready to run (PYTHON=python3.13 chooses for a new .venv)
	@echo "ready: .venv/bin/tastyflow"

demo: .venv/.run     ## see tastyflow at work; no account, no network
	@.venv/bin/tastyflow demo

# Bytecode is written whatever the person has chosen: hundreds of processes would each compile what was edited.
test: .venv/.dev     ## every fast test, a worker per core (ARGS="-k ticket" chooses)
	@PYTHONDONTWRITEBYTECODE= $(python) -m pytest --numprocesses auto --dist worksteal $(ARGS)

check: .venv/.dev    ## lint, format, types, walls between packages
	$(python) -m ruff check
	$(python) -m ruff format --check
	$(python) -m mypy
	.venv/bin/lint-imports

bench: .venv/.dev $(tables) ## how long a start takes, a line, an order, a long past, an order at a venue, a restart of the service, a chat, and gamma exposure
	@$(python) benchmarks/start.py
	@$(python) benchmarks/parse.py
	@$(python) benchmarks/order_path.py
	@$(python) benchmarks/history.py
	@$(python) benchmarks/venue.py
	@$(python) benchmarks/recovery.py
	@$(python) benchmarks/crowd.py
	@$(python) benchmarks/chat.py
	@$(python) benchmarks/gamma.py

campaign: .venv/.dev $(tables) ## 10,000 examples of each property of the language, some minutes (ARGS="-k round_trip" for some)
	@$(python) -m pytest tests/grammar -n auto --hypothesis-profile=campaign $(ARGS)

fuzz: .venv/.fuzz    ## ten minutes of made-up lines against the language (ARGS=-max_total_time=60 for one)
	@$(python) tests/fuzz/campaign.py $(ARGS)

attacks: .venv/.dev  ## kill, stop, cut off and lie to real processes, half an hour (ARGS="kill-at-random --rounds 100")
	@$(python) -m tests.attacks $(ARGS)

interop: .venv/.dev  ## other people's tastytrade programs against the simulator (npm and a network, once)
	@$(python) tests/interop/run.py

# The only command that wants uv. Pins that still fit are kept; ARGS=--upgrade moves them.
# dev.txt is solved first and binds the others, so that one .venv can hold them all.
compile := uv pip compile --no-config --quiet --universal --python-version 3.11 --generate-hashes \
	--annotation-style line --custom-compile-command "make lock" $(ARGS)
lock:                ## write requirements/*.txt anew from pyproject.toml
	$(compile) pyproject.toml --extra simulator --extra pictures --extra postgres --group dev -o requirements/dev.txt
	$(compile) pyproject.toml --extra simulator --extra pictures --extra postgres -c requirements/dev.txt -o requirements/run.txt
	$(compile) --group fuzz -c requirements/dev.txt -o requirements/fuzz.txt
	printf 'hatchling\neditables\nlark\n' | $(compile) - -c requirements/dev.txt -o requirements/build.txt

clean:               ## remove .venv, caches and built files; your data stays
	rm -rf .venv .venv-interop tests/interop/js/node_modules build dist $(tables) .hypothesis .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- what stands in .venv ---

# A .venv that you made yourself is kept where it is sound; a half-built one starts over.
.venv/.made:
	@echo "setting up .venv (once)..."
	@if test ! -e $@ && $(python) -c '$(sound); $(new_enough)' 2>/dev/null; then exit; fi; \
	for found in $(pythons) none; do $$found -c '$(new_enough)' 2>/dev/null && break; done; \
	if test $$found != none; then exec $$found -m venv --clear .venv; fi; \
	echo "tastyflow needs Python 3.11 or newer (tried: $(pythons)); name one: make setup PYTHON=/path/to/python3.11" >&2; exit 1
	@echo "$(CURDIR)" > $@

.venv/.run: .venv/.made requirements/run.txt requirements/build.txt pyproject.toml
	@echo "installing tastyflow and what it runs on..."
	@rm -f $@
	@$(locked) -r requirements/run.txt -r requirements/build.txt
	@$(install) --no-deps --no-build-isolation --editable .
	@$(python) -m compileall -q tastyflow $(grammar) adapters  # as pip does for all others: the first start is no slower
	@touch $@

# The install makes them; an edited grammar is read without them, and starts slower.
$(tables): $(grammar)/order.lark $(grammar)/reading/tables.py | .venv/.run
	@$(python) -c 'from tastyflow_grammar.reading import reader, tables; tables.store(reader.GRAMMAR)'

.venv/.dev: .venv/.run requirements/dev.txt
	@echo "installing what tests and checks it..."
	@rm -f $@
	@$(locked) -r requirements/dev.txt
	@touch $@

# Where atheris has no wheel nothing is installed, and the campaign says so.
.venv/.fuzz: .venv/.run requirements/fuzz.txt
	@echo "installing what fuzzes it..."
	@rm -f $@
	@$(locked) -r requirements/fuzz.txt
	@touch $@
