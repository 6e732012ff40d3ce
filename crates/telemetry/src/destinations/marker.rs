//! A deployment marker of Honeycomb (<https://api-docs.honeycomb.io/api/markers>): a line at a time in all graphs.

use std::borrow::Cow;
use std::time::SystemTime;

use http::StatusCode;
use serde_json::{Value, json};
use thiserror::Error;

use super::honeycomb::{KEY_HEADER, segment};
use super::http::Api;
use crate::env::{Settings, Signal, variables};
use crate::export::ExportError;

/// The whole environment, in place of a dataset.
const ALL_DATASETS: &str = "__all__";

/// A marker at the current time.
#[derive(Clone, Debug)]
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

/// Why a marker was not set.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum MarkerError {
    /// There is no key.
    #[error("set HONEYCOMB_CONFIGURATION_KEY to a configuration key with the permission Manage Markers")]
    NoKey,
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

impl Marker<'_> {
    /// Sets the marker, and returns where. `variable` reads the environment. Blocks the thread; not to be called within a
    /// runtime.
    ///
    /// # Errors
    ///
    /// When it was not set.
    pub fn set(&self, variable: &dyn Fn(&str) -> Option<String>) -> Result<String, MarkerError> {
        // The key of markers is enough, as in a pipeline that deploys.
        let api_key = variables::HONEYCOMB_API_KEY.name;
        let set = |name| variable(name).filter(|value| !value.trim().is_empty());
        let key = || set(api_key).or_else(|| set(variables::HONEYCOMB_CONFIGURATION_KEY.name));
        let (settings, _) = Settings::read(&|name| if name == api_key { key() } else { variable(name) });
        let honeycomb = settings.honeycomb.ok_or(MarkerError::NoKey)?;
        let key = honeycomb.configuration_key.as_ref().unwrap_or(&honeycomb.key);
        if is_ingest_key(&key.0) {
            return Err(MarkerError::IngestKey);
        }
        let path = self.dataset.map_or(Cow::Borrowed(ALL_DATASETS), segment);
        let api = Api::new(&honeycomb.exporter(Signal::Traces, ""), KEY_HEADER, key)?;
        let url = honeycomb.endpoint_of(&format!("1/markers/{path}"));
        let response = api.send(&url, Some(&self.body(SystemTime::now()))).map_err(MarkerError::Refused)?;
        match response.status() {
            StatusCode::OK | StatusCode::CREATED => Ok(match self.dataset {
                Some(dataset) => format!("dataset {dataset}"),
                None => "all datasets of the environment".to_owned(),
            }),
            status => Err(MarkerError::Refused(refusal(status, self.dataset.unwrap_or(ALL_DATASETS)))),
        }
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

/// `hc?ik_`; those of Honeycomb Classic are `hc?ic_`.
fn is_ingest_key(key: &str) -> bool {
    let bytes = key.as_bytes();
    bytes.len() > 6 && bytes.starts_with(b"hc") && (&bytes[3..6] == b"ik_" || &bytes[3..6] == b"ic_")
}

fn refusal(status: StatusCode, dataset: &str) -> String {
    let advice = match status {
        StatusCode::UNAUTHORIZED => {
            "the key is unknown, or of another region: check HONEYCOMB_CONFIGURATION_KEY and HONEYCOMB_API_ENDPOINT"
        }
        StatusCode::FORBIDDEN => "the key needs the permission Manage Markers",
        StatusCode::NOT_FOUND => {
            return format!("Honeycomb answered {status}: there is no dataset {dataset}");
        }
        StatusCode::TOO_MANY_REQUESTS => "its rate limit is reached: try again later",
        _ => "try again later",
    };
    format!("Honeycomb answered {status}: {advice}")
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
}
