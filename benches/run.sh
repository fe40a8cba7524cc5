#!/usr/bin/env bash
# The benches and the peers on the same work, one after the other; the machine should be quiet.
# Prints what benches/RESULTS.md holds. Data and a virtual environment of its own live in bench-data/ (ignored).
set -euo pipefail
cd "$(dirname "$0")/.."
data=bench-data
venv=$data/venv
if [ ! -x "$venv/bin/python" ]; then
  python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet numpy pandas pyarrow duckdb matplotlib ChannelAttribution maturin
fi
python=$(pwd)/$venv/bin/python
(cd bindings-python && PATH="$(dirname "$python"):$PATH" VIRTUAL_ENV="$(cd .. && pwd)/$venv" maturin develop --release --quiet)
for ids in u64 str; do
  [ -f "$data/touch_$ids.parquet" ] || "$python" benches/peers/gen_touchpoints.py "$data" "${TOUCHES:-20000000}" --ids "$ids"
done
[ -f "$data/journeys.parquet" ] || "$python" benches/peers/gen_journeys.py 1000000 "$data/journeys.parquet"
echo "== touchpoints against DuckDB"
for ids in u64 str; do "$python" benches/peers/touchpoints_vs_duckdb.py "$data" --ids "$ids"; done
echo "== path strings against ChannelAttribution"
"$python" benches/peers/paths_vs_channelattribution.py "$data/journeys.parquet"
echo "== path strings and Markov against ChannelAttribution, and what resampling costs"
"$python" benches/peers/markov_vs_channelattribution.py "$data/journeys.parquet"
echo "== coverage of the intervals"
cargo run --release --quiet --package cosell-benches --example coverage
echo "== one journey from Python"
"$python" benches/peers/one_journey.py
"$python" benches/peers/one_partner.py
echo "== one journey from Node"
cargo build --profile node --quiet --package cosell-node
mkdir -p build && cp target/node/libcosell_node.so build/cosell.node
node benches/peers/one_journey.mjs build/cosell.node
node benches/peers/one_partner.mjs build/cosell.node
echo "== tiers from ready metrics against rule engines"
[ -d "$data/peers/node_modules" ] || npm install --silent --no-audit --no-fund --prefix "$data/peers" json-rules-engine@7.3.1 @gorules/zen-engine@0.54.0
node benches/peers/tiers_vs_rules.mjs "$data/peers"
"$venv/bin/pip" install --quiet zen-engine rule-engine panzi-json-logic
"$python" benches/peers/tiers_vs_rules.py
echo "== metrics of a programme from the facts"
cargo run --release --quiet --package cosell-benches --example measure -- 20000000 2 20000
echo "== import time and sizes"
"$python" benches/peers/import_time.py
ls -l build/cosell.node
echo "== criterion"
cargo bench --package cosell-benches --bench attribution
cargo bench --package cosell-benches --bench tiering
