#!/usr/bin/env bash
# Builds applications with neighbours that the crate's own workspace cannot have, and tests them.
set -euo pipefail
cd "$(dirname "$0")"
export CARGO_TARGET_DIR=${CARGO_TARGET_DIR:-$PWD/target}

# Each alone: built together, they would share the features of their dependencies.
RUSTC_WRAPPER=$PWD/with-console cargo build --quiet --locked --package console
cargo build --quiet --locked --package axum-service
cargo build --quiet --locked --package aws-lc
cargo build --quiet --locked --package aws-lc --features tls-ring --bin aws-lc-and-ring
cargo test --quiet --locked --package proof --test neighbours
