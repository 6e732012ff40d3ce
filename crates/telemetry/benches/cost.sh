#!/usr/bin/env bash
# What tracing costs: user-space instructions of one request with two spans (server, and one inside), batch export over
# OTLP/HTTP included. Two run lengths are subtracted, so that starting and stopping do not count. Needs valgrind.
#
#   crates/telemetry/benches/cost.sh           prints the figures; fails above the budget, or 5 % above the recorded figure
#   crates/telemetry/benches/cost.sh --record  records today's figure in cost.txt
set -euo pipefail
cd "$(dirname "$0")/.."
budget=20000
short=1000
long=4000
recorded=benches/cost.txt
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

# What a release that counts instructions is built with; without these two the same code takes a fifth more.
export CARGO_PROFILE_RELEASE_LTO=thin CARGO_PROFILE_RELEASE_CODEGEN_UNITS=1
cargo build --quiet --release --example cost
cost=$(cargo metadata --format-version 1 --no-deps | sed -E 's/.*"target_directory":"([^"]*)".*/\1/')/release/examples/cost
"$cost" sink >"$work/address" &
pids+=($!)
until [ -s "$work/address" ]; do sleep 0.05; done
export OTEL_EXPORTER_OTLP_ENDPOINT OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none RUST_LOG=warn
OTEL_EXPORTER_OTLP_ENDPOINT=$(cat "$work/address")

# instructions MODE REQUESTS: of the whole process
instructions() {
  valgrind --tool=callgrind --fair-sched=yes --callgrind-out-file="$work/$1.$2.out" "$cost" "$1" "$2" 2>"$work/log" || {
    cat "$work/log" >&2
    exit 1
  }
  sed -n 's/^==[0-9]*== Collected : //p' "$work/log"
}

# per_request MODE
per_request() {
  local few many
  few=$(instructions "$1" $short)
  many=$(instructions "$1" $long)
  echo $(((many - few) / (long - short)))
}

bare=$(per_request bare)
exported=$(per_request traced)
[ -z "${KEEP:-}" ] || cp "$work/traced.$long.out" "$KEEP"
unsampled=$(OTEL_TRACES_SAMPLER=always_off per_request traced)
disabled=$(OTEL_SDK_DISABLED=true per_request traced)
adds=$((exported - bare))

echo "instructions a request: bare $bare; tracing adds $adds with export, $((unsampled - bare)) unsampled, $((disabled - bare)) disabled"
if [ "${1:-}" = --record ]; then
  echo "$adds" >"$recorded"
  exit 0
fi
known=$(cat "$recorded")
if [ "$adds" -gt "$budget" ]; then
  echo "above the budget of $budget" >&2
  exit 1
fi
if [ "$adds" -gt $((known * 105 / 100)) ]; then
  echo "more than 5 % above the recorded $known" >&2
  exit 1
fi
