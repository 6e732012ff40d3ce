//! `POST /activities/{uuid}/like`: likes an activity.

use activities_api::{Likes, NewLike};
use actix_web::web::{Data, Json, Path};
use users_api::Handle;

use crate::error::Error;
use crate::input;
use crate::store::Store;

pub(crate) async fn handle(
    path: Path<String>,
    new: Json<NewLike>,
    store: Data<Store>,
) -> Result<Json<Likes>, Error> {
    let uuid = input::activity_uuid(&path)?;
    let handle = Handle::parse(&new.handle)?;
    let likes_count = store.like(uuid, &handle).await?.ok_or(Error::NotFound(uuid))?;
    Ok(Json(Likes { likes_count }))
}
