//! A deployment marker of Honeycomb (<https://api-docs.honeycomb.io/api/markers>): a line at a time in all graphs.

use std::borrow::Cow;
use std::time::SystemTime;

use bytes::Bytes;
use http::{Response, StatusCode, Uri};
use serde_json::{Value, json};
use thiserror::Error;

use super::honeycomb::{KEY_HEADER, segment};
use super::http::Api;
use crate::env::{Honeycomb, Settings, Signal, variables};
use crate::export::ExportError;
use crate::export::head::{is_page, page_in_place_of};

/// The whole environment, in place of a dataset.
const ALL_DATASETS: &str = "__all__";

/// A marker at the current time: `Marker::new("Deployed 1.4.2", "deploy")`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Marker<'a> {
    /// `Deployed 1.4.2`
    pub message: &'a str,
    /// Markers of one kind have one colour.
    pub kind: &'a str,
    /// The page that the marker leads to.
    pub url: Option<&'a str>,
    /// One dataset; `None` for the whole environment.
    pub dataset: Option<&'a str>,
}

/// Why a marker was not set. No text contains a key.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MarkerError {
    /// There is no key.
    #[error("set HONEYCOMB_CONFIGURATION_KEY to a configuration key with the permission Manage Markers")]
    NoKey,
    /// A key or an endpoint is there and ignored; the text says why.
    #[error("nothing is sent to Honeycomb: {0}")]
    Ignored(String),
    /// The marker is not one; the text says what to change.
    #[error("{0}")]
    Invalid(&'static str),
    /// An ingest key, which cannot set markers.
    #[error(
        "an ingest key cannot set markers: set HONEYCOMB_CONFIGURATION_KEY to a configuration key with the permission \
         Manage Markers"
    )]
    IngestKey,
    /// Certificates or a key are unusable.
    #[error(transparent)]
    Export(#[from] ExportError),
    /// Honeycomb did not answer, or refused; the text says what to change.
    #[error("{0}")]
    Refused(String),
}

impl<'a> Marker<'a> {
    /// A marker of the whole environment, without a page. Set the fields to change that.
    pub const fn new(message: &'a str, kind: &'a str) -> Self {
        Self { message, kind, url: None, dataset: None }
    }

