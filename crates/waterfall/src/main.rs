//! The binary: everything is in the library, which the launcher calls as well.

fn main() -> std::process::ExitCode {
    waterfall::main()
}
