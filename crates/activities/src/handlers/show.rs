//! `GET /activities/{uuid}`: one activity with a page of its replies.

use activities_api::{Activity, RepliesPaging};
use actix_web::web::{Data, Json, Path, Query};
use service::clock;

use crate::authors::Authors;
use crate::error::Error;
use crate::input;
use crate::paging::{Cursor, PageItems, PageRequest};
use crate::store::{REPLIES_PER_PAGE, Store};

pub(crate) async fn handle(
    path: Path<String>,
    paging: Query<RepliesPaging>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<Json<Activity>, Error> {
    let uuid = input::activity_uuid(&path)?;
    let page = PageRequest::after(paging.cursor.as_deref(), REPLIES_PER_PAGE)?;
    let mut activity = store.activity(uuid, clock::now()).await?.ok_or(Error::NotFound(uuid))?;
    if activity.replies_count > 0 {
        let PageItems { mut items, next } = store.replies(uuid, &page).await?;
        // A conversation reads from the top.
        items.reverse();
        activity.replies = items;
        activity.replies_cursor = next.map(Cursor::encode);
    }
    let repliers = activity.replies.iter().map(|reply| &reply.handle);
    let names = authors.names(repliers.chain([&activity.handle])).await;
    activity.display_name = names.get(&activity.handle);
    for reply in &mut activity.replies {
        reply.display_name = names.get(&reply.handle);
    }
    Ok(Json(activity))
}
