//! The thread that sends items, off the path of requests.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::header::{CONTENT_TYPE, HeaderValue};
use http::{Method, Request, Uri};
use opentelemetry_sdk::Resource;

use super::answer::Answer;
use super::failure::{Failure, Kind, Warnings};
use super::item::Common;
use super::occurrence::Occurrence;
use super::queue::Queue;
use super::rate::Rate;
use crate::env::{self, Otlp, variables};
use crate::export::ExportError;
use crate::export::answer::{Wording, redacted, transport_error};
use crate::export::sender_thread::SenderThread;
use crate::export::transport::Transport;

/// Time limit of one request.
const TIMEOUT: Duration = Duration::from_secs(10);
/// Attempts to send one item, and the wait after the first one, doubled each time.
const ATTEMPTS: u32 = 4;
const FIRST_WAIT: Duration = Duration::from_millis(500);

/// A handle to the sending thread.
#[derive(Debug)]
pub(super) struct Sender {
    pub(super) queue: Arc<Queue>,
    thread: SenderThread,
}

impl Sender {
    pub(super) fn start(settings: &env::Rollbar, resource: &Resource) -> Result<Self, ExportError> {
        let mut run = SendLoop::new(settings, resource)?;
        let queue = Arc::clone(&run.queue);
        let thread = SenderThread::spawn("rollbar", move || run.until_stopped());
        Ok(Self { queue, thread: thread.map_err(ExportError::thread)? })
    }

    /// Sends one error, without a thread.
    pub(super) fn post_once(
        settings: &env::Rollbar,
        resource: &Resource,
        occurrence: &Occurrence,
    ) -> Result<Result<(), String>, ExportError> {
        let run = SendLoop::new(settings, resource)?;
        let answer = run.post(Bytes::from(run.common.item(occurrence)));
        let outcome = answer.and_then(|answer| match answer {
            Answer::Accepted => Ok(()),
            Answer::TooLarge(failure) | Answer::Again { failure, .. } | Answer::Refused(failure) => {
                Err(failure)
            }
        });
        Ok(outcome.map_err(|failure| failure.reason))
    }

    /// Sends what is left within `limit`, and ends the thread.
    pub(super) fn stop(&self, limit: Duration) {
        self.queue.stop(Instant::now() + limit);
        let late = !self.thread.ends_within(limit);
        let undelivered = self.queue.undelivered();
        if late || undelivered > 0 {
            tracing::warn!(
                target: "telemetry::export",
                errors = undelivered,
                "not all errors were reported to Rollbar"
            );
        }
    }
}

struct SendLoop {
    queue: Arc<Queue>,
    transport: Transport,
    endpoint: Uri,
    token: HeaderValue,
    common: Common,
    rate: Rate,
    wording: Wording,
    warnings: Warnings,
}

impl SendLoop {
    fn new(settings: &env::Rollbar, resource: &Resource) -> Result<Self, ExportError> {
        let otlp = Otlp::of_endpoint(settings.endpoint.clone(), TIMEOUT, settings.certificate.clone());
        let otlp = Otlp { proxies: settings.proxies.clone(), ..otlp };
        Ok(Self {
            queue: Arc::new(Queue::default()),
            transport: Transport::new(&otlp)?,
            endpoint: settings.endpoint.parse().map_err(ExportError::rollbar)?,
            token: settings.token.header().map_err(ExportError::rollbar)?,
            common: Common::new(settings, resource),
            rate: Rate::default(),
            wording: Wording::new(&otlp).with(None, std::slice::from_ref(&settings.token.0)),
            warnings: Warnings::default(),
        })
    }

    fn until_stopped(&mut self) {
        while let Some(occurrence) = self.queue.take() {
            if let Err(failure) = self.report(&occurrence) {
                self.queue.count_dropped();
                self.warnings.warn(&failure);
            }
        }
    }

    /// Sends an item, again after a failure that may pass. The error says why it was given up.
    fn report(&mut self, occurrence: &Occurrence) -> Result<(), Failure> {
        if !self.rate.allows(Instant::now()) {
            return Err(Failure { kind: Kind::Rate, reason: "more than 60 errors in a minute".to_owned() });
        }
        let mut item = Bytes::from(self.common.item(occurrence));
        let mut wait = FIRST_WAIT;
        for attempt in 1.. {
            let (pause, failure) = match self.post(item.clone()) {
                Ok(Answer::Accepted) => break,
                Ok(Answer::Refused(failure)) => return Err(failure),
                Ok(Answer::TooLarge(failure)) => {
                    item = Bytes::from(self.common.failsafe(occurrence));
                    (Duration::ZERO, failure)
                }
                Ok(Answer::Again { pause, failure }) => (pause.unwrap_or(wait), failure),
                Err(failure) => (wait, failure),
            };
            if attempt == ATTEMPTS || !self.queue.pause(pause) {
                return Err(failure);
            }
            wait *= 2;
        }
        Ok(())
    }

    fn post(&self, item: Bytes) -> Result<Answer, Failure> {
        let mut request = Request::new(item);
        *request.method_mut() = Method::POST;
        *request.uri_mut() = self.endpoint.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert("x-rollbar-access-token", self.token.clone());
        match self.transport.exchange(request, self.queue.time_left(TIMEOUT)) {
            Ok(response) => Ok(Answer::read(&self.endpoint, &response, &self.wording)),
            Err(error) => {
                let reason = transport_error(&redacted(&self.endpoint), &*error, variables::SSL_CERT_FILE);
                Err(Failure { kind: Kind::NoAnswer, reason })
            }
        }
    }
}
