//! Reports to Rollbar, which `ROLLBAR_ACCESS_TOKEN` turns on. Errors and panics are reported without further ado; see
//! `telemetry`.

/// Reports a message at the level warning. Returns whether reports are on.
pub fn report_message(message: &str) -> bool {
    tracing::warn!(target: telemetry::ROLLBAR_TARGET, "{message}");
    telemetry::reports_to_rollbar()
}
