//! `HEAD`: every resource that supports `GET` supports it, too (RFC 9110, section 9.3.2).

use std::{
    convert::Infallible,
    pin::Pin,
    task::{Context, Poll},
};

use actix_web::{
    Error,
    body::{BodySize, EitherBody, MessageBody},
    dev::{ServiceRequest, ServiceResponse},
    http::{
        Method,
        header::{self, HeaderMap, HeaderValue},
    },
    middleware::Next,
    web::Bytes,
};

/// Middleware that handles `HEAD` as `GET`, and drops the body of the response.
pub(crate) async fn as_get<B: MessageBody + 'static>(
    mut request: ServiceRequest,
    next: Next<B>,
) -> Result<ServiceResponse<EitherBody<B, NoBody>>, Error> {
    let is_head = request.method() == Method::HEAD;
    if is_head {
        request.head_mut().method = Method::GET;
    }
    let mut response = next.call(request).await?;
    if let Some(methods) = allowed_methods(response.headers()) {
        response.headers_mut().insert(header::ALLOW, methods);
    }
    if !is_head {
        return Ok(response.map_into_left_body());
    }
    Ok(response.map_body(|_, body| EitherBody::right(NoBody(body.size()))))
}

/// The `Allow` header of a resource that supports `GET`, with `HEAD`.
fn allowed_methods(headers: &HeaderMap) -> Option<HeaderValue> {
    let methods = headers.get(header::ALLOW)?.to_str().ok()?;
    let get = methods.split(',').any(|method| method.trim() == "GET");
    get.then(|| HeaderValue::try_from(format!("HEAD, {methods}")).ok())?
}

/// A body of a known size, of which nothing is sent.
#[derive(Debug)]
pub(crate) struct NoBody(BodySize);

impl MessageBody for NoBody {
    type Error = Infallible;

    fn size(&self) -> BodySize {
        self.0
    }

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Bytes, Infallible>>> {
        Poll::Ready(None)
    }
}
