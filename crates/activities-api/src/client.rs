//! Calling activities.

use http::Method;
use problem::call::{CallError, send};
use reqwest_middleware::{ClientWithMiddleware, RequestBuilder};
use url::Url;
use users_api::Handle;
use uuid::Uuid;

use crate::{Activity, Count, Likes, NewActivity, NewLike, NewReply, Notifications, Page, Paging, Reply};

/// The header under which a POST that is sent twice is carried out once.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Calls activities at a base URL, through an HTTP client that has its timeout, its retries and its tracing already.
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

    /// The newest activities of everybody.
    ///
    /// # Errors
    /// [`CallError`]; refused with `invalid_input` for a bad limit or cursor.
    pub async fn home(&self, paging: &Paging) -> Result<Page, CallError> {
        send(self.request(Method::GET, "activities/home").query(paging)).await
    }

    /// The newest activities whose message contains `term`, in upper or lower case.
    ///
    /// # Errors
    /// [`CallError`]; refused with `invalid_input` for a bad term, limit or cursor.
    pub async fn search(&self, term: &str, paging: &Paging) -> Result<Page, CallError> {
        send(self.request(Method::GET, "activities/search").query(&[("term", term)]).query(paging)).await
    }

    /// The newest activities of one user.
    ///
    /// # Errors
    /// [`CallError`]; refused with `invalid_input` for a bad limit or cursor.
    pub async fn by(&self, handle: &Handle, paging: &Paging) -> Result<Page, CallError> {
        send(self.request(Method::GET, &format!("activities/by/{handle}")).query(paging)).await
    }

    /// How many activities a user has.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn count(&self, handle: &Handle) -> Result<u64, CallError> {
        let request = self.request(Method::GET, &format!("activities/by/{handle}/count"));
        Ok(send::<Count>(request).await?.count)
    }

    /// One activity with its replies.
    ///
    /// # Errors
    /// [`CallError`]; refused with `activity_not_found` when there is none, or it has expired.
    pub async fn activity(&self, uuid: Uuid) -> Result<Activity, CallError> {
        send(self.request(Method::GET, &format!("activities/{uuid}"))).await
    }

    /// Posts an activity; the same again under the same `key` posts no second one.
    ///
    /// # Errors
    /// [`CallError`]; refused with `invalid_input` or `idempotency_key_reused`.
    pub async fn post(&self, new: &NewActivity, key: Option<&str>) -> Result<Activity, CallError> {
        send(with_key(self.request(Method::POST, "activities").json(new), key)).await
    }

    /// Replies to an activity; the same again under the same `key` makes no second reply.
    ///
    /// # Errors
    /// [`CallError`]; refused with `invalid_input`, `activity_not_found` or `idempotency_key_reused`.
    pub async fn reply(&self, to: Uuid, new: &NewReply, key: Option<&str>) -> Result<Reply, CallError> {
        let request = self.request(Method::POST, &format!("activities/{to}/reply")).json(new);
        send(with_key(request, key)).await
    }

    /// Likes an activity; liking it twice changes nothing. Gives how many like it.
    ///
    /// # Errors
    /// [`CallError`]; refused with `activity_not_found`.
    pub async fn like(&self, uuid: Uuid, handle: &Handle) -> Result<Likes, CallError> {
        let new = NewLike { handle: handle.to_string() };
        send(self.request(Method::POST, &format!("activities/{uuid}/like")).json(&new)).await
    }

    /// What happened to a user.
    ///
    /// # Errors
    /// [`CallError`]; refused with `invalid_input` for a bad limit or cursor.
    pub async fn notifications(&self, handle: &Handle, paging: &Paging) -> Result<Notifications, CallError> {
        send(self.request(Method::GET, &format!("notifications/{handle}")).query(paging)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // The base ends in `/`, and neither a handle nor a UUID needs escaping, so that joining is appending.
        self.http.request(method, format!("{}{path}", self.base))
    }
}

fn with_key(request: RequestBuilder, key: Option<&str>) -> RequestBuilder {
    match key {
        Some(key) => request.header(IDEMPOTENCY_KEY, key),
        None => request,
    }
}
