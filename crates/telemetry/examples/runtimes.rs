//! Shutdown of telemetry from within a runtime, which is easy to get wrong.
//!
//! The first argument selects the runtime: `actix`, `current-thread` or `multi-thread`. The process creates spans, and
//! shuts telemetry down on SIGTERM, which the tests send.

use std::io;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tracing::Instrument;

/// Number of spans before SIGTERM. One more is created before shutdown.
const SPANS: usize = 100;

fn main() -> io::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("actix") => actix_web::rt::System::new().block_on(run()),
        Some("current-thread") => Builder::new_current_thread().enable_all().build()?.block_on(run()),
        Some("multi-thread") => {
            Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run())
        }
        other => Err(io::Error::other(format!(
            "unknown runtime {other:?}: use actix, current-thread or multi-thread"
        ))),
    }
}

async fn run() -> io::Result<()> {
    let service = telemetry::Service { name: "runtimes", version: env!("CARGO_PKG_VERSION") };
    let telemetry = telemetry::init(service).map_err(io::Error::other)?;
    let mut terminated = signal(SignalKind::terminate())?;
    let work: Vec<_> = (0..SPANS)
        .map(|at| {
            tokio::spawn(
                async { tracing::info!("at work") }.instrument(tracing::info_span!("work", app.at = at)),
            )
        })
        .collect();
    for task in work {
        task.await?;
    }
    println!("ready");
    terminated.recv().await;
    tracing::info_span!("last").in_scope(|| tracing::info!("stopping"));
    telemetry.shutdown().map_err(io::Error::other)
}
