# The two commands: `make run` (the example, up to the review queue) and `make test`.

VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
SUDO := $(shell [ "$$(id -u)" = 0 ] || echo sudo)

# Where pip is told to find wheels, uv finds them too; elsewhere torch comes as its CPU build.
export UV_FIND_LINKS ?= $(PIP_FIND_LINKS)
TORCH := $(if $(UV_FIND_LINKS),,--torch-backend cpu)

# Tests write small files and wait for the disk each time; in memory they do not, where there is enough of it.
export PYTEST_DEBUG_TEMPROOT ?= $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 4000000 { print "/dev/shm" }')

.PHONY: run test test-all lint bench lock docs clean browser mail-server

run: $(VENV)/.installed
	$(BIN)/python examples/grocer/prepare.py
	$(BIN)/surmesure run --brand examples/grocer

test: $(VENV)/.installed browser lint
	$(BIN)/python -m pytest -m "not slow" -n 3 --dist loadfile

test-all: $(VENV)/.installed browser mail-server lint
	$(BIN)/python -m pytest -n 3 --dist loadfile

lint: $(VENV)/.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed
	$(BIN)/python -m benchmarks

browser:
	@command -v chromium >/dev/null || { $(SUDO) apt-get update -q && $(SUDO) apt-get install -y -q chromium; }

# Exim, which the slow tests start themselves; where another mail server is at home it stays, and they are skipped.
mail-server:
	@[ -e /usr/sbin/sendmail ] || { $(SUDO) apt-get update -q && \
		$(SUDO) apt-get install -y -q --no-install-recommends exim4-daemon-light; }

# The parts of docs/ that are made from the code.
docs: $(VENV)/.installed
	$(BIN)/python -m content_store.brand_folder.schemas docs/schemas
	$(BIN)/python -m segments.contracts docs/data-contracts.md
	$(BIN)/python -m surmesure.reference docs

$(VENV)/.installed: requirements.lock pyproject.toml
	test -x $(BIN)/python || python3 -m venv $(VENV)
	test -x $(UV) || $(BIN)/python -m pip install --quiet --disable-pip-version-check uv==0.13.9
	$(UV) pip sync --quiet $(TORCH) --python $(BIN)/python requirements.lock
	$(UV) pip install --quiet --no-deps --no-build-isolation --python $(BIN)/python --editable .
	touch $@

# A new lock: torch is written without its build, so that every machine takes the one that fits it; of Django only
# the package that carries htmx is used.
lock: $(VENV)/.installed
	$(UV) pip compile --quiet $(TORCH) --all-extras --no-annotate --no-header \
		--no-emit-package django --no-emit-package sqlparse --upgrade pyproject.toml \
		| sed 's/+cpu//' > requirements.lock.new
	mv requirements.lock.new requirements.lock

clean:
	rm -rf $(VENV) examples/grocer/data examples/grocer/.surmesure
