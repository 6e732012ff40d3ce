//! A backend that speaks gRPC: OpenTelemetry's own services on tonic, an implementation that shares nothing with ours.

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

use crate::background;
use crate::sink::Sink;

/// Listens, and keeps what comes in the sink that it gives.
pub(crate) async fn backend() -> Sink {
    let sink = Sink::default();
    let kept = sink.clone();
    let address = background::serve(move |listener| async move {
        let server = tonic::transport::Server::builder()
            .add_service(TraceServiceServer::new(Keeps(kept.clone())).accept_compressed(Gzip))
            .add_service(MetricsServiceServer::new(Keeps(kept.clone())).accept_compressed(Gzip))
            .add_service(LogsServiceServer::new(Keeps(kept)).accept_compressed(Gzip));
        server.serve_with_incoming(TcpListenerStream::new(listener)).await.expect("a server that runs");
    });
    Sink { url: format!("http://{}", address.await), ..sink }
}

struct Keeps(Sink);

impl Keeps {
    /// Refuses whoever has no key, if one was asked for.
    fn taken<T>(&self, path: &str, request: Request<T>) -> Result<T, Status> {
        let head: HashMap<String, String> = request
            .metadata()
            .as_ref()
            .iter()
            .map(|(name, value)| (name.to_string(), value.to_str().expect("text").to_owned()))
            .collect();
        let refused = head.get("x-key").is_some_and(|key| key == "wrong");
        self.0.heads.lock().expect("no panic").push((path.to_owned(), head));
        if refused { Err(Status::unauthenticated("no such key")) } else { Ok(request.into_inner()) }
    }
}

#[tonic::async_trait]
impl TraceService for Keeps {
    async fn export(
        &self,
        request: Request<ExportTraceServiceRequest>,
    ) -> Result<Response<ExportTraceServiceResponse>, Status> {
        self.0.keep(self.taken("traces", request)?);
        Ok(Response::new(ExportTraceServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl MetricsService for Keeps {
    async fn export(
        &self,
        request: Request<ExportMetricsServiceRequest>,
    ) -> Result<Response<ExportMetricsServiceResponse>, Status> {
        let metrics = self.taken("metrics", request)?;
        self.0.metrics.lock().expect("no panic").push(metrics);
        Ok(Response::new(ExportMetricsServiceResponse::default()))
    }
}

#[tonic::async_trait]
impl LogsService for Keeps {
    async fn export(
        &self,
        request: Request<ExportLogsServiceRequest>,
    ) -> Result<Response<ExportLogsServiceResponse>, Status> {
        let logs = self.taken("logs", request)?;
        self.0.logs.lock().expect("no panic").push(logs);
        Ok(Response::new(ExportLogsServiceResponse::default()))
    }
}
