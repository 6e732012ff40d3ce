# Short commands for daily work. CONTRIBUTING.md lists the plain commands for those who do not use `just`.

# List the commands.
default:
    @just --list --unsorted

# Type-check everything, or one crate: `just check users`.
check crate="":
    cargo check {{ if crate == "" { "--workspace" } else { "-p " + crate } }} --all-targets

# Run all tests, or those of one crate: `just test users`. Further words select tests: `just test users handle`.
test crate="" *filter:
    cargo test {{ if crate == "" { "--workspace" } else { "-p " + crate } }} {{ if filter == "" { "" } else { "-- " + filter } }}

# Format Rust.
fmt:
    cargo fmt --all

# Clippy with warnings denied.
lint crate="":
    cargo clippy {{ if crate == "" { "--workspace" } else { "-p " + crate } }} --all-targets -- -D warnings

# Check the page: types and the tests of its model. Needs node and tsc.
page:
    .ci/run page-types page-model

# Start the four parts.
up:
    cargo run --release

# Run every check, or the named steps: `just ci lint tests`.
ci *steps:
    .ci/run {{ steps }}

# Measure the figures of docs/figures.md and write that page.
figures:
    .ci/run figures --record
