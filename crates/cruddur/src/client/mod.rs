//! `cruddur request` and `cruddur trace`: sends a request, fetches the trace and draws it.
//!
//! - [`request`](mod@request): sends the request and reads the `traceresponse` header
//! - [`trace_api`]: polls the waterfall until the trace is complete
//! - here: the output. The trace goes to standard output, everything else to standard error.

mod request;
mod trace_api;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use trace_model::TraceId;

use crate::cli::{Request, Trace, TraceOptions};
use crate::colors;
use crate::links::Links;
use crate::terminal;
pub(crate) use request::TraceResponse;
pub(crate) use trace_api::TraceApi;
use trace_text::{View, duration};

use request::GatewayResponse;
use trace_api::{ExpectedSpans, FetchedTrace};

/// Timeout of one request. Long, because the trace of a slow request is the interesting one.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// `cruddur request PATH`
pub(crate) async fn request(request: Request) -> anyhow::Result<ExitCode> {
    let client = client()?;
    let response = request::send(&client, &request).await?;
    eprintln!("{}", summary(&response));
    let Some(trace) = &response.trace else {
        bail!("the response has no traceresponse header, so there is no trace to show; is this the gateway?");
    };
    if !trace.sampled {
        bail!("trace {} was not sampled, so no spans were exported", trace.trace_id);
    }
    let expected = ExpectedSpans { server_span: Some(trace.span_id), remote_parent: response.remote_parent };
    show(&client, trace.trace_id, expected, &request.options).await
}

/// `cruddur trace ID`
pub(crate) async fn trace(trace: Trace) -> anyhow::Result<ExitCode> {
    let id = TraceId::parse_padded(trace_id(&trace.id)).ok();
    let id = id.with_context(|| {
        format!(
            "{:?} is not a trace id of up to 32 hexadecimal digits, the address of a trace's page or a traceresponse header",
            trace.id
        )
    })?;
    show(&client()?, id, ExpectedSpans::default(), &trace.options).await
}

/// The trace id in a text: the text itself, the last part of an address, or the second field of a header.
fn trace_id(text: &str) -> &str {
    let path = text.split(['?', '#']).next().unwrap_or_default();
    let last = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.strip_prefix("00-").and_then(|fields| fields.split('-').next()).unwrap_or(last)
}

async fn show(
    client: &reqwest::Client,
    id: TraceId,
    expected: ExpectedSpans,
    options: &TraceOptions,
) -> anyhow::Result<ExitCode> {
    let api = TraceApi::new(client, &options.waterfall.url)?;
    let wait = Duration::from_secs(options.wait.into());
    let page = Links::from_environment().browser_url(&format!("{}/trace/{id}", api.url()));
    let Some(FetchedTrace { json, view, complete }) = api.wait_for_trace(id, &expected, wait).await? else {
        bail!(
            "the waterfall at {} has no span of trace {id} after {} s; check that the services export to it \
             (OTEL_EXPORTER_OTLP_ENDPOINT)",
            api.url(),
            options.wait
        );
    };
    if options.json {
        writeln!(std::io::stdout(), "{json}").context("cannot print the spans")?;
    } else {
        let text = format!("{}\n{}\n{page}", terminal::draw(&view, terminal::width()), totals(&view));
        writeln!(anstream::stdout(), "{text}").context("cannot print the trace")?;
    }
    if !complete {
        eprintln!("trace incomplete after {} s: {}", options.wait, missing_spans(&view));
    }
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        // The gateway and the waterfall are parts of this system, which no proxy of the machine leads to.
        .no_proxy()
        .timeout(REQUEST_TIMEOUT)
        .user_agent(concat!("cruddur/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot create the HTTP client")
}

/// The base URL of a part of the system, without a slash at its end. The error does not repeat it: a key may have been set to
/// its variable.
fn base_url<'a>(url: &'a str, setting: &str) -> anyhow::Result<&'a str> {
    let url = url.trim_end_matches('/');
    anyhow::ensure!(is_http(url), "{setting} must be a URL such as http://127.0.0.1:8080");
    Ok(url)
}

/// Whether a URL has the scheme of HTTP.
pub(crate) fn is_http(url: &str) -> bool {
    ["http://", "https://"].iter().any(|scheme| url.starts_with(scheme))
}

/// The status line of the response, and the body if it is an error.
fn summary(response: &GatewayResponse) -> String {
    let status = &response.status;
    let elapsed = duration(u64::try_from(response.elapsed.as_nanos()).unwrap_or(u64::MAX));
    let first = format!("{} {status}, {} bytes in {elapsed}", response.request_line, response.bytes);
    match &response.error_body {
        Some(error_body) => format!("{first}\n{error_body}"),
        None => first,
    }
}

fn totals(view: &View) -> String {
    let dim = colors::dim();
    let errors = match view.errors() {
        0 => String::new(),
        1 => ", 1 error".to_owned(),
        n => format!(", {n} errors"),
    };
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let (spans, services) = (plural(view.spans(), "span"), plural(view.services(), "service"));
    format!("{dim}{spans}, {services}, {}{errors}{dim:#}", duration(view.duration))
}

fn missing_spans(view: &View) -> String {
    match &view.missing_parents[..] {
        [] => "the root span is missing, or spans are still arriving".to_owned(),
        [one] => format!("parent span {one} is missing"),
        [first, rest @ ..] => format!("parent span {first} and {} more are missing", rest.len()),
    }
}

#[cfg(test)]
mod tests {
    use super::trace_id;

    #[test]
    fn a_trace_id_is_found_in_an_address_and_in_a_header() {
        let id = "4bf92f3577b34da6a3ce929d0e0e4736";
        for text in [
            id,
            "http://localhost:16686/trace/4bf92f3577b34da6a3ce929d0e0e4736",
            "http://localhost:16686/trace/4bf92f3577b34da6a3ce929d0e0e4736/?view=table#00f067aa0ba902b7",
            "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        ] {
            assert_eq!(trace_id(text), id, "{text}");
        }
        assert_eq!(trace_id("4bf92f35-77b3"), "4bf92f35-77b3", "no header");
    }
}
