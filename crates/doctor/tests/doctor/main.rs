//! Integration tests of the public API, most of them on recorded traces.

mod corpus;
mod docs;
mod healthy;
mod recall;
mod robust;
