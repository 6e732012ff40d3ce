//! Honeycomb: whose the key is, then one span.

use std::borrow::Cow;

use opentelemetry_sdk::Resource;
use serde_json::Value;

use super::http::Api;
use super::otlp::SentSpan;
use super::{CheckError, Report};
use crate::env::{Exporter, Honeycomb, Otlp, Settings, Signal, Token, Vendor};
use crate::export::build_sink::service_name;

pub(super) const KEY_HEADER: &str = "x-honeycomb-team";
const NOT_CONFIGURED: &str = "no spans are sent to Honeycomb: set HONEYCOMB_API_KEY";

pub(super) fn check(settings: &Settings, resource: &Resource) -> Result<Report, CheckError> {
    let otlp = exporter(settings, resource).ok_or(CheckError::NotConfigured(NOT_CONFIGURED))?;
    let header = |wanted: &str| {
        otlp.headers
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(wanted))
            .map(|(_, value)| value.clone())
    };
    let key = Token(header(KEY_HEADER).ok_or(CheckError::NotConfigured(NOT_CONFIGURED))?);
    let owner = Api::new(&otlp, KEY_HEADER, &key)?.send(&format!("{}/1/auth", origin(&otlp.endpoint)), None);
    let owner = owner.ok().filter(|response| response.status().is_success());
    let owner = owner.map(|response| Owner::read(response.body())).unwrap_or_default();
    let sent = SentSpan::send(&otlp, resource)?;
    let dataset = header("x-honeycomb-dataset").unwrap_or_else(|| dataset_of(&service_name(resource)));
    let environment = match owner.environment.as_str() {
        "" => String::new(),
        environment => format!(" of environment {environment}"),
    };
    let mut notes = sent.notes;
    if !owner.team.is_empty() {
        notes.push(format!("The key belongs to team {}.", owner.team));
    }
    if owner.may_not_send {
        notes.push("The key has no permission to send events.".to_owned());
    }
    Ok(Report {
        sent: sent.text,
        link: sent.answer.is_ok().then(|| owner.link(&otlp.endpoint, &dataset, &sent.trace_id)).flatten(),
        answer: sent.answer.map(|answer| format!("{answer} into dataset {dataset}{environment}")),
        notes,
    })
}

/// That of `HONEYCOMB_*`, or an OTLP endpoint with Honeycomb's header.
fn exporter(settings: &Settings, resource: &Resource) -> Option<Otlp> {
    let own = |honeycomb: &Honeycomb| honeycomb.exporter(Signal::Traces, &service_name(resource));
    settings.honeycomb.as_ref().map(own).or_else(|| match &settings.traces {
        Exporter::Otlp(otlp) if otlp.vendor == Vendor::Honeycomb => Some(otlp.clone()),
        _ => None,
    })
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> &str {
    let host = url.find("://").map_or(0, |at| at + 3);
    url[host..].find('/').map_or(url, |end| &url[..host + end])
}

/// Where Honeycomb puts the spans of a service.
fn dataset_of(service: &str) -> String {
    match service.trim() {
        name if name.starts_with("unknown_service") => "unknown_service".to_owned(),
        name => name.to_owned(),
    }
}

/// A name as a segment of a path.
pub(super) fn segment(name: &str) -> Cow<'_, str> {
    percent_encoding::utf8_percent_encode(name, percent_encoding::NON_ALPHANUMERIC).into()
}

/// What `GET /1/auth` says of a key (<https://api-docs.honeycomb.io/api/auth>).
#[derive(Debug, Default)]
struct Owner {
    team: String,
    /// Empty for a classic key.
    environment: String,
    may_not_send: bool,
}

impl Owner {
    fn read(body: &[u8]) -> Self {
        let answer: Value = serde_json::from_slice(body).unwrap_or_default();
        // Slugs are part of addresses: letters, digits and hyphens.
        let slug = |of: &str| {
            let text = answer[of]["slug"].as_str().unwrap_or_default();
            text.chars().filter(|c| c.is_ascii_alphanumeric() || "-_".contains(*c)).take(100).collect()
        };
        Self {
            team: slug("team"),
            environment: slug("environment"),
            may_not_send: answer["api_key_access"]["events"] == Value::Bool(false),
        }
    }

    /// The page of a trace (<https://docs.honeycomb.io/investigate/collaborate/share-trace/>), for Honeycomb's own hosts.
    fn link(&self, endpoint: &str, dataset: &str, trace_id: &str) -> Option<String> {
        let page = match origin(endpoint) {
            "https://api.honeycomb.io" => "https://ui.honeycomb.io",
            "https://api.eu1.honeycomb.io" => "https://ui.eu1.honeycomb.io",
            _ => return None,
        };
        let team = Some(self.team.as_str()).filter(|team| !team.is_empty())?;
        let environment = match self.environment.as_str() {
            "" => String::new(),
            environment => format!("/environments/{environment}"),
        };
        let dataset = segment(dataset);
        Some(format!("{page}/{team}{environment}/datasets/{dataset}/trace?trace_id={trace_id}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_owner_of_a_key_is_read() {
        let owner = Owner::read(
            br#"{"type":"ingest","api_key_access":{"events":false},"team":{"slug":"acme"},"environment":{"slug":"test"}}"#,
        );
        assert_eq!(
            (owner.team.as_str(), owner.environment.as_str(), owner.may_not_send),
            ("acme", "test", true)
        );
        let classic = Owner::read(br#"{"team":{"slug":"acme"},"environment":{"slug":""}}"#);
        let link = |owner: &Owner| owner.link("https://api.eu1.honeycomb.io/v1/traces", "my shop", "4bf9");
        assert_eq!(
            link(&owner).as_deref(),
            Some("https://ui.eu1.honeycomb.io/acme/environments/test/datasets/my%20shop/trace?trace_id=4bf9")
        );
        assert_eq!(
            link(&classic).as_deref(),
            Some("https://ui.eu1.honeycomb.io/acme/datasets/my%20shop/trace?trace_id=4bf9")
        );
        assert_eq!(
            owner.link("http://127.0.0.1:9/v1/traces", "shop", "4bf9"),
            None,
            "a stand-in has no pages"
        );
        assert_eq!(link(&Owner::read(b"<html>")), None);
    }

    #[test]
    fn the_origin_of_an_endpoint_has_no_path() {
        assert_eq!(origin("https://api.honeycomb.io/v1/traces"), "https://api.honeycomb.io");
        assert_eq!(origin("http://127.0.0.1:9"), "http://127.0.0.1:9");
    }
}
