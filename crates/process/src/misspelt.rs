//! Finds environment variables whose names are almost those of a part, because a misspelt one has no effect.

use crate::cli::{Cli, Variable};
use crate::nearest::misspelt;

/// Other programs have variables with these prefixes, and telemetry warns about its own.
const OF_OTHERS: [&str; 3] = ["DATABASE_", "OTEL_", "RUST_"];

impl Cli {
    /// A warning for each environment variable of this process that is not empty and whose name is almost that of one of
    /// the part's variables.
    pub fn misspelt_variables(&self) -> Vec<String> {
        misspelt(&own(&self.variables))
    }
}

/// The names of variables that only this part has.
fn own(variables: &[Variable]) -> Vec<String> {
    let is_own = |variable: &&Variable| !OF_OTHERS.iter().any(|of| variable.name.starts_with(of));
    variables.iter().filter(is_own).map(|variable| variable.name.to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::nearest::warnings;

    fn warnings_about(name: &str) -> Vec<String> {
        let variable = |name| Variable { name, default: "", help: "" };
        let variables = ["USERS_ADDR", "USERS_TIMEOUT_MS", "DATABASE_URL", "RUST_LOG"].map(variable);
        warnings(&own(&variables), [name.to_owned()].into_iter())
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
