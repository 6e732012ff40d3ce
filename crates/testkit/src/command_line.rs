//! Assertions over the command line that every part has.

use crate::{Exit, ProcessBuilder};

/// Asserts that a part parses its arguments: `--help` lists `variables`, `--version` is one line, and an unknown argument
/// ends it with exit code 2 and a hint.
///
/// # Panics
/// If it does not, or if it starts to serve.
pub async fn assert_parses_arguments(name: &str, part: impl Fn() -> ProcessBuilder, variables: &[&str]) {
    for argument in ["--help", "-h"] {
        let help = succeed(part().arg(argument)).await;
        for text in [&[&format!("Usage: {name} ") as &str, "healthcheck", "--version"], variables].concat() {
            assert!(help.output.contains(text), "{text} in\n{}", help.output);
        }
    }
    let version = succeed(part().arg("--version")).await;
    assert_eq!(version.output.split_whitespace().next(), Some(name), "{version:?}");
    assert_eq!(version.output.lines().count(), 1, "{version:?}");
    for arguments in [&["--port"][..], &["serve"], &["healthcheck", "now"]] {
        let exit = arguments.iter().fold(part(), |part, argument| part.arg(*argument)).run().await;
        assert_eq!((exit.status.code(), exit.output.as_str()), (Some(2), ""), "{arguments:?}: {exit:?}");
        let lines: Vec<&str> = exit.log.lines().collect();
        let [reason, hint] = lines[..] else { panic!("not two lines: {}", exit.log) };
        assert!(
            reason.starts_with(&format!("{name}: ")) && reason.contains(arguments[arguments.len() - 1]),
            "{reason}"
        );
        assert_eq!(hint, format!("Try '{name} --help' for more information."));
    }
}

async fn succeed(part: ProcessBuilder) -> Exit {
    let exit = part.run().await;
    assert!(exit.status.success() && exit.log.is_empty(), "{exit:?}");
    exit
}
