//! Compiles what MOVING.md tells a reader to write. The functions are not called.

use std::error::Error;
use std::time::Duration;

use actix_web::App;
use actix_web::body::MessageBody;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use http::Extensions;
use opentelemetry::trace::{Tracer, get_active_span};
use opentelemetry::{Context, KeyValue, global};
use opentelemetry_sdk::trace::{BatchSpanProcessor, Sampler};
use reqwest_middleware::ClientBuilder;
use reqwest_tracing::{OtelName, ReqwestOtelSpanBackend};
use telemetry::OpenTelemetrySpanExt;
use telemetry::carrier::TraceCarrier;
use telemetry::database::Statement;
use telemetry::{LogFormat, Service, VARIABLES, client, server, testing};
use tracing::{Instrument, Span, instrument};
use tracing_actix_web::{RequestId, RootSpan, RootSpanBuilder};
use tracing_subscriber::prelude::*;
use tracing_subscriber::{EnvFilter, fmt, registry};

type Outcome = Result<(), Box<dyn Error>>;

fn starts_alone() -> Outcome {
    let telemetry = telemetry::init(Service { name: "feed", version: "1.0.0" })?;
    telemetry.flush(Duration::from_secs(1))?;
    telemetry.shutdown()?;
    Ok(())
}

fn starts_beside_layers(service: Service<'_>) -> Outcome {
    let fmt_layer = fmt::layer().with_filter(EnvFilter::from_default_env());
    let (layer, telemetry) = telemetry::layer(service)?;
    let subscriber = registry().with(fmt_layer).with(layer);
    tracing::subscriber::set_global_default(subscriber)?;
    telemetry.install_globally();
    telemetry.shutdown()?;
    Ok(())
}

fn starts_with_json_lines(service: Service<'_>) -> Outcome {
    let telemetry = telemetry::builder(service).log_format(LogFormat::Json).init()?;
    telemetry.shutdown()?;
    Ok(())
}

fn starts_with_own_parts(
    service: Service<'_>,
    processor: BatchSpanProcessor,
    exporter: opentelemetry_otlp::SpanExporter,
    sampler: Sampler,
) -> Outcome {
    let builder = telemetry::builder(service);
    let builder = builder.with_resource_attributes([KeyValue::new("host.name", "a1")]);
    let builder = builder.with_span_processor(processor);
    let builder = builder.with_span_exporter(exporter);
    let builder = builder.with_sampler(sampler);
    let (layer, telemetry) = builder.layer()?;
    tracing::subscriber::set_global_default(registry().with(layer))?;
    telemetry.shutdown()?;
    Ok(())
}

fn serves() {
    let app = App::new().wrap(server::Tracing::new());
    let _ = app.route("/feed", actix_web::web::get().to(feed));
}

struct FeedSpan;

impl RootSpanBuilder for FeedSpan {
    fn on_request_start(request: &ServiceRequest) -> Span {
        let span = server::RootSpan::on_request_start(request);
        span.set_attribute("user.id", 7);
        span
    }

    fn on_request_end<B: MessageBody>(span: Span, outcome: &Result<ServiceResponse<B>, actix_web::Error>) {
        server::RootSpan::on_request_end(span, outcome);
    }
}

fn serves_with_own_spans() {
    let app = App::new().wrap(server::Tracing::new().root_span::<FeedSpan>());
    drop(app);
}

#[derive(Debug, thiserror::Error)]
#[error("cannot load the feed")]
struct FeedError;

impl actix_web::ResponseError for FeedError {}

fn serves_with_errors() {
    let tracing = server::Tracing::new().error_type::<FeedError>();
    drop(App::new().wrap(tracing));
}

async fn feed(id: RequestId, span: RootSpan) -> String {
    server::set_attribute("user.id", 7);
    span.set_attribute("app.request_id", id.to_string());
    id.to_string()
}

async fn calls(http: reqwest::Client, url: &str) -> Outcome {
    let client = client::instrument(ClientBuilder::new(http)).build();
    let call = client.get(url).with_extension(OtelName("GET feed".into()));
    call.send().await?.error_for_status()?;
    Ok(())
}

struct FeedCall;

impl ReqwestOtelSpanBackend for FeedCall {
    fn on_request_start(request: &reqwest::Request, extensions: &mut Extensions) -> Span {
        let span = client::CallSpan::on_request_start(request, extensions);
        span.set_attribute("user.id", 7);
        span
    }

    fn on_request_end(
        span: &Span,
        outcome: &reqwest_middleware::Result<reqwest::Response>,
        extensions: &mut Extensions,
    ) {
        client::CallSpan::on_request_end(span, outcome, extensions);
    }
}

fn calls_with_own_spans(http: reqwest::Client) {
    let client = client::instrument_with::<FeedCall>(ClientBuilder::new(http)).build();
    drop(client);
}

fn uses_a_span(span: &Span, context: Context) -> Outcome {
    span.set_parent(context)?;
    span.set_attribute("user.id", 7);
    span.record("app.rows", 7);
    let context = span.context();
    let _attached = context.attach();
    get_active_span(|span| span.set_attribute(KeyValue::new("user.id", 7)));
    let sort = global::tracer("feed").start("sort");
    drop(sort);
    Ok(())
}

#[instrument(err)]
async fn load() -> std::io::Result<u64> {
    Ok(7)
}

async fn loads(statement: Statement<'_>) -> std::io::Result<u64> {
    let rows = load().instrument(statement.span()).await;
    let work = load();
    tokio::spawn(work.in_current_span());
    rows
}

fn carries(mut span: Span) {
    let carrier = TraceCarrier::current();
    if let Some(carrier) = carrier {
        carrier.set_parent_of(&mut span);
    }
}

/// The code in backticks in a cell of a table.
fn code(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

#[test]
fn each_row_of_the_guide_to_move_is_compiled() {
    let _ = (starts_alone, starts_beside_layers, starts_with_json_lines, serves, uses_a_span, carries);
    let _ = (calls, loads, serves_with_errors, starts_with_own_parts);
    let _ = (serves_with_own_spans, calls_with_own_spans);
    let (subscriber, spans) = testing::subscriber();
    tracing::subscriber::with_default(subscriber, || drop(tracing::info_span!("sorted")));
    assert_eq!(spans.all().len(), 1);

    let compiled = include_str!("moving.rs").split_once("/// The code in backticks").expect("this file").0;
    // The test above compiles the row on tests.
    let compiled = format!("{compiled} let (subscriber, spans) = testing::subscriber();");
    let (_, table) =
        include_str!("../../MOVING.md").split_once("| you have | you write |").expect("the table");
    let rows: Vec<&str> = table.lines().skip(2).take_while(|line| line.starts_with("| ")).collect();
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        // A bar within code is escaped.
        let cell = row.replace("\\|", "\u{0}");
        let cell = cell.split('|').nth(2).expect("a second cell").replace('\u{0}', "|");
        let snippets = code(&cell);
        assert!(!snippets.is_empty(), "{row}");
        for snippet in snippets {
            let variable = snippet.split_once('=').map(|(name, _)| name);
            let is_variable = VARIABLES.iter().any(|known| variable == Some(known.name));
            assert!(is_variable || compiled.contains(&snippet), "not compiled: {snippet}");
        }
    }
}
