//! The HTTP client of all exporters: hyper and rustls (ring), on a runtime of its own.
//!
//! `opentelemetry-otlp` gets it explicitly. Otherwise a feature of another crate could choose a client that needs a
//! runtime on threads that have none. Nothing here creates spans: the work of exporters is never traced.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use ::http::header::{HeaderMap, HeaderValue, USER_AGENT};
use ::http::{Request, Response, StatusCode, Uri};
use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use http_body::Body;
use http_body_util::BodyExt;
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::{Client, ResponseFuture};
use hyper_util::rt::TokioExecutor;
use opentelemetry_http::{HttpClient, HttpError};
use tokio::runtime::{Builder, Runtime};

use super::advice::NoAnswer;
use super::answer::Wording;
use super::body::Pieces;
use super::connector::Connector;
use super::error::ExportError;
use super::first_bytes::{FirstBytes, Speech};
use super::head::{is_page, retry_after};
use super::log_limiter::LogLimiter;
use super::sink::Accepted;
use super::split_request::{Refusal, send_in_parts};
use super::{grpc, partial_success, tls};
use crate::env::{Otlp, Protocol};

/// The bytes of a response that are read. Backends respond with one sentence.
const MAX_RESPONSE: usize = 64 * 1024;

/// The client: with TLS, or without it for an endpoint that needs none.
enum Hyper {
    Https(Client<HttpsConnector<Connector>, Pieces>),
    Http(Client<Connector, Pieces>),
}

impl Hyper {
    fn request(&self, request: Request<Pieces>) -> ResponseFuture {
        match self {
            Self::Https(client) => client.request(request),
            Self::Http(client) => client.request(request),
        }
    }
}

/// The client, and the runtime that drives it.
pub(crate) struct Transport {
    client: Hyper,
    runtime: Runtime,
    timeout: Duration,
    grpc: bool,
    wording: Wording,
    agent: HeaderValue,
    /// What the port of the endpoint has said.
    first: FirstBytes,
    last_failure: LastFailure,
    /// Of OpenTelemetry's exporters, which know neither a pause nor a partial success.
    state: Mutex<State>,
}

/// What the backend said to OpenTelemetry's exporters.
#[derive(Debug, Default)]
struct State {
    /// When it may be asked again (`Retry-After`).
    not_before: Option<Instant>,
    warnings: LogLimiter,
}

/// Why the last exchange failed. OpenTelemetry's exporters report that one failed, and not why.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastFailure(Arc<Mutex<String>>);

impl LastFailure {
    pub(crate) fn get(&self) -> String {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set(&self, reason: String) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = reason;
    }
}

impl Transport {
    pub(crate) fn new(otlp: &Otlp) -> Result<Self, ExportError> {
        if let Some(refused) = &otlp.refused {
            return Err(ExportError::Endpoint(refused.clone().into()));
        }
        let first = FirstBytes::default();
        Ok(Self {
            client: client(otlp, &first)?,
            runtime: Builder::new_current_thread().enable_all().build().map_err(ExportError::thread)?,
            timeout: otlp.timeout,
            grpc: otlp.protocol == Protocol::Grpc,
            wording: Wording::new(otlp),
            agent: agent(otlp),
            first,
            last_failure: LastFailure::default(),
            state: Mutex::default(),
        })
    }

    /// Limits the time of an exchange. OpenTelemetry's exporters have a time limit, and enforce it only in a client
    /// that they build themselves.
    pub(crate) fn within(self, limit: Duration) -> Self {
        Self { timeout: self.timeout.min(limit), ..self }
    }

    /// A handle to the last failure, to be kept when an exporter takes the transport.
    pub(crate) fn last_failure(&self) -> LastFailure {
        self.last_failure.clone()
    }

    /// The words for failures.
    pub(crate) fn wording(&self) -> &Wording {
        &self.wording
    }

    /// What the port of an endpoint should speak.
    fn expected(&self, endpoint: &Uri) -> Speech {
        match (endpoint.scheme_str(), self.grpc) {
            (Some("https"), _) => Speech::Tls,
            (_, true) => Speech::Http2,
            (_, false) => Speech::Http1,
        }
    }

    /// Sends a request and reads the whole response within `limit`.
    pub(crate) fn exchange(
        &self,
        request: Request<impl Into<Pieces>>,
        limit: Duration,
    ) -> Result<Response<Bytes>, HttpError> {
        let mut request = request.map(Into::into);
        // OpenTelemetry's exporters, which send metrics and logs, have one of their own.
        request.headers_mut().insert(USER_AGENT, self.agent.clone());
        let limit = limit.min(self.timeout);
        let expected = self.expected(request.uri());
        let request = if self.grpc { grpc::request(request, limit) } else { request };
        let mut accepted = None;
        let exchange = async {
            let response = self.client.request(request).await?;
            let (head, body) = response.into_parts();
            // With gRPC, the trailers say whether the call succeeded.
            let is_accepted = head.status.is_success() && !self.grpc;
            accepted = is_accepted.then(|| head.clone());
            let (body, trailers) = read(body, is_accepted, self.grpc).await?;
            let response = Response::from_parts(head, body);
            Ok::<_, HttpError>(if self.grpc { grpc::response(response, trailers.as_ref()) } else { response })
        };
        let outcome = self.runtime.block_on(async {
            // Lets the task of an idle connection notice that the backend has closed it: it has not run since the last
            // exchange. The first pause reads the events of sockets, the second runs the task.
            tokio::task::yield_now().await;
            tokio::task::yield_now().await;
            let outcome = tokio::time::timeout(limit, exchange).await;
            if outcome.is_err() {
                // Lets the connection's task notice the cancellation now. Otherwise it runs only during the next
                // exchange.
                tokio::task::yield_now().await;
            }
            outcome
        });
        match (outcome, accepted) {
            (Err(_), Some(head)) => Ok(Response::from_parts(head, Bytes::new())),
            (outcome, _) => outcome
                .unwrap_or_else(|_| Err(NoAnswer(limit).into()))
                .map_err(|error| self.first.explain(expected, error)),
        }
    }
}

