//! Integration tests of the public API, most of them on recorded traces.

mod arrival;
mod corpus;
mod docs;
mod healthy;
mod planted;
mod recall;
mod robust;
