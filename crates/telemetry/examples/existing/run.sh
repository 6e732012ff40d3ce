#!/usr/bin/env bash
# Builds the service before and after it was moved, and compares their traces.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}

# Each alone: built together, they would share the features of their dependencies.
for package in before after; do
  cargo build --quiet --locked --package "$package"
done
cargo test --quiet --locked --package proof --test proof
