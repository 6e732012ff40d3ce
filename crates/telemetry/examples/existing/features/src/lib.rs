//! Only dependencies: `Cargo.toml`.
