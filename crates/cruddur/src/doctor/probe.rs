//! `cruddur doctor --url URL`: sends requests through a running system, and waits for their traces in the waterfall.
//!
//! The rules compare traces, so one request tells little: by default five are sent, one after the other, with pauses. The traces
//! that began meanwhile, or up to five seconds before, are examined with them, because a request whose context was lost is in several traces.

use std::collections::BTreeSet;
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, bail};
use reqwest::StatusCode;
use trace_model::{Nanos, SpanId, TraceId, otlp::read_traces, otlp::traces_to_protobuf};
use uuid::Uuid;

use super::Examined;
use crate::cli::Probe;
use crate::client::{TraceApi, TraceResponse, client, is_http};

/// Time between two looks at the waterfall.
const POLL_INTERVAL: Duration = Duration::from_millis(100);
/// The traces count as complete when nothing of them arrived for this long, and nothing that is expected is missing.
const QUIET_PERIOD: Duration = Duration::from_millis(500);
/// Traces that are examined with those of the probe.
const MAX_TRACES: usize = 200;
/// Clocks of the services may be behind this one.
const CLOCK_DIFFERENCE: Duration = Duration::from_secs(5);

/// A service that should take part in every trace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Expected {
    pub(super) service: String,
    /// Traces of the probe in which it took part, of how many requests.
    pub(super) took_part: usize,
    pub(super) of: usize,
}

/// A request of the probe.
struct Sent {
    trace: TraceId,
    /// The parent of its first span. It is never exported.
    span: SpanId,
}

/// One trace of the probe, as far as it has arrived.
#[derive(Debug, Default)]
struct Seen {
    spans: usize,
    services: BTreeSet<String>,
    has_gaps: bool,
}

/// Sends the requests, and fetches the traces when they are complete or the wait is over.
pub(super) async fn run(probe: &Probe, url: &str) -> anyhow::Result<Examined> {
    anyhow::ensure!(is_http(url), "--url must be a URL such as http://localhost:8080/api/activities/home");
    let client = client()?;
    let api = TraceApi::new(&client, &probe.waterfall.url)?;
    let since = Nanos::from(SystemTime::now() - CLOCK_DIFFERENCE);
    let mut sent = Vec::new();
    for number in 0..probe.requests {
        let began = Instant::now();
        sent.push(send(&client, url).await?);
        if number + 1 < probe.requests {
            tokio::time::sleep(pause_after(began.elapsed())).await;
        }
    }
    let expected: Vec<String> = probe.expect.iter().map(|name| name.trim().to_owned()).collect();
    let seen = wait(&api, &sent, &expected, Duration::from_secs(probe.wait.into())).await?;
    let arrived: Vec<TraceId> =
        sent.iter().zip(&seen).filter(|(_, seen)| seen.spans > 0).map(|(sent, _)| sent.trace).collect();
    if arrived.is_empty() {
        bail!(
            "the waterfall at {} has no span of {} requests to {url} after {} s, so nothing can be told; check that the \
             system exports to this waterfall (OTEL_EXPORTER_OTLP_ENDPOINT), samples the requests, and is reached at this URL",
            api.url(),
            sent.len(),
            probe.wait
        );
    }
    let took_part = |service: &String| seen.iter().filter(|seen| seen.services.contains(service)).count();
    let expected = expected.iter().map(|service| Expected {
        service: service.clone(),
        took_part: took_part(service),
        of: sent.len(),
    });
    if expected.clone().any(|service| service.took_part == 0) {
        // Perhaps its name was misspelt.
        let services: BTreeSet<&str> =
            seen.iter().flat_map(|seen| &seen.services).map(String::as_str).collect();
        eprintln!("cruddur: the traces have spans of {}", Vec::from_iter(services).join(", "));
    }
    let lost = sent.len() - arrived.len();
    if lost > 0 {
        eprintln!("cruddur: {lost} of {} requests have no trace in the waterfall", sent.len());
    }
    Ok(Examined {
        requests: fetch(&api, &arrived, since).await?,
        expected: expected.collect(),
        about: arrived,
    })
}

