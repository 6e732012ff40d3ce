//! Responses that are sent before the request body was read. They close the connection.
//!
//! When a handler drops the body of a chunked request, the framework reads on for as long as the client sends. When the
//! body is still alive at the end of the response, the framework closes the connection instead. So the response owns
//! it.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    web::{Bytes, Payload},
};

/// Lets the response own the request body that may be unread.
pub(super) fn closing(response: HttpResponse, request_body: Payload) -> HttpResponse {
    response.map_body(|_, body| BoxBody::new(EarlyResponse { body, _request_body: request_body }))
}

struct EarlyResponse {
    body: BoxBody,
    _request_body: Payload,
}

impl MessageBody for EarlyResponse {
    type Error = <BoxBody as MessageBody>::Error;

    fn size(&self) -> BodySize {
        self.body.size()
    }

    fn poll_next(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Bytes, Self::Error>>> {
        Pin::new(&mut self.get_mut().body).poll_next(context)
    }
}
