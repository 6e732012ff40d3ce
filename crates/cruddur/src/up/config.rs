//! What each part is started with. Pure: the environment comes in as a function, what is added to it goes out as a map.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use serde_json::json;

use super::launch::ReadinessLine;
use crate::links::with_loopback_host;
use crate::part::Part;

/// How spans leave, unless the user says otherwise.
const BATCH_DEFAULTS: [(&str, &str); 3] = [
    // Milliseconds. Short, for somebody sits in front of the page: the default of the specification, 5 s, reads as broken.
    ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    // Somebody loads it, too. The specification's 2048 fill up where load, services and waterfall share a few cores, and what
    // finds the queue full is lost; a larger batch costs the waterfall less.
    ("OTEL_BSP_MAX_QUEUE_SIZE", "16384"),
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"),
];
/// Whoever sets one of these has a place for spans of their own.
const EXPORT_VARIABLES: [&str; 4] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_TRACES_EXPORTER",
    "OTEL_SDK_DISABLED",
];
const PROTOCOL_VARIABLES: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
/// Where the waterfall keeps traces over a restart.
const TRACE_DATA: &str = "WATERFALL_DATA";
const ANY_PORT: &str = "127.0.0.1:0";
/// What the waterfall asks of senders, and how a sender shows it.
const INGEST_TOKEN: &str = "WATERFALL_INGEST_TOKEN";
const EXPORT_HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// Where everything answers, as far as it is known.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    pub(super) gateway: String,
    pub(super) activities: String,
    pub(super) users: String,
    pub(super) waterfall: String,
    pub(super) otlp_http: String,
    pub(super) otlp_grpc: String,
}

impl Addresses {
    /// Takes over what a part says once it is ready.
    pub(super) fn record(&mut self, part: Part, ready: &ReadinessLine) -> anyhow::Result<()> {
        let address = |key: &str| {
            let value = ready.get(key).and_then(serde_json::Value::as_str);
            value.map(with_loopback_host).with_context(|| format!("{} does not say its {key}", part.name()))
        };
        match part {
            Part::Gateway => self.gateway = address("http")?,
            Part::Activities => self.activities = address("http")?,
            Part::Users => self.users = address("http")?,
            Part::Waterfall => {
                self.waterfall = address("http")?;
                self.otlp_http = address("otlp_http")?;
                self.otlp_grpc = address("otlp_grpc")?;
            }
        }
        Ok(())
    }

    pub(super) fn of(&self, part: Part) -> &str {
        match part {
            Part::Gateway => &self.gateway,
            Part::Activities => &self.activities,
            Part::Users => &self.users,
            Part::Waterfall => &self.waterfall,
        }
    }

    /// The one line for scripts.
    pub(super) fn to_json(&self, pids: &serde_json::Map<String, serde_json::Value>) -> serde_json::Value {
        json!({
            "gateway": self.gateway,
            "activities": self.activities,
            "users": self.users,
            "waterfall": self.waterfall,
            "otlp_http": self.otlp_http,
            "otlp_grpc": self.otlp_grpc,
            "pids": pids,
        })
    }
}

/// How the parts are started.
pub(super) struct LaunchConfig {
    data: PathBuf,
    random_ports: bool,
    inherited: BTreeMap<String, String>,
}

