//! Examines the newest traces from time to time, and leaves what was found for their senders.

use std::{
    collections::{HashMap, hash_map::Entry},
    sync::Arc,
    time::Duration,
};

use ::doctor::{Finding, Severity};
use actix_web::web;

use super::state::State;
use crate::sender_warnings::SenderWarnings;

/// Time between two diagnoses.
const PERIOD: Duration = Duration::from_secs(5);

/// Runs until it is aborted.
pub(crate) async fn warn_senders(state: web::Data<State>, warnings: Arc<SenderWarnings>) {
    let mut examined = None;
    loop {
        tokio::time::sleep(PERIOD).await;
        let stored = state.store.stats().spans;
        if examined == Some(stored) {
            continue;
        }
        // Without an answer, other large traces are being read: the next period is soon enough.
        let Ok(diagnosis) = state.diagnostician.of_newest().await else { continue };
        warnings.replace(by_service(&diagnosis.report.findings));
        let is_complete = diagnosis.report.arriving.is_empty();
        examined = is_complete.then_some(stored);
    }
}

/// The most severe finding of each service; a note is none to warn of.
fn by_service(findings: &[Finding]) -> HashMap<String, String> {
    let mut by_service = HashMap::<String, &Finding>::new();
    for finding in findings.iter().filter(|finding| finding.severity > Severity::Note) {
        for service in [&finding.hop.from, &finding.hop.to].into_iter().flatten() {
            match by_service.entry(service.clone()) {
                Entry::Occupied(mut known) if known.get().severity < finding.severity => {
                    known.insert(finding);
                }
                Entry::Occupied(_) => {}
                Entry::Vacant(free) => {
                    free.insert(finding);
                }
            }
        }
    }
    by_service.into_iter().map(|(service, finding)| (service, text(finding))).collect()
}

/// A sender may cut it, so what the rule is called and where to look come first.
fn text(finding: &Finding) -> String {
    let Finding { code, confidence, summary, .. } = finding;
    format!("the doctor found {code} (how sure: {}), see the page /doctor: {summary}", confidence.as_str())
}
