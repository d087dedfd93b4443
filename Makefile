# make demo   trains a small LSTM language model on text every Python carries, tests it and samples from it
# make test   the whole check: format, lint, types, arrows, tests
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test check clean

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

test: .venv/dev
	BIN=$(BIN) sh tests/check.sh

clean:
	rm -rf .venv runs .pytest_cache .mypy_cache .ruff_cache
