//! Tests of the settings.
//!
//! - `listed`: what holds for every variable; `numbers`, `spelling`: values that are out of range or spelled wrong
//! - `otlp`, `destinations`, `xray`, `sampler`: the settings of one subject
//! - here: reads settings from pairs of name and value

mod destinations;
mod listed;
mod numbers;
mod otlp;
mod sampler;
mod spelling;
#[cfg(feature = "xray")]
mod xray;

use std::collections::BTreeMap;

use super::otlp::{Exporter, Otlp};
use super::settings::Settings;

/// X-Ray's OTLP endpoint, and what it needs.
pub(super) const XRAY: (&str, &str) = ("TELEMETRY_XRAY", "otlp");
pub(super) const REGION: (&str, &str) = ("AWS_REGION", "us-east-1");

pub(super) fn read(pairs: &[(&str, &str)]) -> (Settings, Vec<String>) {
    let map: BTreeMap<&str, &str> = pairs.iter().copied().collect();
    Settings::read(&|name| map.get(name).map(|value| (*value).to_owned()))
}

pub(super) fn otlp(exporter: Exporter) -> Otlp {
    match exporter {
        Exporter::Otlp(otlp) => otlp,
        other => panic!("{other:?} is not otlp"),
    }
}