/// Reads the beginning of a body, and its trailers.
///
/// A request whose response has a successful status was accepted, and must not be sent again: its body may be too long or
/// end early.
async fn read<B>(
    mut body: B,
    is_accepted: bool,
    has_trailers: bool,
) -> Result<(Bytes, Option<HeaderMap>), HttpError>
where
    B: Body<Data = Bytes> + Unpin,
    B::Error: Into<HttpError>,
{
    let mut beginning = BytesMut::new();
    let mut trailers = None;
    while let Some(frame) = body.frame().await {
        let frame = match frame {
            Ok(frame) => frame,
            Err(_) if is_accepted => break,
            Err(error) => return Err(error.into()),
        };
        match frame.into_data() {
            Ok(data) => {
                let room = MAX_RESPONSE - beginning.len();
                beginning.extend_from_slice(&data[..room.min(data.len())]);
                if data.len() > room && !has_trailers {
                    break;
                }
            }
            Err(frame) => trailers = frame.into_trailers().ok(),
        }
    }
    Ok((beginning.freeze(), trailers))
}

/// The user agent of all signals: the configured one, or that of this crate.
fn agent(otlp: &Otlp) -> HeaderValue {
    let configured = otlp.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(USER_AGENT.as_str()));
    let configured = configured.and_then(|(_, value)| value.parse().ok());
    configured
        .unwrap_or(const { HeaderValue::from_static(concat!("telemetry-rust/", env!("CARGO_PKG_VERSION"))) })
}

#[cfg(feature = "grpc")]
fn client(otlp: &Otlp, first: &FirstBytes) -> Result<Hyper, ExportError> {
    let mut builder = Client::builder(TokioExecutor::new());
    builder.http2_only(otlp.protocol == Protocol::Grpc);
    let connector = Connector::new(otlp, first.clone());
    if !tls::is_needed(otlp) {
        return Ok(Hyper::Http(builder.build(connector)));
    }
    let https = HttpsConnectorBuilder::new().with_tls_config(tls::client(otlp)?).https_or_http();
    Ok(Hyper::Https(builder.build(if otlp.protocol == Protocol::Grpc {
        https.enable_http2().wrap_connector(connector)
    } else {
        https.enable_http1().wrap_connector(connector)
    })))
}

#[cfg(not(feature = "grpc"))]
fn client(otlp: &Otlp, first: &FirstBytes) -> Result<Hyper, ExportError> {
    if otlp.protocol == Protocol::Grpc {
        return Err(ExportError::NoGrpc);
    }
    let builder = Client::builder(TokioExecutor::new());
    let connector = Connector::new(otlp, first.clone());
    if !tls::is_needed(otlp) {
        return Ok(Hyper::Http(builder.build(connector)));
    }
    let https = HttpsConnectorBuilder::new().with_tls_config(tls::client(otlp)?).https_or_http();
    Ok(Hyper::Https(builder.build(https.enable_http1().wrap_connector(connector))))
}

impl fmt::Debug for Transport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Transport").field("timeout", &self.timeout).finish_non_exhaustive()
    }
}

#[async_trait]
impl HttpClient for Transport {
    /// Blocks the thread. Only exporter threads call it, and they have nothing else to do.
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let began = Instant::now();
        let sent =
            send_in_parts(request, |part| self.send_part(part, self.timeout.saturating_sub(began.elapsed())));
        sent.map_err(|reason| {
            self.last_failure.set(reason.clone());
            reason.into()
        })
    }
}

impl Transport {
    /// Sends a request of metrics or log records, or a part of one.
    fn send_part(&self, request: Request<Bytes>, limit: Duration) -> Result<Response<Bytes>, Refusal> {
        let endpoint = request.uri().clone();
        if self.is_held() {
            let reason = format!("{} asked for a pause (Retry-After)", self.wording.name(&endpoint));
            return Err(Refusal::Other(reason));
        }
        let response = self
            .exchange(request, limit)
            .map_err(|error| Refusal::Other(self.wording.no_response(&endpoint, &*error)))?;
        if response.status().is_success() && !is_page(&response) {
            self.report_partial_success(&response);
            return Ok(response);
        }
        self.hold(&response);
        let reason = self.wording.refusal(&endpoint, &response);
        Err(match response.status() {
            StatusCode::PAYLOAD_TOO_LARGE => Refusal::TooLarge(reason),
            _ => Refusal::Other(reason),
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn is_held(&self) -> bool {
        self.state().not_before.is_some_and(|until| Instant::now() < until)
    }

    fn hold(&self, response: &Response<Bytes>) {
        let pause = retry_after(response.headers());
        self.state().not_before = pause.map(|pause| Instant::now() + pause);
    }

    /// Logs what the backend rejected of metrics or log records that it accepted, or a warning about them.
    fn report_partial_success(&self, response: &Response<Bytes>) {
        let Accepted { rejected, message } = partial_success::of_any_signal(response);
        let message = self.wording.repeated(&message);
        if rejected > 0 || !message.is_empty() {
            let what = match rejected {
                0 => "the backend accepted all metrics or log records, with a warning".to_owned(),
                rejected => format!("the backend rejected {rejected} data points or log records"),
            };
            self.state().warnings.warn(&what, &message);
        }
    }
}

#[cfg(test)]
mod tests;
