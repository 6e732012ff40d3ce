//! `GET /api/activities/search?term=`: searches activities.

use activities_api::{Page, Paging};
use actix_web::web::{Data, Json, Query};

use crate::backends::Backends;
use crate::caller::OptionalCaller;
use crate::error::Error;
use crate::types::SearchParams;

/// Lists the newest activities whose message contains a term.
#[utoipa::path(
    get,
    path = "/api/activities/search",
    tag = "activities",
    operation_id = "search",
    params(SearchParams),
    responses((status = 200, description = "A page of matching activities", body = Page)),
    security((), ("token" = []))
)]
pub(crate) async fn handle(
    _: OptionalCaller,
    params: Query<SearchParams>,
    backends: Data<Backends>,
) -> Result<Json<Page>, Error> {
    let SearchParams { term, limit, cursor } = params.into_inner();
    let page = backends.activities.search(&term, &Paging { limit, cursor }).await;
    Ok(Json(page.map_err(Error::Activities)?))
}
