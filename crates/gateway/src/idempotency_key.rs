//! The key that makes a POST safe to repeat.

use actix_web::HttpResponse;
use actix_web::http::header::{HeaderName, HeaderValue};
use service::client::IDEMPOTENCY_KEY;
use uuid::Uuid;

/// The caller's `Idempotency-Key`, or a new one. It makes a POST to a backend safe to retry, here and, because the
/// response has it, for the caller.
#[derive(Debug)]
pub(crate) struct IdempotencyKey(String);

impl IdempotencyKey {
    pub(crate) fn new(key_of_caller: Option<&str>) -> Self {
        Self(key_of_caller.map_or_else(|| Uuid::new_v4().to_string(), str::to_owned))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Gives the key back to the caller.
    pub(crate) fn add_to<B>(&self, response: &mut HttpResponse<B>) {
        if let Ok(value) = HeaderValue::from_str(&self.0) {
            response.headers_mut().insert(HeaderName::from_static(IDEMPOTENCY_KEY), value);
        }
    }
}
