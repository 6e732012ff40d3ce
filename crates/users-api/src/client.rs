//! Calling users.

use http::Method;
use problem::call::{CallError, send};
use reqwest_middleware::{ClientWithMiddleware, RequestBuilder};
use url::Url;

use crate::{Handle, User, UserChange, Users};

/// Calls users at a base URL, through an HTTP client that has its timeout, its retries and its tracing already.
#[derive(Clone)]
pub struct Client {
    http: ClientWithMiddleware,
    base: Url,
}

impl Client {
    /// `base` ends in `/`.
    pub fn new(http: ClientWithMiddleware, base: Url) -> Self {
        Self { http, base }
    }

    /// One user.
    ///
    /// # Errors
    /// [`CallError`]; refused with `user_not_found` when there is none.
    pub async fn user(&self, handle: &Handle) -> Result<User, CallError> {
        send(self.request(Method::GET, &format!("users/{handle}"))).await
    }

    /// The users of up to [`crate::MAX_HANDLES`] handles, in one request; those that are not known are left out.
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
    /// [`CallError`]; refused with `invalid_input` or `user_not_found`.
    pub async fn update(&self, handle: &Handle, change: &UserChange) -> Result<User, CallError> {
        send(self.request(Method::PATCH, &format!("users/{handle}")).json(change)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // The base ends in `/` and a handle needs no escaping, so that joining is appending.
        self.http.request(method, format!("{}{path}", self.base))
    }
}
