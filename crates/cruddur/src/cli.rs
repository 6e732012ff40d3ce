//! Arguments of the command line. The doc comments on commands and fields are the help texts.

use std::path::PathBuf;

use clap::builder::Styles;
use clap::error::ErrorKind;
use clap::{ArgGroup, ArgMatches, Args, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::part::Part;

const EXAMPLES: &str = "\
Examples:
  cruddur                                     start everything on the default ports
  cruddur request /api/activities/home        send a request and draw its trace
  cruddur request /api/activities --data '{\"message\":\"Hello\",\"ttl\":\"7-days\"}'
  cruddur trace 4bf92f3577b34da6a3ce929d0e0e4736
  cruddur doctor --file traces.jsonl          say why traces are broken
  cruddur doctor --url http://localhost:8080/api/activities/home --expect gateway,activities,users
  cruddur check honeycomb                     send one span to Honeycomb, and say what it answered
  cruddur waterfall                           start only the trace page, for your own program
  cruddur mcp                                 traces as tools for an agent, on standard input and output
  cruddur up --random-ports --json            for scripts: print the addresses as one JSON line

Every part reads its configuration from environment variables (GATEWAY_ADDR, OTEL_EXPORTER_OTLP_ENDPOINT, ..).
The README lists them, and crates/telemetry/VARIABLES.md those of telemetry.";

const STANDALONE_HELP: &str = "\
The page is at http://localhost:16686. OTLP is received on port 4318 (HTTP, protobuf or JSON) and 4317 (gRPC).
To export from your program, set:
  export OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318

WATERFALL_* variables set everything else, for example WATERFALL_READ_TOKEN and WATERFALL_INGEST_TOKEN.
The README lists them.";

const DOCTOR_HELP: &str = "\
Exit status: 0 if there is no finding above a note, 1 if traces are broken or an expected service is missing, 2 if it cannot
be told: a file cannot be read or has no spans, the system or the waterfall does not answer, or no span arrives.
docs/doctor.md lists the codes.";

const CHECK_HELP: &str = "\
It sends one span (to Rollbar one item), and no metrics or logs. It reads the variables that the services read:
OTEL_EXPORTER_OTLP_*, HONEYCOMB_*, TELEMETRY_XRAY, AWS_*, ROLLBAR_*, HTTPS_PROXY, NO_PROXY, SSL_CERT_FILE.
crates/telemetry/VARIABLES.md lists all of them.
Exit status: 0 if every destination accepted what was sent, 1 otherwise.";

const MARKER_HELP: &str = "\
HONEYCOMB_CONFIGURATION_KEY is a configuration key with the permission Manage Markers; HONEYCOMB_API_ENDPOINT is
https://api.eu1.honeycomb.io in the EU.";

const MCP_HELP: &str = "\
An agent starts this command itself. Add to its configuration:
  {\"mcpServers\": {\"traces\": {\"command\": \"cruddur\", \"args\": [\"mcp\"]}}}

If the waterfall has a token, set WATERFALL_READ_TOKEN. An agent that speaks HTTP can use http://localhost:16686/mcp instead.";

const TRACE_DATA_HELP: &str =
    "Directory for traces, created if missing [default: WATERFALL_DATA, else memory only]";

const SEED_DATA_HELP: &str =
    "Directory of the databases; USERS_DATABASE_URL and ACTIVITIES_DATABASE_URL override it";

/// One request, one trace: a micro-blog of three services, with a page that shows every request as one trace
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
    /// Start gateway, activities, users and the waterfall (the default command)
    Up(Up),
    /// Send a request to the gateway and draw its trace
    Request(Request),
    /// Draw a trace that is in the waterfall
    Trace(Trace),
    /// Say why the traces in a file or of a running system are broken, at which hop, and what to change
    Doctor(Doctor),
    #[command(after_help = CHECK_HELP)]
    /// Send one span (to Rollbar one message) to a destination, and say what it answered and what to change
    Check(Check),
    #[command(after_help = MARKER_HELP)]
    /// Set a deployment marker in Honeycomb
    Marker(Marker),
    /// Serve the traces of a waterfall as tools for an agent (Model Context Protocol, standard input and output)
    Mcp(Mcp),
    /// Start only the waterfall: the trace page for any program that exports OTLP
    Waterfall(Waterfall),
    /// Add generated users and activities to the databases
    Seed(Seed),
    #[command(about = "Mint a bearer token for requests that write, signed with GATEWAY_JWT_SECRET")]
    Token(Token),
    /// Run one part in this process
    Part(PartArgs),
}

#[derive(Args)]
pub(crate) struct Check {
    /// otlp, honeycomb, xray or rollbar [default: all that the environment configures]
    #[arg(value_enum, ignore_case = true, hide_possible_values = true)]
    pub(crate) destinations: Vec<CheckedDestination>,
}

/// Names of [`telemetry::destinations::Destination`].
#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum CheckedDestination {
    Otlp,
    Honeycomb,
    Xray,
    Rollbar,
}

