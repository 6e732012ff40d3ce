//! `cruddur marker`: a deployment marker in Honeycomb.

use std::process::ExitCode;

use telemetry::destinations;

use crate::check::print_misspelt_variables;
use crate::cli::Marker;

pub(crate) fn run(marker: &Marker) -> anyhow::Result<ExitCode> {
    let Marker { message, kind, url, dataset } = marker;
    let mut marker = destinations::Marker::new(message, kind);
    (marker.url, marker.dataset) = (url.as_deref(), dataset.as_deref());
    let place = marker.set(&|name| std::env::var(name).ok());
    print_misspelt_variables();
    let place = place?;
    println!("Honeycomb: marker `{message}` of type {kind} set in {place}");
    Ok(ExitCode::SUCCESS)
}
