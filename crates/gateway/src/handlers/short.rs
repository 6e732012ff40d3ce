//! `GET /api/users/@{handle}/short`: a user, in short.

use actix_web::web::{Data, Json};

use crate::auth::Visitor;
use crate::backends::Backends;
use crate::error::Error;
use crate::input::HandleInPath;
use crate::views::ShortUser;

/// A user, in short.
#[utoipa::path(
    get,
    path = "/api/users/@{handle}/short",
    tag = "users",
    operation_id = "short",
    params(("handle" = String, Path, description = "Which user", example = "worf")),
    responses(
        (status = 200, description = "The user", body = ShortUser),
        (status = 404, description = "`user_not_found`", body = problem::Problem),
    )
)]
pub(crate) async fn handle(
    _: Visitor,
    HandleInPath(handle): HandleInPath,
    backends: Data<Backends>,
) -> Result<Json<ShortUser>, Error> {
    let user = backends.users.user(&handle).await.map_err(Error::Users)?;
    Ok(Json(user.into()))
}
