//! Binary entry point. Everything lives in the library, because the launcher calls it as well.

fn main() -> std::process::ExitCode {
    waterfall::main()
}
