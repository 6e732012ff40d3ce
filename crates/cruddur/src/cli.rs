//! What can be typed. The comments on the fields are the help texts.

use std::path::PathBuf;

use clap::builder::Styles;
use clap::{Args, Parser, Subcommand};

use crate::part::Part;

const EXAMPLES: &str = "\
Examples:
  cruddur                                     start everything, on the usual ports
  cruddur request /api/activities/home        send one request and draw its trace
  cruddur request /api/activities --data '{\"message\":\"Hello\",\"ttl\":\"7-days\"}'
  cruddur trace 4bf92f3577b34da6a3ce929d0e0e4736
  cruddur waterfall                           the trace page alone, for a program of your own
  cruddur up --random-ports --json            for scripts: one line says where everything is

Every part reads its configuration from the environment (GATEWAY_ADDR, OTEL_EXPORTER_OTLP_ENDPOINT, ..);
the README lists it.";

const STANDALONE_HELP: &str = "\
The page is at http://localhost:16686, OTLP is taken at 4318 (HTTP, protobuf or JSON) and 4317 (gRPC). Tell a program:
  export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318

Everything else is set by WATERFALL_* variables, among them WATERFALL_READ_TOKEN and WATERFALL_INGEST_TOKEN; the README
lists them.";

const TRACE_DATA_HELP: &str =
    "Directory that keeps traces, made when it is not there [default: WATERFALL_DATA, else memory alone]";

const SEED_DATA_HELP: &str =
    "Directory of the databases, unless USERS_DATABASE_URL and ACTIVITIES_DATABASE_URL say more";

/// One request, one trace: a micro-blog of three small services, and the page that shows every request as one trace.
#[derive(Parser)]
#[command(name = "cruddur", version, after_help = EXAMPLES, args_conflicts_with_subcommands = true)]
#[command(styles = Styles::styled(), disable_help_subcommand = true)]
pub(crate) struct Cli {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) up: Up,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Start gateway, activities, users and the waterfall (the same as no command)
    Up(Up),
    /// Send one request to the gateway and draw its trace
    Request(Request),
    /// Draw a trace that is already there
    Trace(Trace),
    /// Start the waterfall alone: the page of traces for any program that speaks OpenTelemetry
    Waterfall(Waterfall),
    /// Add generated users and activities to the databases
    Seed(Seed),
    #[command(about = "Mint a bearer token that lets its holder write, signed with GATEWAY_JWT_SECRET")]
    Token(Token),
    /// Be one part, in this process
    Part(PartArgs),
}

#[derive(Args)]
pub(crate) struct Up {
    /// Directory of databases and traces, made when it is not there [default: data; temporary with --random-ports]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Listen on any free ports of this machine, whatever the environment says
    #[arg(long)]
    pub(crate) random_ports: bool,
    /// Say where everything is in one line of JSON on standard output, instead of the greeting
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
#[command(after_help = STANDALONE_HELP)]
pub(crate) struct Waterfall {
    #[arg(long, value_name = "DIR", help = TRACE_DATA_HELP)]
    pub(crate) data: Option<PathBuf>,
    /// Listen on any free ports of this machine, whatever the environment says
    #[arg(long)]
    pub(crate) random_ports: bool,
    /// Say where everything is in one line of JSON on standard output, instead of the greeting
    #[arg(long)]
    pub(crate) json: bool,
}

/// TraceOptions a running system is.
#[derive(Args)]
pub(crate) struct TraceOptions {
    /// TraceOptions the waterfall answers
    #[arg(
        long,
        value_name = "URL",
        env = "WATERFALL_URL",
        hide_env_values = true,
        default_value = "http://127.0.0.1:16686"
    )]
    pub(crate) waterfall: String,
    /// Print the spans as OTLP JSON instead of drawing them
    #[arg(long)]
    pub(crate) json: bool,
    /// How many seconds to wait for the trace to become complete
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) wait: u16,
}

#[derive(Args)]
pub(crate) struct Request {
    /// What to ask for, with its query: /api/activities/home
    pub(crate) path: String,
    /// The method [default: GET; POST with --data]
    #[arg(short = 'X', long)]
    pub(crate) method: Option<String>,
    /// A body; JSON unless a content-type is given by --header
    #[arg(short, long)]
    pub(crate) data: Option<String>,
    /// A header, `name: value`; may be given several times
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub(crate) headers: Vec<String>,
    /// TraceOptions the gateway answers
    #[arg(
        long,
        value_name = "URL",
        env = "GATEWAY_URL",
        hide_env_values = true,
        default_value = "http://127.0.0.1:8080"
    )]
    pub(crate) gateway: String,
    #[command(flatten)]
    pub(crate) options: TraceOptions,
}

#[derive(Args)]
pub(crate) struct Trace {
    /// 32 hexadecimal digits, as `traceresponse` has them between its first two dashes
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) options: TraceOptions,
}

#[derive(Args)]
pub(crate) struct Seed {
    /// How many generated users there should be; the same number makes the same users
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) users: u64,
    /// How many generated activities there should be; the same number makes the same activities
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) activities: u64,
    #[arg(long, value_name = "DIR", default_value = "data", help = SEED_DATA_HELP)]
    pub(crate) data: PathBuf,
}

#[derive(Args)]
pub(crate) struct Token {
    /// Whose token: andrewbrown
    pub(crate) handle: String,
    /// How many seconds it is good for
    #[arg(long, value_name = "SECONDS", default_value_t = 3600)]
    pub(crate) ttl: u32,
}

#[derive(Args)]
pub(crate) struct PartArgs {
    #[arg(value_enum)]
    pub(crate) part: Part,
    /// Ask the running one whether it is ready, and exit with 0 or 1
    #[arg(value_parser = ["healthcheck"])]
    pub(crate) healthcheck: Option<String>,
    /// Stop when standard input ends: whoever started this holds the other end
    #[arg(long, hide = true)]
    pub(crate) while_stdin_is_open: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn no_command_means_up() {
        let cli = Cli::try_parse_from(["cruddur", "--random-ports", "--json"]).unwrap();
        assert!(cli.command.is_none() && cli.up.random_ports && cli.up.json);
    }

    #[test]
    fn a_request_takes_several_headers() {
        let cli =
            Cli::try_parse_from(["cruddur", "request", "/a", "-H", "a: b", "--header", "c: d"]).unwrap();
        let Some(Command::Request(request)) = cli.command else { panic!("not a request") };
        assert_eq!(request.headers, ["a: b", "c: d"]);
    }
}
