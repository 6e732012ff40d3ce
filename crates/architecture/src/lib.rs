//! Reads the structure of the workspace, so that tests can enforce it.
//!
//! | module | what it reads |
//! |---|---|
//! | [`packages`] | which package depends on which, as cargo resolves them |
//! | [`modules`] | which module of a crate imports from which, from its sources |
//!
//! The rules are tests: `tests/dependencies.rs` for packages, `tests/layers.rs` for modules.
//! `cargo run -p architecture --example imports -- CRATE` prints the imports of a crate.

pub mod modules;
pub mod packages;
