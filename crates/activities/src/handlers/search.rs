//! `GET /activities/search?term=`: the newest activities whose message contains the term.

use activities_api::{Page, Paging};
use actix_web::web::{Data, Json, Query};
use serde::Deserialize;
use service::clock;

use crate::authors::Authors;
use crate::error::Error;
use crate::input;
use crate::paging::PageRequest;
use crate::store::Store;

#[derive(Deserialize)]
pub(crate) struct SearchParams {
    #[serde(default)]
    term: String,
    #[serde(flatten)]
    paging: Paging,
}

pub(crate) async fn handle(
    params: Query<SearchParams>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<Json<Page>, Error> {
    let term = input::search_term(&params.term)?;
    let request = PageRequest::parse(&params.paging)?;
    let page = store.search(&term, clock::now(), &request).await?;
    Ok(Json(authors.page(page).await))
}
