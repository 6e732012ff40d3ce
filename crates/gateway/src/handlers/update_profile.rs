//! `POST /api/profile/update`: changes the caller's display name and bio.

use actix_web::web::{Data, Json};
use users_api::{User, UserChange};

use crate::backends::Backends;
use crate::caller::Caller;
use crate::error::Error;
use crate::types::UpdateProfile;

/// Changes the caller's display name and bio.
#[utoipa::path(
    post,
    path = "/api/profile/update",
    tag = "users",
    operation_id = "update_profile",
    request_body = UpdateProfile,
    responses(
        (status = 200, description = "The changed user", body = User),
        (status = 404, description = "`user_not_found`: no user has the caller's handle", body = problem::Problem),
    ),
    security(("token" = []), ())
)]
pub(crate) async fn handle(
    Caller(handle): Caller,
    change: Json<UpdateProfile>,
    backends: Data<Backends>,
) -> Result<Json<User>, Error> {
    let UpdateProfile { display_name, bio } = change.into_inner();
    let change = UserChange { display_name: Some(display_name), bio };
    let user = backends.users.update(&handle, &change).await.map_err(Error::Users)?;
    Ok(Json(user))
}
