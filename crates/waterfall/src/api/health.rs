//! `GET /health/live`: the process runs. `GET /health/ready`: it can store spans, which a full disk prevents.

use actix_web::{HttpResponse, http::StatusCode, web};

use super::state::State;
use crate::error_response::{error, interrupted, with_retry_after};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config
        .service(web::resource("/health/live").get(HttpResponse::NoContent))
        .service(web::resource("/health/ready").get(ready));
}

async fn ready(state: web::Data<State>) -> HttpResponse {
    if !state.store.is_durable() {
        return HttpResponse::NoContent().finish();
    }
    let store = state.store.clone();
    match web::block(move || store.check_writable()).await {
        Ok(Ok(())) => HttpResponse::NoContent().finish(),
        Ok(Err(cause)) => {
            let message = format!("spans cannot be stored: {}", process::error_chain(&cause));
            with_retry_after(error(StatusCode::SERVICE_UNAVAILABLE, &message))
        }
        Err(_) => with_retry_after(interrupted()),
    }
}
