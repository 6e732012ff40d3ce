//! `GET /api/activities/@{handle}`: a user's page, put together from both services at once.

use activities_api::Paging;
use actix_web::web::{Data, Json, Query};
use futures_util::future;

use crate::auth::Visitor;
use crate::backends::Backends;
use crate::error::Error;
use crate::input::HandleInPath;
use crate::views::{Profile, ProfilePage};

/// A user, and their newest activities.
#[utoipa::path(
    get,
    path = "/api/activities/@{handle}",
    tag = "activities",
    operation_id = "profile",
    params(("handle" = String, Path, description = "Whose page it is", example = "andrewbrown"), Paging),
    responses(
        (status = 200, description = "The user's page", body = ProfilePage),
        (status = 404, description = "`user_not_found`", body = problem::Problem),
    )
)]
pub(crate) async fn handle(
    _: Visitor,
    HandleInPath(handle): HandleInPath,
    paging: Query<Paging>,
    backends: Data<Backends>,
) -> Result<Json<ProfilePage>, Error> {
    let Backends { activities, users } = backends.as_ref();
    let (user, page, count) =
        future::join3(users.user(&handle), activities.by(&handle, &paging), activities.count(&handle)).await;
    let user = user.map_err(Error::Users)?;
    let mut page = page.map_err(Error::Activities)?;
    for activity in &mut page.activities {
        // All are theirs: the name is known here, even when activities could not have it.
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