/// The pause after a request that took so long: ten times as long, within bounds. Where the context was lost, times tell which
/// call led to which request, and they can only where most of the time nothing goes on.
fn pause_after(took: Duration) -> Duration {
    (took * 10).clamp(Duration::from_millis(50), Duration::from_secs(1))
}

/// Sends one request. Its trace is the one that the answer names, because a public endpoint may begin its own; else the one
/// that was sent.
async fn send(client: &reqwest::Client, url: &str) -> anyhow::Result<Sent> {
    let id = TraceId::from_bytes(Uuid::new_v4().as_bytes()).context("cannot make a trace id")?;
    let (random, _) = Uuid::new_v4().as_u64_pair();
    let span = SpanId::from_bytes(&random.to_be_bytes()).context("cannot make a span id")?;
    let response = client
        .get(url)
        .header("traceparent", format!("00-{id}-{span}-01"))
        .send()
        .await
        .with_context(|| format!("cannot send a request to {url}"))?;
    if response.status() >= StatusCode::BAD_REQUEST {
        eprintln!("cruddur: {url} answered {}", response.status());
    }
    let answer = response.headers().get("traceresponse").and_then(|value| value.to_str().ok());
    let trace = answer.and_then(TraceResponse::parse).map_or(id, |answer| answer.trace_id);
    Ok(Sent { trace, span })
}

async fn wait(
    api: &TraceApi<'_>,
    sent: &[Sent],
    expected: &[String],
    wait: Duration,
) -> anyhow::Result<Vec<Seen>> {
    let start = Instant::now();
    let (mut last_change, mut spans) = (start, 0);
    loop {
        let mut seen = Vec::new();
        for one in sent {
            let trace = api.trace(one.trace).await?;
            seen.push(trace.map_or(Ok(Seen::default()), |json| Seen::of(json.as_bytes(), one.span))?);
        }
        let now = seen.iter().map(|seen| seen.spans).sum();
        if now != spans {
            (last_change, spans) = (Instant::now(), now);
        }
        let is_whole = |seen: &Seen| {
            seen.spans > 0 && !seen.has_gaps && expected.iter().all(|service| seen.services.contains(service))
        };
        let is_quiet = last_change.elapsed() >= QUIET_PERIOD;
        if seen.iter().all(is_whole) && is_quiet || start.elapsed() >= wait {
            return Ok(seen);
        }
        tokio::time::sleep(POLL_INTERVAL).await;
    }
}

/// The traces of the probe, and the newest others since it began.
async fn fetch(api: &TraceApi<'_>, ids: &[TraceId], since: Nanos) -> anyhow::Result<Vec<Vec<u8>>> {
    let mut wanted = ids.to_vec();
    let others = api.list(since, MAX_TRACES).await?;
    wanted.extend(others.into_iter().filter(|id| !ids.contains(id)).take(MAX_TRACES));
    let mut requests = Vec::new();
    for id in wanted {
        if let Some(json) = api.trace(id).await? {
            requests.push(
                traces_to_protobuf(json.as_bytes())
                    .context("the waterfall's answer is not OTLP JSON")?
                    .protobuf,
            );
        }
    }
    Ok(requests)
}

impl Seen {
    /// `outside`: the parent that is never exported.
    fn of(json: &[u8], outside: SpanId) -> anyhow::Result<Self> {
        let request = traces_to_protobuf(json).context("the waterfall's answer is not OTLP JSON")?.protobuf;
        let mut seen = Self::default();
        let (mut ids, mut parents) = (BTreeSet::new(), Vec::new());
        read_traces(&request, |_, origin, span| {
            seen.spans += 1;
            seen.services.insert(origin.resource.service_name().into_owned());
            ids.insert(span.span_id);
            parents.extend(span.parent);
        })?;
        seen.has_gaps = parents.iter().any(|parent| *parent != outside && !ids.contains(parent));
        Ok(seen)
    }
}

impl Expected {
    pub(super) const fn is_missing(&self) -> bool {
        self.took_part < self.of
    }

    /// `users took part in 3 of 5 traces`
    pub(super) fn text(&self) -> String {
        format!("{} took part in {} of {} traces", self.service, self.took_part, self.of)
    }
}
