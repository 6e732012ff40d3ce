//! Refusing a body before its end: the connection is closed then, and not kept until the rest of it has come.
//!
//! The framework reads on where a chunked body was let go, for as long as the sender likes. It closes where somebody
//! still holds the body when the answer is over: the answer itself does.

use std::{
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    HttpResponse,
    body::{BodySize, BoxBody, MessageBody},
    web::{Bytes, Payload},
};

/// An answer to a request whose body may not have been read.
pub(super) fn closing(response: HttpResponse, unread: Payload) -> HttpResponse {
    response.map_body(|_, body| BoxBody::new(Unread { body, _unread: unread }))
}

struct Unread {
    body: BoxBody,
    _unread: Payload,
}

impl MessageBody for Unread {
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
