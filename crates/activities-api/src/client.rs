//! Typed client of the activities service.

use http::Method;
use problem::call::{CallError, send};
use reqwest_middleware::{ClientWithMiddleware, RequestBuilder};
use url::Url;
use users_api::Handle;
use uuid::Uuid;

use crate::paging::{Paging, RepliesPaging};
use crate::types::{Activity, Count, Likes, NewActivity, NewLike, NewReply, Notifications, Page, Reply};

/// The header whose value identifies a POST, so that it takes effect once even if it is sent again.
const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// Calls activities at a base URL. Timeouts, retries and tracing belong to the HTTP client that it is given.
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

    /// Gets the newest activities of all users.
    ///
    /// # Errors
    /// [`CallError`]; problem `invalid_input` for an invalid limit or cursor.
    pub async fn home(&self, paging: &Paging) -> Result<Page, CallError> {
        send(self.request(Method::GET, "activities/home").query(paging)).await
    }

    /// Gets the newest activities whose message contains `term`, ignoring case.
    ///
    /// # Errors
    /// [`CallError`]; problem `invalid_input` for an invalid term, limit or cursor.
    pub async fn search(&self, term: &str, paging: &Paging) -> Result<Page, CallError> {
        send(self.request(Method::GET, "activities/search").query(&[("term", term)]).query(paging)).await
    }

    /// Gets the newest activities of one user.
    ///
    /// # Errors
    /// [`CallError`]; problem `invalid_input` for an invalid limit or cursor.
    pub async fn by_user(&self, handle: &Handle, paging: &Paging) -> Result<Page, CallError> {
        send(self.request(Method::GET, &format!("activities/by/{handle}")).query(paging)).await
    }

    /// Counts the activities of a user.
    ///
    /// # Errors
    /// [`CallError`].
    pub async fn count(&self, handle: &Handle) -> Result<u64, CallError> {
        let request = self.request(Method::GET, &format!("activities/by/{handle}/count"));
        Ok(send::<Count>(request).await?.count)
    }

    /// Gets one activity with a page of its replies.
    ///
    /// # Errors
    /// [`CallError`]; problem `activity_not_found` when there is none, or it has expired; `invalid_input` for an invalid
    /// cursor.
    pub async fn activity(&self, uuid: Uuid, replies: &RepliesPaging) -> Result<Activity, CallError> {
        send(self.request(Method::GET, &format!("activities/{uuid}")).query(replies)).await
    }

    /// Posts an activity. Sending it again with the same `key` posts no second one.
    ///
    /// # Errors
    /// [`CallError`]; problem `invalid_input` or `idempotency_key_reused`.
    pub async fn post(&self, new: &NewActivity, key: Option<&str>) -> Result<Activity, CallError> {
        send(with_key(self.request(Method::POST, "activities").json(new), key)).await
    }

    /// Replies to an activity. Sending it again with the same `key` adds no second reply.
    ///
    /// # Errors
    /// [`CallError`]; problem `invalid_input`, `activity_not_found` or `idempotency_key_reused`.
    pub async fn reply(&self, to: Uuid, new: &NewReply, key: Option<&str>) -> Result<Reply, CallError> {
        let request = self.request(Method::POST, &format!("activities/{to}/reply")).json(new);
        send(with_key(request, key)).await
    }

    /// Likes an activity and returns its number of likes. Liking it twice changes nothing.
    ///
    /// # Errors
    /// [`CallError`]; problem `activity_not_found`.
    pub async fn like(&self, uuid: Uuid, handle: &Handle) -> Result<Likes, CallError> {
        let new = NewLike { handle: handle.to_string() };
        send(self.request(Method::POST, &format!("activities/{uuid}/like")).json(&new)).await
    }

    /// Gets the newest notifications of a user.
    ///
    /// # Errors
    /// [`CallError`]; problem `invalid_input` for an invalid limit or cursor.
    pub async fn notifications(&self, handle: &Handle, paging: &Paging) -> Result<Notifications, CallError> {
        send(self.request(Method::GET, &format!("notifications/{handle}")).query(paging)).await
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        // The base ends in `/`, and handles and UUIDs need no percent-encoding, so appending is joining.
        self.http.request(method, format!("{}{path}", self.base))
    }
}

fn with_key(request: RequestBuilder, key: Option<&str>) -> RequestBuilder {
    match key {
        Some(key) => request.header(IDEMPOTENCY_KEY, key),
        None => request,
    }
}
