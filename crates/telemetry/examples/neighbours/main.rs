//! The layer beside other layers, each combination in a process of its own, for the tests.
//!
//! The first argument selects the combination. The process prints what the other layers saw, and exports its spans to
//! `OTEL_EXPORTER_OTLP_ENDPOINT`.

mod builders;
mod errors;
mod kept_middlewares;
mod layers;
mod left_out;
mod own_parts;
mod records;
mod starts;

use std::error::Error;

use telemetry::Service;
use tracing::{debug, debug_span, error, info, info_span};

const SERVICE: Service<'_> = Service { name: "neighbours", version: "0" };

fn main() -> Result<(), Box<dyn Error>> {
    let telemetry = match std::env::args().nth(1).as_deref() {
        Some("fmt-text") => layers::fmt_text()?,
        Some("fmt-json") => layers::fmt_json()?,
        Some("filters") => layers::filters()?,
        Some("filter-of-all-layers") => layers::filter_of_all_layers()?,
        Some("filter-of-one-target") => layers::filter_of_one_target()?,
        Some("filter-of-the-layer") => layers::filter_of_the_layer()?,
        Some("kept-middlewares") => kept_middlewares::kept_middlewares()?,
        Some("layer-left-out") => left_out::layer_left_out()?,
        Some("layer-not-installed") => left_out::layer_not_installed()?,
        Some("span-trace") => layers::span_trace()?,
        Some("sentry") => layers::sentry()?,
        Some("thread") => starts::thread()?,
        Some("within-init") => starts::within_init()?,
        Some("globals") => starts::globals()?,
        Some("dropped-at-once") => starts::dropped_at_once()?,
        Some("second-init") => starts::second_init()?,
        Some("builder-json") => builders::builder_json()?,
        Some("builder-layers") => builders::builder_layers()?,
        Some("builder-off") => builders::builder_off()?,
        Some("log-records") => records::log_records()?,
        Some("log-records-layers") => records::log_records_layers()?,
        Some("other-logger") => records::other_logger()?,
        Some("flame") => layers::flame()?,
        Some("own-parts") => own_parts::own_parts()?,
        Some("handler-errors") => errors::handler_errors()?,
        Some("handler-errors-layer") => errors::handler_errors_layer()?,
        other => return Err(format!("unknown combination {other:?}: see the source").into()),
    };
    telemetry.shutdown()?;
    Ok(())
}

/// `outer`, below it `detail` at DEBUG, and below that `inner` and `explicit`, which names `detail` as its parent.
fn work() {
    info_span!("outer", app.id = 7).in_scope(|| {
        let detail = debug_span!("detail");
        detail.in_scope(|| {
            debug!("in detail");
            info_span!("inner").in_scope(|| info!(app.step = 1, "half-way"));
            info_span!(parent: &detail, "explicit").in_scope(|| {});
        });
        error!("it failed");
    });
}
