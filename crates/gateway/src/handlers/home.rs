//! `GET /api/activities/home`: the home feed and the profile of its viewer, fetched concurrently.

use activities_api::Paging;
use actix_web::web::{Data, Json, Query};
use futures_util::future;
use service::error_chain;
use service::response::StatusCode;
use users_api::Handle;

use crate::backends::Backends;
use crate::caller::OptionalCaller;
use crate::error::Error;
use crate::types::{Feed, ShortUser};

/// Lists the newest activities of all users.
///
/// If users is down or slow, the response still comes within a second, without names and with `partial` set.
#[utoipa::path(
    get,
    path = "/api/activities/home",
    tag = "activities",
    operation_id = "home",
    params(Paging),
    responses((status = 200, description = "A page of the home feed", body = Feed)),
    security((), ("token" = []))
)]
pub(crate) async fn handle(
    OptionalCaller(caller): OptionalCaller,
    paging: Query<Paging>,
    backends: Data<Backends>,
) -> Result<Json<Feed>, Error> {
    let (page, viewer) =
        future::join(backends.activities.home(&paging), find_viewer(&backends.users, caller.as_ref())).await;
    let page = page.map_err(Error::Activities)?;
    let partial = page.partial || matches!(viewer, Viewer::Unavailable);
    let viewer = match viewer {
        Viewer::Known(user) => Some(user),
        Viewer::None | Viewer::Unavailable => None,
    };
    Ok(Json(Feed { activities: page.activities, next_cursor: page.next_cursor, viewer, partial }))
}

/// The user who views the feed.
enum Viewer {
    Known(ShortUser),
    /// The caller is anonymous or unknown to users.
    None,
    /// Users did not respond in time.
    Unavailable,
}

async fn find_viewer(users: &users_api::Client, handle: Option<&Handle>) -> Viewer {
    let Some(handle) = handle else { return Viewer::None };
    match users.user(handle).await {
        Ok(user) => Viewer::Known(user.into()),
        Err(error) if error.problem().is_some_and(|problem| problem.status() == StatusCode::NOT_FOUND) => {
            Viewer::None
        }
        Err(error) => {
            tracing::warn!(error = %error_chain(&error), "responding without the viewer's profile");
            Viewer::Unavailable
        }
    }
}
