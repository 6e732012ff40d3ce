//! Rollbar: one item of level *info*.

use std::time::SystemTime;

use opentelemetry_sdk::Resource;
use uuid::Uuid;

use super::{CheckError, Report};
use crate::env::Settings;
use crate::export::answer::redacted;
use crate::rollbar::{Occurrence, Place, Severity, What, post_once};

pub(super) fn check(settings: &Settings, resource: &Resource) -> Result<Report, CheckError> {
    let settings = settings.rollbar.as_ref().ok_or(CheckError::NotConfigured(
        "errors are not reported to Rollbar: set ROLLBAR_ACCESS_TOKEN to a project's token with the scope post_server_item",
    ))?;
    let occurrence = Occurrence {
        uuid: Uuid::new_v4(),
        time: SystemTime::now(),
        severity: Severity::Info,
        what: What::Message("a check that errors arrive at Rollbar".to_owned()),
        place: Place { module: module_path!().to_owned(), file: None, line: None },
        fields: Vec::new(),
        ids: None,
        request: Vec::new(),
    };
    let endpoint = settings.endpoint.parse().map(|uri| redacted(&uri)).unwrap_or_default();
    let answer = post_once(settings, resource, &occurrence)?;
    // Rollbar leads to an item by the id of an occurrence.
    let is_rollbar = endpoint.starts_with("https://api.rollbar.com/");
    let link = format!("https://rollbar.com/occurrence/uuid/?uuid={}", occurrence.uuid);
    Ok(Report {
        sent: format!("1 item of level info, occurrence {}, to {endpoint}", occurrence.uuid),
        link: (is_rollbar && answer.is_ok()).then_some(link),
        answer: answer.map(|()| "the item was accepted".to_owned()),
        notes: Vec::new(),
    })
}
