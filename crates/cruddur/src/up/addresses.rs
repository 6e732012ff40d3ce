//! Addresses of the parts, learned from their readiness lines.

use anyhow::Context as _;
use serde_json::json;

use crate::links::with_loopback_host;
use crate::part::Part;

/// The JSON object that a part prints once it listens.
pub(super) type ReadinessLine = serde_json::Map<String, serde_json::Value>;

/// URLs of the parts. Those of parts that are not ready yet are empty.
#[derive(Clone, Debug, Default)]
pub(super) struct Addresses {
    pub(super) gateway: String,
    pub(super) activities: String,
    pub(super) users: String,
    pub(super) waterfall: String,
    pub(super) otlp_http: String,
    pub(super) otlp_grpc: String,
}

impl Addresses {
    /// Takes the addresses from the readiness line of a part.
    pub(super) fn record(&mut self, part: Part, ready: &ReadinessLine) -> anyhow::Result<()> {
        let address = |key: &str| {
            let value = ready.get(key).and_then(serde_json::Value::as_str);
            value
                .map(with_loopback_host)
                .with_context(|| format!("the readiness line of {} has no {key}", part.name()))
        };
        match part {
            Part::Gateway => self.gateway = address("http")?,
            Part::Activities => self.activities = address("http")?,
            Part::Users => self.users = address("http")?,
            Part::Waterfall => {
                self.waterfall = address("http")?;
                self.otlp_http = address("otlp_http")?;
                self.otlp_grpc = address("otlp_grpc")?;
            }
        }
        Ok(())
    }

    pub(super) fn of(&self, part: Part) -> &str {
        match part {
            Part::Gateway => &self.gateway,
            Part::Activities => &self.activities,
            Part::Users => &self.users,
            Part::Waterfall => &self.waterfall,
        }
    }

    /// The line that `--json` prints.
    pub(super) fn to_json(&self, pids: &serde_json::Map<String, serde_json::Value>) -> serde_json::Value {
        json!({
            "gateway": self.gateway,
            "activities": self.activities,
            "users": self.users,
            "waterfall": self.waterfall,
            "otlp_http": self.otlp_http,
            "otlp_grpc": self.otlp_grpc,
            "pids": pids,
        })
    }
}
