//! `GET /activities/home`: the newest activities of all users.

use activities_api::{Page, Paging};
use actix_web::web::{Data, Json, Query};
use service::clock;
use tracing::field::Empty;
use tracing::{Instrument, Span};

use crate::authors::Authors;
use crate::error::Error;
use crate::paging::PageRequest;
use crate::store::Store;

pub(crate) async fn handle(
    paging: Query<Paging>,
    store: Data<Store>,
    authors: Data<Authors>,
) -> Result<Json<Page>, Error> {
    let request = PageRequest::parse(&paging)?;
    let now = clock::now();
    let span = tracing::info_span!("home-activities", app.now = %now, app.result_length = Empty);
    async {
        let page = authors.page(store.home(now, &request).await?).await;
        let length = i64::try_from(page.activities.len()).unwrap_or(i64::MAX);
        Span::current().record("app.result_length", length);
        Ok(Json(page))
    }
    .instrument(span)
    .await
}
