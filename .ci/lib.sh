# Sourced by the steps: paths, installation of tools, temporary files and cleanup. Not a step.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export CARGO_TERM_COLOR=${CARGO_TERM_COLOR:-never}
export PYTHONPATH=$PWD/.ci/python PYTHONDONTWRITEBYTECODE=1

export target_dir=${CARGO_TARGET_DIR:-$PWD/target}

say() { printf '%s\n' "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }

as_root() { if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi; }

# need COMMAND PACKAGE...: installs the packages if the command is missing.
need() {
  local command=$1
  shift
  command -v "$command" >/dev/null && return
  say "installing $*"
  as_root apt-get update -qq >/dev/null
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
}

# venv DIRECTORY PIP_ARGUMENT...: a virtual environment with these packages.
venv() {
  local directory=$1
  shift
  python3 -m venv "$directory" 2>/dev/null ||
    { need pip3 python3-venv python3-pip && python3 -m venv "$directory"; }
  "$directory/bin/pip" install --quiet "$@"
}

# start_docker: starts the Docker engine if it does not run.
start_docker() {
  if ! docker info >/dev/null 2>&1; then
    say "starting the Docker engine"
    as_root service docker start >/dev/null
    for _ in $(seq 60); do docker info >/dev/null 2>&1 && break; sleep 1; done
  fi
  docker info >/dev/null || fail "the Docker engine does not start"
}

# scratch NAME: an empty directory, removed at the end of the run.
scratch() { mktemp -d "${CI_SCRATCH:-${TMPDIR:-/tmp}}/$1.XXXXXX"; }

# figure SECTION WHAT FIGURE BUDGET COMMAND: reports a figure for docs/figures.md; see .ci/python/report.py.
figure() {
  [ -n "$3" ] || fail "no figure for: $2"
  if [ -n "${CI_FIGURES:-}" ]; then printf '%s\t%s\t%s\t%s\t%s\n' "$@" >>"$CI_FIGURES"; fi
}

# Commands that stop what a step started, newest first.
cleanups=()
at_exit() { cleanups=("$*" "${cleanups[@]}"); }
clean_up() {
  local cleanup
  for cleanup in "${cleanups[@]}"; do eval "$cleanup" || true; done
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# bench NAME ARGUMENT...: runs a benchmark. With this selection of packages, nearly all dependencies have the features that they
# have in the release build. With others, actix-web, tokio and dozens more are compiled again.
bench() { cargo bench --workspace --exclude one-trace --locked --quiet --bench "$@"; }

# ignored WORD: runs the tests that are ignored by default because they need WORD; fails if there are none.
ignored() {
  local output count
  output=$(scratch "ignored-$1")/output
  cargo test --workspace --locked --no-fail-fast -- --ignored "$1" 2>&1 | tee "$output" || fail "tests that need $1"
  count=$(awk '/^test result: ok/ {sum += $4} END {print sum + 0}' "$output")
  say "$count tests that need $1 passed"
  ((count > 0)) || fail "no test has $1 in its name"
}
