//! Which requests are not traced.

use std::fmt;
use std::sync::Arc;

use actix_web::dev::ServiceRequest;

/// Marks a request that gets no span, in its extensions.
pub(super) struct Untraced;

/// A rule that excludes requests from tracing.
#[derive(Clone)]
pub(super) enum Rule {
    /// Requests to exactly this path.
    Path(String),
    /// Requests to this path, without a trailing slash, and to all paths below it.
    Below(String),
    /// Requests that satisfy a predicate.
    If(Arc<dyn Fn(&ServiceRequest) -> bool + Send + Sync>),
}

impl Rule {
    pub(super) fn below(prefix: &str) -> Self {
        Self::Below(prefix.trim_end_matches('/').to_owned())
    }

    pub(super) fn excludes(&self, request: &ServiceRequest) -> bool {
        match self {
            Self::Path(path) => path == request.path(),
            Self::Below(prefix) => {
                let rest = request.path().strip_prefix(&**prefix);
                rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            }
            Self::If(predicate) => predicate(request),
        }
    }
}

impl fmt::Debug for Rule {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Path(path) => write!(formatter, "{path}"),
            Self::Below(prefix) => write!(formatter, "{prefix}/.."),
            Self::If(_) => formatter.write_str("a predicate"),
        }
    }
}