    /// Sets the marker, and returns where. `variable` reads the environment. Blocks the thread; not to be called within a
    /// runtime.
    ///
    /// # Errors
    ///
    /// When it was not set.
    pub fn set(&self, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, MarkerError> {
        self.validate()?;
        let honeycomb = settings(variable)?;
        let key = honeycomb.configuration_key.as_ref().unwrap_or(&honeycomb.key);
        if is_ingest_key(&key.0) {
            return Err(MarkerError::IngestKey);
        }
        let path = self.dataset.map_or(Cow::Borrowed(ALL_DATASETS), segment);
        let api = Api::new(&honeycomb.exporter(Signal::Traces, ""), KEY_HEADER, key)?;
        let url = honeycomb.endpoint_of(&format!("1/markers/{path}"));
        let response = api.send(&url, Some(&self.body(SystemTime::now()))).map_err(MarkerError::Refused)?;
        if !response.status().is_success() || !is_marker(&response) {
            let advice = advice(&response, self.dataset).map(|advice| format!(": {advice}"));
            let (status, advice) = (api.status(&response), advice.unwrap_or_default());
            return Err(MarkerError::Refused(format!("Honeycomb answered {status}{advice}")));
        }
        Ok(match self.dataset {
            Some(dataset) => format!("dataset {dataset}"),
            None => "all datasets of the environment".to_owned(),
        })
    }

    fn validate(&self) -> Result<(), MarkerError> {
        if self.message.trim().is_empty() {
            return Err(MarkerError::Invalid(
                "the message of the marker is empty: say what happened, as `Deployed 1.4.2`",
            ));
        }
        if !self.url.is_none_or(is_page_url) {
            return Err(MarkerError::Invalid(
                "the URL of the marker is not one of a page: write http:// or https://, and a host",
            ));
        }
        Ok(())
    }

    fn body(&self, now: SystemTime) -> Value {
        let seconds = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let mut body = json!({"message": self.message, "type": self.kind, "start_time": seconds});
        if let Some(url) = self.url {
            body["url"] = url.into();
        }
        body
    }
}

/// The settings with the key of markers, which is enough, as in a pipeline that deploys.
fn settings(variable: &dyn Fn(&str) -> Option<String>) -> Result<Honeycomb, MarkerError> {
    let api_key = variables::HONEYCOMB_API_KEY.name;
    let keys = [variables::HONEYCOMB_CONFIGURATION_KEY.name, api_key];
    let set = |name| variable(name).filter(|value| !value.trim().is_empty());
    let (name, key) = keys.into_iter().find_map(|name| Some((name, set(name)?))).ok_or(MarkerError::NoKey)?;
    let (settings, mut warnings) =
        Settings::read(&|asked| if asked == api_key { Some(key.clone()) } else { variable(asked) });
    // A warning about the API key is one about the key in its place.
    let concerns = [name, variables::HONEYCOMB_API_ENDPOINT.name];
    warnings.retain(|warning| concerns.iter().any(|name| warning.starts_with(name)));
    settings.honeycomb.ok_or_else(|| MarkerError::Ignored(warnings.join("; ")))
}

fn is_page_url(url: &str) -> bool {
    let parsed = url.parse::<Uri>();
    parsed.is_ok_and(|url| url.host().is_some() && matches!(url.scheme_str(), Some("http" | "https")))
}

/// Whether the answer is a marker: it has an id.
fn is_marker(response: &Response<Bytes>) -> bool {
    let id = |answer: Value| answer["id"].as_str().is_some_and(|id| !id.is_empty());
    serde_json::from_slice(response.body()).is_ok_and(id)
}

/// `hc?ik_`; those of Honeycomb Classic are `hc?ic_`.
fn is_ingest_key(key: &str) -> bool {
    let bytes = key.as_bytes();
    bytes.len() > 6 && bytes.starts_with(b"hc") && (&bytes[3..6] == b"ik_" || &bytes[3..6] == b"ic_")
}

/// What to change.
fn advice(response: &Response<Bytes>, dataset: Option<&str>) -> Option<Cow<'static, str>> {
    let advice = match (response.status(), dataset) {
        (status, _) if status.is_success() && is_page(response) => {
            return Some(page_in_place_of("an answer of Honeycomb", "HONEYCOMB_API_ENDPOINT").into());
        }
        (status, _) if status.is_success() => {
            "that is not a marker with an id: check HONEYCOMB_API_ENDPOINT, which is https://api.honeycomb.io or \
             https://api.eu1.honeycomb.io"
        }
        (status, _) if status.is_redirection() => {
            "it leads elsewhere, where no key is sent: check HONEYCOMB_API_ENDPOINT"
        }
        (StatusCode::UNAUTHORIZED, _) => {
            "the key is unknown, or of another region: check HONEYCOMB_CONFIGURATION_KEY and HONEYCOMB_API_ENDPOINT"
        }
        (StatusCode::FORBIDDEN, _) => "the key needs the permission Manage Markers",
        (StatusCode::NOT_FOUND, Some(dataset)) => {
            return Some(format!("there is no dataset {dataset}").into());
        }
        (StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED, _) => {
            "it has no markers at this path: check HONEYCOMB_API_ENDPOINT"
        }
        (StatusCode::TOO_MANY_REQUESTS, _) => "its rate limit is reached: try again later",
        (status, _) if status.is_server_error() => "try again later",
        _ => return None,
    };
    Some(advice.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ingest_keys_are_known_by_their_prefix() {
        for key in ["hcaik_0123", "hcbic_0123"] {
            assert!(is_ingest_key(key), "{key}");
        }
        for key in ["hcalk_0123", "hcamk_0123", "0123456789abcdef0123456789abcdef", "hc", "hcaik_"] {
            assert!(!is_ingest_key(key), "{key}");
        }
    }

    #[test]
    fn a_marker_is_at_a_second() {
        let marker = Marker { message: "Deployed 1.4.2", kind: "deploy", url: None, dataset: None };
        let now = SystemTime::UNIX_EPOCH + std::time::Duration::from_millis(1_800_000_000_900);
        assert_eq!(
            marker.body(now),
            json!({"message": "Deployed 1.4.2", "type": "deploy", "start_time": 1_800_000_000})
        );
        let url = "https://ci.example/7";
        assert_eq!(Marker { url: Some(url), ..marker }.body(now)["url"], url);
    }

    #[test]
    fn the_url_of_a_marker_is_one_of_a_page() {
        for (url, expected) in [
            ("https://ci.example/runs/7?a=b#c", true),
            ("http://[::1]:8080", true),
            ("not-a-url", false),
            ("ci.example/runs/7", false),
            ("javascript:alert(1)", false),
            ("ftp://ci.example/7", false),
            ("https://", false),
            ("", false),
        ] {
            assert_eq!(is_page_url(url), expected, "{url}");
        }
    }
}
