# The few commands of this project; `make help` lists them.

PYTHON ?= python3
export PYTHON
FIPSCTL := .venv/bin/fipsctl
PYTEST := .venv/bin/python -m pytest
IMAGE := openssl/3.5.7/debian/13/python/3.13
PYTHON_CODE := scripts tests benchmarks actions
BASE := openssl/3.5.7/debian/13/base

.DEFAULT_GOAL := help
.PHONY: help venv engine demo test test-fast lint format render mutants bench docs lock clean

help: ## Say what each target does
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

venv: ## Make .venv with the hash-locked dependencies
	@scripts/bootstrap/venv.sh

engine: ## Find a container engine, or install one where that is possible
	@scripts/bootstrap/install-engine.sh

demo: venv engine ## Do the main job on a real image, from a fresh clone
	@$(FIPSCTL) run $(IMAGE)

test: venv engine ## Run the whole test suite (builds real images the first time)
	@scripts/bootstrap/install-engine.sh --test-tools
	@$(FIPSCTL) build $(BASE) $(IMAGE)
	@$(PYTEST) $(PYTEST_ARGS)

test-fast: venv ## Run the tests that need neither an engine nor a registry
	@$(PYTEST) -q -m "not engine and not registry" $(PYTEST_ARGS)

lint: venv ## Check style, types, shell, workflows and that the tree is rendered
	@.venv/bin/ruff check $(PYTHON_CODE)
	@.venv/bin/ruff format --check $(PYTHON_CODE)
	@.venv/bin/mypy
	@.venv/bin/shellcheck scripts/bootstrap/*.sh tests/python/*.sh tests/vllm/*.sh .ci/run
	@$(FIPSCTL) render --check

format: venv ## Format the Python code
	@.venv/bin/ruff check --fix $(PYTHON_CODE)
	@.venv/bin/ruff format $(PYTHON_CODE)

render: venv ## Render the tree of Dockerfiles from openssl/catalog.yaml
	@$(FIPSCTL) render

mutants: venv engine ## Show that each check catches the defect it is meant to catch
	@$(PYTEST) -q tests/validate -k mutant $(PYTEST_ARGS)

bench: venv ## Measure against named baselines
	@for file in benchmarks/*.py; do .venv/bin/python "$$file" || exit 1; done

docs: venv ## Build the documentation site into site/
	@.venv/bin/mkdocs build --strict --quiet

lock: ## Renew requirements.lock (needs uv)
	@uv pip compile pyproject.toml --extra tools --extra test --extra lint --extra build --extra docs \
	    --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11 --universal \
	    --no-header --quiet --output-file requirements.lock

clean: ## Remove .venv and the working folder
	@rm -rf .venv .fips
