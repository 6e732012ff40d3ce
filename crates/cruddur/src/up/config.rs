//! Environment of each part. Pure: takes the launcher's variables, returns the variables to add.

mod restart;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::addresses::Addresses;
use crate::data_dir::{database_variable, sqlite_url};
use crate::links::with_loopback_host;
use crate::part::Part;

/// Settings of the batch span processor, unless the user sets them.
const BATCH_DEFAULTS: [(&str, &str); 2] = [
    // Milliseconds. The default of the specification, 5 s, looks broken to someone who watches the trace page.
    ("OTEL_BSP_SCHEDULE_DELAY", "100"),
    // Larger batches than those of the specification cost the waterfall less.
    ("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "4096"),
];
/// If the user sets one of these, the launcher leaves the export of spans alone.
const EXPORT_VARIABLES: [&str; 4] = [
    "OTEL_EXPORTER_OTLP_ENDPOINT",
    "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    "OTEL_TRACES_EXPORTER",
    "OTEL_SDK_DISABLED",
];
const PROTOCOL_VARIABLES: [&str; 2] = ["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"];
/// Directory where the waterfall stores traces.
const TRACE_DATA: &str = "WATERFALL_DATA";
/// A request that passes all services.
pub(super) const EXAMPLE_PATH: &str = "/api/activities/home";
/// The request that the trace page suggests while there are no traces.
const EXAMPLE_URL: &str = "WATERFALL_EXAMPLE_URL";
const ANY_PORT: &str = "127.0.0.1:0";
/// Token that the waterfall requires from exporters.
const INGEST_TOKEN: &str = "WATERFALL_INGEST_TOKEN";
/// Headers of the exporters. They carry the token.
const EXPORT_HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";

/// Environment variables: name to value.
pub(super) type Variables = BTreeMap<String, String>;

/// Configuration with which the parts are started.
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

    /// The variable with which the user configured the export of spans, if any.
    pub(super) fn export_override(&self) -> Option<&'static str> {
        EXPORT_VARIABLES.into_iter().find(|key| self.inherited.contains_key(*key))
    }

    /// Variables to add for a part. The addresses of the parts that it calls must be known.
    pub(super) fn environment(&self, part: Part, addresses: &Addresses) -> Variables {
        let mut variables = Variables::new();
        let mut put = |key: &str, value: &str| variables.insert(key.to_owned(), value.to_owned());
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
                if let Some(url) = self.example_url(addresses) {
                    put(EXAMPLE_URL, &url);
                }
                return variables;
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
        self.add_export(addresses, &mut variables);
        variables
    }

    /// A request to the gateway that is traced here. The waterfall starts first, so the gateway's address must be known
    /// from the configuration: with random ports it is not.
    fn example_url(&self, addresses: &Addresses) -> Option<String> {
        if self.inherited.contains_key(EXAMPLE_URL) || self.export_override().is_some() {
            return None;
        }
        if !addresses.gateway.is_empty() {
            return Some(format!("{}{EXAMPLE_PATH}", addresses.gateway));
        }
        let variable = gateway::PART.address;
        let address = self.inherited.get(variable.name).map_or(variable.default, String::as_str);
        let is_known = !self.random_ports && !address.ends_with(":0");
        is_known.then(|| format!("{}{EXAMPLE_PATH}", with_loopback_host(&format!("http://{address}"))))
    }

    /// Adds the export of spans to the launcher's waterfall, unless the user configured an export.
    fn add_export(&self, addresses: &Addresses, variables: &mut Variables) {
        let mut put = |key: &str, value: &str| variables.insert(key.to_owned(), value.to_owned());
        if self.export_override().is_none() {
            let protocol = PROTOCOL_VARIABLES.iter().find_map(|key| self.inherited.get(*key));
            let grpc = protocol.is_some_and(|protocol| protocol == "grpc");
            let endpoint = if grpc { &addresses.otlp_grpc } else { &addresses.otlp_http };
            put("OTEL_EXPORTER_OTLP_ENDPOINT", endpoint);
            if let Some(token) = self.ingest_token() {
                put(EXPORT_HEADERS, &format!("authorization=Bearer%20{token}"));
            }
        }
        for (key, value) in BATCH_DEFAULTS.into_iter().filter(|(key, _)| !self.inherited.contains_key(*key)) {
            put(key, value);
        }
    }

    /// The token for exporting to the launcher's waterfall, unless the user sets the export headers.
    fn ingest_token(&self) -> Option<&str> {
        let token = self.inherited.get(INGEST_TOKEN)?;
        (!self.inherited.contains_key(EXPORT_HEADERS)).then_some(token)
    }

    /// Database URL of a service. Each service owns its database, so a common `DATABASE_URL` is ignored.
    fn database(&self, part: Part) -> String {
        let configured = database_variable(part).and_then(|variable| self.inherited.get(variable));
        configured.cloned().unwrap_or_else(|| sqlite_url(&self.data, part.name()))
    }
}