#[derive(Args)]
pub(crate) struct Marker {
    /// Text of the marker, for example `Deployed 1.4.2`
    pub(crate) message: String,
    /// Kind of the marker; those of one kind have one colour
    #[arg(long = "type", value_name = "KIND", default_value = "deploy")]
    pub(crate) kind: String,
    /// Page that the marker leads to, for example the run of the pipeline
    #[arg(long)]
    pub(crate) url: Option<String>,
    /// Dataset [default: the whole environment]
    #[arg(long)]
    pub(crate) dataset: Option<String>,
}

#[derive(Args)]
pub(crate) struct Up {
    /// Directory for databases and traces, created if missing [default: data; temporary with --random-ports]
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Listen on free loopback ports, overriding the environment
    #[arg(long)]
    pub(crate) random_ports: bool,
    /// Print the addresses as one line of JSON on standard output instead of the banner
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
#[command(after_help = STANDALONE_HELP)]
pub(crate) struct Waterfall {
    #[arg(long, value_name = "DIR", help = TRACE_DATA_HELP)]
    pub(crate) data: Option<PathBuf>,
    /// Listen on free loopback ports, overriding the environment
    #[arg(long)]
    pub(crate) random_ports: bool,
    /// Print the addresses as one line of JSON on standard output instead of the banner
    #[arg(long)]
    pub(crate) json: bool,
}

#[derive(Args)]
#[command(after_help = MCP_HELP)]
pub(crate) struct Mcp {
    #[command(flatten)]
    pub(crate) waterfall: WaterfallUrl,
}

/// Where traces are read.
#[derive(Args)]
pub(crate) struct WaterfallUrl {
    /// URL of the waterfall that the system exports to
    #[arg(
        id = "waterfall",
        long = "waterfall",
        value_name = "URL",
        env = "WATERFALL_URL",
        hide_env_values = true,
        default_value = "http://127.0.0.1:16686"
    )]
    pub(crate) url: String,
}

/// Options of commands that show a trace.
#[derive(Args)]
pub(crate) struct TraceOptions {
    #[command(flatten)]
    pub(crate) waterfall: WaterfallUrl,
    /// Print the spans as OTLP JSON instead of drawing them
    #[arg(long)]
    pub(crate) json: bool,
    /// Seconds to wait for the trace to become complete
    #[arg(long, value_name = "SECONDS", default_value_t = 5)]
    pub(crate) wait: u16,
}

#[derive(Args)]
pub(crate) struct Request {
    /// Path and query, for example /api/activities/home
    pub(crate) path: String,
    /// HTTP method [default: GET, or POST with --data]
    #[arg(short = 'X', long)]
    pub(crate) method: Option<String>,
    /// Request body; sent as JSON unless --header sets a content-type
    #[arg(short, long)]
    pub(crate) data: Option<String>,
    /// Request header, `name: value`; may be repeated
    #[arg(short = 'H', long = "header", value_name = "HEADER")]
    pub(crate) headers: Vec<String>,
    /// URL of the gateway
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
    /// Trace id of up to 32 hexadecimal digits, address of a trace's page, or `traceresponse` header
    pub(crate) id: String,
    #[command(flatten)]
    pub(crate) options: TraceOptions,
}

#[derive(Args)]
#[command(after_help = DOCTOR_HELP, group(ArgGroup::new("source").required(true).args(["file", "url"])))]
pub(crate) struct Doctor {
    /// Trace file: JSON of OTLP, Jaeger, Zipkin, Go's stdouttrace or Python's console exporter; `-` is standard input; may
    /// be repeated
    #[arg(long, value_name = "FILE")]
    pub(crate) file: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) probe: Probe,
    /// Print the findings as JSON
    #[arg(long)]
    pub(crate) json: bool,
    /// Exit with 1 for findings of this code, even if they are notes; may be repeated
    #[arg(long, value_name = "CODE")]
    pub(crate) deny: Vec<String>,
    /// Leave out findings of this code; may be repeated
    #[arg(long, value_name = "CODE")]
    pub(crate) allow: Vec<String>,
    /// File of findings that are known and accepted [default: doctor.toml, if there is one]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Write the result as JUnit XML, too
    #[arg(long, value_name = "FILE")]
    pub(crate) junit: Option<PathBuf>,
}