impl LaunchConfig {
    pub(super) fn from_environment(data: PathBuf, random_ports: bool) -> Self {
        Self::new(
            data,
            random_ports,
            std::env::vars_os()
                .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?))),
        )
    }

    fn new(data: PathBuf, random_ports: bool, vars: impl Iterator<Item = (String, String)>) -> Self {
        // Empty counts as unset.
        Self { data, random_ports, inherited: vars.filter(|(_, value)| !value.is_empty()).collect() }
    }

    pub(super) fn data(&self) -> &Path {
        &self.data
    }

    /// The variable by which the user sends spans elsewhere, when there is one.
    pub(super) fn export_override(&self) -> Option<&'static str> {
        EXPORT_VARIABLES.into_iter().find(|key| self.inherited.contains_key(*key))
    }

    /// What is added to the environment for a part. Those that it calls must have been learnt.
    pub(super) fn environment(&self, part: Part, addresses: &Addresses) -> BTreeMap<String, String> {
        let mut set = BTreeMap::new();
        let mut put = |key: &str, value: &str| set.insert(key.to_owned(), value.to_owned());
        if self.random_ports {
            for key in address_variables(part) {
                put(key, ANY_PORT);
            }
        }
        match part {
            Part::Waterfall => {
                if !self.inherited.contains_key(TRACE_DATA) {
                    put(TRACE_DATA, &self.data.join("traces").to_string_lossy());
                }
                return set;
            }
            Part::Users => {
                put("DATABASE_URL", &self.database(part));
            }
            Part::Activities => {
                put("DATABASE_URL", &self.database(part));
                put("USERS_URL", &addresses.users);
            }
            Part::Gateway => {
                put("ACTIVITIES_URL", &addresses.activities);
                put("USERS_URL", &addresses.users);
            }
        }
        put("OTEL_SERVICE_NAME", part.name());
        if self.export_override().is_none() {
            let protocol = PROTOCOL_VARIABLES.iter().find_map(|key| self.inherited.get(*key));
            let grpc = protocol.is_some_and(|protocol| protocol == "grpc");
            put(
                "OTEL_EXPORTER_OTLP_ENDPOINT",
                if grpc { &addresses.otlp_grpc } else { &addresses.otlp_http },
            );
            if let Some(token) = self.ingest_token() {
                put(EXPORT_HEADERS, &format!("authorization=Bearer%20{token}"));
            }
        }
        for (key, value) in BATCH_DEFAULTS.into_iter().filter(|(key, _)| !self.inherited.contains_key(*key)) {
            put(key, value);
        }
        set
    }

    /// The token that spans need on their way to our own waterfall, unless the user sees to that.
    fn ingest_token(&self) -> Option<&str> {
        let token = self.inherited.get(INGEST_TOKEN)?;
        (!self.inherited.contains_key(EXPORT_HEADERS)).then_some(token)
    }

    /// What to type to start a part again where it was.
    pub(super) fn restart_command(&self, part: Part, addresses: &Addresses) -> String {
        let mut set = self.environment(part, addresses);
        for (key, url) in address_variables(part).iter().zip([
            addresses.of(part),
            &addresses.otlp_http,
            &addresses.otlp_grpc,
        ]) {
            set.insert((*key).to_owned(), url.trim_start_matches("http://").to_owned());
        }
        let mut words: Vec<String> = set
            .into_iter()
            .map(|(key, value)| match database_variable(part) {
                // It may hold a password, and the shell knows it.
                Some(variable) if key == "DATABASE_URL" && self.inherited.contains_key(variable) => {
                    format!("{key}=\"${variable}\"")
                }
                _ if key == EXPORT_HEADERS => format!("{key}=\"authorization=Bearer%20${INGEST_TOKEN}\""),
                _ => format!("{key}={}", shell_quoted(&value)),
            })
            .collect();
        let program = std::env::args().next().unwrap_or_else(|| "cruddur".to_owned());
        words.push(format!("{} part {}", shell_quoted(&program), part.name()));
        words.join(" ")
    }

    /// Each service owns its database, so one `DATABASE_URL` for all is never passed on.
    fn database(&self, part: Part) -> String {
        let own = database_variable(part).and_then(|variable| self.inherited.get(variable));
        own.cloned().unwrap_or_else(|| sqlite_url(&self.data, part.name()))
    }
}

/// The variable that puts a service on a database of the user's choice.
pub(crate) fn database_variable(part: Part) -> Option<&'static str> {
    match part {
        Part::Users => Some("USERS_DATABASE_URL"),
        Part::Activities => Some("ACTIVITIES_DATABASE_URL"),
        Part::Gateway | Part::Waterfall => None,
    }
}

/// The database file of a service in a directory.
pub(crate) fn sqlite_url(data: &Path, name: &str) -> String {
    let mut path = String::new();
    for character in data.join(format!("{name}.db")).to_string_lossy().chars() {
        match character {
            '%' => path.push_str("%25"),
            '?' => path.push_str("%3F"),
            '#' => path.push_str("%23"),
            _ => path.push(character),
        }
    }
    format!("sqlite://{path}?mode=rwc")
}

fn address_variables(part: Part) -> &'static [&'static str] {
    match part {
        Part::Gateway => &["GATEWAY_ADDR"],
        Part::Activities => &["ACTIVITIES_ADDR"],
        Part::Users => &["USERS_ADDR"],
        Part::Waterfall => &["WATERFALL_ADDR", "WATERFALL_OTLP_HTTP_ADDR", "WATERFALL_OTLP_GRPC_ADDR"],
    }
}

