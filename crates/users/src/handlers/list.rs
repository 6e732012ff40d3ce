//! `GET /users?handles=a,b,c`: many users by one statement.

use actix_web::web::{Data, Json, Query};
use problem::Violation;
use serde::Deserialize;
use users_api::{Handle, MAX_HANDLES, Users};

use crate::error::Error;
use crate::store::Store;

#[derive(Deserialize)]
pub(crate) struct ListParams {
    #[serde(default)]
    handles: String,
}

pub(crate) async fn handle(params: Query<ListParams>, store: Data<Store>) -> Result<Json<Users>, Error> {
    let handles = parse_handles(&params.handles)?;
    let users = store.by_handles(&handles).await?;
    Ok(Json(Users { users }))
}

/// Splits a comma-separated list and removes duplicates.
fn parse_handles(list: &str) -> Result<Vec<Handle>, Violation> {
    let mut handles =
        list.split(',').take(MAX_HANDLES + 1).map(Handle::parse).collect::<Result<Vec<_>, _>>()?;
    if handles.len() > MAX_HANDLES {
        let detail = format!("at most {MAX_HANDLES} handles");
        return Err(Violation::new("too_many_handles", "handles", detail));
    }
    handles.sort_unstable();
    handles.dedup();
    Ok(handles)
}
