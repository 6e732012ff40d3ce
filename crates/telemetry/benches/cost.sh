#!/usr/bin/env bash
# Cost of tracing, in user-space instructions:
#
#   server     one request with two spans (server span and child)
#   layer      the same with the layer on a registry, instead of `init`
#   beside_fmt the same with the layer beside a `fmt` layer at WARN
#   client     one call with a client span
#   database   one statement with a database span
#
# Each figure includes batch export over OTLP/HTTP. The same workload without tracing is subtracted.
# The difference of two run lengths excludes startup and shutdown. Needs valgrind.
#
#   crates/telemetry/benches/cost.sh           prints the figures; fails 5 % above a recorded figure
#   crates/telemetry/benches/cost.sh --record  writes the current figures to cost.txt and README.md
set -euo pipefail
cd "$(dirname "$0")/.."
budget=11000
disabled_budget=600
client_budget=10000
database_budget=3800
layer_budget=16000
beside_fmt_budget=17000
short=1000
long=4000
recorded=benches/cost.txt
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

# Profile of the measured build. Without thin LTO and one codegen unit, the same code takes a fifth more instructions.
export CARGO_PROFILE_RELEASE_LTO=thin CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
cargo build --quiet --release --example cost
cost=$(cargo metadata --format-version 1 --no-deps | sed -E 's/.*"target_directory":"([^"]*)".*/\1/')/release/examples/cost
"$cost" sink >"$work/address" &
pids+=($!)
until [ -s "$work/address" ]; do sleep 0.05; done
# The workload creates spans faster than a real service. The larger queue lets all of them be exported.
export OTEL_BSP_MAX_QUEUE_SIZE=8192
export COST_URL OTEL_EXPORTER_OTLP_ENDPOINT OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none RUST_LOG=warn
COST_URL=$(cat "$work/address")
OTEL_EXPORTER_OTLP_ENDPOINT=$COST_URL

# instructions WORKLOAD MODE TIMES: instructions of the whole process
instructions() {
  valgrind --tool=callgrind --fair-sched=yes --callgrind-out-file="$work/$1.$2.$3.out" "$cost" "$@" 2>"$work/log" || {
    cat "$work/log" >&2
    exit 1
  }
  sed -n 's/^==[0-9]*== Collected : //p' "$work/log"
}

# each WORKLOAD MODE: instructions of one repetition
each() {
  local few many
  few=$(instructions "$@" $short)
  many=$(instructions "$@" $long)
  [ -z "${KEEP:-}" ] || cp "$work/$1.$2.$long.out" "$KEEP/"
  echo $(((many - few) / (long - short)))
}

# least WORKLOAD MODE: the smaller of two counts. Those of a call differ by up to 900, with the places of the heap's blocks.
least() {
  local one other
  one=$(each "$@")
  other=$(each "$@")
  echo $((one < other ? one : other))
}

failures=()
fail() {
  failures+=("$*")
}

bare=$(each server bare)
server=$(($(each server traced) - bare))
unsampled=$(($(OTEL_TRACES_SAMPLER=always_off each server traced) - bare))
disabled=$(($(OTEL_SDK_DISABLED=true each server traced) - bare))
layer=$(($(each server layer) - bare))
beside_fmt=$(($(each server beside-fmt) - bare))
header=$(($(each server traceresponse) - bare))
bare_call=$(each client bare)
client=$(($(least client traced) - bare_call))
database=$(($(each database traced) - $(each database bare)))

echo "instructions that tracing adds, with export:"
echo "  to a request of $bare with two spans: $server; $unsampled unsampled, $disabled disabled"
echo "  the same with \`traceresponse\`: $header"
echo "  the same with the layer: $layer on a registry, $beside_fmt beside fmt at WARN"
echo "  to a call: $client; to a statement: $database"
# What this crate cannot change: the middlewares without a span, and with plain spans in a registry with an idle layer.
echo "of which the libraries take alone, without a span and with spans in a registry:"
echo "  of a request: $(($(each server library) - bare)) and $(($(each server registry) - bare))"
echo "  of a call: $(($(each client library) - bare_call)) and $(($(each client registry) - bare_call))"
# Reports a row for docs/figures.md.
report() {
  [ -z "${CI_FIGURES:-}" ] ||
    printf 'Cost of tracing\t%s\t%s\t%s\t.ci/run instructions\n' "$@" >>"$CI_FIGURES"
}
above='5 % above the recorded figure\*'
report "instructions per request with two spans, export included" "$server" "$budget; $above"
report "the same, with \`traceresponse\` on the response" "$header" ""
report "the same, unsampled" "$unsampled, $((unsampled * 100 / server)) % of a sampled request" "a quarter; $above"
report "the same, with \`OTEL_SDK_DISABLED=true\`" "$disabled, of $bare" "$disabled_budget; $above"
report "the same, with the layer on a registry" "$layer" "$layer_budget; $above"
report "the same, with the layer beside a \`fmt\` layer at WARN" "$beside_fmt" "$beside_fmt_budget; $above"
report "instructions per call" "$client" "$client_budget; $above"
report "instructions per statement" "$database" "$database_budget; $above"
# grouped NUMBER: with commas between thousands, as README.md has it.
grouped() { sed ':a;s/\B[0-9]\{3\}\>/,&/;ta' <<<"$1"; }

if [ "${1:-}" = --record ]; then
  while read -r workload known; do
    sed -i "s/ | $(grouped "$known") | / | $(grouped "${!workload}") | /" README.md
  done <"$recorded"
  printf '%s\n' "server $server" "unsampled $unsampled" "layer $layer" "beside_fmt $beside_fmt" \
    "disabled $disabled" "client $client" "database $database" >"$recorded"
  exit 0
fi

# The budgets are the goal. What misses one is named, and does not fail: the recorded figures keep it from growing.
over() {
  echo "  over its budget: $*"
}
((server <= budget)) || over "a request with two spans ($server of $budget)"
((unsampled * 4 <= server)) || over "an unsampled request ($unsampled of $((server / 4)), a quarter of a sampled one)"
((disabled <= disabled_budget)) || over "a request although tracing is disabled ($disabled of $disabled_budget)"
((layer <= layer_budget)) || over "the layer ($layer of $layer_budget)"
((beside_fmt <= beside_fmt_budget)) || over "the layer beside fmt ($beside_fmt of $beside_fmt_budget)"
((client <= client_budget)) || over "a call ($client of $client_budget)"
((database <= database_budget)) || over "a statement ($database of $database_budget)"
while read -r workload known; do
  ((${!workload} <= known * 105 / 100)) || fail "$workload: more than 5 % above the recorded $known"
  grep -q " | $(grouped "$known") | " README.md || fail "README.md does not have the recorded $known ($workload)"
done <"$recorded"
for failure in "${failures[@]}"; do echo "FAILED: $failure" >&2; done
((${#failures[@]} == 0))
