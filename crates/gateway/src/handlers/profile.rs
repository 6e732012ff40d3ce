//! `GET /api/activities/@{handle}`: a user's profile and activities, fetched from both services concurrently.

use activities_api::Paging;
use actix_web::web::{Data, Json, Query};
use futures_util::future;

use crate::backends::Backends;
use crate::caller::OptionalCaller;
use crate::error::Error;
use crate::input::HandleParam;
use crate::types::{Profile, ProfilePage};

/// Gets a user and their newest activities.
#[utoipa::path(
    get,
    path = "/api/activities/@{handle}",
    tag = "activities",
    operation_id = "profile",
    params(("handle" = String, Path, description = "The user", pattern = "^[A-Za-z0-9_]{1,30}$", example = "andrewbrown"), Paging),
    responses(
        (status = 200, description = "The user and a page of their activities", body = ProfilePage),
        (status = 404, description = "`user_not_found`", body = problem::Problem),
    ),
    security((), ("token" = []))
)]
pub(crate) async fn handle(
    _: OptionalCaller,
    HandleParam(handle): HandleParam,
    paging: Query<Paging>,
    backends: Data<Backends>,
) -> Result<Json<ProfilePage>, Error> {
    let Backends { activities, users } = backends.as_ref();
    let (user, page, count) =
        future::join3(users.user(&handle), activities.by_user(&handle, &paging), activities.count(&handle))
            .await;
    let user = user.map_err(Error::Users)?;
    let mut page = page.map_err(Error::Activities)?;
    for activity in &mut page.activities {
        // The author of every activity is this user, whose name is known even if activities did not get it.
        activity.display_name.get_or_insert_with(|| user.display_name.clone());
    }
    let profile = Profile {
        uuid: user.uuid,
        handle: user.handle,
        display_name: user.display_name,
        bio: user.bio,
        cruds_count: count.map_err(Error::Activities)?,
    };
    Ok(Json(ProfilePage { profile, activities: page.activities, next_cursor: page.next_cursor }))
}
