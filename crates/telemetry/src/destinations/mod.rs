//! Sends one span, or to Rollbar one message, to a destination, waits for the answer, and says in words what came of it. A command line
//! can be made of it, as `cruddur check` is.
//!
//! - [`Destination`] and [`check`]: one function for all destinations, which the environment configures
//! - `otlp`, `honeycomb`, `xray`, `rollbar`: what is sent to each, and what its answer means
//! - [`Marker`]: a deployment marker of Honeycomb

mod honeycomb;
mod http;
mod marker;
mod otlp;
#[cfg(feature = "rollbar")]
mod rollbar;
#[cfg(feature = "xray")]
mod xray;

use std::fmt;

use thiserror::Error;

pub use self::marker::{Marker, MarkerError};
use crate::env::{Exporter, Settings, Vendor};
use crate::export::ExportError;
use crate::resource::{Service, resource};

/// A destination that the environment can configure.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Destination {
    /// The endpoint of spans, `OTEL_EXPORTER_OTLP_*`.
    Otlp,
    /// `HONEYCOMB_*`, or an OTLP endpoint with the header `x-honeycomb-team`.
    Honeycomb,
    /// `TELEMETRY_XRAY`, `AWS_*`.
    Xray,
    /// `ROLLBAR_*`.
    Rollbar,
}

impl Destination {
    /// All destinations.
    pub const ALL: [Self; 4] = [Self::Otlp, Self::Honeycomb, Self::Xray, Self::Rollbar];

    /// What the names of its variables begin with.
    fn variables(self) -> &'static [&'static str] {
        match self {
            Self::Otlp => &["OTEL_"],
            Self::Honeycomb => &["HONEYCOMB_"],
            Self::Xray => &["TELEMETRY_XRAY", "AWS_"],
            Self::Rollbar => &["ROLLBAR_"],
        }
    }

    /// The warnings about its variables, or else `advice`.
    fn not_configured(self, advice: &'static str, mut warnings: Vec<String>) -> CheckError {
        warnings.retain(|warning| self.variables().iter().any(|name| warning.starts_with(name)));
        if warnings.is_empty() {
            CheckError::NotConfigured(advice)
        } else {
            CheckError::Ignored(warnings.join("; "))
        }
    }
}

impl fmt::Display for Destination {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Otlp => "OTLP",
            Self::Honeycomb => "Honeycomb",
            Self::Xray => "X-Ray",
            Self::Rollbar => "Rollbar",
        })
    }
}

/// What came of a check. No text contains a key.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report {
    /// What was sent, and where.
    pub sent: String,
    /// What the destination did with it; an error if it was not accepted, with what to change.
    pub answer: Result<String, String>,
    /// What else is known, a sentence each.
    pub notes: Vec<String>,
    /// The page that shows what was sent.
    pub link: Option<String>,
}

/// Why nothing was sent.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CheckError {
    /// The environment does not configure the destination; the text says what to set.
    #[error("{0}")]
    NotConfigured(&'static str),
    /// Settings of the destination are there and ignored; the text says why.
    #[error("nothing is sent there: {0}")]
    Ignored(String),
    /// Certificates, an endpoint or a token are unusable.
    #[error(transparent)]
    Export(#[from] ExportError),
}

/// Sends one span, or to Rollbar one message, and waits for the answer. `variable` reads the environment, as in
/// [`init_from`](crate::init_from()). Blocks the thread; not to be called within a runtime.
///
/// # Errors
///
/// When nothing could be sent. A refusal is part of the report.
pub fn check(
    destination: Destination,
    service: Service<'_>,
    variable: &dyn Fn(&str) -> Option<String>,
) -> Result<Report, CheckError> {
    let (settings, warnings) = Settings::read(variable);
    let resource = resource(service, &settings, Vec::new());
    let report = match destination {
        Destination::Otlp => match &settings.traces {
            Exporter::Otlp(otlp) => otlp::check(otlp, &resource).map_err(CheckError::from),
            Exporter::Console | Exporter::None => Err(CheckError::NotConfigured(NO_OTLP)),
        },
        Destination::Honeycomb => honeycomb::check(&settings, &resource),
        #[cfg(feature = "xray")]
        Destination::Xray => xray::check(&settings, &resource),
        #[cfg(not(feature = "xray"))]
        Destination::Xray => Err(CheckError::NotConfigured(NO_XRAY)),
        #[cfg(feature = "rollbar")]
        Destination::Rollbar => rollbar::check(&settings, &resource),
        #[cfg(not(feature = "rollbar"))]
        Destination::Rollbar => Err(CheckError::NotConfigured(NO_ROLLBAR)),
    };
    match report {
        Ok(mut report) => {
            report.notes.extend(warnings);
            Ok(report)
        }
        Err(CheckError::NotConfigured(advice)) => Err(destination.not_configured(advice, warnings)),
        Err(error) => Err(error),
    }
}

/// The destinations that the environment configures, at least one: without any, spans go to the default OTLP endpoint.
pub fn configured(variable: &dyn Fn(&str) -> Option<String>) -> Vec<Destination> {
    let (settings, _) = Settings::read(variable);
    let mut found = Vec::new();
    match &settings.traces {
        Exporter::Otlp(otlp) if otlp.vendor == Vendor::Honeycomb => found.push(Destination::Honeycomb),
        Exporter::Otlp(_) => found.push(Destination::Otlp),
        Exporter::Console | Exporter::None => {}
    }
    if settings.honeycomb.is_some() && !found.contains(&Destination::Honeycomb) {
        found.push(Destination::Honeycomb);
    }
    if settings.xray.is_some() {
        found.push(Destination::Xray);
    }
    if settings.rollbar.is_some() {
        found.push(Destination::Rollbar);
    }
    found
}

const NO_OTLP: &str =
    "no spans are sent by OTLP: set OTEL_EXPORTER_OTLP_ENDPOINT, and OTEL_TRACES_EXPORTER to otlp or nothing";
#[cfg(not(feature = "xray"))]
const NO_XRAY: &str = "no spans are sent to X-Ray: telemetry's feature `xray` is off";
#[cfg(not(feature = "rollbar"))]
const NO_ROLLBAR: &str = "errors are not reported to Rollbar: telemetry's feature `rollbar` is off";
