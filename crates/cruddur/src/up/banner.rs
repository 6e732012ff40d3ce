//! What is where, and what to try next.

use std::fmt;

use anstyle::{AnsiColor, Style};

use super::config::{Addresses, LaunchConfig};
use crate::links::Links;
use crate::part::Part;

const GATEWAY: &str = "http://127.0.0.1:8080";
const WATERFALL: &str = "http://127.0.0.1:16686";
const TRY: &str = "/api/activities/home";

/// What is printed once everything answers.
pub(super) struct StartupBanner<'a> {
    addresses: &'a Addresses,
    /// Of the databases.
    data: String,
    /// The variable that sends spans elsewhere.
    export_override: Option<&'static str>,
    links: Links,
    /// As it was typed, so that it can be typed again.
    program: String,
}

impl<'a> StartupBanner<'a> {
    pub(super) fn new(addresses: &'a Addresses, config: &LaunchConfig) -> Self {
        Self {
            addresses,
            data: config.data().display().to_string(),
            export_override: config.export_override(),
            links: Links::from_environment(),
            program: std::env::args().next().unwrap_or_else(|| "cruddur".to_owned()),
        }
    }

    /// What a command needs to find a system that is not at its usual ports.
    fn location_options(&self) -> String {
        let option = |name: &str, url: &str, usual: &str| {
            if url == usual { String::new() } else { format!(" --{name} {url}") }
        };
        let Addresses { gateway, waterfall, .. } = self.addresses;
        option("gateway", gateway, GATEWAY) + &option("waterfall", waterfall, WATERFALL)
    }
}

impl fmt::Display for StartupBanner<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { addresses, links, .. } = self;
        let bold = Style::new().bold();
        let command = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
        writeln!(out, "\n{bold}Cruddur is up{bold:#}: four processes. One request becomes one trace.\n")?;
        for (part, what) in [
            (Part::Gateway, "the public edge"),
            (Part::Activities, "the feed"),
            (Part::Users, "the profiles"),
            (Part::Waterfall, "the traces"),
        ] {
            let style = Style::new().fg_color(Some(part.color().into()));
            let link = links.browser_url(addresses.of(part));
            writeln!(out, "  {style}{:<11}{style:#} {link:<24} {what}", part.name())?;
        }
        writeln!(out, "  {:<11} {}  and gRPC {}", "OTLP", addresses.otlp_http, addresses.otlp_grpc)?;
        writeln!(out, "  {:<11} {}", "data", self.data)?;
        if let Some(variable) = self.export_override {
            writeln!(out, "\nSpans go where {variable} says, not to this waterfall.")?;
        }
        writeln!(out, "\nTry next, in another terminal (Ctrl-C here stops everything):\n")?;
        writeln!(
            out,
            "  {command}curl -i {}{TRY}{command:#}",
            addresses.gateway.replace("127.0.0.1", "localhost")
        )?;
        writeln!(out, "  {command}{} request {TRY}{}{command:#}", self.program, self.location_options())?;
        write!(out, "\nand see the traces at {bold}{}/{bold:#}", links.browser_url(&addresses.waterfall))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn addresses() -> Addresses {
        Addresses {
            gateway: GATEWAY.into(),
            activities: "http://127.0.0.1:8081".into(),
            users: "http://127.0.0.1:8082".into(),
            waterfall: WATERFALL.into(),
            otlp_http: "http://127.0.0.1:4318".into(),
            otlp_grpc: "http://127.0.0.1:4317".into(),
        }
    }

    fn banner(addresses: &Addresses, export_override: Option<&'static str>) -> String {
        let banner = StartupBanner {
            addresses,
            data: "/d".into(),
            export_override,
            links: Links::default(),
            program: "target/release/cruddur".into(),
        };
        anstream::adapter::strip_str(&banner.to_string()).to_string()
    }

    #[test]
    fn it_ends_with_what_to_try_next() {
        let text = banner(&addresses(), None);
        let end = "
  curl -i http://localhost:8080/api/activities/home
  target/release/cruddur request /api/activities/home

and see the traces at http://localhost:16686/";
        assert!(text.ends_with(end), "{text}");
        assert!(text.contains("\n  activities  http://localhost:8081    the feed\n"), "{text}");
    }

    #[test]
    fn what_is_not_at_its_usual_port_is_said_in_the_command() {
        let text = banner(&Addresses { gateway: "http://127.0.0.1:1".into(), ..addresses() }, None);
        assert!(text.contains("request /api/activities/home --gateway http://127.0.0.1:1\n"), "{text}");
    }

    #[test]
    fn it_says_when_spans_go_elsewhere() {
        let text = banner(&addresses(), Some("OTEL_TRACES_EXPORTER"));
        assert!(text.contains("Spans go where OTEL_TRACES_EXPORTER says"), "{text}");
    }
}
