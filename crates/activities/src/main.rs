//! The activities service as a process of its own.

use std::process::ExitCode;

fn main() -> ExitCode {
    activities::main()
}
