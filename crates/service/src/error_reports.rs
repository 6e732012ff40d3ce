//! Messages to Rollbar, which `ROLLBAR_ACCESS_TOKEN` turns on. `telemetry` reports errors and panics by itself.

/// Reports a message at the level warning.
///
/// # Errors
///
/// When errors are not reported; the text says why, and what to change. Then the message is not logged, either.
pub fn report_message(message: &str) -> Result<(), String> {
    if let Some(problem) = telemetry::rollbar_problem() {
        return Err(problem);
    }
    tracing::warn!(target: telemetry::ROLLBAR_TARGET, "{message}");
    Ok(())
}
