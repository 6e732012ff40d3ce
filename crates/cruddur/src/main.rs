//! The launcher and command line.

fn main() {}
