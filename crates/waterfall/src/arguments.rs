//! What the binary can be told beside its variables: to say what it is, or to ask a running one how it is.

use std::process::ExitCode;

const HELP: &str = "\
The trace store and page: keeps OpenTelemetry traces and shows each as a waterfall.

Usage: waterfall                serve until SIGTERM or Ctrl-C
       waterfall healthcheck    ask the running one whether it is ready, and exit with 0 or 1
       waterfall --help | --version

Variables, with their defaults:
  WATERFALL_ADDR=127.0.0.1:16686             the page and the query API
  WATERFALL_OTLP_HTTP_ADDR=127.0.0.1:4318    OTLP over HTTP, protobuf and JSON
  WATERFALL_OTLP_GRPC_ADDR=127.0.0.1:4317    OTLP over gRPC
  WATERFALL_DATA=                            the folder that keeps traces over a restart; unset: memory alone
  WATERFALL_MEMORY_LIMIT=256MiB              what traces may take in memory; the oldest go first. The process stays
                                             below it and 96 MiB
  WATERFALL_DISK_LIMIT=1GiB                  what they may take in that folder
  WATERFALL_KEEP=                            errors, slow:500ms or both: traces that stay longer than others, within a
                                             quarter of the bound
  WATERFALL_BODY_LIMIT=64MiB                 the largest export request, decompressed
  WATERFALL_READ_TOKEN=                      what the page and the query API ask for; unset: nothing
  WATERFALL_INGEST_TOKEN=                    what senders must show; unset: nothing
  RUST_LOG=info                              what is logged on standard error

A program sends its traces here with OTEL_EXPORTER_OTLP_ENDPOINT=http://localhost:4318, and with a token also
OTEL_EXPORTER_OTLP_HEADERS=authorization=Bearer%20TOKEN.";

/// The process of the binary.
pub fn main() -> ExitCode {
    let arguments: Vec<String> =
        std::env::args_os().skip(1).map(|argument| argument.to_string_lossy().into_owned()).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => crate::serve(|name| std::env::var(name).ok(), crate::announce),
        ["healthcheck"] => crate::healthcheck(),
        ["--help" | "-h"] => {
            println!("{HELP}");
            ExitCode::SUCCESS
        }
        ["--version" | "-V"] => {
            println!("waterfall {}", env!("CARGO_PKG_VERSION"));
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("waterfall: it takes no such arguments; see waterfall --help");
            ExitCode::from(2)
        }
    }
}
