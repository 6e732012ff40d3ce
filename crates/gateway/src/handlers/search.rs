//! `GET /api/activities/search?term=`: activities that say something.

use activities_api::{Page, Paging};
use actix_web::web::{Data, Json, Query};

use crate::auth::Visitor;
use crate::backends::Backends;
use crate::error::Error;
use crate::views::Search;

/// The newest activities whose message contains a term.
#[utoipa::path(
    get,
    path = "/api/activities/search",
    tag = "activities",
    operation_id = "search",
    params(Search),
    responses((status = 200, description = "A page of what was found", body = Page))
)]
pub(crate) async fn handle(
    _: Visitor,
    query: Query<Search>,
    backends: Data<Backends>,
) -> Result<Json<Page>, Error> {
    let Search { term, limit, cursor } = query.into_inner();
    let page = backends.activities.search(&term, &Paging { limit, cursor }).await;
    Ok(Json(page.map_err(Error::Activities)?))
}