/// For a shell.
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
    use super::*;

    fn config(random_ports: bool, vars: &[(&str, &str)]) -> LaunchConfig {
        let vars = vars.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        LaunchConfig::new("/d".into(), random_ports, vars)
    }

    fn addresses() -> Addresses {
        Addresses {
            activities: "http://a".into(),
            users: "http://127.0.0.1:8082".into(),
            otlp_http: "http://o".into(),
            otlp_grpc: "http://g".into(),
            ..Addresses::default()
        }
    }

    fn environment(config: &LaunchConfig, part: Part) -> Vec<String> {
        config
            .environment(part, &addresses())
            .into_iter()
            .map(|(key, value)| format!("{key}={value}"))
            .collect()
    }

    #[test]
    fn activities_gets_its_database_its_peer_and_where_spans_go() {
        assert_eq!(
            environment(&config(false, &[]), Part::Activities),
            [
                "DATABASE_URL=sqlite:///d/activities.db?mode=rwc",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=4096",
                "OTEL_BSP_MAX_QUEUE_SIZE=16384",
                "OTEL_BSP_SCHEDULE_DELAY=100",
                "OTEL_EXPORTER_OTLP_ENDPOINT=http://o",
                "OTEL_SERVICE_NAME=activities",
                "USERS_URL=http://127.0.0.1:8082",
            ]
        );
    }

    #[test]
    fn the_gateway_has_no_database_and_two_peers() {
        let set = config(false, &[]).environment(Part::Gateway, &addresses());
        assert_eq!(
            (set.get("ACTIVITIES_URL").map(String::as_str), set.get("DATABASE_URL")),
            (Some("http://a"), None)
        );
    }

    #[test]
    fn random_ports_outrank_the_environment() {
        let config = config(true, &[("WATERFALL_ADDR", "0.0.0.0:1")]);
        assert_eq!(
            environment(&config, Part::Waterfall),
            [
                "WATERFALL_ADDR=127.0.0.1:0",
                "WATERFALL_DATA=/d/traces",
                "WATERFALL_OTLP_GRPC_ADDR=127.0.0.1:0",
                "WATERFALL_OTLP_HTTP_ADDR=127.0.0.1:0",
            ]
        );
    }

    #[test]
    fn an_export_of_the_users_own_is_left_alone() {
        for key in EXPORT_VARIABLES {
            let config = config(false, &[(key, "x"), ("OTEL_BSP_SCHEDULE_DELAY", "7")]);
            assert_eq!(config.export_override(), Some(key));
            let set = config.environment(Part::Users, &addresses());
            assert!(
                !set.contains_key("OTEL_EXPORTER_OTLP_ENDPOINT")
                    && !set.contains_key("OTEL_BSP_SCHEDULE_DELAY")
            );
        }
        assert_eq!(
            config(false, &[(EXPORT_VARIABLES[0], "")]).export_override(),
            None,
            "empty counts as unset"
        );
    }

    #[test]
    fn grpc_goes_to_the_port_of_grpc() {
        let set =
            config(false, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).environment(Part::Users, &addresses());
        assert_eq!(set["OTEL_EXPORTER_OTLP_ENDPOINT"], "http://g");
    }

    #[test]
    fn a_database_for_all_is_not_passed_on_but_one_for_a_service_is() {
        let config = config(
            false,
            &[("DATABASE_URL", "postgres://x"), ("USERS_DATABASE_URL", "postgres://:secret@y")],
        );
        assert_eq!(config.database(Part::Users), "postgres://:secret@y");
        assert_eq!(config.database(Part::Activities), "sqlite:///d/activities.db?mode=rwc");
        let command = config.restart_command(Part::Users, &addresses());
        assert!(
            command.contains("DATABASE_URL=\"$USERS_DATABASE_URL\"") && !command.contains("secret"),
            "{command}"
        );
        assert!(
            command.contains("USERS_ADDR=127.0.0.1:8082") && command.ends_with(" part users"),
            "{command}"
        );
    }

    #[test]
    fn the_token_for_sending_goes_along_and_is_not_shown() {
        let config = config(false, &[(INGEST_TOKEN, "0123456789abcdef")]);
        let set = config.environment(Part::Users, &addresses());
        assert_eq!(set[EXPORT_HEADERS], "authorization=Bearer%200123456789abcdef");
        let command = config.restart_command(Part::Users, &addresses());
        assert!(
            command.contains("OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer%20$WATERFALL_INGEST_TOKEN\""),
            "{command}"
        );
        assert!(!command.contains("0123456789abcdef"), "{command}");
        for own in [(EXPORT_HEADERS, "a=b"), (EXPORT_VARIABLES[0], "http://elsewhere")] {
            let config = LaunchConfig::new(
                "/d".into(),
                false,
                [own, (INGEST_TOKEN, "0123456789abcdef")]
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value.to_owned())),
            );
            assert!(!config.environment(Part::Users, &addresses()).contains_key(EXPORT_HEADERS), "{own:?}");
        }
    }

    #[test]
    fn a_path_may_hold_what_means_something_in_a_url() {
        assert_eq!(
            sqlite_url(Path::new("/a b/50%?#"), "users"),
            "sqlite:///a b/50%25%3F%23/users.db?mode=rwc"
        );
    }

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        assert_eq!(
            (shell_quoted("a/b:1"), shell_quoted("a b"), shell_quoted("it's")),
            ("a/b:1".into(), "'a b'".into(), r"'it'\''s'".into())
        );
    }
}
