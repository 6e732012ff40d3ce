# Sourced by the steps: where they stand, what they need, what they leave running. No step of its own.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
export PYTHONPATH=$PWD/.ci/python PYTHONDONTWRITEBYTECODE=1

export target_dir=${CARGO_TARGET_DIR:-$PWD/target}

say() { printf '%s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# need COMMAND PACKAGE...: installs the packages where the command is missing.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  say "installing $*"
  as_root apt-get update -qq >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# scratch NAME: an empty directory that goes with the step.
scratch() { mktemp -d "${CI_SCRATCH:-${TMPDIR:-/tmp}}/$1.XXXXXX"; }

# What a step started and must not leave behind, newest first.
cleanups=()
at_exit() { cleanups=("$*" "${cleanups[@]}"); }
clean_up() {
  local cleanup
  for cleanup in "${cleanups[@]}"; do eval "$cleanup" || true; done
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# ignored WORD: runs the tests that are ignored by default because they need WORD, and insists that there are some.
ignored() {
  local output count
  output=$(scratch "ignored-$1")/output
  cargo test --workspace --locked --no-fail-fast -- --ignored "$1" 2>&1 | tee "$output" || fail "tests that need $1"
  count=$(awk '/^test result: ok/ {sum += $4} END {print sum + 0}' "$output")
  say "$count tests that need $1 passed"
  ((count > 0)) || fail "no test has $1 in its name"
}
