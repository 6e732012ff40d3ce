//! `cruddur waterfall`: runs only the waterfall, in this process, for any program that exports OTLP.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use waterfall::Endpoints;

use crate::cli::Waterfall;
use crate::links::{Links, with_loopback_host};

const DATA: &str = "WATERFALL_DATA";
const ADDRESSES: [&str; 3] = ["WATERFALL_ADDR", "WATERFALL_OTLP_HTTP_ADDR", "WATERFALL_OTLP_GRPC_ADDR"];
const ANY_PORT: &str = "127.0.0.1:0";

/// Serves until a stop signal.
pub(crate) fn run(options: &Waterfall) -> ExitCode {
    let setting = |name: &str| match name {
        DATA if options.data.is_some() => options.data.as_ref().map(|data| data.display().to_string()),
        name if options.random_ports && ADDRESSES.contains(&name) => Some(ANY_PORT.to_owned()),
        name => std::env::var(name).ok(),
    };
    waterfall::serve(setting, |endpoints| {
        if options.json {
            waterfall::announce(endpoints);
            return;
        }
        let data = setting(DATA).filter(|data| !data.is_empty());
        let banner = StandaloneBanner { endpoints, data, links: Links::from_environment() };
        let mut out = anstream::stdout().lock();
        // A closed standard output is no reason to stop.
        let _ = writeln!(out, "{banner}").and_then(|()| out.flush());
    })
}

/// The banner: addresses, and what to set in the program that is to be traced.
struct StandaloneBanner<'a> {
    endpoints: &'a Endpoints,
    data: Option<String>,
    links: Links,
}

impl fmt::Display for StandaloneBanner<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bold = Style::new().bold();
        let command = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
        let Endpoints { page, otlp_http, otlp_grpc, read_token_required, ingest_token_required } =
            self.endpoints;
        let localhost_url =
            |address| with_loopback_host(&format!("http://{address}")).replace("127.0.0.1", "localhost");
        writeln!(out, "\n{bold}The waterfall is up{bold:#}, ready to receive traces.\n")?;
        writeln!(
            out,
            "  page    {}",
            self.links.browser_url(&with_loopback_host(&format!("http://{page}")))
        )?;
        if *read_token_required {
            writeln!(out, "          (sign in with the value of WATERFALL_READ_TOKEN)")?;
        }
        writeln!(
            out,
            "  OTLP    {} over HTTP, {} over gRPC",
            localhost_url(otlp_http),
            localhost_url(otlp_grpc)
        )?;
        match &self.data {
            Some(directory) => writeln!(out, "  data    {directory}")?,
            None => writeln!(out, "  data    in memory only; --data DIR stores traces on disk")?,
        }
        writeln!(out, "\nPoint any OpenTelemetry exporter here (Ctrl-C stops the waterfall):\n")?;
        write!(out, "  {command}export OTEL_EXPORTER_OTLP_ENDPOINT={}", localhost_url(otlp_http))?;
        if *ingest_token_required {
            write!(
                out,
                "\n  export OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer%20$WATERFALL_INGEST_TOKEN\""
            )?;
        }
        write!(out, "{command:#}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn banner(address: [&str; 3], tokens: bool, data: Option<&str>) -> String {
        let [page, otlp_http, otlp_grpc] = address.map(|address| address.parse().unwrap());
        let endpoints = Endpoints {
            page,
            otlp_http,
            otlp_grpc,
            read_token_required: tokens,
            ingest_token_required: tokens,
        };
        let banner = StandaloneBanner {
            endpoints: &endpoints,
            data: data.map(str::to_owned),
            links: Links::default(),
        };
        anstream::adapter::strip_str(&banner.to_string()).to_string()
    }

    #[test]
    fn the_banner_names_the_page_and_the_endpoint_to_export_to() {
        let text = banner(["127.0.0.1:16686", "127.0.0.1:4318", "127.0.0.1:4317"], false, None);
        for part in [
            "  page    http://localhost:16686\n",
            "  OTLP    http://localhost:4318 over HTTP, http://localhost:4317 over gRPC\n",
            "  data    in memory only",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(text.ends_with("\n  export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"), "{text}");
    }

    #[test]
    fn the_banner_says_how_to_use_the_tokens_if_they_are_required() {
        let text = banner(["0.0.0.0:1", "[::]:2", "10.0.0.7:3"], true, Some("/kept"));
        for part in [
            "  page    http://localhost:1\n",
            "WATERFALL_READ_TOKEN",
            "http://[::1]:2 over HTTP, http://10.0.0.7:3 over gRPC",
            "  data    /kept\n",
            "export OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer%20$WATERFALL_INGEST_TOKEN\"",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
