//! Servers of other frameworks with the layer: axum with tower-http's `TraceLayer`, and tonic with interceptors. For the tests.
//!
//! The first argument selects the framework. The process sends a request to its own server within the span `caller`, and
//! exports its spans to `OTEL_EXPORTER_OTLP_ENDPOINT`.

use std::error::Error;

use opentelemetry::propagation::{Extractor, Injector};
use opentelemetry::{Context, global};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_client::TraceServiceClient;
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use reqwest_middleware::ClientBuilder;
use telemetry::{OpenTelemetrySpanExt, Service};
use tokio::net::TcpListener;
use tokio_stream::wrappers::TcpListenerStream;
use tonic::metadata::{Ascii, MetadataKey, MetadataMap};
use tonic::{Request, Response, Status};
use tower_http::trace::TraceLayer;
use tracing::{Instrument, Span, info, info_span};
use tracing_subscriber::prelude::*;

type Outcome = Result<(), Box<dyn Error>>;

fn main() -> Outcome {
    let (layer, telemetry) = telemetry::layer(Service { name: "neighbours", version: "0" })?;
    tracing_subscriber::registry().with(layer).init();
    // The propagators, for what these frameworks extract and inject.
    telemetry.install_globally();
    let framework = std::env::args().nth(1);
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        match framework.as_deref() {
            Some("tower-http") => tower_http(listener, url).await,
            Some("tonic") => tonic(listener, url).await,
            other => Err(format!("unknown framework {other:?}: see the source").into()),
        }
    })?;
    telemetry.shutdown()?;
    Ok(())
}

/// The span of a request, as its `traceparent` says.
fn request_span(request: &axum::http::Request<axum::body::Body>) -> Span {
    let span = info_span!("axum request", otel.kind = "server", url.path = request.uri().path());
    let parent = global::get_text_map_propagator(|propagator| {
        propagator.extract(&opentelemetry_http::HeaderExtractor(request.headers()))
    });
    // It fails only if the layer does not trace the span.
    let _ = span.set_parent(parent);
    span
}

async fn tower_http(listener: TcpListener, url: String) -> Outcome {
    let handler = async || {
        info!("handling");
        "a post"
    };
    let app = axum::Router::new()
        .route("/posts/{id}", axum::routing::get(handler))
        .layer(TraceLayer::new_for_http().make_span_with(request_span));
    tokio::spawn(async { axum::serve(listener, app).await });
    let client = telemetry::client::instrument(ClientBuilder::new(reqwest::Client::new())).build();
    let call = async { client.get(format!("{url}/posts/7")).send().await?.text().await.map_err(Into::into) };
    let text: Result<String, reqwest_middleware::Error> = call.instrument(info_span!("caller")).await;
    assert_eq!(text?, "a post");
    Ok(())
}

struct Metadata<'a>(&'a mut MetadataMap);

impl Injector for Metadata<'_> {
    fn set(&mut self, key: &str, value: String) {
        if let (Ok(key), Ok(value)) = (key.parse::<MetadataKey<Ascii>>(), value.parse()) {
            self.0.insert(key, value);
        }
    }
}

struct Received<'a>(&'a MetadataMap);

impl Extractor for Received<'_> {
    fn get(&self, key: &str) -> Option<&str> {
        self.0.get(key)?.to_str().ok()
    }

    fn keys(&self) -> Vec<&str> {
        Vec::new()
    }
}

/// The interceptor of the client: the context of the current span leaves with the request.
#[expect(clippy::unnecessary_wraps, reason = "an interceptor may reject a request")]
fn inject(mut request: Request<()>) -> Result<Request<()>, Status> {
    let context = Span::current().context();
    global::get_text_map_propagator(|propagator| {
        propagator.inject_context(&context, &mut Metadata(request.metadata_mut()));
    });
    Ok(request)
}

/// The interceptor of the server: hands the context of the caller to the handler.
#[expect(clippy::unnecessary_wraps, reason = "an interceptor may reject a request")]
fn extract(mut request: Request<()>) -> Result<Request<()>, Status> {
    let context =
        global::get_text_map_propagator(|propagator| propagator.extract(&Received(request.metadata())));
    request.extensions_mut().insert(context);
    Ok(request)
}

struct Accepting;

#[tonic::async_trait]
impl TraceService for Accepting {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        let span = info_span!("TraceService/Export", otel.kind = "server", rpc.system = "grpc");
        let parent = request.extensions().get::<Context>().cloned().unwrap_or_default();
        span.set_parent(parent).map_err(|error| Status::internal(error.to_string()))?;
        let handle = async { info_span!("handling").in_scope(ExportTraceServiceResponse::default) };
        Ok(Response::new(handle.instrument(span).await))
    }
}

async fn tonic(listener: TcpListener, url: String) -> Outcome {
    let service = TraceServiceServer::with_interceptor(Accepting, extract);
    let server = tonic::transport::Server::builder().add_service(service);
    tokio::spawn(server.serve_with_incoming(TcpListenerStream::new(listener)));
    let channel = tonic::transport::Endpoint::from_shared(url)?.connect().await?;
    let mut client = TraceServiceClient::with_interceptor(channel, inject);
    let call = async { client.export(ExportTraceServiceRequest::default()).await };
    call.instrument(info_span!("caller", otel.kind = "client")).await?;
    Ok(())
}
