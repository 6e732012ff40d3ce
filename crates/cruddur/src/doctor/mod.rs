//! `cruddur doctor`: reads trace files and says why their traces are broken.
//!
//! - here: files, exit status
//! - [`text`]: the findings for a terminal
//!
//! The crate `doctor` diagnoses. Findings go to standard output, everything else to standard error.

mod text;

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use doctor::{RULES, Received, Report, Severity};
use serde_json::{Value, json};
use trace_model::{Nanos, otlp::read_traces, trace_file};

use crate::cli::Doctor;
use crate::terminal;

/// Largest file that is read. Its spans need a few times as much memory.
const MAX_FILE: u64 = 1 << 30;
/// A finding above a note.
const BROKEN: u8 = 1;
/// A file that cannot be read, or has nothing to examine.
const UNKNOWN: u8 = 2;

/// What the command line wants of the report.
struct Selection {
    /// Counts of these codes make traces broken, whatever their severity.
    deny: Vec<String>,
    /// These codes are not shown.
    allow: Vec<String>,
}

/// The findings that are shown, and how many are not.
struct Selected {
    report: Report,
    allowed: usize,
    is_broken: bool,
}

/// `cruddur doctor --file FILE`
pub(crate) fn run(doctor: Doctor) -> ExitCode {
    diagnose(doctor).unwrap_or_else(|error| {
        eprintln!("cruddur: {error:#}");
        ExitCode::from(UNKNOWN)
    })
}

fn diagnose(doctor: Doctor) -> anyhow::Result<ExitCode> {
    let selection = Selection::new(doctor.deny, doctor.allow)?;
    let requests = doctor.file.iter().map(|path| read(path)).collect::<anyhow::Result<Vec<Vec<u8>>>>()?;
    let mut received = Vec::new();
    for request in &requests {
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
    let selected = selection.of(doctor::diagnose(&received, Nanos::MAX));
    if doctor.json {
        writeln!(std::io::stdout(), "{}", json(&selected)).context("cannot print the findings")?;
    } else {
        let text = text::report(&selected, terminal::width());
        write!(anstream::stdout(), "{text}").context("cannot print the findings")?;
    }
    Ok(if selected.is_broken { ExitCode::from(BROKEN) } else { ExitCode::SUCCESS })
}

impl Selection {
    fn new(deny: Vec<String>, allow: Vec<String>) -> anyhow::Result<Self> {
        for code in deny.iter().chain(&allow) {
            if !RULES.iter().any(|rule| rule.code == code) {
                let codes: Vec<&str> = RULES.iter().map(|rule| rule.code).collect();
                bail!("there is no rule {code:?}; the rules are {}", codes.join(", "));
            }
        }
        Ok(Self { deny, allow })
    }

    fn of(&self, mut report: Report) -> Selected {
        let all = report.findings.len();
        report.findings.retain(|finding| !self.allow.iter().any(|code| code == finding.code));
        // The most severe first; rules keep their order.
        report.findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
        let is_denied = |code: &str| self.deny.iter().any(|denied| denied == code);
        let mut findings = report.findings.iter();
        let is_broken = findings.any(|finding| finding.severity > Severity::Note || is_denied(finding.code));
        Selected { allowed: all - report.findings.len(), report, is_broken }
    }
}

fn json(selected: &Selected) -> Value {
    let report = &selected.report;
    json!({
        "broken": selected.is_broken,
        "traces": report.traces,
        "spans": report.spans,
        "tracesLeftOut": report.left_out,
        "findingsAllowed": selected.allowed,
        "findings": report.findings.iter().map(doctor::json::finding).collect::<Vec<_>>(),
    })
}

/// The export request of a file; `-` is standard input.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let name = path.display();
    let mut json = Vec::new();
    if path == Path::new("-") {
        std::io::stdin().lock().take(MAX_FILE + 1).read_to_end(&mut json)
    } else {
        std::fs::File::open(path).and_then(|file| file.take(MAX_FILE + 1).read_to_end(&mut json))
    }
    .with_context(|| format!("cannot read {name}"))?;
    if json.len() as u64 > MAX_FILE {
        bail!("{name} is larger than 1 GiB: split it by trace");
    }
    Ok(trace_file::to_requests(&json).with_context(|| format!("cannot read traces from {name}"))?.traces)
}
