//! A process that makes spans on the runtime of its first argument (`actix`, `current-thread`, `multi-thread`), and on SIGTERM shuts
//! telemetry down from inside of it: where that is easiest to get wrong. The tests stop it.

use std::io;

use tokio::runtime::Builder;
use tokio::signal::unix::{SignalKind, signal};
use tracing::Instrument;

/// How many spans it has made when it is stopped: these, and the last one.
const SPANS: usize = 100;

fn main() -> io::Result<()> {
    match std::env::args().nth(1).as_deref() {
        Some("actix") => actix_web::rt::System::new().block_on(run()),
        Some("current-thread") => Builder::new_current_thread().enable_all().build()?.block_on(run()),
        Some("multi-thread") => {
            Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(run())
        }
        other => {
            Err(io::Error::other(format!("{other:?} is not one of actix, current-thread, multi-thread")))
        }
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
