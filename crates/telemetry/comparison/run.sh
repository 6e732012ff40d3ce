#!/usr/bin/env bash
# Compares what the two spans of a request cost with this crate and with others: instructions (callgrind), and requests a second
# of one worker thread over loopback. All spans are exported over OTLP/HTTP to a sink, which counts them. Needs valgrind.
#
#   crates/telemetry/comparison/run.sh           prints the table
#   crates/telemetry/comparison/run.sh --record  also writes it into the README of the crate
set -euo pipefail
cd "$(dirname "$0")"
short=300
long=2300
rounds=5
seconds=3
services=(none telemetry fastrace tracing-opentelemetry)
declare -A titles=(
  [none]="no tracing"
  [telemetry]="this crate"
  [fastrace]="fastrace, fastrace-opentelemetry"
  [tracing-opentelemetry]="tracing-actix-web, tracing-opentelemetry, opentelemetry-otlp"
)

# Each alone: built together, they would share the features of their dependencies.
for package in workload "${services[@]/#/comparison-}"; do
  cargo build --quiet --release --locked --package "$package"
done
bin=${CARGO_TARGET_DIR:-target}/release
work=$(mktemp -d)
pids=()
trap 'kill "${pids[@]}" 2>/dev/null || true; rm -rf "$work"' EXIT

coproc SINK { exec "$bin/workload" sink; }
pids+=("$SINK_PID")
read -r OTEL_EXPORTER_OTLP_ENDPOINT <&"${SINK[0]}"
# Traces alone, because the others export nothing else. The larger queue lets all spans of a measured run be exported.
export OTEL_EXPORTER_OTLP_ENDPOINT OTEL_METRICS_EXPORTER=none OTEL_LOGS_EXPORTER=none OTEL_BSP_MAX_QUEUE_SIZE=8192
unset RUST_LOG

# received: sets `spans` and `bytes` to what the sink has received since the last call.
received() {
  echo >&"${SINK[1]}"
  read -r spans bytes <&"${SINK[0]}"
}

# instructions SERVICE REQUESTS: sets `counted` to the instructions of the whole process
instructions() {
  valgrind --tool=callgrind --fair-sched=yes --callgrind-out-file="$work/out" \
    "$bin/comparison-$1" requests "$2" 2>"$work/log" || {
    cat "$work/log" >&2
    exit 1
  }
  counted=$(sed -n 's/^==[0-9]*== Collected : //p' "$work/log")
  received
  local expected=$((2 * $2))
  [ "$1" != none ] || expected=0
  [ "$spans" = "$expected" ] || {
    echo "$1: $spans of $expected spans were exported, so its figure would be wrong" >&2
    exit 1
  }
}

# throughput SERVICE: sets `rate` to the requests per second of one start, and `sent` to the requests in all
throughput() {
  rm -f "$work/address"
  "$bin/comparison-$1" serve >"$work/address" &
  local pid=$!
  pids+=("$pid")
  until [ -s "$work/address" ]; do sleep 0.05; done
  read -r rate sent < <("$bin/workload" load "$(cat "$work/address")" "$seconds")
  # The service exports what waits, and stops.
  kill "$pid"
  wait "$pid" || true
  received
}

declare -A cost size rates exported requests
for service in "${services[@]}"; do
  instructions "$service" "$short"
  few=$counted
  instructions "$service" "$long"
  cost[$service]=$(((counted - few) / (long - short)))
  size[$service]=$((spans == 0 ? 0 : bytes / spans))
done
# One start of each in turn, so that a change of the machine's speed concerns all.
for ((round = 0; round < rounds; round++)); do
  for service in "${services[@]}"; do
    throughput "$service"
    rates[$service]+="$rate "
    exported[$service]=$((${exported[$service]:-0} + spans))
    requests[$service]=$((${requests[$service]:-0} + sent))
  done
done

median() {
  tr ' ' '\n' <<<"$1" | sed '/^$/d' | sort -n | sed -n "$((rounds / 2 + 1))p"
}

table() {
  echo "| service | instructions of a request | added by tracing | requests per second | spans exported under this load | bytes per span |"
  echo "|---|---|---|---|---|---|"
  local service
  for service in "${services[@]}"; do
    local delivered="$((exported[$service] * 50 / requests[$service])) %"
    [ "$service" != none ] || delivered=
    printf '| %s | %s | %s | %s | %s | %s |\n' "${titles[$service]}" "$(group "${cost[$service]}")" \
      "$(group $((cost[$service] - cost[none])))" "$(group "$(median "${rates[$service]}")")" "$delivered" "${size[$service]}"
  done
}

# group NUMBER: with commas between thousands
group() {
  sed -E ':a; s/^([0-9]+)([0-9]{3})/\1,\2/; ta' <<<"$1"
}

table | tee "$work/table"
if [ "${1:-}" = --record ]; then
  awk -v table="$work/table" '
    /^<!-- comparison -->$/ { print; while ((getline line < table) > 0) print line; skip = 1; next }
    /^<!-- end of comparison -->$/ { skip = 0 }
    !skip { print }
  ' ../README.md >"$work/readme"
  cp "$work/readme" ../README.md
fi
