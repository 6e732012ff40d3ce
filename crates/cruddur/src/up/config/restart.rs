//! The shell command that restarts a part.

use super::{EXPORT_HEADERS, INGEST_TOKEN, LaunchConfig, address_variables};
use crate::data_dir::database_variable;
use crate::part::Part;
use crate::up::addresses::Addresses;

impl LaunchConfig {
    /// Shell command that restarts a part on the same addresses, also in another terminal. It has no secret: a variable that
    /// holds one is named, and the shell refuses the command where it is not set.
    pub(in crate::up) fn restart_command(&self, part: Part, addresses: &Addresses) -> String {
        let mut variables = self.environment(part, addresses);
        for (key, url) in address_variables(part).iter().zip([
            addresses.of(part),
            &addresses.otlp_http,
            &addresses.otlp_grpc,
        ]) {
            let configured = self.inherited.get(*key);
            if self.random_ports || configured.is_some_and(|address| address.ends_with(":0")) {
                variables.insert((*key).to_owned(), url.trim_start_matches("http://").to_owned());
            } else if let Some(address) = configured {
                variables.insert((*key).to_owned(), address.clone());
            }
        }
        let mut words: Vec<String> = variables
            .into_iter()
            .map(|(key, value)| match database_variable(part) {
                // The URL may hold a password, so the command refers to the user's variable.
                Some(variable) if key == "DATABASE_URL" && self.inherited.contains_key(variable) => {
                    format!("{key}=\"{}\"", required(variable))
                }
                _ if key == EXPORT_HEADERS => {
                    format!("{key}=\"authorization=Bearer%20{}\"", required(INGEST_TOKEN))
                }
                _ => format!("{key}={}", shell_quoted(&value)),
            })
            .collect();
        let secrets = secret_variables(part).iter().filter(|key| self.inherited.contains_key(**key));
        words.extend(secrets.map(|key| format!("{key}=\"{}\"", required(key))));
        let program = std::env::args().next().unwrap_or_else(|| "cruddur".to_owned());
        words.push(format!("{} part {}", shell_quoted(&program), part.name()));
        words.join(" ")
    }
}

/// The value of a variable, in a command that the shell refuses where it is not set.
fn required(variable: &str) -> String {
    format!("${{{variable}:?}}")
}

/// Variables without which a part lets everybody in.
fn secret_variables(part: Part) -> &'static [&'static str] {
    match part {
        Part::Gateway => &["GATEWAY_JWT_SECRET"],
        Part::Waterfall => &["WATERFALL_READ_TOKEN", INGEST_TOKEN],
        Part::Activities | Part::Users => &[],
    }
}

/// The text as one word of a POSIX shell.
fn shell_quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::{addresses, config};
    use super::*;

    #[test]
    fn a_part_that_is_started_again_has_the_addresses_and_secrets_that_it_had() {
        let vars = [
            ("GATEWAY_ADDR", "0.0.0.0:9000"),
            ("GATEWAY_JWT_SECRET", "0123456789abcdef"),
            ("WATERFALL_READ_TOKEN", "0123456789abcdef"),
            (INGEST_TOKEN, "0123456789abcdef"),
        ];
        let gateway = config(false, &vars).restart_command(Part::Gateway, &addresses());
        assert!(gateway.contains("GATEWAY_ADDR=0.0.0.0:9000"), "{gateway}");
        assert!(gateway.contains("GATEWAY_JWT_SECRET=\"${GATEWAY_JWT_SECRET:?}\""), "{gateway}");
        let waterfall = config(false, &vars).restart_command(Part::Waterfall, &addresses());
        for token in ["WATERFALL_READ_TOKEN", INGEST_TOKEN] {
            assert!(waterfall.contains(&format!("{token}=\"${{{token}:?}}\"")), "{waterfall}");
        }
        assert!(!(gateway + &waterfall).contains("0123456789abcdef"));
        let chosen =
            config(false, &[("USERS_ADDR", "127.0.0.1:0")]).restart_command(Part::Users, &addresses());
        assert!(chosen.contains("USERS_ADDR=127.0.0.1:8082"), "{chosen}");
    }

    #[test]
    fn words_are_quoted_for_a_shell() {
        assert_eq!(
            (shell_quoted("a/b:1"), shell_quoted("a b"), shell_quoted("it's")),
            ("a/b:1".into(), "'a b'".into(), r"'it'\''s'".into())
        );
    }
}
