//! The banner that is printed once all parts are ready: addresses and commands to try.

use std::fmt;

use anstyle::{AnsiColor, Style};
use telemetry::destinations::{self, Destination};

use super::addresses::Addresses;
use super::config::{EXAMPLE_PATH, LaunchConfig};
use crate::links::Links;
use crate::part::Part;

const DEFAULT_GATEWAY: &str = "http://127.0.0.1:8080";
const DEFAULT_WATERFALL: &str = "http://127.0.0.1:16686";

/// Displays as the banner text.
pub(super) struct StartupBanner<'a> {
    addresses: &'a Addresses,
    /// Directory of the databases.
    data: String,
    /// The variable with which the user configured the export of spans.
    export_override: Option<&'static str>,
    /// Destinations other than an OTLP endpoint.
    also_to: Vec<Destination>,
    links: Links,
    /// How this program was called, for the printed commands.
    program: String,
}

impl<'a> StartupBanner<'a> {
    pub(super) fn new(addresses: &'a Addresses, config: &LaunchConfig) -> Self {
        Self {
            addresses,
            data: config.data().display().to_string(),
            export_override: config.export_override(),
            also_to: destinations::configured(&|name| std::env::var(name).ok())
                .into_iter()
                .filter(|destination| *destination != Destination::Otlp)
                .collect(),
            links: Links::from_environment(),
            program: std::env::args().next().unwrap_or_else(|| "cruddur".to_owned()),
        }
    }

    /// Options for `cruddur request` when the addresses are not the defaults.
    fn location_options(&self) -> String {
        let option = |name: &str, url: &str, default: &str| {
            if url == default { String::new() } else { format!(" --{name} {url}") }
        };
        let Addresses { gateway, waterfall, .. } = self.addresses;
        option("gateway", gateway, DEFAULT_GATEWAY) + &option("waterfall", waterfall, DEFAULT_WATERFALL)
    }
}

impl fmt::Display for StartupBanner<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { addresses, links, .. } = self;
        let bold = Style::new().bold();
        let command = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
        writeln!(out, "\n{bold}Cruddur is up{bold:#}: four processes, one trace per request.\n")?;
        for (part, what) in [
            (Part::Gateway, "public API"),
            (Part::Activities, "activities service"),
            (Part::Users, "users service"),
            (Part::Waterfall, "trace page"),
        ] {
            let style = Style::new().fg_color(Some(part.color().into()));
            let link = links.browser_url(addresses.of(part));
            writeln!(out, "  {style}{:<11}{style:#} {link:<24} {what}", part.name())?;
        }
        writeln!(out, "  {:<11} {:<24} HTTP; gRPC at {}", "OTLP", addresses.otlp_http, addresses.otlp_grpc)?;
        writeln!(out, "  {:<11} {}", "data", self.data)?;
        if !self.also_to.is_empty() {
            let names: Vec<String> = self.also_to.iter().map(Destination::to_string).collect();
            writeln!(out, "  {:<11} {}; `{} check` tries it", "sends to", names.join(", "), self.program)?;
        }
        writeln!(out, "\nTry in another terminal (Ctrl-C here stops everything):\n")?;
        writeln!(
            out,
            "  {command}curl -i {}{EXAMPLE_PATH}{command:#}",
            addresses.gateway.replace("127.0.0.1", "localhost")
        )?;
        if let Some(variable) = self.export_override {
            return write!(
                out,
                "\n{variable} is set: spans are exported as it says, and this waterfall has no traces of the services."
            );
        }
        writeln!(
            out,
            "  {command}{} request {EXAMPLE_PATH}{}{command:#}",
            self.program,
            self.location_options()
        )?;
        write!(out, "\nand open the traces at {bold}{}/{bold:#}", links.browser_url(&addresses.waterfall))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        Addresses {
            gateway: DEFAULT_GATEWAY.into(),
            activities: "http://127.0.0.1:8081".into(),
            users: "http://127.0.0.1:8082".into(),
            waterfall: DEFAULT_WATERFALL.into(),
            otlp_http: "http://127.0.0.1:4318".into(),
            otlp_grpc: "http://127.0.0.1:4317".into(),
        }
    }

    fn banner(addresses: &Addresses, export_override: Option<&'static str>) -> String {
        text(addresses, export_override, Vec::new())
    }

    fn text(
        addresses: &Addresses,
        export_override: Option<&'static str>,
        also_to: Vec<Destination>,
    ) -> String {
        let banner = StartupBanner {
            addresses,
            data: "/d".into(),
            export_override,
            also_to,
            links: Links::default(),
            program: "target/release/cruddur".into(),
        };
        anstream::adapter::strip_str(&banner.to_string()).to_string()
    }

    #[test]
    fn the_banner_ends_with_commands_to_try() {
        let text = banner(&addresses(), None);
        let end = "
  curl -i http://localhost:8080/api/activities/home
  target/release/cruddur request /api/activities/home

and open the traces at http://localhost:16686/";
        assert!(text.ends_with(end), "{text}");
        assert!(text.contains("\n  activities  http://localhost:8081    activities service\n"), "{text}");
    }

    #[test]
    fn the_command_names_an_address_that_is_not_the_default() {
        let text = banner(&Addresses { gateway: "http://127.0.0.1:1".into(), ..addresses() }, None);
        assert!(text.contains("request /api/activities/home --gateway http://127.0.0.1:1\n"), "{text}");
    }

    #[test]
    fn the_banner_says_when_spans_are_exported_elsewhere() {
        let text = banner(&addresses(), Some("OTEL_TRACES_EXPORTER"));
        assert!(text.contains("OTEL_TRACES_EXPORTER is set: spans are exported as it says"), "{text}");
        assert!(!text.contains("open the traces") && !text.contains("cruddur request"), "{text}");
    }

    #[test]
    fn the_banner_names_further_destinations() {
        let text = text(&addresses(), None, vec![Destination::Honeycomb, Destination::Rollbar]);
        assert!(
            text.contains("\n  sends to    Honeycomb, Rollbar; `target/release/cruddur check` tries it\n"),
            "{text}"
        );
    }
}
