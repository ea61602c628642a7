# Everything that is run by hand or by CI. `make help` lists it.

PYTHON ?= python3
BIN := .venv/bin
# the tests' stores are in memory where there is room for them (4 GB): nothing that a test shows is lost with the machine
MEMORY := $(shell df -k --output=avail /dev/shm 2>/dev/null | awk 'NR == 2 && $$1 > 4000000 { print "TMPDIR=/dev/shm" }')
PYTEST := $(MEMORY) $(BIN)/python -m pytest
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-header --python-version 3.11
# what the commands import: it is compiled when it is installed, so that the first call is as quick as the next
QUICK := boto3 botocore charset_normalizer confluent_kafka dateutil idna jmespath msgspec requests rich s3transfer urllib3

# where it is set, each of some hundred processes compiles anew all that it imports
unexport PYTHONDONTWRITEBYTECODE
export JSII_SILENCE_WARNING_END_OF_LIFE_NODE_VERSION := 20

.DEFAULT_GOAL := help
.PHONY: help setup installed parts packages pages demo try test tests pytest unit check scale soak bench bench-full bench-gate bench-growth pictures docs notebook audit check-templates deploy lock clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

# uv comes first, by its own lines of the lock; it then installs the rest by their hashes
.venv/.ready: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Tillstream needs Python 3.11 or newer: make PYTHON=python3.11")'
	@echo "1 of 4: the Python packages, into .venv (about 600 MB, a minute or two, once)"
	@$(PYTHON) -m venv .venv
	@awk '/^[a-z]/ { uv = /^uv==/ } uv' requirements.lock > .venv/uv.txt
	@$(BIN)/python -m pip install --quiet --require-hashes -r .venv/uv.txt
	@VIRTUAL_ENV=.venv $(BIN)/uv pip sync --require-hashes requirements.lock
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 $(addprefix .venv/lib/python3.*/site-packages/, $(QUICK))
	@touch $@

setup: installed ## install everything: .venv with the command tillstream, the local parts, the functions' packages
	@printf '\nAll is here. Next:\n\n    source .venv/bin/activate\n    tillstream up --detach\n    tillstream open\n\n'

installed: parts packages pages

parts: .venv/.ready
	@echo "2 of 4: Kafka, DynamoDB Local, S3Proxy and Spark's Iceberg"
	@$(BIN)/python -m local.parts

packages: .venv/.ready
	@echo "3 of 4: the packages of the functions and jobs"
	@$(BIN)/python -m infra.packaging

pages: .venv/.ready
	@echo "4 of 4: the web pages"
	@$(BIN)/python -m web $(WITH_TESTS)

demo: installed ## the platform end to end on real rows: start, replay, look, reconcile, stop
	@$(BIN)/python -m local.demo.demo

try: installed ## the platform with a generated day of orders, which stays up, and its pages in a browser
	@mkdir -p build
	@$(BIN)/tillstream up --detach
	@$(BIN)/tillstream generate 2010-12-01 -o build/day.csv --force
	@$(BIN)/tillstream replay build/day.csv
	@$(BIN)/tillstream reconcile build/day.csv
	@$(BIN)/tillstream open
	@$(BIN)/tillstream job all
	@printf '\nThe platform runs on. `source .venv/bin/activate`, then `tillstream help`; `tillstream down` stops it.\n'

check: .venv/.ready ## lint and types, a minute the first time
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

unit: .venv/.ready ## the tests that need no server, with fewer seeds and examples: a minute
	TILLSTREAM_SEEDS=100 $(PYTEST) -q -m "not parts and not scale" --hypothesis-profile=unit -n 3

# three at once: half of what is set up waits for the network or for one server after another
test: ## lint, types and all tests, on the real parts
	@$(MAKE) --no-print-directory --jobs 3 --output-sync=target tests check

# a make of its own: its dots are shown as they come, while the lines of `check` are held until all of them are there
tests: WITH_TESTS := --with-tests
tests: installed .venv/.collected build/site/venv/.ready
	@$(MAKE) --no-print-directory --output-sync=none pytest

# once for all: each of the three processes would compile every test, and what it imports, at the same time as the others
.venv/.collected: .venv/.ready
	@$(PYTEST) -q -m "not scale" --collect-only > /dev/null && touch $@ || true

# three at once: many tests wait for a server or a deadline, and two leave a fifth of two cores idle
pytest:
	$(PYTEST) -q -m "not scale" -n 3 --dist loadfile --no-loadscope-reorder

scale: installed build/notebook/.ready build/templates/venv/.ready ## the long tests: all 44 days, kills of the whole workflow, the documents' commands, 20,000 seeds, new examples
	TILLSTREAM_SEEDS=20000 $(PYTEST) -q -m scale
	$(PYTEST) -q -m "not parts and not scale" --hypothesis-profile=search -n 2

