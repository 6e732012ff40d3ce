//! X-Ray: one span to its OTLP endpoint, signed, or to its daemon.

use std::time::Duration;

use opentelemetry_sdk::Resource;

use super::otlp::{self, SentSpan};
use super::{CheckError, Report};
use crate::env::{Region, RuleSource, Settings, Xray, XrayOtlp};
use crate::export::ExportError;
use crate::export::build_sink::service_name;
use crate::export::hex;
use crate::export::sink::{Failure, Sink};
use crate::otlp::Batch;
use crate::xray::{self, Daemon, Exporter};

const NOT_CONFIGURED: &str =
    "no spans are sent to X-Ray: set TELEMETRY_XRAY=otlp and AWS_REGION, or TELEMETRY_XRAY=daemon";

pub(super) fn check(settings: &Settings, resource: &Resource) -> Result<Report, CheckError> {
    let mut report = match settings.xray.as_ref().ok_or(CheckError::NotConfigured(NOT_CONFIGURED))? {
        Xray::Otlp(xray) => over_otlp(xray, resource)?,
        Xray::Daemon { address, region } => over_udp(address, region.as_ref(), resource),
    };
    if let Some(source) = settings.remote_sampler.as_ref().and_then(|sampler| sampler.source.as_ref()) {
        report.notes.push(sampling_rules(source, resource)?);
    }
    Ok(report)
}

/// What came of a fetch of sampling rules.
fn sampling_rules(source: &RuleSource, resource: &Resource) -> Result<String, ExportError> {
    Ok(match xray::RemoteSampler::count_rules(source, resource)? {
        Ok(rules) => format!("Sampling rules: {rules}, from {}.", source.endpoint),
        Err(reason) => format!("Sampling rules cannot be fetched: {reason}."),
    })
}

fn over_otlp(xray: &XrayOtlp, resource: &Resource) -> Result<Report, CheckError> {
    let mut exporter = Exporter::new(xray, resource)?;
    let sent = SentSpan::through(&mut exporter, &xray.otlp, resource);
    let mut notes = sent.notes;
    notes.extend(exporter.signed_with().map(|credentials| {
        format!("The request was signed for {} with the credentials {credentials}.", xray.region.0)
    }));
    let is_aws = Region::of_host(&xray.otlp.endpoint).is_some();
    let link = (is_aws && sent.answer.is_ok()).then(|| page(&xray.region, &sent.trace_id));
    Ok(Report { sent: sent.text, answer: sent.answer, notes, link })
}

/// Sends the span to the daemon. Its page exists if the daemon took the span, which UDP does not tell.
fn over_udp(address: &str, region: Option<&Region>, resource: &Resource) -> Report {
    /// A host may have an address of each version of IP, of which the daemon listens on one.
    const ATTEMPTS: usize = 2;
    /// Somebody waits for the answer, so that a late refusal is worth waiting for.
    const REFUSAL_WAIT: Duration = Duration::from_millis(500);
    let span = otlp::span();
    let mut batch = Batch::default();
    batch.add(&span);
    let mut daemon = Daemon::new(address.to_owned(), resource).waiting_for_refusals(REFUSAL_WAIT);
    let mut attempt = || daemon.send(&batch, Duration::from_secs(1)).err();
    let refusals: Option<Vec<Failure>> = (0..ATTEMPTS).map(|_| attempt()).collect();
    let answer = match refusals.and_then(|mut all| all.pop()) {
        None => Ok("the datagram was sent, and this machine knows of no refusal; UDP does not tell whether it arrived"
            .to_owned()),
        Some(Failure::Permanent(reason) | Failure::TooLarge(reason) | Failure::Retryable { reason, .. }) => Err(reason),
    };
    let trace_id = hex(&span.span_context.trace_id().to_bytes());
    let link = region.filter(|_| answer.is_ok()).map(|region| page(region, &trace_id));
    let service = service_name(resource);
    let sent =
        format!("1 segment document of service {service}, trace {trace_id}, to the daemon at udp {address}");
    Report { sent, answer, notes: Vec::new(), link }
}

/// The page of a trace in AWS's console.
fn page(region: &Region, trace_id: &str) -> String {
    let (region, id) = (&region.0, x_ray_id(trace_id));
    let domain = match region.as_str() {
        china if china.starts_with("cn-") => "console.amazonaws.cn",
        government if government.starts_with("us-gov-") => "console.amazonaws-us-gov.com",
        _ => "console.aws.amazon.com",
    };
    format!("https://{region}.{domain}/cloudwatch/home?region={region}#xray:traces/{id}")
}

/// X-Ray's form of a trace id: `1-`, 8 hexadecimal digits, `-`, and the other 24.
fn x_ray_id(trace_id: &str) -> String {
    let (time, random) = trace_id.split_at_checked(8).unwrap_or((trace_id, ""));
    format!("1-{time}-{random}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_of_a_trace_is_in_the_console_of_its_region() {
        let page = |region: &str| page(&Region(region.to_owned()), "4bf92f3577b34da6a3ce929d0e0e4736");
        assert_eq!(
            page("eu-central-1"),
            "https://eu-central-1.console.aws.amazon.com/cloudwatch/home?region=eu-central-1#xray:traces/\
             1-4bf92f35-77b34da6a3ce929d0e0e4736"
        );
        assert!(page("cn-north-1").starts_with("https://cn-north-1.console.amazonaws.cn/"));
        assert!(page("us-gov-west-1").starts_with("https://us-gov-west-1.console.amazonaws-us-gov.com/"));
    }
}
