# `make` lists the targets. DATABASE_URL and REDIS_URL, where set, are used; else servers are started.
# PORT=8001 make run            another port
# make test ARGS="-k credits"   arguments for pytest

PYTHON := $(firstword $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do command -v $$p; done) python3)
PY := .venv/bin/python
WITH_SERVERS := $(PY) -m saas.embedded exec
SOURCES := $(wildcard saas plans tenants billing credits workflows booking sandbox bench tests manage.py)
ARGS ?=

# Sample values for the checks that look at production's settings; nothing connects to them.
PRODUCTION := TENANTRY_ENV=production TENANTRY_SECRET_KEY=$$($(PY) -c 'import secrets; print(secrets.token_urlsafe(60))') \
	TENANTRY_BASE_DOMAIN=tenantry.example TENANTRY_SMTP_URL=smtp://mail.tenantry.example:587 \
	DATABASE_URL=postgres://app@db.tenantry.example/tenantry REDIS_URL=redis://cache.tenantry.example/0

.PHONY: help setup setup-dev run demo-reset shell manage test lint fmt bench screenshots requirements

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 # \2/p' Makefile | awk -F' # ' '{printf "%-20s %s\n", $$1, $$2}'

setup: ## what `make run` needs, in .venv (every target does this by itself)
	@$(PYTHON) saas/bootstrap.py

setup-dev: ## what tests and checks need, too
	@$(PYTHON) saas/bootstrap.py --dev

run: setup ## Tenantry with demo data at http://localhost:8000/, until Ctrl-C
	@$(PY) -m saas.embedded run

demo-reset: setup ## forget the demo data; the next run makes them anew
	@$(PY) -m saas.embedded reset

shell: setup ## a Python prompt on the demo's data
	@$(WITH_SERVERS) -- $(PY) manage.py shell $(ARGS)

manage: setup ## any of Django's commands: make manage ARGS="check"
	@$(WITH_SERVERS) -- $(PY) manage.py $(ARGS)

test: setup-dev ## all tests, in a real database and a real browser
	@TENANTRY_CHROMIUM="$$($(PY) -m saas.embedded.chromium)" \
		$(WITH_SERVERS) --test -- $(PY) -m pytest -n logical $(ARGS)

lint: setup-dev ## style, types, layers, templates, migrations, production's settings
	@$(PY) -m ruff check $(SOURCES)
	@$(PY) -m ruff format --check $(SOURCES)
	@$(PY) -m mypy
	@.venv/bin/lint-imports --no-logo
	@.venv/bin/djlint --quiet --lint templates
	@$(WITH_SERVERS) --test -- $(PY) manage.py makemigrations --check --dry-run
	@$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING

fmt: setup-dev ## put the code into its form
	@$(PY) -m ruff check --fix --quiet $(SOURCES) || true
	@$(PY) -m ruff format --quiet $(SOURCES)

bench: setup-dev ## the benchmarks, beside their peers
	@$(WITH_SERVERS) --bench -- $(PY) -m bench $(ARGS)

screenshots: setup-dev ## pictures of the screens, into var/screenshots
	@TENANTRY_CHROMIUM="$$($(PY) -m saas.embedded.chromium)" \
		$(WITH_SERVERS) --test -- $(PY) -m tests.browser.screenshots $(ARGS)

requirements: setup-dev ## pin anew what requirements/*.in ask for (ARGS=--upgrade for newer ones)
	@cd requirements && for set in base demo dev; do \
		../$(PY) -m piptools compile --quiet --generate-hashes --allow-unsafe --strip-extras \
			--no-emit-index-url --no-emit-find-links --no-emit-trusted-host --no-config \
			--output-file $$set.txt $(ARGS) $$set.in || exit 1; done
