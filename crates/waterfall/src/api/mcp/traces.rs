//! The traces of this process, for one client.

use actix_web::web;
use trace_model::TraceId;
use trace_text::View;

use super::answer::ToolError;
use crate::{api::state::State, error_response::INTERRUPTED};

#[derive(Debug, Clone)]
pub(super) struct Traces {
    pub(super) state: web::Data<State>,
    /// URL of the page as the client reaches it, without a slash at its end.
    pub(super) page: String,
}

impl Traces {
    /// The link to a trace.
    pub(super) fn link(&self, id: TraceId) -> String {
        format!("{}/trace/{id}", self.page)
    }

    /// The rows of a trace, as its page shows them.
    pub(super) async fn view(&self, id: TraceId) -> Result<View, ToolError> {
        let Some(located) = self.state.store.locate(id) else { return Err(not_found(id)) };
        let permit = self.state.stream_limits.read_budget.acquire(located.bytes()).await;
        let permit = permit.map_err(|cause| ToolError(cause.to_string()))?;
        let view = move || {
            let _permit = permit;
            View::of(&located.read().spans())
        };
        web::block(view).await.map_err(|_| ToolError(INTERRUPTED.to_owned()))
    }
}

pub(super) fn trace_id(text: &str) -> Result<TraceId, ToolError> {
    let invalid = |_| {
        ToolError(format!(
            "{text:?} is not a trace id: give 32 hexadecimal digits, as search_traces lists them"
        ))
    };
    TraceId::parse_padded(text.trim()).map_err(invalid)
}

pub(super) fn not_found(id: TraceId) -> ToolError {
    ToolError(format!(
        "trace {id} is not stored: its spans have not arrived, or the trace was evicted; find stored ones with search_traces"
    ))
}
