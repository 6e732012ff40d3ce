//! `GET /openapi.json`: the `OpenAPI` document of what other programs ask about broken traces. `openapi.json` is written by hand; the
//! tests compare real answers with it, member by member.

use actix_web::{HttpResponse, http::header::ContentType, web};

const DOCUMENT: &str = include_str!("openapi.json");

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/openapi.json").get(document));
}

async fn document() -> HttpResponse {
    HttpResponse::Ok().insert_header(ContentType::json()).body(DOCUMENT)
}
