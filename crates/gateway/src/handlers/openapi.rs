//! `GET /openapi.json`: the `OpenAPI` document, generated from the handlers.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use problem::{MEDIA_TYPE, Problem};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::Operation;
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{Content, Header, OpenApi as Document, Ref, RefOr, Response};
use utoipa::{Modify, OpenApi};

use super::{
    health, home, like, notifications, post, profile, reply, rollbar_test, search, short, show,
    update_profile, welcome,
};

#[derive(OpenApi)]
#[openapi(
    info(title = "Cruddur", description = "A micro-blog whose posts expire. Every request is one trace."),
    paths(
        welcome::handle,
        handle,
        health::handle,
        post::handle,
        home::handle,
        notifications::handle,
        search::handle,
        profile::handle,
        show::handle,
        reply::handle,
        like::handle,
        short::handle,
        update_profile::handle,
        rollbar_test::handle,
    ),
    components(schemas(Problem)),
    modifiers(&CommonResponses)
)]
struct Gateway;

/// Returns this document.
#[utoipa::path(
    get,
    path = "/openapi.json",
    tag = "gateway",
    operation_id = "openapi",
    responses((status = 200, description = "An OpenAPI document", body = serde_json::Value))
)]
pub(crate) async fn handle() -> HttpResponse {
    HttpResponse::Ok().insert_header(ContentType::json()).body(document())
}

/// The document, as JSON.
pub(crate) fn document() -> &'static str {
    static DOCUMENT: LazyLock<String> =
        LazyLock::new(|| serde_json::to_string(&Gateway::openapi()).unwrap_or_default());
    &DOCUMENT
}

/// Adds the security scheme, and to every operation the `traceresponse` header and the problems that it may return.
struct CommonResponses;

impl Modify for CommonResponses {
    fn modify(&self, document: &mut Document) {
        if let Some(components) = &mut document.components {
            let mut token = Http::new(HttpAuthScheme::Bearer);
            token.bearer_format = Some("JWT".to_owned());
            token.description =
                Some("HS256; `sub` is the caller's handle. Required if the gateway has a secret.".to_owned());
            components.add_security_scheme("token", SecurityScheme::Http(token));
        }
        for item in document.paths.paths.values_mut() {
            item.get.iter_mut().for_each(|operation| add_problems(operation, &[]));
            item.post.iter_mut().for_each(|operation| add_problems(operation, WRITE_PROBLEMS));
        }
    }
}

/// Status and meaning of a problem response.
type Documented = (&'static str, &'static str);

/// Every operation may return these.
const COMMON_PROBLEMS: &[Documented] = &[
    ("414", "`uri_too_long`"),
    ("421", "`misdirected_request`: the gateway does not answer for this host"),
    ("500", "`internal_error`"),
];
const WRITE_PROBLEMS: &[Documented] = &[
    ("403", "`cross_site_request`: a page of another site may not change anything"),
    ("507", "`storage_full`: nothing was written"),
];
const BODY_PROBLEMS: &[Documented] = &[
    ("400", "`invalid_json`"),
    ("408", "`body_too_slow`"),
    ("413", "`body_too_large`"),
    ("415", "`unsupported_media_type`: the body must be `application/json`"),
    ("422", "`invalid_input` lists every violation; `idempotency_key_reused`"),
];
const PARAMETER_PROBLEMS: &[Documented] =
    &[("400", "`invalid_query`"), ("422", "`invalid_input` lists every violation")];
const TOKEN_PROBLEMS: &[Documented] = &[("401", "`token_missing` or `token_invalid`")];
const BACKEND_PROBLEMS: &[Documented] = &[
    ("502", "`activities_failed` or `users_failed`"),
    ("503", "`activities_unavailable` or `users_unavailable`: try again soon"),
];

fn add_problems(operation: &mut Operation, of_method: &[Documented]) {
    let when = |condition: bool, problems: &'static [Documented]| if condition { problems } else { &[] };
    let calls_backend = operation.tags.iter().flatten().any(|tag| tag != "gateway");
    let problems = [
        COMMON_PROBLEMS,
        of_method,
        when(operation.request_body.is_some(), BODY_PROBLEMS),
        when(operation.parameters.is_some(), PARAMETER_PROBLEMS),
        when(operation.security.is_some(), TOKEN_PROBLEMS),
        when(calls_backend, BACKEND_PROBLEMS),
    ];
    for (status, meaning) in problems.into_iter().flatten().copied() {
        let response = || RefOr::T(Response::new(meaning));
        operation.responses.responses.entry(status.to_owned()).or_insert_with(response);
    }
    for (status, response) in &mut operation.responses.responses {
        if let RefOr::T(response) = response {
            describe(status, response);
        }
    }
}

/// Adds the `traceresponse` header, and the problem schema unless the status is 2xx.
fn describe(status: &str, response: &mut Response) {
    response.headers.insert("traceresponse".to_owned(), RefOr::T(traceresponse()));
    if !status.starts_with('2') {
        let problem = Content::new(Some(Ref::from_schema_name("Problem")));
        response.content.clear();
        response.content.insert(MEDIA_TYPE.to_owned(), RefOr::T(problem));
    }
}

fn traceresponse() -> Header {
    HeaderBuilder::new()
        .schema(Some(ObjectBuilder::new().schema_type(Type::String).build()))
        .description(Some("The trace of this request: `00-{trace id}-{span id}-{flags}`"))
        .build()
}