/// Variables for the addresses that a part listens on.
fn address_variables(part: Part) -> &'static [&'static str] {
    match part {
        Part::Gateway => &["GATEWAY_ADDR"],
        Part::Activities => &["ACTIVITIES_ADDR"],
        Part::Users => &["USERS_ADDR"],
        Part::Waterfall => &["WATERFALL_ADDR", "WATERFALL_OTLP_HTTP_ADDR", "WATERFALL_OTLP_GRPC_ADDR"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    pub(super) fn config(random_ports: bool, vars: &[(&str, &str)]) -> LaunchConfig {
        let vars = vars.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned()));
        LaunchConfig::new("/d".into(), random_ports, vars)
    }

    pub(super) fn addresses() -> Addresses {
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
    fn activities_gets_its_database_the_users_url_and_the_export_endpoint() {
        assert_eq!(
            environment(&config(false, &[]), Part::Activities),
            [
                "DATABASE_URL=sqlite:///d/activities.db?mode=rwc",
                "OTEL_BSP_MAX_EXPORT_BATCH_SIZE=4096",
                "OTEL_BSP_SCHEDULE_DELAY=100",
                "OTEL_EXPORTER_OTLP_ENDPOINT=http://o",
                "OTEL_SERVICE_NAME=activities",
                "USERS_URL=http://127.0.0.1:8082",
            ]
        );
    }

    #[test]
    fn the_gateway_gets_two_service_urls_and_no_database() {
        let set = config(false, &[]).environment(Part::Gateway, &addresses());
        assert_eq!(
            (set.get("ACTIVITIES_URL").map(String::as_str), set.get("DATABASE_URL")),
            (Some("http://a"), None)
        );
    }

    #[test]
    fn random_ports_override_the_environment() {
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
    fn the_page_suggests_a_request_to_the_gateway_where_its_address_is_known() {
        let example = |random_ports, vars: &[(&str, &str)], addresses: &Addresses| {
            config(random_ports, vars).environment(Part::Waterfall, addresses).get(EXAMPLE_URL).cloned()
        };
        let unknown = addresses();
        let suggested = |url: &str| Some(format!("{url}/api/activities/home"));
        assert_eq!(example(false, &[], &unknown), suggested("http://localhost:8080"));
        assert_eq!(
            example(false, &[("GATEWAY_ADDR", "0.0.0.0:9000")], &unknown),
            suggested("http://127.0.0.1:9000")
        );
        assert_eq!(
            example(false, &[("GATEWAY_ADDR", "10.0.0.7:80")], &unknown),
            suggested("http://10.0.0.7:80")
        );
        let known = Addresses { gateway: "http://127.0.0.1:7".into(), ..addresses() };
        assert_eq!(example(true, &[], &known), suggested("http://127.0.0.1:7"));
        for vars in
            [("GATEWAY_ADDR", "127.0.0.1:0"), (EXAMPLE_URL, "http://x"), ("OTEL_SDK_DISABLED", "true")]
        {
            assert_eq!(example(false, &[vars], &unknown), None, "{vars:?}");
        }
        assert_eq!(example(true, &[], &unknown), None);
    }

    #[test]
    fn export_settings_of_the_user_are_kept() {
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
    fn the_grpc_protocol_selects_the_grpc_endpoint() {
        let set =
            config(false, &[("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc")]).environment(Part::Users, &addresses());
        assert_eq!(set["OTEL_EXPORTER_OTLP_ENDPOINT"], "http://g");
    }

    #[test]
    fn a_common_database_url_is_ignored_and_one_for_a_service_is_used() {
        let config = config(
            false,
            &[("DATABASE_URL", "postgres://x"), ("USERS_DATABASE_URL", "postgres://:secret@y")],
        );
        assert_eq!(config.database(Part::Users), "postgres://:secret@y");
        assert_eq!(config.database(Part::Activities), "sqlite:///d/activities.db?mode=rwc");
        let command = config.restart_command(Part::Users, &addresses());
        assert!(
            command.contains("DATABASE_URL=\"${USERS_DATABASE_URL:?}\"") && !command.contains("secret"),
            "{command}"
        );
        assert!(!command.contains("_ADDR") && command.ends_with(" part users"), "{command}");
    }

    #[test]
    fn the_ingest_token_is_passed_on_and_not_printed() {
        let config = config(false, &[(INGEST_TOKEN, "0123456789abcdef")]);
        let set = config.environment(Part::Users, &addresses());
        assert_eq!(set[EXPORT_HEADERS], "authorization=Bearer%200123456789abcdef");
        let command = config.restart_command(Part::Users, &addresses());
        assert!(
            command.contains(
                "OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer%20${WATERFALL_INGEST_TOKEN:?}\""
            ),
            "{command}"
        );
        assert!(!command.contains("0123456789abcdef"), "{command}");
        for user_setting in [(EXPORT_HEADERS, "a=b"), (EXPORT_VARIABLES[0], "http://elsewhere")] {
            let config = LaunchConfig::new(
                "/d".into(),
                false,
                [user_setting, (INGEST_TOKEN, "0123456789abcdef")]
                    .into_iter()
                    .map(|(key, value)| (key.to_owned(), value.to_owned())),
            );
            assert!(
                !config.environment(Part::Users, &addresses()).contains_key(EXPORT_HEADERS),
                "{user_setting:?}"
            );
        }
    }
}
