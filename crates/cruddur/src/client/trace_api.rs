//! A trace in the waterfall, asked for until it is complete.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use reqwest::StatusCode;
use serde::Deserialize;
use serde_json::value::RawValue;
use trace_model::{SpanId, TraceId};

use crate::terminal::View;

/// Between two looks.
const POLL_INTERVAL: Duration = Duration::from_millis(25);
/// A trace without gaps is complete when nothing has come for this long: more than twice the delay with which
/// services of the launcher export.
const QUIET_PERIOD: Duration = Duration::from_millis(250);

/// What must be there before a trace counts as complete.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExpectedSpans {
    /// The span that answered.
    pub(super) server_span: Option<SpanId>,
    /// The caller's own span, which nobody sends.
    pub(super) remote_parent: Option<SpanId>,
}

/// A trace as far as it is there.
pub(super) struct FetchedTrace {
    /// OTLP JSON.
    pub(super) json: String,
    pub(super) view: View,
    pub(super) complete: bool,
}

/// The query API of the waterfall; Jaeger's has the same form.
pub(super) struct TraceApi<'a> {
    client: &'a reqwest::Client,
    url: &'a str,
    token: Option<String>,
}

/// The token by variable alone: an argument would show in lists of processes.
const READ_TOKEN: &str = "WATERFALL_READ_TOKEN";

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    result: &'a RawValue,
}

impl<'a> TraceApi<'a> {
    pub(super) fn new(client: &'a reqwest::Client, url: &'a str) -> Self {
        let token = std::env::var(READ_TOKEN).ok().filter(|token| !token.is_empty());
        Self { client, url: url.trim_end_matches('/'), token }
    }

    pub(super) fn url(&self) -> &str {
        self.url
    }

    /// The trace once it is complete, or what there is of it when `wait` is over: nothing, perhaps.
    pub(super) async fn wait_for_trace(
        &self,
        id: TraceId,
        expected: &ExpectedSpans,
        wait: Duration,
    ) -> anyhow::Result<Option<FetchedTrace>> {
        let start = Instant::now();
        let mut changed = start;
        let mut found: Option<FetchedTrace> = None;
        loop {
            let spans =
                |found: &Option<FetchedTrace>| found.as_ref().map_or(0, |found| found.view.rows.len());
            let before = spans(&found);
            if let Some(json) = self.trace(id).await? {
                let view = View::from_otlp_json(json.as_bytes())?;
                found = Some(FetchedTrace {
                    complete: view.is_complete(expected.server_span, expected.remote_parent),
                    json,
                    view,
                });
            }
            if spans(&found) != before {
                changed = Instant::now();
            }
            let whole = found.as_ref().is_some_and(|found| found.complete);
            if whole && changed.elapsed() >= QUIET_PERIOD || start.elapsed() >= wait {
                return Ok(found);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    async fn trace(&self, id: TraceId) -> anyhow::Result<Option<String>> {
        let url = format!("{}/api/v3/traces/{id}", self.url);
        let mut request = self.client.get(&url);
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let answer = request.send().await.map_err(|error| self.explain(error))?;
        match answer.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::UNAUTHORIZED => bail!(
                "the waterfall at {} asks for a token: set {READ_TOKEN} to the one that it was started with",
                self.url
            ),
            status if !status.is_success() => bail!("{url} answered {status}"),
            _ => {}
        }
        let text = answer.text().await.with_context(|| format!("the answer of {url} broke off"))?;
        let envelope: Envelope<'_> =
            serde_json::from_str(&text).with_context(|| format!("{url} did not answer a trace"))?;
        Ok(Some(envelope.result.get().to_owned()))
    }

    fn explain(&self, error: reqwest::Error) -> anyhow::Error {
        let context = if error.is_connect() {
            let program = std::env::args().next().unwrap_or_else(|| "cruddur".to_owned());
            format!(
                "no waterfall listens at {}; start it with `{program}`, or say where it is with --waterfall URL",
                self.url
            )
        } else {
            format!("the waterfall at {} failed", self.url)
        };
        anyhow::Error::new(error.without_url()).context(context)
    }
}