soak: installed ## a fault a minute while rows flow and jobs run: make soak MINUTES=30; recorded in docs/faults
	$(BIN)/python -m tests.faults.soak --minutes $(or $(MINUTES),30)

bench: installed ## measure beside peers and bare limits, 20 minutes; make bench PARTS="lines stream" MINUTES=30
	$(BIN)/python -m benchmarks $(if $(MINUTES),--minutes $(MINUTES)) $(PARTS)

bench-full: installed ## the same on more rows, without a limit of time
	$(BIN)/python -m benchmarks --size full $(PARTS)

bench-growth: installed ## cost of a row as the rows grow: make bench-growth ROWS="5000000 20000000" PARTS="code batch"; hours
	$(BIN)/python -m benchmarks growth $(PARTS) $(if $(ROWS),--rows $(ROWS))

bench-gate: installed ## compare the ratios of a short run with the committed ones, 3 minutes
	$(BIN)/python -m benchmarks.gate

# Sphinx needs a docutils that the AWS command line refuses, so it is in an environment of its own, by hashes
build/site/venv/.ready: docs/site/tools.lock .venv/.ready
	@$(PYTHON) -m venv build/site/venv
	@VIRTUAL_ENV=build/site/venv $(BIN)/uv pip sync --quiet --require-hashes docs/site/tools.lock
	@touch $@

# Jupyter and matplotlib, beside what .venv has: a folder of their own, by hashes
build/notebook/.ready: docs/notebook/tools.lock .venv/.ready
	@VIRTUAL_ENV=.venv $(BIN)/uv pip install --quiet --target build/notebook/packages --require-hashes -r docs/notebook/tools.lock
	@touch $@

notebook: build/notebook/.ready ## run the notebook over the running platform's lake and warehouse: build/notebook/orders.html
	@addresses="$$($(BIN)/tillstream env)" && eval "$$addresses" && PYTHONPATH=build/notebook/packages $(BIN)/python -m docs.notebook.run

pictures: installed ## take the pictures of docs/pages.md anew, from a platform of their own: some minutes
	PICTURES=docs/pages $(PYTEST) -q -m scale tests/web/test_pictures.py

docs: build/site/venv/.ready ## build the documentation site: build/site/html/index.html
	@$(BIN)/python -m docs.site.build

# the tools are in an environment of their own, by hashes
build/audit/venv/.ready: .ci/audit/tools.lock .venv/.ready
	@$(PYTHON) -m venv build/audit/venv
	@VIRTUAL_ENV=build/audit/venv $(BIN)/uv pip sync --quiet --require-hashes .ci/audit/tools.lock
	@touch $@

audit: installed build/audit/venv/.ready ## vulnerabilities, licences, dangerous code, secrets, SBOM: 0 clean, 1 found, 3 not all could be asked
	@$(BIN)/python .ci/audit/audit.py; code=$$?; test $$code -eq 0 || { echo "make audit: exit code $$code (.ci/audit/audit.py says what it means)"; exit $$code; }

build/templates/venv/.ready: .ci/templates/tools.lock .venv/.ready
	@$(PYTHON) -m venv build/templates/venv
	@VIRTUAL_ENV=build/templates/venv $(BIN)/uv pip sync --quiet --require-hashes .ci/templates/tools.lock
	@touch $@

check-templates: installed build/templates/venv/.ready ## the templates by checkov, the roles' policies by parliament; no network, no account
	@$(BIN)/python .ci/templates/check.py

deploy: ## a stage to AWS, which costs money: make deploy STAGE=dev (see docs/deploy.md)
	$(if $(STAGE),,$(error name a stage: make deploy STAGE=dev))
	$(MAKE) installed
	cd infra && npm ci
	$(BIN)/python -m infra.deploy --stage $(STAGE)

lock: ## resolve requirements.lock again, each deployable's part of it, and the peers' own locks
	$(COMPILE) --group dev pyproject.toml -o requirements.lock
	$(COMPILE) .ci/audit/tools.txt -o .ci/audit/tools.lock
	$(COMPILE) .ci/templates/tools.txt -o .ci/templates/tools.lock
	$(COMPILE) docs/site/tools.txt -o docs/site/tools.lock
	$(COMPILE) --no-annotate -c requirements.lock docs/notebook/tools.txt -o docs/notebook/tools.lock
	@for needs in $$(git ls-files '*/requirements.txt'); do \
		$(COMPILE) --no-annotate -c requirements.lock $$needs -o $${needs%.txt}.lock; done
	@for needs in benchmarks/peers/*.txt; do $(COMPILE) --no-annotate $$needs -o $${needs%.txt}.lock; done

clean: ## stop the laptop's platform and remove all that was made here
	-test -x $(BIN)/tillstream && $(BIN)/tillstream down
	rm -rf .venv .tillstream build *.egg-info .mypy_cache .ruff_cache .hypothesis
