//! The sink that sends batches to X-Ray's OTLP endpoint: within its limits, and signed.

use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{Response, StatusCode};
use opentelemetry_sdk::Resource;

use super::answer;
use super::credentials::{Credentials, Source};
use super::signature::{Scope, sign};
use crate::env::{Region, XrayOtlp};
use crate::error_chain::with_sources;
use crate::export::ExportError;
use crate::export::backend::{Backend, Exchange};
use crate::export::build_sink::backend;
use crate::export::request_limits::XRAY;
use crate::export::sink::{Accepted, Failure, Fitted, Sink};
use crate::otlp::Batch;

const SERVICE: &str = "xray";
/// How long credentials are waited for after the last ones were refused.
const RELOAD_LIMIT: Duration = Duration::from_secs(2);

/// An OTLP backend whose requests are signed, each attempt anew.
#[derive(Debug)]
pub(crate) struct Exporter {
    backend: Backend,
    region: Region,
    credentials: Credentials,
    /// Where the credentials of the last request are from.
    signed_with: Option<Source>,
}

impl Exporter {
    pub(crate) fn new(xray: &XrayOtlp, resource: &Resource) -> Result<Self, ExportError> {
        Ok(Self {
            backend: Backend { limits: Some(&XRAY), ..backend(&xray.otlp, resource)? },
            region: xray.region.clone(),
            credentials: Credentials::new(xray.credentials.clone(), xray.otlp.certificate.clone()),
            signed_with: None,
        })
    }

    /// Where the credentials of the last request are from.
    pub(crate) fn signed_with(&self) -> Option<String> {
        self.signed_with.as_ref().map(ToString::to_string)
    }
}

impl Exchange for Exporter {
    fn exchange(&mut self, batch: &Batch, limit: Duration) -> Result<Response<Bytes>, Failure> {
        let mut request = self.backend.request(batch)?;
        let now = SystemTime::now();
        let credentials = self.credentials.get(now, limit).map_err(|error| match with_sources(&error) {
            reason if error.is_transient() => Failure::Retryable { retry_after: None, reason },
            reason => Failure::Permanent(reason),
        })?;
        self.signed_with = Some(credentials.from.clone());
        let scope = Scope { region: &self.region, service: SERVICE };
        sign(&mut request, &credentials.keys, scope, now)
            .map_err(|error| Failure::Permanent(error.to_string()))?;
        self.backend.deliver(request, limit)
    }

    fn outcome(&mut self, response: &Response<Bytes>) -> Result<Accepted, Failure> {
        let advice = self
            .signed_with
            .as_ref()
            .and_then(|source| answer::advice(response, SystemTime::now(), &self.region, source));
        let wording = self.backend.wording().with(advice, &self.credentials.secrets());
        let is_refused = matches!(response.status(), StatusCode::FORBIDDEN | StatusCode::UNAUTHORIZED);
        match self.backend.outcome_in(&wording, response) {
            Err(Failure::Permanent(reason)) if is_refused && self.credentials.are_replaced(RELOAD_LIMIT) => {
                Err(Failure::Retryable { retry_after: None, reason })
            }
            outcome => outcome,
        }
    }
}

impl Sink for Exporter {
    fn send(&mut self, batch: &Batch, limit: Duration) -> Result<Accepted, Failure> {
        let response = self.exchange(batch, limit)?;
        self.outcome(&response)
    }

    fn fit(&self, batch: &Batch) -> Option<Fitted> {
        self.backend.fit(batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::env::{Settings, Xray};

    #[test]
    fn a_batch_is_sent_again_as_otlp_specifies_and_not_after_500() {
        let variable = |name: &str| match name {
            "TELEMETRY_XRAY" => Some("otlp".to_owned()),
            "AWS_REGION" => Some("eu-central-1".to_owned()),
            _ => None,
        };
        let Some(Xray::Otlp(xray)) = Settings::read(&variable).0.xray else { panic!("X-Ray over OTLP") };
        let mut exporter = Exporter::new(&xray, &Resource::builder_empty().build()).expect("an exporter");
        let again = (300..600).filter(|status| {
            let response = Response::builder().status(*status).body(Bytes::new()).expect("a response");
            matches!(exporter.outcome(&response), Err(Failure::Retryable { .. }))
        });
        assert_eq!(again.collect::<Vec<u16>>(), [429, 502, 503, 504]);
    }
}
