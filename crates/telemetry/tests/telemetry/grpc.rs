//! gRPC backend: OpenTelemetry's generated services on tonic, which shares no code with the exporter under test.

use std::collections::HashMap;

use opentelemetry_proto::tonic::collector::logs::v1::logs_service_server::{LogsService, LogsServiceServer};
use opentelemetry_proto::tonic::collector::logs::v1::{ExportLogsServiceRequest, ExportLogsServiceResponse};
use opentelemetry_proto::tonic::collector::metrics::v1::metrics_service_server::{
    MetricsService, MetricsServiceServer,
};
use opentelemetry_proto::tonic::collector::metrics::v1::{
    ExportMetricsServiceRequest, ExportMetricsServiceResponse,
};
use opentelemetry_proto::tonic::collector::trace::v1::trace_service_server::{
    TraceService, TraceServiceServer,
};
use opentelemetry_proto::tonic::collector::trace::v1::{
    ExportTraceServiceRequest, ExportTraceServiceResponse,
};
use tokio_stream::wrappers::TcpListenerStream;
use tonic::codec::CompressionEncoding::Gzip;
use tonic::{Request, Response, Status};

use crate::background_server;
use crate::sink::Sink;

/// Starts a backend. Returns the sink that records its requests.
pub(crate) async fn backend() -> Sink {
    backend_with_limit(16 << 20).await
}

/// Refuses messages with more bytes.
pub(crate) async fn backend_with_limit(bytes: usize) -> Sink {
    let sink = Sink::default();
    let recorded = sink.clone();
    let address = background_server::serve(move |listener| async move {
        let server = tonic::transport::Server::builder()
            .add_service(
                TraceServiceServer::new(RecordingService(recorded.clone()))
                    .accept_compressed(Gzip)
                    .max_decoding_message_size(bytes),
            )
            .add_service(
                MetricsServiceServer::new(RecordingService(recorded.clone()))
                    .accept_compressed(Gzip)
                    .max_decoding_message_size(bytes),
            )
            .add_service(
                LogsServiceServer::new(RecordingService(recorded))
                    .accept_compressed(Gzip)
                    .max_decoding_message_size(bytes),
            );
        server.serve_with_incoming(TcpListenerStream::new(listener)).await.expect("the server runs");
    });
    Sink { url: format!("http://{}", address.await), ..sink }
}

struct RecordingService(Sink);

impl RecordingService {
    /// Records the metadata. Rejects a request whose `x-key` is `wrong`.
    fn authorize<T>(&self, path: &str, request: Request<T>) -> Result<T, Status> {
        let headers: HashMap<String, String> = request
            .metadata()
            .as_ref()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
            .collect();
        let rejected = headers.get("x-key").is_some_and(|key| key == "wrong");
        self.0.request_headers.lock().expect("no panic").push((path.to_owned(), headers));
        if rejected { Err(Status::unauthenticated("no such key")) } else { Ok(request.into_inner()) }
    }
}

#[tonic::async_trait]
impl TraceService for RecordingService {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.record_spans(self.authorize("traces", request)?);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for RecordingService {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let metrics = self.authorize("metrics", request)?;
        self.0.metrics.lock().expect("no panic").push(metrics);
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for RecordingService {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let logs = self.authorize("logs", request)?;
        self.0.logs.lock().expect("no panic").push(logs);
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
