//! The layer of tokio's console beside that of this crate. The argument is the file in which the console records what it saw.

use std::error::Error;

use console_subscriber::ConsoleLayer;
use telemetry::Service;
use tracing::{info, info_span, trace_span};
use tracing_subscriber::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    let recording = std::env::args().nth(1).ok_or("the file is missing")?;
    let (layer, telemetry) = telemetry::layer(Service { name: "console", version: "0" })?;
    let console = ConsoleLayer::builder().server_addr(([127, 0, 0, 1], 0)).recording_path(recording).spawn();
    tracing_subscriber::registry().with(console).with(layer).init();
    info_span!("outer", app.id = 7).in_scope(|| {
        // What a runtime tells the console of a task: tokio does it if it is built with `--cfg tokio_unstable`.
        let task = trace_span!(target: "tokio::task", "runtime.spawn", kind = "task", task.name = "a task");
        task.in_scope(|| info_span!("inner").in_scope(|| info!("half-way")));
    });
    telemetry.shutdown()?;
    Ok(())
}
