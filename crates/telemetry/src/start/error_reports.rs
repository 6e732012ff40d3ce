//! Starts the reports of errors to Rollbar, or says why there are none.

use opentelemetry_sdk::Resource;

use crate::env::Settings;
use crate::export::ExportError;
use crate::rollbar::Rollbar;

/// `None` when errors are not reported.
pub(super) fn start(settings: &Settings, resource: &Resource) -> Result<Option<Rollbar>, ExportError> {
    let settings = settings.rollbar.as_ref().filter(|_| !settings.disabled);
    settings.map(|settings| Rollbar::start(settings, resource)).transpose()
}

/// Why errors are not reported, and what to change. `warnings` are those about the settings.
pub(super) fn problem(settings: &Settings, warnings: &[String]) -> String {
    if settings.rollbar.is_some() {
        return "OTEL_SDK_DISABLED is true: unset it and start again".to_owned();
    }
    let own: Vec<&str> =
        warnings.iter().map(String::as_str).filter(|warning| warning.starts_with("ROLLBAR_")).collect();
    if own.is_empty() {
        "set ROLLBAR_ACCESS_TOKEN and start again".to_owned()
    } else {
        format!("{}; correct it and start again", own.join("; "))
    }
}
