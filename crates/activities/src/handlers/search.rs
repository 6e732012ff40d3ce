//! `GET /activities/search?term=`: the newest activities whose message contains the term.

use activities_api::{Page, Paging};
use actix_web::web::{Data, Json, Query};
use serde::Deserialize;
use service::clock;

use crate::authors::Authors;
use crate::error::Error;
use crate::input;
use crate::paging::Window;
use crate::store::Store;

#[derive(Deserialize)]
pub(crate) struct Parameters {
    #[serde(default)]
    term: String,
    #[serde(flatten)]
    paging: Paging,
}

pub(crate) async fn handle(
    query: Query<Parameters>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<Json<Page>, Error> {
    let term = input::term(&query.term)?;
    let window = Window::parse(&query.paging).map_err(Error::Invalid)?;
    let slice = store.search(&term, clock::now(), &window).await?;
    Ok(Json(authors.page(slice).await))
}
