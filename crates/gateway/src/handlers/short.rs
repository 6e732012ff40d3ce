//! `GET /api/users/@{handle}/short`: the short form of a user.

use actix_web::web::{Data, Json};

use crate::backends::Backends;
use crate::caller::OptionalCaller;
use crate::error::Error;
use crate::input::HandleParam;
use crate::types::ShortUser;

/// Gets the short form of a user.
#[utoipa::path(
    get,
    path = "/api/users/@{handle}/short",
    tag = "users",
    operation_id = "short",
    params(("handle" = String, Path, description = "The user", pattern = "^[A-Za-z0-9_]{1,30}$", example = "worf")),
    responses(
        (status = 200, description = "The user", body = ShortUser),
        (status = 404, description = "`user_not_found`", body = problem::Problem),
    ),
    security((), ("token" = []))
)]
pub(crate) async fn handle(
    _: OptionalCaller,
    HandleParam(handle): HandleParam,
    backends: Data<Backends>,
) -> Result<Json<ShortUser>, Error> {
    let user = backends.users.user(&handle).await.map_err(Error::Users)?;
    Ok(Json(user.into()))
}
