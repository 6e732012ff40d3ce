//! Client of the waterfall's query API. Polls until a trace is complete.

use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use reqwest::StatusCode;
use reqwest::header::ACCEPT;
use serde::Deserialize;
use serde_json::Value;
use serde_json::value::RawValue;
use trace_model::{Nanos, SpanId, TraceId};

use trace_text::View;

use super::base_url;

/// Time between two polls.
const POLL_INTERVAL: Duration = Duration::from_millis(25);
/// A trace without gaps counts as complete when no span has arrived for this long. More than twice the export delay of
/// services that the launcher starts.
const QUIET_PERIOD: Duration = Duration::from_millis(250);

/// Spans that a complete trace must have, and the one that it may lack.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct ExpectedSpans {
    /// The server span that `traceresponse` names.
    pub(super) server_span: Option<SpanId>,
    /// The caller's span, which is never exported.
    pub(super) remote_parent: Option<SpanId>,
}

/// A trace as far as it has arrived.
pub(super) struct FetchedTrace {
    /// OTLP JSON.
    pub(super) json: String,
    pub(super) view: View,
    pub(super) complete: bool,
}

/// The query API of the waterfall, which is compatible with Jaeger's.
pub(crate) struct TraceApi<'a> {
    client: &'a reqwest::Client,
    url: &'a str,
    token: Option<String>,
}

/// The token comes from a variable only: an argument would be visible in the process list.
const READ_TOKEN: &str = "WATERFALL_READ_TOKEN";

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    result: &'a RawValue,
}

#[derive(Deserialize)]
struct TraceList {
    traces: Vec<ListedTrace>,
}

#[derive(Deserialize)]
struct ListedTrace {
    trace_id: String,
}

impl<'a> TraceApi<'a> {
    pub(crate) fn new(client: &'a reqwest::Client, url: &'a str) -> anyhow::Result<Self> {
        let token = std::env::var(READ_TOKEN).ok().filter(|token| !token.is_empty());
        Ok(Self { client, url: base_url(url, "--waterfall (WATERFALL_URL)")?, token })
    }

    pub(crate) fn url(&self) -> &str {
        self.url
    }

    /// Returns the trace once it is complete, or what has arrived when `wait` is over. `None` if nothing has.
    pub(super) async fn wait_for_trace(
        &self,
        id: TraceId,
        expected: &ExpectedSpans,
        wait: Duration,
    ) -> anyhow::Result<Option<FetchedTrace>> {
        let start = Instant::now();
        let mut last_change = start;
        let mut found: Option<FetchedTrace> = None;
        loop {
            let spans = |found: &Option<FetchedTrace>| found.as_ref().map_or(0, |found| found.view.spans());
            let before = spans(&found);
            if let Some(json) = self.trace(id).await? {
                let view = View::from_otlp_json(json.as_bytes())
                    .context("the response of the waterfall is not OTLP JSON")?;
                found = Some(FetchedTrace {
                    complete: view.is_complete(expected.server_span, expected.remote_parent),
                    json,
                    view,
                });
            }
            if spans(&found) != before {
                last_change = Instant::now();
            }
            let complete = found.as_ref().is_some_and(|found| found.complete);
            if complete && last_change.elapsed() >= QUIET_PERIOD || start.elapsed() >= wait {
                return Ok(found);
            }
            tokio::time::sleep(POLL_INTERVAL).await;
        }
    }

    /// The newest traces that started since a time.
    pub(crate) async fn list(&self, since: Nanos, limit: usize) -> anyhow::Result<Vec<TraceId>> {
        let url = format!("{}/api/ui/traces?from={since}&limit={limit}", self.url);
        let Some(text) = self.get(&url).await? else { return Ok(Vec::new()) };
        let list: TraceList = serde_json::from_str(&text)
            .with_context(|| format!("the response of {url} is not a list of traces"))?;
        Ok(list.traces.iter().filter_map(|trace| trace.trace_id.parse().ok()).collect())
    }

    /// A trace as OTLP JSON, as far as it has arrived.
    pub(crate) async fn trace(&self, id: TraceId) -> anyhow::Result<Option<String>> {
        let url = format!("{}/api/v3/traces/{id}", self.url);
        let Some(text) = self.get(&url).await? else { return Ok(None) };
        let envelope: Envelope<'_> =
            serde_json::from_str(&text).with_context(|| format!("the response of {url} is not a trace"))?;
        Ok(Some(envelope.result.get().to_owned()))
    }

    /// Sends a message of the Model Context Protocol, and returns the answer to it.
    pub(crate) async fn post_mcp(&self, message: &Value) -> anyhow::Result<Value> {
        let url = format!("{}/mcp", self.url);
        let request = self.client.post(&url).header(ACCEPT, "application/json, text/event-stream");
        let Some(text) = self.send(request.json(message), &url).await? else {
            bail!("the waterfall at {} has no {url}: it is older than this command", self.url);
        };
        serde_json::from_str(&text).with_context(|| format!("the response of {url} is not JSON"))
    }

    /// `None`: not found.
    async fn get(&self, url: &str) -> anyhow::Result<Option<String>> {
        self.send(self.client.get(url), url).await
    }

    /// `None`: not found.
    async fn send(&self, mut request: reqwest::RequestBuilder, url: &str) -> anyhow::Result<Option<String>> {
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        let response = request.send().await.map_err(|error| self.explain(error))?;
        match response.status() {
            StatusCode::NOT_FOUND => return Ok(None),
            StatusCode::UNAUTHORIZED => bail!(
                "the waterfall at {} requires a token: set {READ_TOKEN} to the value that it was started with",
                self.url
            ),
            status if !status.is_success() => bail!("{url} answered {status}"),
            _ => {}
        }
        let text = response.text().await.with_context(|| format!("the response of {url} was cut off"))?;
        Ok(Some(text))
    }

    fn explain(&self, error: reqwest::Error) -> anyhow::Error {
        let context = if error.is_connect() {
            let program = std::env::args().next().unwrap_or_else(|| "cruddur".to_owned());
            format!(
                "no waterfall listens at {}; start it with `{program}`, or set its address with --waterfall URL",
                self.url
            )
        } else {
            format!("the request to the waterfall at {} failed", self.url)
        };
        anyhow::Error::new(error.without_url()).context(context)
    }
}
