//! `cruddur request` and `cruddur trace`: sends one real request, waits until its trace is there, draws it.
//!
//! - [`send`]: the request and what its answer says about its trace
//! - [`store`]: the trace, asked for until it is complete
//! - here: what is printed. The drawing goes to standard output, everything about it to standard error.

mod request;
mod trace_api;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::termios::tcgetwinsize;
use trace_model::TraceId;

use crate::cli::{Request, Trace, TraceOptions};
use crate::colors;
use crate::links::Links;
use crate::terminal::{self, View};
use request::GatewayResponse;
use trace_api::{ExpectedSpans, FetchedTrace, TraceApi};

/// How long one answer may take: whoever waits for a slow one wants to see its trace.
const REQUEST_TIMEOUT: Duration = Duration::from_mins(1);

/// `cruddur request PATH`
pub(crate) async fn request(request: Request) -> anyhow::Result<ExitCode> {
    let client = client()?;
    let answer = request::send(&client, &request).await?;
    eprintln!("{}", summary(&answer));
    let Some(trace) = &answer.trace else {
        bail!("the answer has no traceresponse, so it is not from a gateway that traces");
    };
    if !trace.sampled {
        bail!("trace {} was not sampled: it was decided not to keep it", trace.trace_id);
    }
    let expected = ExpectedSpans { server_span: Some(trace.span_id), remote_parent: answer.remote_parent };
    show(&client, trace.trace_id, expected, &request.options).await
}

/// `cruddur trace ID`
pub(crate) async fn trace(trace: Trace) -> anyhow::Result<ExitCode> {
    let id = TraceId::parse_padded(&trace.id).with_context(|| format!("{:?} is no trace id", trace.id))?;
    show(&client()?, id, ExpectedSpans::default(), &trace.options).await
}

async fn show(
    client: &reqwest::Client,
    id: TraceId,
    expected: ExpectedSpans,
    options: &TraceOptions,
) -> anyhow::Result<ExitCode> {
    let store = TraceApi::new(client, &options.waterfall);
    let wait = Duration::from_secs(options.wait.into());
    let page = Links::from_environment().browser_url(&format!("{}/trace/{id}", store.url()));
    let Some(FetchedTrace { json, view, complete }) = store.wait_for_trace(id, &expected, wait).await? else {
        bail!(
            "the waterfall at {} has nothing of trace {id} (waited {} s). Do the services export to it? \
             OTEL_EXPORTER_OTLP_ENDPOINT says where to",
            store.url(),
            options.wait
        );
    };
    if options.json {
        writeln!(std::io::stdout(), "{json}").context("cannot print the spans")?;
    } else {
        let text = format!("{}\n{}\n{page}", terminal::draw(&view, terminal_width()), totals(&view));
        writeln!(anstream::stdout(), "{text}").context("cannot print the trace")?;
    }
    if !complete {
        eprintln!("not complete after {} s: {}", options.wait, missing_spans(&view));
    }
    Ok(ExitCode::SUCCESS)
}

fn client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .timeout(REQUEST_TIMEOUT)
        .user_agent(concat!("cruddur/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot make an HTTP client")
}

/// One line on the answer, and what it said when it was an error.
fn summary(answer: &GatewayResponse) -> String {
    let status = &answer.status;
    let elapsed = terminal::duration(u64::try_from(answer.elapsed.as_nanos()).unwrap_or(u64::MAX));
    let first = format!("{} {status}, {} bytes in {elapsed}", answer.what, answer.bytes);
    match &answer.error_body {
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
    let (spans, services) = (plural(view.rows.len(), "span"), plural(view.services(), "service"));
    format!("{dim}{spans}, {services}, {}{errors}{dim:#}", terminal::duration(view.duration))
}

fn missing_spans(view: &View) -> String {
    match &view.missing[..] {
        [] => "its root has not come, or spans still arrive".to_owned(),
        [one] => format!("the parent {one} has not come"),
        [first, rest @ ..] => format!("the parents {first} and {} more have not come", rest.len()),
    }
}

/// The width of the terminal, or what serves a file or a pipe.
fn terminal_width() -> usize {
    let size = tcgetwinsize(std::io::stdout()).ok();
    size.map(|size| usize::from(size.ws_col))
        .filter(|&columns| columns > 0)
        .unwrap_or(terminal::DEFAULT_WIDTH)
}
