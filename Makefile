# The commands of this project; README.md says what each is for.
PYTHON ?= python3
VENV := .venv/bin

export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.PHONY: setup setup-dev run dev lock test test-services check bench screenshots fuzz audit

setup:
	@$(PYTHON) scripts/setup.py

setup-dev:
	@$(PYTHON) scripts/setup.py --dev

run: setup
	@exec $(VENV)/orderhub serve --demo

dev: setup
	@exec $(VENV)/reflex run --backend-host 127.0.0.1 --backend-port 8000

# A file's tests stay together and in order, in one of two processes; ONLY=--last-failed runs again what failed.
TEST := $(VENV)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder $(ONLY)

test: setup-dev
	@$(TEST) -m "not services"

test-services: setup-dev
	@$(TEST) -m services

check: setup-dev
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check --quiet .
	@$(VENV)/pyright
	@$(VENV)/python -m pytest -q tests/test_architecture.py
	@git diff --exit-code --stat -- reflex.lock || (echo "the front-end build changed reflex.lock: commit it" && false)

bench: setup-dev
	@$(VENV)/python -m tests.benchmarks

screenshots: setup-dev
	@$(VENV)/python -m tests.browser.screenshots

fuzz: setup-dev
	@$(VENV)/python -m tests.fuzz

audit: setup-dev
	@$(VENV)/uv tool run pip-audit --require-hashes --disable-pip -r requirements.lock

PINNED := --universal --generate-hashes --no-emit-index-url --no-emit-find-links --no-header --quiet

lock:
	@$(VENV)/uv pip compile pyproject.toml --group build $(PINNED) $(UPGRADE) -o requirements.lock
	@$(VENV)/uv pip compile pyproject.toml --group build --group dev $(PINNED) $(UPGRADE) -c requirements.lock -o requirements-dev.lock
