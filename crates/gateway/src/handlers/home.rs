//! `GET /api/activities/home`: the home feed, and who looks at it.

use activities_api::Paging;
use actix_web::web::{Data, Json, Query};
use futures_util::future;
use service::error_chain;
use service::response::StatusCode;
use users_api::Handle;

use crate::auth::Visitor;
use crate::backends::Backends;
use crate::error::Error;
use crate::views::{Feed, ShortUser};

/// The newest activities of everybody.
///
/// With users down or slow it answers within a second, without names, and says so with `partial`.
#[utoipa::path(
    get,
    path = "/api/activities/home",
    tag = "activities",
    operation_id = "home",
    params(Paging),
    responses((status = 200, description = "A page of the feed", body = Feed))
)]
pub(crate) async fn handle(
    Visitor(visitor): Visitor,
    paging: Query<Paging>,
    backends: Data<Backends>,
) -> Result<Json<Feed>, Error> {
    let (page, viewer) =
        future::join(backends.activities.home(&paging), viewer(&backends.users, visitor.as_ref())).await;
    let page = page.map_err(Error::Activities)?;
    let partial = page.partial || matches!(viewer, Viewer::Missing);
    let viewer = match viewer {
        Viewer::Known(user) => Some(user),
        Viewer::Nobody | Viewer::Missing => None,
    };
    Ok(Json(Feed { activities: page.activities, next_cursor: page.next_cursor, viewer, partial }))
}

enum Viewer {
    Known(ShortUser),
    /// They did not say who they are, or users does not know them.
    Nobody,
    /// Users did not say in time.
    Missing,
}

async fn viewer(users: &users_api::Client, handle: Option<&Handle>) -> Viewer {
    let Some(handle) = handle else { return Viewer::Nobody };
    match users.user(handle).await {
        Ok(user) => Viewer::Known(user.into()),
        Err(error) if error.problem().is_some_and(|problem| problem.status() == StatusCode::NOT_FOUND) => {
            Viewer::Nobody
        }
        Err(error) => {
            tracing::warn!(error = %error_chain(&error), "the feed goes out without its viewer");
            Viewer::Missing
        }
    }
}
