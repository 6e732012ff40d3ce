//! `cruddur doctor`: says why traces are broken, those of files and those of a running system.
//!
//! - here: what is examined, exit status
//! - [`file`](mod@file): reads trace files
//! - [`probe`]: sends requests through a running system
//! - [`selection`]: which findings are shown, and which count as broken
//! - [`text`], [`junit`]: the findings for a terminal and for CI systems
//!
//! The crate `doctor` diagnoses. Findings go to standard output, everything else to standard error.

mod file;
mod junit;
mod probe;
mod selection;
mod text;

use std::io::Write as _;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use doctor::{Received, Report};
use serde_json::{Value, json};
use trace_model::{Nanos, TraceId, otlp::read_traces};

use crate::cli::Doctor;
use crate::terminal;
use probe::Expected;
use selection::{Selected, Selection};

/// A finding above a note, or an expected service that is missing.
const BROKEN: u8 = 1;
/// Nothing can be told.
const UNKNOWN: u8 = 2;

/// Traces to examine.
struct Examined {
    /// In protobuf.
    requests: Vec<Vec<u8>>,
    /// The traces that findings must be about. Empty: any.
    about: Vec<TraceId>,
    expected: Vec<Expected>,
}

/// `cruddur doctor --file FILE` and `cruddur doctor --url URL`
pub(crate) fn run(doctor: &Doctor) -> ExitCode {
    diagnose(doctor).unwrap_or_else(|error| {
        eprintln!("cruddur: {error:#}");
        ExitCode::from(UNKNOWN)
    })
}

fn diagnose(doctor: &Doctor) -> anyhow::Result<ExitCode> {
    let selection = Selection::new(doctor)?;
    let examined = if let Some(url) = &doctor.probe.url {
        crate::block_on(probe::run(&doctor.probe, url))?
    } else {
        let requests = doctor.file.iter().map(|path| file::read(path));
        Examined {
            requests: requests.collect::<anyhow::Result<_>>()?,
            about: Vec::new(),
            expected: Vec::new(),
        }
    };
    let selected = selection.of(report(&examined)?);
    let is_broken = selected.is_broken() || examined.expected.iter().any(Expected::is_missing);
    if let Some(path) = &doctor.junit {
        std::fs::write(path, junit::report(&selected, &examined.expected))
            .with_context(|| format!("cannot write {}", path.display()))?;
    }
    if doctor.json {
        writeln!(std::io::stdout(), "{}", json(&selected, &examined.expected, is_broken))
            .context("cannot print the findings")?;
    } else {
        let text = text::report(&selected, &examined.expected, terminal::width());
        write!(anstream::stdout(), "{text}").context("cannot print the findings")?;
    }
    Ok(if is_broken { ExitCode::from(BROKEN) } else { ExitCode::SUCCESS })
}

fn report(examined: &Examined) -> anyhow::Result<Report> {
    let mut received = Vec::new();
    for request in &examined.requests {
        let rejected = read_traces(request, |_, origin, span| {
            received.push(Received { origin: *origin, span, arrived: Nanos::ZERO });
        })?;
        if let Some(message) = rejected.message("span") {
            eprintln!("cruddur: {message}");
        }
    }
    if received.is_empty() {
        bail!("there are no spans in the files");
    }
    let mut report = doctor::diagnose_with_all_notes(&received, Nanos::MAX);
    if !examined.about.is_empty() {
        let is_about = |id: &TraceId| examined.about.contains(id);
        report.findings.retain(|finding| {
            // The caller outside is the probe itself.
            finding.code != "caller-outside" && finding.trace_ids().iter().any(is_about)
        });
    }
    Ok(report)
}

fn json(selected: &Selected<'_>, expected: &[Expected], is_broken: bool) -> Value {
    let report = &selected.report;
    let expected =
        expected.iter().map(|one| json!({ "service": one.service, "tookPart": one.took_part, "of": one.of }));
    json!({
        "broken": is_broken,
        "traces": report.traces,
        "spans": report.spans,
        "tracesLeftOut": report.left_out,
        "expected": expected.collect::<Vec<_>>(),
        "findingsAllowed": selected.allowed,
        "suppressed": doctor::suppression::json(&selected.suppressed),
        "findings": report.findings.iter().map(doctor::json::finding).collect::<Vec<_>>(),
    })
}
