//! `cruddur marker`: a deployment marker in Honeycomb.

use std::process::ExitCode;

use telemetry::destinations;

use crate::cli::Marker;

pub(crate) fn run(marker: &Marker) -> anyhow::Result<ExitCode> {
    let Marker { message, kind, url, dataset } = marker;
    let marker = destinations::Marker { message, kind, url: url.as_deref(), dataset: dataset.as_deref() };
    let place = marker.set(&|name| std::env::var(name).ok())?;
    println!("Honeycomb: marker `{message}` of type {kind} set in {place}");
    Ok(ExitCode::SUCCESS)
}
