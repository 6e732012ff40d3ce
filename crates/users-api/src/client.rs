//! Typed client of the users service.

use http::Method;
use problem::call::{CallError, send};
use reqwest_middleware::{ClientWithMiddleware, RequestBuilder};
use url::Url;

use crate::handle::Handle;
use crate::types::{User, UserChange, Users};

/// Calls users at a base URL. Timeouts, retries and tracing belong to the HTTP client that it is given.
#[derive(Clone)]
pub struct Client {
    http: ClientWithMiddleware,
    base: Url,
}

impl Client {
    /// `base` must end in `/`.
    pub fn new(http: ClientWithMiddleware, base: Url) -> Self {
        Self { http, base }
    }

    /// Gets one user.
    ///
    /// # Errors
    /// [`CallError`]; problem `user_not_found` when no user has the handle.
    pub async fn user(&self, handle: &Handle) -> Result<User, CallError> {
        send(self.request(Method::GET, &format!("users/{handle}"))).await
    }

    /// Gets the users of up to [`crate::MAX_HANDLES`] handles in one request. Unknown handles are left out.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn users(&self, handles: &[Handle]) -> Result<Vec<User>, CallError> {
        let handles: Vec<&str> = handles.iter().map(Handle::as_str).collect();
        let request = self.request(Method::GET, "users").query(&[("handles", handles.join(","))]);
        Ok(send::<Users>(request).await?.users)
    }

    /// Changes a user's display name or bio.
    ///
    /// # Errors
    /// [`CallError`]; problem `invalid_input` or `user_not_found`.
    pub async fn update(&self, handle: &Handle, change: &UserChange) -> Result<User, CallError> {
        send(self.request(Method::PATCH, &format!("users/{handle}")).json(change)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // The base ends in `/` and a handle needs no percent-encoding, so appending is joining.
        self.http.request(method, format!("{}{path}", self.base))
    }
}
