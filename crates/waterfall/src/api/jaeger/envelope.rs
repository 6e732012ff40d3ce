//! Response and error envelopes of Jaeger's legacy API and of its v3 API.

use actix_web::{HttpResponse, http::StatusCode};
use serde::Serialize;

use super::name_page::NamePage;
use crate::error_response::with_message;

/// Message of Jaeger when a trace does not exist.
pub(super) const TRACE_NOT_FOUND: &str = "trace not found";

/// Envelope of every legacy response.
#[derive(Serialize)]
pub(in crate::api) struct LegacyResponse<T> {
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

impl<T> LegacyResponse<T> {
    pub(in crate::api) const fn new(data: T, total: usize) -> Self {
        Self { data: Some(data), total, limit: 0, offset: 0, errors: None }
    }

    /// Adds the position of a page in its list.
    pub(super) fn of_page(page: NamePage<T>) -> LegacyResponse<Vec<T>> {
        let NamePage { items, total, limit, offset } = page;
        LegacyResponse { limit, offset, ..LegacyResponse::new(items, total) }
    }

    /// Adds an error for each missing trace. Ids keep the form of the request, by which Jaeger's page finds them.
    pub(super) fn with_missing(self, ids: &[String]) -> Self {
        let error = |id: &String| LegacyError {
            code: None,
            msg: TRACE_NOT_FOUND.to_owned(),
            trace_id: Some(id.clone()),
        };
        let errors = (!ids.is_empty()).then(|| ids.iter().map(error).collect());
        Self { errors, ..self }
    }
}

pub(super) fn legacy_error(status: StatusCode, msg: impl Into<String>) -> HttpResponse {
    let msg = msg.into();
    let errors = Some(vec![LegacyError { code: Some(status.as_u16()), msg: msg.clone(), trace_id: None }]);
    let body = LegacyResponse::<()> { data: None, total: 0, limit: 0, offset: 0, errors };
    with_message(HttpResponse::build(status).json(body), &msg)
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

pub(super) fn error_v3(status: StatusCode, message: impl Into<String>) -> HttpResponse {
    let message = message.into();
    let error = StatusV3 { http_code: status.as_u16(), message: message.clone() };
    with_message(HttpResponse::build(status).json(ErrorV3 { error }), &message)
}

#[derive(Serialize)]
pub(super) struct ResultV3<T> {
    pub(super) result: T,
}
