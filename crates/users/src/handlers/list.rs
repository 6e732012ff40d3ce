//! `GET /users?handles=a,b,c`: many users in one statement.

use actix_web::web::{Data, Json, Query};
use problem::Violation;
use serde::Deserialize;
use users_api::{Handle, MAX_HANDLES, Users};

use crate::error::Error;
use crate::profile;
use crate::store::Store;

#[derive(Deserialize)]
pub(crate) struct Parameters {
    #[serde(default)]
    handles: String,
}

pub(crate) async fn handle(query: Query<Parameters>, store: Data<Store>) -> Result<Json<Users>, Error> {
    let handles = parse(&query.handles).map_err(|violation| Error::Invalid(vec![violation]))?;
    let users = store.by_handles(&handles).await?;
    Ok(Json(Users { users }))
}

/// Parts the list, and drops what it says twice.
fn parse(list: &str) -> Result<Vec<Handle>, Violation> {
    let mut handles =
        list.split(',').take(MAX_HANDLES + 1).map(profile::handle).collect::<Result<Vec<_>, _>>()?;
    if handles.len() > MAX_HANDLES {
        let detail = format!("at most {MAX_HANDLES} handles");
        return Err(Violation::new("too_many_handles", "handles", detail));
    }
    handles.sort_unstable();
    handles.dedup();
    Ok(handles)
}
