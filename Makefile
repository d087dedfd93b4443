# make demo   trains a small LSTM language model on text every Python carries, judges it on the end of it, samples
# make docs   builds a page for each cell into build/docs/cells, and the list of them, docs/cells.md
# make test   the whole check: format, lint, types, arrows, tests
# make kernels   compiles what XLA is slow at, where there is a C++ compiler; nothing requires it
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo docs test kernels check clean

.venv/run: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/dev: .venv/run
	$(BIN)/python -m pip install --quiet --group dev
	$(BIN)/python tests/oracles/install.py
	touch $@

demo: .venv/run
	$(BIN)/carrousel train builtin:english --preset tiny --out runs/demo --overwrite
	$(BIN)/carrousel generate runs/demo --prompt "The " --tokens 200 --seed 1

docs: .venv/run
	$(BIN)/carrousel cells --pages build/docs/cells --costs benchmarks/results/cells-cost.json
	$(BIN)/python -m carrousel.inspection.cell_pages > docs/cells.md

test: .venv/dev
	BIN=$(BIN) sh tests/check.sh

kernels: .venv/run
	$(BIN)/python -m carrousel.engine.kernels

clean:
	rm -rf .venv runs .pytest_cache .mypy_cache .ruff_cache
