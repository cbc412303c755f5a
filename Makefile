# make demo     install and run the whole job on data/samples against the embedded API
# make test     install, lint and run the tests
# make install  .venv/bin/orderlift
# make simulate SEEDS=10000  deliver in so many simulated worlds, each with other faults
# make fuzz SECONDS=600     read hostile files for so long, and see that each is read or refused
# make mutants  break delivery in one way after the other, and see that the simulation notices each
# make bench    measure everything against its goal, and beside other tools (bench/README.md)
# make bench SCALE=0.01     the same on few orders: checks results, its times mean nothing
# make bench LARGE=1        also what takes hours: ten times the orders
VENV := .venv
PYTHON ?= python3
UV := $(shell command -v uv 2>/dev/null)
STAMP := $(VENV)/.installed
BENCH_STAMP := $(VENV)/.installed-for-bench
SCALE ?= 1
LARGE ?=
SEEDS ?= 1000
SECONDS ?= 600

.PHONY: install demo test lint simulate fuzz mutants bench reference samples clean
install: $(STAMP)

$(BENCH_STAMP): EXTRAS := dev,bench
$(STAMP): EXTRAS := dev

# uv is used where it is there and nothing needs it: pip installs the same pins.
$(STAMP) $(BENCH_STAMP): pyproject.toml constraints.txt
ifdef UV
	test -x $(VENV)/bin/python || uv venv --quiet --python $(PYTHON) $(VENV)
	uv pip install --quiet --python $(VENV)/bin/python --constraint constraints.txt --editable '.[$(EXTRAS)]'
else
	test -x $(VENV)/bin/python || $(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[$(EXTRAS)]'
endif
	touch $@

demo: install
	$(VENV)/bin/orderlift demo

lint: install
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy

test: lint
	$(VENV)/bin/python -m pytest -n 2 --dist loadfile

simulate: install
	$(VENV)/bin/python -m tests.simulation --seeds $(SEEDS)

fuzz: install
	$(VENV)/bin/python -m tests.fuzz --seconds $(SECONDS)

mutants: install
	$(VENV)/bin/python -m tests.simulation.mutations

bench: $(BENCH_STAMP)
	$(VENV)/bin/python bench/run.py --scale $(SCALE) $(if $(LARGE),--large)

reference: install
	PYTHONPATH=. $(VENV)/bin/python docs/make_reference.py > docs/reference.md

samples: install
	$(VENV)/bin/python data/samples/make_samples.py

clean:
	rm -rf $(VENV) workspace bench/work
