//! `GET /openapi.json`: the `OpenAPI` document, generated from the handlers.

use std::sync::LazyLock;

use actix_web::HttpResponse;
use actix_web::http::header::ContentType;
use problem::{MEDIA_TYPE, Problem};
use utoipa::openapi::header::HeaderBuilder;
use utoipa::openapi::path::{Operation, PathItem};
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

/// Adds the security scheme, and to every operation the `traceresponse` header and the problem response.
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
        for operation in document.paths.paths.values_mut().flat_map(operations) {
            let problem = Response::new("Problem details with a stable `code`");
            operation.responses.responses.insert("default".to_owned(), RefOr::T(problem));
            for (status, response) in &mut operation.responses.responses {
                if let RefOr::T(response) = response {
                    describe(status, response);
                }
            }
        }
    }
}

fn operations(item: &mut PathItem) -> impl Iterator<Item = &mut Operation> {
    [&mut item.get, &mut item.post].into_iter().filter_map(Option::as_mut)
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
