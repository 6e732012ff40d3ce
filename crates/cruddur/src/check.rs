//! `cruddur check`: one span or error to each destination, and what it answered, on one screen.

use std::process::ExitCode;

use anyhow::Context as _;
use telemetry::Service;
use telemetry::destinations::{self, Destination, Report};

use crate::cli::{Check, CheckedDestination};

const SERVICE: Service<'_> = Service { name: "cruddur-check", version: env!("CARGO_PKG_VERSION") };

const DEFAULT_ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT is not set, so the default was used. Set it, or start \
    `cruddur waterfall`, which listens there.";

const DISABLED: &str = "OTEL_SDK_DISABLED is true, so services with these variables send nothing.";

pub(crate) fn run(check: &Check) -> anyhow::Result<ExitCode> {
    let outcome = check_all(check);
    print_misspelt_variables();
    outcome
}

/// Prints what a variable that has no effect was probably meant to be.
pub(crate) fn print_misspelt_variables() {
    for warning in telemetry::misspelt_variables() {
        println!("note: {warning}");
    }
}

fn check_all(check: &Check) -> anyhow::Result<ExitCode> {
    let variable = |name: &str| std::env::var(name).ok();
    let named: Vec<_> = check.destinations.iter().copied().map(Destination::from).collect();
    let chosen = if named.is_empty() { destinations::configured(&variable) } else { named };
    anyhow::ensure!(
        !chosen.is_empty(),
        "nothing is sent anywhere: set OTEL_EXPORTER_OTLP_ENDPOINT, HONEYCOMB_API_KEY, TELEMETRY_XRAY or \
         ROLLBAR_ACCESS_TOKEN"
    );
    let mut all_accepted = true;
    for destination in chosen {
        let mut report = destinations::check(destination, SERVICE, &variable)
            .with_context(|| format!("cannot check {destination}"))?;
        if destination == Destination::Otlp && report.answer.is_err() && !names_an_endpoint(&variable) {
            report.notes.push(DEFAULT_ENDPOINT.to_owned());
        }
        if variable("OTEL_SDK_DISABLED").is_some_and(|value| value.trim().eq_ignore_ascii_case("true")) {
            report.notes.push(DISABLED.to_owned());
        }
        all_accepted &= report.answer.is_ok();
        print!("{}", text(destination, &report));
    }
    Ok(if all_accepted { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn names_an_endpoint(variable: &dyn Fn(&str) -> Option<String>) -> bool {
    let is_set = |name| variable(name).is_some_and(|value| !value.trim().is_empty());
    is_set("OTEL_EXPORTER_OTLP_ENDPOINT") || is_set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
}

impl From<CheckedDestination> for Destination {
    fn from(named: CheckedDestination) -> Self {
        match named {
            CheckedDestination::Otlp => Self::Otlp,
            CheckedDestination::Honeycomb => Self::Honeycomb,
            CheckedDestination::Xray => Self::Xray,
            CheckedDestination::Rollbar => Self::Rollbar,
        }
    }
}

/// The report as a few lines, each with what it is about.
fn text(destination: Destination, report: &Report) -> String {
    let (verdict, done, answer) = match &report.answer {
        Ok(answer) => ("accepted", "sent", answer),
        // Perhaps it was not even sent.
        Err(answer) => ("not accepted", "tried", answer),
    };
    let lines = [(done, &report.sent), ("answer", answer)].into_iter();
    let lines = lines.chain(report.notes.iter().map(|note| ("note", note)));
    let lines = lines.chain(report.link.iter().map(|link| ("open", link)));
    let head = format!("{destination}: {verdict}\n");
    std::iter::once(head).chain(lines.map(|(what, line)| format!("  {what:<8}{line}\n"))).collect()
}
