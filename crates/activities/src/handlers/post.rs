//! `POST /activities`: a new activity.

use activities_api::NewActivity;
use actix_web::web::{Data, Json};
use actix_web::{HttpRequest, HttpResponse};
use service::response;

use crate::authors::Authors;
use crate::error::Error;
use crate::input::Post;
use crate::store::{Kept, Store};

pub(crate) async fn handle(
    request: HttpRequest,
    new: Json<NewActivity>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<HttpResponse, Error> {
    let key = response::idempotency_key(&request)?;
    let post = Post::parse(&new).map_err(Error::Invalid)?;
    let (kept, names) = tokio::join!(store.post(&post, key), authors.names([&post.handle]));
    match kept? {
        Kept::New(mut activity) | Kept::Before(mut activity) => {
            activity.display_name = names.of(&activity.handle);
            Ok(HttpResponse::Created().json(activity))
        }
        Kept::KeyReused => Err(Error::KeyReused),
    }
}
