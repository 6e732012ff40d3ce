//! Finds environment variables whose names are almost those of a part, because a misspelt one has no effect.

use crate::cli::{Cli, Variable};
use crate::nearest::nearest;

/// Other programs have variables with these prefixes, and telemetry warns about its own.
const OF_OTHERS: [&str; 3] = ["DATABASE_", "OTEL_", "RUST_"];

impl Cli {
    /// A warning for each environment variable of this process that is not empty and whose name is almost that of one of
    /// the part's variables.
    pub fn misspelt_variables(&self) -> Vec<String> {
        let set = std::env::vars_os().filter(|(_, value)| !value.is_empty());
        warnings(&self.variables, set.filter_map(|(name, _)| name.into_string().ok()))
    }
}

fn warnings(variables: &[Variable], names: impl Iterator<Item = String>) -> Vec<String> {
    let own = variables.iter().filter(|variable| !OF_OTHERS.iter().any(|of| variable.name.starts_with(of)));
    let known: Vec<_> = own.map(|variable| variable.name.to_owned()).collect();
    let warning = |name: String| {
        let meant = nearest(&name, &known)?;
        Some(format!("{name} is not known: did you mean {meant}?"))
    };
    names.filter_map(warning).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn warnings_about(name: &str) -> Vec<String> {
        let variable = |name| Variable { name, default: "", help: "" };
        let own = ["USERS_ADDR", "USERS_TIMEOUT_MS", "DATABASE_URL", "RUST_LOG"].map(variable);
        warnings(&own, [name.to_owned()].into_iter())
    }

    #[test]
    fn a_misspelt_variable_is_named_with_the_one_that_was_meant() {
        for (name, meant) in [
            ("USER_ADDR", "USERS_ADDR"),
            ("USERS_ADDRS", "USERS_ADDR"),
            ("USERS_TIMEOUT_SM", "USERS_TIMEOUT_MS"),
        ] {
            assert_eq!(warnings_about(name), [format!("{name} is not known: did you mean {meant}?")]);
        }
    }

    #[test]
    fn variables_that_are_known_or_of_other_programs_are_not_warned_about() {
        for name in ["USERS_ADDR", "USERS_URL", "GATEWAY_ADDR", "DATABASE_URI", "RUST_LOGS", "USER", "HOME"] {
            assert_eq!(warnings_about(name), [""; 0], "{name}");
        }
    }
}
