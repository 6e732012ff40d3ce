//! `GET /activities/{uuid}`: one activity with its replies.

use activities_api::Activity;
use actix_web::web::{Data, Json, Path};
use service::clock;

use crate::authors::Authors;
use crate::error::Error;
use crate::input;
use crate::store::Store;

pub(crate) async fn handle(
    path: Path<String>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<Json<Activity>, Error> {
    let uuid = input::activity_uuid(&path)?;
    let mut activity = store.activity(uuid, clock::now()).await?.ok_or(Error::NotFound(uuid))?;
    if activity.replies_count > 0 {
        activity.replies = store.replies(uuid).await?;
    }
    let repliers = activity.replies.iter().map(|reply| &reply.handle);
    let names = authors.names(repliers.chain([&activity.handle])).await;
    activity.display_name = names.get(&activity.handle);
    for reply in &mut activity.replies {
        reply.display_name = names.get(&reply.handle);
    }
    Ok(Json(activity))
}
