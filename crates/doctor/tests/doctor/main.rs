//! Integration tests of the public API, most of them on recorded traces.

mod arrival;
mod corpus;
mod docs;
mod healthy;
mod plant;
mod planted;
mod planted_calls;
mod planted_clocks;
mod planted_conventions;
mod planted_losses;
mod planted_structure;
mod recall;
mod robust;
