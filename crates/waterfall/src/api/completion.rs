//! `GET /api/ui/complete?q=..&at=..`: what may stand at the cursor of somebody who types a query.
//!
//! `at`, `from` and `to` count UTF-16 units, as JavaScript counts the letters of a text. An option's `text` replaces what
//! stands from `from` to `to`:
//! `{"from":0,"to":4,"options":[{"text":"service=","label":"service","detail":"the span's service","kind":"key"}]}`;
//! `kind` is `key`, `operator` or `value`.

use actix_web::{HttpResponse, http::StatusCode, web};
use serde::{Deserialize, Serialize};
use trace_store::complete::{CompletionItem, CompletionItemKind};

use super::{State, error};

pub(crate) fn routes(config: &mut web::ServiceConfig) {
    config.route("/api/ui/complete", web::get().to(complete));
}

#[derive(Deserialize)]
struct Typed {
    #[serde(default)]
    q: String,
    /// The end of the text unless given.
    at: Option<usize>,
}

#[derive(Serialize)]
struct CompletionJson {
    from: usize,
    to: usize,
    options: Vec<ChoiceJson>,
}

#[derive(Serialize)]
struct ChoiceJson {
    text: String,
    label: String,
    detail: String,
    kind: &'static str,
}

impl From<CompletionItem> for ChoiceJson {
    fn from(choice: CompletionItem) -> Self {
        let CompletionItem { text, label, detail, kind } = choice;
        let kind = match kind {
            CompletionItemKind::Key => "key",
            CompletionItemKind::Operator => "operator",
            CompletionItemKind::Value => "value",
        };
        Self { text, label, detail, kind }
    }
}

async fn complete(state: web::Data<State>, typed: Option<web::Query<Typed>>) -> HttpResponse {
    let Some(typed) = typed else {
        return error(StatusCode::BAD_REQUEST, "at is a whole number of UTF-16 units");
    };
    let Typed { q, at } = typed.into_inner();
    let at = at.map_or(q.len(), |at| byte_of(&q, at));
    let store = state.store.clone();
    let Ok((q, completion)) = web::block(move || {
        let completion = store.complete(&q, at);
        (q, completion)
    })
    .await
    else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "no thread is free; try again");
    };
    HttpResponse::Ok().json(CompletionJson {
        from: unit_of(&q, completion.from),
        to: unit_of(&q, completion.to),
        options: completion.items.into_iter().map(ChoiceJson::from).collect(),
    })
}

/// Where the letter begins that holds a UTF-16 unit; the end for units past it.
fn byte_of(text: &str, unit: usize) -> usize {
    let mut units = 0;
    let mut letters = text.char_indices();
    let found = letters.find(|(_, letter)| {
        units += letter.len_utf16();
        units > unit
    });
    found.map_or(text.len(), |(byte, _)| byte)
}

/// How many UTF-16 units are before a byte.
pub(super) fn unit_of(text: &str, byte: usize) -> usize {
    text.char_indices().take_while(|(at, _)| *at < byte).map(|(_, letter)| letter.len_utf16()).sum()
}
