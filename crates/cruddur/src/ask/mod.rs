//! `cruddur request` and `cruddur trace`: sends one real request, waits until its trace is there, draws it.
//!
//! - [`send`]: the request and what its answer says about its trace
//! - [`store`]: the trace, asked for until it is complete
//! - here: what is printed. The drawing goes to standard output, everything about it to standard error.

mod send;
mod store;

use std::io::Write as _;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context as _, bail};
use rustix::termios::tcgetwinsize;
use trace_model::TraceId;

use crate::cli::{Request, Trace, Where};
use crate::links::Links;
use crate::palette;
use crate::terminal::{self, View};
use send::Answer;
use store::{Expected, Found, Store};

/// How long one answer may take: whoever waits for a slow one wants to see its trace.
const PATIENCE: Duration = Duration::from_mins(1);

/// `cruddur request PATH`
pub(crate) async fn request(request: Request) -> anyhow::Result<ExitCode> {
    let client = client()?;
    let answer = send::send(&client, &request).await?;
    eprintln!("{}", summary(&answer));
    let Some(trace) = &answer.trace else {
        bail!("the answer has no traceresponse, so it is not from a gateway that traces");
    };
    if !trace.sampled {
        bail!("trace {} was not sampled: it was decided not to keep it", trace.trace_id);
    }
    let expected = Expected { top: Some(trace.span_id), remote_parent: answer.remote_parent };
    show(&client, trace.trace_id, expected, &request.place).await
}

/// `cruddur trace ID`
pub(crate) async fn trace(trace: Trace) -> anyhow::Result<ExitCode> {
    let id = TraceId::parse_padded(&trace.id).with_context(|| format!("{:?} is no trace id", trace.id))?;
    show(&client()?, id, Expected::default(), &trace.place).await
}

async fn show(
    client: &reqwest::Client,
    id: TraceId,
    expected: Expected,
    place: &Where,
) -> anyhow::Result<ExitCode> {
    let store = Store::new(client, &place.waterfall);
    let wait = Duration::from_secs(place.wait.into());
    let page = Links::from_environment().to(&format!("{}/trace/{id}", store.url()));
    let Some(Found { json, view, complete }) = store.complete_trace(id, &expected, wait).await? else {
        bail!(
            "the waterfall at {} has nothing of trace {id} (waited {} s). Do the services export to it? \
             OTEL_EXPORTER_OTLP_ENDPOINT says where to",
            store.url(),
            place.wait
        );
    };
    if place.json {
        writeln!(std::io::stdout(), "{json}").context("cannot print the spans")?;
    } else {
        let text = format!("{}\n{}\n{page}", terminal::draw(&view, columns()), totals(&view));
        writeln!(anstream::stdout(), "{text}").context("cannot print the trace")?;
    }
    if !complete {
        eprintln!("not complete after {} s: {}", place.wait, what_is_missing(&view));
    }
    Ok(ExitCode::SUCCESS)
}

fn client() -> anyhow::Result<reqwest::Client> {
    reqwest::Client::builder()
        .timeout(PATIENCE)
        .user_agent(concat!("cruddur/", env!("CARGO_PKG_VERSION")))
        .build()
        .context("cannot make an HTTP client")
}

/// One line on the answer, and what it said when it was an error.
fn summary(answer: &Answer) -> String {
    let status = &answer.status;
    let took = terminal::duration(u64::try_from(answer.took.as_nanos()).unwrap_or(u64::MAX));
    let first = format!("{} {status}, {} bytes in {took}", answer.what, answer.bytes);
    match &answer.problem {
        Some(problem) => format!("{first}\n{problem}"),
        None => first,
    }
}

fn totals(view: &View) -> String {
    let aside = palette::aside();
    let errors = match view.errors() {
        0 => String::new(),
        1 => ", 1 error".to_owned(),
        n => format!(", {n} errors"),
    };
    let plural = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let (spans, services) = (plural(view.lines.len(), "span"), plural(view.services(), "service"));
    format!("{aside}{spans}, {services}, {}{errors}{aside:#}", terminal::duration(view.duration))
}

fn what_is_missing(view: &View) -> String {
    match &view.missing[..] {
        [] => "its root has not come, or spans still arrive".to_owned(),
        [one] => format!("the parent {one} has not come"),
        [first, rest @ ..] => format!("the parents {first} and {} more have not come", rest.len()),
    }
}

/// The width of the terminal, or what serves a file or a pipe.
fn columns() -> usize {
    let size = tcgetwinsize(std::io::stdout()).ok();
    size.map(|size| usize::from(size.ws_col))
        .filter(|&columns| columns > 0)
        .unwrap_or(terminal::WIDTH_ELSEWHERE)
}
