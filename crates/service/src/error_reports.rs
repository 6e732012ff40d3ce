//! Messages to Rollbar, which `ROLLBAR_ACCESS_TOKEN` turns on. `telemetry` reports errors and panics by itself.

/// Reports a message at the level warning. Returns whether reports are on.
pub fn report_message(message: &str) -> bool {
    tracing::warn!(target: telemetry::ROLLBAR_TARGET, "{message}");
    telemetry::reports_to_rollbar()
}
