//! Assertions over the numeric variables of a part.

use std::fs;

use crate::ProcessBuilder;
use crate::process::Process;

/// Zeros, giants and what is no number.
const VALUES: [&str; 11] = [
    "0",
    "1",
    "-1",
    "2147483648",
    "9223372036854775808",
    "18446744073709551615",
    "1000000000000",
    "",
    " ",
    "0x10",
    "1e12",
];
/// Kilobytes of resident memory that no number makes a part use.
const MEMORY: u64 = 200_000;

/// Walks every numeric variable that the help of a part lists through zeros, giants and what is no number. The part works,
/// within bounded memory, or ends at once with one line that names the variable.
///
/// # Panics
/// If it does neither.
pub async fn assert_survives_numbers(part: impl Fn() -> ProcessBuilder) {
    let help = part().arg("--help").run().await.output;
    let names: Vec<&str> = help.lines().filter_map(numeric).collect();
    assert!(!names.is_empty(), "{help}");
    for name in names {
        for value in VALUES {
            let mut process = part().env(name, value).spawn();
            if process.becomes_ready().await {
                let memory = resident(&process);
                assert!(memory < MEMORY, "{name}={value}: {memory} kB");
                let exit = process.terminate().await;
                assert!(exit.status.success(), "{name}={value}: {exit:?}");
            } else {
                let exit = process.wait().await;
                let is_refused = exit.log.contains(&format!(": {name} must be "));
                assert!(
                    exit.status.code() == Some(1) && is_refused && exit.log.lines().count() == 1,
                    "{name}={value}: {exit:?}"
                );
            }
        }
    }
}

/// The name of a variable whose default is a number, perhaps with a unit, in a line of the help.
fn numeric(line: &str) -> Option<&str> {
    let (name, rest) = line.trim_start().split_once('=')?;
    let default = rest.split_whitespace().next()?;
    let unit = default.trim_start_matches(|c: char| c.is_ascii_digit());
    let is_number = unit.len() < default.len() && unit.chars().all(char::is_alphabetic);
    let is_name = name.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    (is_number && is_name).then_some(name)
}

/// The most kilobytes of memory that a process has used.
fn resident(process: &Process) -> u64 {
    let status = fs::read_to_string(format!("/proc/{}/status", process.pid())).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.split_whitespace().next()?.parse().ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_with_and_without_a_unit_are_found() {
        assert_eq!(numeric("  OUTBOX_POLL_MS=200     pause"), Some("OUTBOX_POLL_MS"));
        assert_eq!(numeric("  WATERFALL_BODY_LIMIT=64MiB  largest"), Some("WATERFALL_BODY_LIMIT"));
        for line in ["  RUST_LOG=info  level", "  USERS_ADDR=127.0.0.1:8082  a", "  A_B  unset: = 1", "  a=1"]
        {
            assert_eq!(numeric(line), None, "{line}");
        }
    }
}
