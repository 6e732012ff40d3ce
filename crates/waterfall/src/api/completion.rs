//! `GET /api/ui/complete?q=..&at=..`: completion of a query at the cursor `at`.
//!
//! The `text` of an option replaces the query from `from` to `to`:
//! `{"from":0,"to":4,"options":[{"text":"service=","label":"service","detail":"the span's service","kind":"key"}]}`.
//! `kind` is `key`, `operator` or `value`. `at`, `from` and `to` count UTF-16 code units, as JavaScript strings do.

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use trace_store::complete::{CompletionItem, CompletionItemKind};

use super::state::State;
use crate::error_response::{error, interrupted};

pub(super) fn routes(config: &mut web::ServiceConfig) {
    config.service(web::resource("/api/ui/complete").get(complete));
}

#[derive(Deserialize)]
struct CompletionQuery {
    #[serde(default)]
    q: String,
    /// Defaults to the end of the query.
    at: Option<usize>,
}

#[derive(Serialize)]
struct CompletionJson {
    from: usize,
    to: usize,
    options: Vec<ItemJson>,
}

#[derive(Serialize)]
struct ItemJson {
    text: String,
    label: String,
    detail: String,
    kind: &'static str,
}

impl From<CompletionItem> for ItemJson {
    fn from(item: CompletionItem) -> Self {
        let CompletionItem { text, label, detail, kind } = item;
        let kind = match kind {
            CompletionItemKind::Key => "key",
            CompletionItemKind::Operator => "operator",
            CompletionItemKind::Value => "value",
        };
        Self { text, label, detail, kind }
    }
}

async fn complete(state: web::Data<State>, query: Option<web::Query<CompletionQuery>>) -> HttpResponse {
    let Some(web::Query(CompletionQuery { q, at })) = query else {
        return error(StatusCode::BAD_REQUEST, "at must be a whole number of UTF-16 code units");
    };
    let at = at.map_or(q.len(), |at| byte_offset(&q, at));
    let store = state.store.clone();
    let Ok((q, completion)) = web::block(move || {
        let completion = store.complete(&q, at);
        (q, completion)
    })
    .await
    else {
        return interrupted();
    };
    HttpResponse::Ok().json(CompletionJson {
        from: utf16_offset(&q, completion.from),
        to: utf16_offset(&q, completion.to),
        options: completion.items.into_iter().map(ItemJson::from).collect(),
    })
}

/// The byte offset of the character that contains a UTF-16 code unit; the end of the text for units beyond it.
fn byte_offset(text: &str, unit: usize) -> usize {
    let mut units = 0;
    let mut chars = text.char_indices();
    let found = chars.find(|(_, char)| {
        units += char.len_utf16();
        units > unit
    });
    found.map_or(text.len(), |(byte, _)| byte)
}

/// The number of UTF-16 code units before a byte offset.
pub(super) fn utf16_offset(text: &str, byte: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < byte).map(|(_, char)| char.len_utf16()).sum()
}