/// Options of a probe through a running system.
#[derive(Args)]
pub(crate) struct Probe {
    /// Send requests to this URL, and examine their traces
    #[arg(long, value_name = "URL")]
    pub(crate) url: Option<String>,
    /// Services that must take part in every trace, with commas between
    #[arg(long, value_name = "SERVICES", value_delimiter = ',', requires = "url")]
    pub(crate) expect: Vec<String>,
    /// Number of requests; most rules need three traces
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = clap::value_parser!(u16).range(1..=50))]
    pub(crate) requests: u16,
    #[command(flatten)]
    pub(crate) waterfall: WaterfallUrl,
    /// Seconds to wait for the traces
    #[arg(long, value_name = "SECONDS", default_value_t = 15)]
    pub(crate) wait: u16,
}

#[derive(Args)]
pub(crate) struct Seed {
    /// Number of generated users; the same number gives the same users
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) users: u64,
    /// Number of generated activities; the same number gives the same activities
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) activities: u64,
    #[arg(long, value_name = "DIR", default_value = "data", help = SEED_DATA_HELP)]
    pub(crate) data: PathBuf,
}

#[derive(Args)]
pub(crate) struct Token {
    /// Handle of the user, for example andrewbrown
    pub(crate) handle: String,
    /// Seconds until the token expires
    #[arg(long, value_name = "SECONDS", default_value_t = 3600, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) ttl: u32,
}

#[derive(Args)]
#[command(subcommand_required = true)]
pub(crate) struct PartArgs {
    #[command(subcommand)]
    pub(crate) part: PartCommand,
    /// Stop when standard input is closed; the launcher holds the other end
    #[arg(long, hide = true)]
    pub(crate) while_stdin_is_open: bool,
}

/// The command line of a part, as a subcommand of this one.
pub(crate) struct PartCommand {
    pub(crate) part: Part,
    pub(crate) command: process::Command,
}

impl Subcommand for PartCommand {
    fn augment_subcommands(parent: clap::Command) -> clap::Command {
        parent.subcommands(Part::ALL.map(|part| part.cli().definition()))
    }

    fn augment_subcommands_for_update(parent: clap::Command) -> clap::Command {
        Self::augment_subcommands(parent)
    }

    fn has_subcommand(name: &str) -> bool {
        Part::ALL.iter().any(|part| part.name() == name)
    }
}

impl FromArgMatches for PartCommand {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let found = matches.subcommand().and_then(|(name, matches)| {
            let part = Part::ALL.into_iter().find(|part| part.name() == name)?;
            Some(Self { part, command: process::Command::of(matches) })
        });
        found.ok_or_else(|| clap::Error::new(ErrorKind::MissingSubcommand))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn clap_accepts_the_definitions() {
        Cli::command().debug_assert();
    }

    #[test]
    fn up_is_the_default_command() {
        let cli = Cli::try_parse_from(["cruddur", "--random-ports", "--json"]).unwrap();
        assert!(cli.command.is_none() && cli.up.random_ports && cli.up.json);
    }

    #[test]
    fn a_part_has_the_command_line_of_its_own_binary() {
        let parse = |arguments: &[&str]| Cli::try_parse_from(["cruddur", "part"].iter().chain(arguments));
        let cli = parse(&["--while-stdin-is-open", "users", "healthcheck"]).map_err(|error| error.kind());
        let Ok(Cli { command: Some(Command::Part(part)), .. }) = cli else { panic!("not a part") };
        assert_eq!((part.part.part, part.part.command), (Part::Users, process::Command::Healthcheck));
        for (arguments, kind) in [
            (&["gateway", "--help"][..], ErrorKind::DisplayHelp),
            (&["waterfall", "--version"], ErrorKind::DisplayVersion),
            (&["activities", "--port"], ErrorKind::UnknownArgument),
            (&["nobody"], ErrorKind::InvalidSubcommand),
        ] {
            assert_eq!(parse(arguments).err().map(|error| error.kind()), Some(kind), "{arguments:?}");
        }
    }

    #[test]
    fn request_accepts_several_headers() {
        let cli =
            Cli::try_parse_from(["cruddur", "request", "/a", "-H", "a: b", "--header", "c: d"]).unwrap();
        let Some(Command::Request(request)) = cli.command else { panic!("not a request") };
        assert_eq!(request.headers, ["a: b", "c: d"]);
    }
}
