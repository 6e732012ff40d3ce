//! Jaeger's paths, for its page, Grafana's data source and whatever else knows them: the legacy JSON of `/api/..` and the
//! OTLP JSON of `/api/v3/..`, errors as Jaeger gives them.
//!
//! | module | what lives there |
//! |---|---|
//! | [`traces`] | traces by id |
//! | [`search`] | traces, and their summaries, by what they are like |
//! | [`question`] | what a search asks, in the words of both APIs |
//! | [`whole`] | how a search is answered to its end, whatever its size |
//! | [`services`] | services, operations, dependencies |
//! | [`transform`] | OTLP JSON in Jaeger's words, for files that its page opens |

mod exhaustive_search;
mod search;
mod search_request;
mod services;
mod traces;
mod transform;

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::Serialize;

use super::State;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .configure(traces::routes)
        .configure(search::routes)
        .configure(services::routes)
        .configure(transform::routes);
}

/// The envelope of every legacy answer.
#[derive(Serialize)]
pub(super) struct Legacy<T> {
    data: Option<T>,
    total: usize,
    limit: usize,
    offset: usize,
    errors: Option<Vec<LegacyError>>,
}

#[derive(Serialize)]
struct LegacyError {
    #[serde(skip_serializing_if = "Option::is_none")]
    code: Option<u16>,
    msg: String,
    #[serde(rename = "traceID", skip_serializing_if = "Option::is_none")]
    trace_id: Option<String>,
}

impl<T> Legacy<T> {
    pub(super) const fn of(data: T, total: usize) -> Self {
        Self { data: Some(data), total, limit: 0, offset: 0, errors: None }
    }

    /// Says that traces are not there, as they were spelled: Jaeger's page looks for them by that.
    fn without(self, missing: &[String]) -> Self {
        let of = |id: &String| LegacyError {
            code: None,
            msg: traces::NOT_FOUND.to_owned(),
            trace_id: Some(id.clone()),
        };
        let errors = (!missing.is_empty()).then(|| missing.iter().map(of).collect());
        Self { errors, ..self }
    }
}

fn legacy_error(status: StatusCode, msg: impl Into<String>) -> HttpResponse {
    let errors = Some(vec![LegacyError { code: Some(status.as_u16()), msg: msg.into(), trace_id: None }]);
    HttpResponse::build(status).json(Legacy::<()> { data: None, total: 0, limit: 0, offset: 0, errors })
}

#[derive(Serialize)]
struct ErrorV3 {
    error: StatusV3,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct StatusV3 {
    http_code: u16,
    message: String,
}

fn error_v3(status: StatusCode, message: impl Into<String>) -> HttpResponse {
    let error = StatusV3 { http_code: status.as_u16(), message: message.into() };
    HttpResponse::build(status).json(ErrorV3 { error })
}

#[derive(Serialize)]
struct ResultV3<T> {
    result: T,
}
