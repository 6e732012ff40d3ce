//! `cruddur waterfall`: the trace page alone, in this process, for anybody's program.

use std::fmt;
use std::io::Write as _;
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use waterfall::Listening;

use crate::cli::Waterfall;
use crate::links::{Links, with_loopback_host};

const DATA: &str = "WATERFALL_DATA";
const ADDRESSES: [&str; 3] = ["WATERFALL_ADDR", "WATERFALL_OTLP_HTTP_ADDR", "WATERFALL_OTLP_GRPC_ADDR"];
const ANY_PORT: &str = "127.0.0.1:0";

/// Serves until it is told to stop.
pub(crate) fn run(of: &Waterfall) -> ExitCode {
    let setting = |name: &str| match name {
        DATA if of.data.is_some() => of.data.as_ref().map(|data| data.display().to_string()),
        name if of.random_ports && ADDRESSES.contains(&name) => Some(ANY_PORT.to_owned()),
        name => std::env::var(name).ok(),
    };
    waterfall::serve(setting, |listening| {
        if of.json {
            waterfall::announce(listening);
            return;
        }
        let data = setting(DATA).filter(|data| !data.is_empty());
        let banner = StandaloneBanner { listening, data, links: Links::from_environment() };
        let mut out = anstream::stdout().lock();
        // A reader that is gone is no reason to stop.
        let _ = writeln!(out, "{banner}").and_then(|()| out.flush());
    })
}

/// What is where, and what to export.
struct StandaloneBanner<'a> {
    listening: &'a Listening,
    data: Option<String>,
    links: Links,
}

impl fmt::Display for StandaloneBanner<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bold = Style::new().bold();
        let command = Style::new().fg_color(Some(AnsiColor::Cyan.into()));
        let Listening { page, otlp_http, otlp_grpc, read_token, ingest_token } = self.listening;
        let localhost_url =
            |address| with_loopback_host(&format!("http://{address}")).replace("127.0.0.1", "localhost");
        writeln!(out, "\n{bold}The waterfall is up{bold:#} and waits for traces.\n")?;
        writeln!(
            out,
            "  page    {}",
            self.links.browser_url(&with_loopback_host(&format!("http://{page}")))
        )?;
        if *read_token {
            writeln!(out, "          (sign in with what WATERFALL_READ_TOKEN holds)")?;
        }
        writeln!(
            out,
            "  OTLP    {} over HTTP, {} over gRPC",
            localhost_url(otlp_http),
            localhost_url(otlp_grpc)
        )?;
        match &self.data {
            Some(folder) => writeln!(out, "  kept    in {folder}")?,
            None => writeln!(out, "  kept    in memory until it stops; --data DIR keeps traces longer")?,
        }
        writeln!(out, "\nTell a program, whatever its language, to send here (Ctrl-C stops this):\n")?;
        write!(out, "  {command}export OTEL_EXPORTER_OTLP_ENDPOINT={}", localhost_url(otlp_http))?;
        if *ingest_token {
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
        let listening = Listening { page, otlp_http, otlp_grpc, read_token: tokens, ingest_token: tokens };
        let banner = StandaloneBanner {
            listening: &listening,
            data: data.map(str::to_owned),
            links: Links::default(),
        };
        anstream::adapter::strip_str(&banner.to_string()).to_string()
    }

    #[test]
    fn it_says_where_the_page_is_and_what_to_export() {
        let text = banner(["127.0.0.1:16686", "127.0.0.1:4318", "127.0.0.1:4317"], false, None);
        for part in [
            "  page    http://localhost:16686\n",
            "  OTLP    http://localhost:4318 over HTTP, http://localhost:4317 over gRPC\n",
            "in memory until it stops",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(text.ends_with("\n  export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318"), "{text}");
    }

    #[test]
    fn it_says_what_to_do_where_tokens_are_asked_for() {
        let text = banner(["0.0.0.0:1", "[::]:2", "10.0.0.7:3"], true, Some("/kept"));
        for part in [
            "  page    http://localhost:1\n",
            "WATERFALL_READ_TOKEN",
            "http://[::1]:2 over HTTP, http://10.0.0.7:3 over gRPC",
            "  kept    in /kept\n",
            "export OTEL_EXPORTER_OTLP_HEADERS=\"authorization=Bearer%20$WATERFALL_INGEST_TOKEN\"",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
    }
}
