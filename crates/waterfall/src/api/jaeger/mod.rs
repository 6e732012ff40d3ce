//! Jaeger's HTTP API, for its page, Grafana's data source and other clients.
//!
//! The paths below `/api` return Jaeger's legacy JSON, those below `/api/v3` OTLP JSON. Errors have Jaeger's form.
//!
//! | module | content |
//! |---|---|
//! | [`traces`] | traces by id |
//! | [`search`] | search for traces and their summaries |
//! | [`search_request`] | search parameters of both API versions |
//! | [`exhaustive_search`] | search that continues until the requested number of traces is found |
//! | [`services`] | services, operations and dependencies |
//! | [`transform`] | conversion of OTLP JSON to Jaeger's JSON |
//! | [`envelope`] | response and error envelopes of both API versions |
//! | [`trace_id`] | trace ids in hex or base64 |

mod envelope;
mod exhaustive_search;
mod name_page;
mod search;
mod search_request;
mod services;
mod trace_id;
mod traces;
mod transform;

use actix_web::web;

pub(super) use self::envelope::LegacyResponse;

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .configure(traces::routes)
        .configure(search::routes)
        .configure(services::routes)
        .configure(transform::routes);
}
