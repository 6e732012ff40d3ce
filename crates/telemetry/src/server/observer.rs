//! What is observed of a request until its response has been sent.

use std::borrow::Cow;
use std::cell::RefCell;
use std::rc::Rc;

use actix_web::dev::{ResourceMap, ServiceRequest};
use actix_web::http::Method;
use tracing::Span;

use crate::signals::http::ServerMeasurement;
use crate::span::with_open_span;

/// Observers that a thread keeps for later requests.
const SPARE: usize = 64;
/// Bytes of a path's memory that a spare observer keeps.
const RETAINED_CAPACITY: usize = 1024;

thread_local! {
    #[expect(clippy::vec_box, reason = "they are used boxed")]
    static SPARES: RefCell<Vec<Box<RequestObserver>>> = const { RefCell::new(Vec::new()) };
}

/// Observes a request whose span is recording, or that is measured.
///
/// It stays boxed, because responses are moved from middleware to middleware.
#[derive(Debug)]
pub(super) struct RequestObserver {
    pub(super) span: Span,
    /// The request counts as active until this is dropped.
    pub(super) measurement: Option<ServerMeasurement>,
    pub(super) resource: Resource,
    /// Bytes of the response's body that are not sent yet; `None` while their number is unknown.
    pub(super) left: Option<u64>,
}

/// What a request asked for. A panic, or an error of a middleware, leaves no request behind that could tell.
#[derive(Debug)]
pub(super) struct Resource {
    pub(super) method: Method,
    path: String,
    routes: Rc<ResourceMap>,
}

impl Resource {
    /// The route of the path. It ignores the guards of routes.
    pub(super) fn route(&self) -> Option<String> {
        self.routes.match_pattern(&self.path)
    }
}

impl RequestObserver {
    /// Observes `request`, one of an application with these routes.
    #[expect(clippy::unnecessary_box_returns, reason = "its memory is boxed already")]
    pub(super) fn new(
        span: Span,
        measurement: Option<ServerMeasurement>,
        request: &ServiceRequest,
        routes: &Rc<ResourceMap>,
    ) -> Box<Self> {
        let spare = SPARES.try_with(|spares| spares.try_borrow_mut().ok()?.pop()).ok().flatten();
        let mut observer = spare.unwrap_or_else(|| Box::new(Self::blank(routes)));
        observer.span = span;
        observer.measurement = measurement;
        observer.resource.method = request.method().clone();
        if !Rc::ptr_eq(&observer.resource.routes, routes) {
            observer.resource.routes = Rc::clone(routes);
        }
        observer.resource.path.push_str(request.path());
        observer
    }

    fn blank(routes: &Rc<ResourceMap>) -> Self {
        let resource = Resource { method: Method::GET, path: String::new(), routes: Rc::clone(routes) };
        Self { span: Span::none(), measurement: None, resource, left: None }
    }

    /// Marks span and measurement as failed.
    pub(super) fn fail(&mut self, kind: &'static str, description: impl Into<Cow<'static, str>>) {
        if let Some(measurement) = &mut self.measurement {
            measurement.record_failure(kind);
        }
        with_open_span(&self.span, |open_span| open_span.fail(kind, description));
    }

    /// Ends the observation, and keeps its memory for a later request.
    pub(super) fn recycle(mut self: Box<Self>) {
        self.span = Span::none();
        self.measurement = None;
        self.left = None;
        self.resource.path.clear();
        self.resource.path.shrink_to(RETAINED_CAPACITY);
        // The thread-local of a thread that is ending is gone.
        let _ = SPARES.try_with(|spares| {
            if let Ok(mut spares) = spares.try_borrow_mut()
                && spares.len() < SPARE
            {
                spares.push(self);
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    #[test]
    fn a_spare_observer_knows_nothing_of_its_last_request() {
        let observe = |method, path| {
            let request = TestRequest::with_uri(path).method(method).to_srv_request();
            RequestObserver::new(Span::none(), None, &request, &Rc::new(request.resource_map().clone()))
        };
        let mut first = observe(Method::POST, "/first?q=1");
        let place = &raw const *first;
        first.left = Some(7);
        first.recycle();
        let second = observe(Method::GET, "/2");
        assert_eq!(&raw const *second, place, "its memory is used again");
        assert_eq!(
            (second.left, &second.resource.method, &*second.resource.path),
            (None, &Method::GET, "/2")
        );
    }
}
