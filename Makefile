# The commands of the project. Everything they need is installed in ignored folders: .venv, target, node_modules.

PYTHON ?= python3
VENV := .venv
BIN := $(abspath $(VENV))/bin
DEMO_PAGE := review.html
LIBRARY := $(shell test "$$(uname)" = Darwin && echo dylib || echo so)

.PHONY: demo test test-rust test-python test-node bench lint docs types python node release size clean

## The partner review of the sample ecosystem, in the terminal and as one HTML page.
demo:
	cargo run --quiet --package cosell-examples --example review_folder -- examples/data $(DEMO_PAGE) examples/programs/services.json

## Every test: Rust, Python, Node, conformance, types and lints.
test: lint test-rust test-python test-node
	@echo "all tests passed"

test-rust:
	cargo test --workspace --exclude cosell-benches

test-python: python
	cd bindings-python && $(BIN)/python -m pytest -q
	$(BIN)/python conformance/reference/check.py

test-node: node
	cd bindings-node && npm test --silent && npm run types --silent

## Formatting, lints and generated files of all languages.
lint: python node
	cargo fmt --all --check
	cargo clippy --quiet --workspace --all-targets -- -D warnings
	$(BIN)/ruff check bindings-python benches/peers examples/python
	$(BIN)/ruff check --config bindings-python/pyproject.toml conformance/reference
	$(BIN)/ruff format --check bindings-python
	cd bindings-python && $(BIN)/mypy
	cd bindings-python && $(BIN)/python -m mypy.stubtest cosell --mypy-config-file pyproject.toml --allowlist stubtest-allowlist.txt
	$(MAKE) --no-print-directory types
	git diff --exit-code -- core/schema docs/codes.md bindings-python/python/cosell bindings-node/options.d.ts

## The types of the options in every language, and the page of codes, from the Rust types.
types:
	cargo run --quiet --package cosell --features schema --example generate_types -- .
	cargo run --quiet --package cosell --features schema --example generate_codes -- .

## A virtual environment with the Python package, built for development.
python: $(VENV)/.installed
	cd bindings-python && VIRTUAL_ENV=$(abspath $(VENV)) PATH="$(BIN):$$PATH" $(BIN)/maturin develop --quiet

$(VENV)/.installed: bindings-python/requirements-dev.txt
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --requirement bindings-python/requirements-dev.txt
	touch $@

## The Node package, ready to require.
node: bindings-node/node_modules/.installed
	cargo build --quiet --package cosell-node
	# Moved into place: a running process may have the old file mapped.
	cp target/debug/libcosell_node.$(LIBRARY) bindings-node/cosell.node.new
	mv bindings-node/cosell.node.new bindings-node/cosell.node

bindings-node/node_modules/.installed: bindings-node/package.json bindings-node/package-lock.json
	cd bindings-node && npm ci --silent --no-audit --no-fund
	touch $@

## The Rust documentation.
docs:
	RUSTDOCFLAGS="-D warnings" cargo doc --no-deps --package cosell --package cosell-arrow

## The benches and the peers on the same work; takes a quarter of an hour. Results belong in benches/RESULTS.md.
bench:
	benches/run.sh

## The packages as they are shipped, and their sizes.
release: $(VENV)/.installed
	cd bindings-python && PATH="$(BIN):$$PATH" $(BIN)/maturin build --release --quiet --out ../build
	cargo build --profile node --quiet --package cosell-node
	cp target/node/libcosell_node.$(LIBRARY) build/cosell.node
	ls -l build

clean:
	rm -rf target $(VENV) build bindings-node/node_modules bindings-node/cosell.node bindings-python/python/cosell/*.so
