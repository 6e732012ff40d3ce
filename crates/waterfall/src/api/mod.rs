//! HTTP API of the page's port: for the page itself, for clients of Jaeger's API, and for live updates.
//!
//! | module | content |
//! |---|---|
//! | [`trace_list`], [`list_verdicts`], [`trace_verdict`] | list of traces with what their analysis says, and search |
//! | [`trace`], [`trace_json`], [`trace_rows`], [`judged_rows`] | one trace in rows, with what its analysis says |
//! | [`span_details`], [`sibling_differences`] | one span |
//! | [`find`] | spans of one trace by their attributes |
//! | [`logs`] | log records of a trace |
//! | [`services`], [`metrics_turn`] | metrics by service and operation, service graph, attribute keys and values |
//! | [`doctor`], [`diagnosis`], [`missing_parents`] | why traces are broken |
//! | [`accepted`], [`suppressions`] | findings that are known and accepted |
//! | [`warn_senders`](warn_senders()) | findings for the senders whose spans they are about |
//! | [`hops`] | how often the context arrived, services by services |
//! | [`openapi`] | the `OpenAPI` document of these |
//! | [`mcp`] | the same for agents, over the Model Context Protocol |
//! | [`completion`] | completion of queries |
//! | [`import`], [`export`] | traces from and to files |
//! | [`stream`] | live updates as server-sent events |
//! | [`health`] | whether the process runs, and whether it can store spans |
//! | [`status`] | size of the store, addresses of the process |
//! | [`jaeger`] | Jaeger's HTTP API |
//! | [`state`] | state that all handlers share |
//! | [`versioned_response`] | responses with an entity tag, made on a blocking thread |
//! | [`streaming_body`], [`trace_serializer`] | responses of any size, with traces that are read one at a time |
//! | [`read_budget`] | memory limit of decompressed traces |
//! | [`attribute_values`], [`json_number`], [`parameters`], [`trace_id`] | pieces of requests and responses |

mod accepted;
mod attribute_values;
mod columns;
mod completion;
mod diagnosis;
mod doctor;
mod export;
mod find;
mod health;
mod hops;
mod import;
mod jaeger;
mod json_number;
mod judged_rows;
mod list_verdicts;
mod logs;
pub(crate) mod mcp;
mod metrics_turn;
mod missing_parents;
mod openapi;
mod parameters;
mod read_budget;
mod services;
mod sibling_differences;
mod span_details;
mod state;
mod status;
mod stream;
mod streaming_body;
mod suppressions;
mod trace;
mod trace_id;
mod trace_json;
mod trace_list;
mod trace_rows;
mod trace_serializer;
mod trace_verdict;
mod versioned_response;
mod warn_senders;

use actix_web::{HttpRequest, HttpResponse, http::StatusCode, web};

pub(crate) use self::{accepted::Accepted, state::State, warn_senders::warn_senders};
use crate::error_response::error;

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config
        .configure(health::routes)
        .configure(stream::routes)
        .configure(status::routes)
        .configure(trace_list::routes)
        .configure(trace::routes)
        .configure(find::routes)
        .configure(logs::routes)
        .configure(services::routes)
        .configure(suppressions::routes)
        .configure(doctor::routes)
        .configure(hops::routes)
        .configure(mcp::routes)
        .configure(openapi::routes)
        .configure(completion::routes)
        .configure(import::routes)
        .configure(export::routes)
        .configure(jaeger::routes);
}

pub(crate) async fn not_found(request: HttpRequest) -> HttpResponse {
    error(StatusCode::NOT_FOUND, &format!("unknown path {}", request.path()))
}
