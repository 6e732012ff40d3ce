//! A sampling rule, and which requests it matches
//! (<https://docs.aws.amazon.com/xray/latest/api/API_SamplingRule.html>).

use std::sync::Arc;

use opentelemetry_sdk::Resource;
use ring::digest;
use serde_json::Value;

use super::pattern::Pattern;
use crate::export::hex;
use crate::sampler::Facts;
use crate::xray::segment::origin::origin;

/// The version of rules that this sampler understands. Others are ignored.
const VERSION: i64 = 1;

/// A rule, as it was fetched.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Rule {
    pub(super) name: String,
    /// The first 8 bytes of the name's SHA-256 as hexadecimal digits: the value of `xrsr` in `tracestate`.
    pub(super) hash: Arc<str>,
    pub(super) priority: i64,
    pub(super) fixed_rate: f64,
    /// Requests a second for all services together. Zero: the reservoir is not used.
    pub(super) reservoir_size: u64,
    /// Whether X-Ray may raise the rate of this rule when there are anomalies.
    pub(super) has_boost: bool,
    service_name: Pattern,
    service_type: Pattern,
    host: Pattern,
    method: Pattern,
    path: Pattern,
    resource_arn: Pattern,
    attributes: Vec<(String, Pattern)>,
}

/// What rules ask of the service.
#[derive(Debug)]
pub(super) struct ServiceFacts {
    pub(super) name: String,
    origin: Option<&'static str>,
    arn: Option<String>,
}

impl ServiceFacts {
    pub(super) fn new(resource: &Resource) -> Self {
        let text = |key: &'static str| {
            resource.get(&opentelemetry::Key::from_static_str(key)).map(|value| value.to_string())
        };
        let arn = text("aws.ecs.container.arn")
            .or_else(|| text("aws.ecs.task.arn"))
            .or_else(|| text("cloud.resource_id"));
        Self { name: text("service.name").unwrap_or_default(), origin: origin(&text), arn }
    }
}

impl Rule {
    /// A rule of an answer; `None` for one of another version, or without a name.
    pub(super) fn read(rule: &Value) -> Option<Self> {
        let pattern = |key: &str| Pattern::new(rule[key].as_str().unwrap_or("*"));
        let name = rule["RuleName"].as_str().filter(|name| !name.is_empty())?.to_owned();
        if rule["Version"].as_i64() != Some(VERSION) {
            return None;
        }
        let attributes = rule["Attributes"].as_object().into_iter().flatten();
        let attributes =
            attributes.filter_map(|(key, value)| Some((key.clone(), Pattern::new(value.as_str()?))));
        let digest = digest::digest(&digest::SHA256, name.as_bytes());
        let hash = hex(digest.as_ref().get(..8).unwrap_or_default()).into();
        Some(Self {
            hash,
            priority: rule["Priority"].as_i64()?,
            fixed_rate: rule["FixedRate"].as_f64()?.clamp(0.0, 1.0),
            reservoir_size: rule["ReservoirSize"].as_u64().unwrap_or_default(),
            has_boost: rule["SamplingRateBoost"].is_object(),
            service_name: pattern("ServiceName"),
            service_type: pattern("ServiceType"),
            host: pattern("Host"),
            method: pattern("HTTPMethod"),
            path: pattern("URLPath"),
            resource_arn: pattern("ResourceARN"),
            attributes: attributes.collect(),
            name,
        })
    }

    /// Whether a request matches. A pattern other than `*` does not match what is not known; a missing path is `/`.
    pub(super) fn matches(&self, service: &ServiceFacts, request: &Facts<'_>) -> bool {
        let fits = |pattern: &Pattern, text: Option<&str>| {
            pattern.matches_anything() || text.is_some_and(|text| pattern.matches(text))
        };
        let path = request.get("url.path").filter(|path| !path.is_empty()).unwrap_or("/");
        fits(&self.service_name, Some(&service.name))
            && fits(&self.method, request.get("http.request.method"))
            && fits(&self.path, Some(path))
            && fits(&self.host, request.get("server.address"))
            && fits(&self.service_type, service.origin)
            && fits(&self.resource_arn, service.arn.as_deref())
            // An attribute has to exist, whatever its pattern.
            && self.attributes.iter().all(|(key, pattern)| request.get(key).is_some_and(|text| pattern.matches(text)))
    }
}

#[cfg(test)]
mod tests {
    use opentelemetry::KeyValue;
    use serde_json::json;

    use super::*;

    fn rule(changes: &Value) -> Option<Rule> {
        let mut rule = json!({
            "RuleName": "Default", "Priority": 10_000, "FixedRate": 0.05, "ReservoirSize": 1, "Version": 1,
            "ServiceName": "*", "ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*",
            "Attributes": {},
        });
        for (key, value) in changes.as_object().expect("an object") {
            rule[key] = value.clone();
        }
        Rule::read(&rule)
    }

    #[test]
    fn each_condition_of_a_rule_must_match() {
        let resource = [
            KeyValue::new("service.name", "gateway"),
            KeyValue::new("cloud.platform", "aws_ecs"),
            KeyValue::new("aws.ecs.container.arn", "arn:aws:ecs:eu-west-1:1:container/7"),
        ];
        let service = ServiceFacts::new(&Resource::builder_empty().with_attributes(resource).build());
        let request = Facts(vec![
            ("http.request.method", "GET".into()),
            ("url.path", "/api/activities/home".into()),
            ("server.address", "api.example.org".into()),
            ("user_agent.original", "curl/8".into()),
        ]);
        let matches = |changes: Value| rule(&changes).expect("a rule").matches(&service, &request);
        for matching in [
            json!({}),
            json!({"ServiceName": "GATE*"}),
            json!({"ServiceType": "AWS::ECS::Container"}),
            json!({"Host": "*.example.org"}),
            json!({"HTTPMethod": "get"}),
            json!({"URLPath": "/api/*/home"}),
            json!({"ResourceARN": "arn:aws:ecs:*"}),
            json!({"Attributes": {"user_agent.original": "curl/?"}}),
        ] {
            assert!(matches(matching.clone()), "{matching}");
        }
        for other in [
            json!({"ServiceName": "users"}),
            json!({"ServiceType": "AWS::EC2::Instance"}),
            json!({"Host": "example.org"}),
            json!({"HTTPMethod": "POST"}),
            json!({"URLPath": "/api"}),
            json!({"ResourceARN": "arn:aws:eks:*"}),
            json!({"Attributes": {"user_agent.original": "wget*"}}),
            json!({"Attributes": {"tenant": "*"}}),
        ] {
            assert!(!matches(other.clone()), "{other}");
        }
        let matches = |changes: Value| rule(&changes).expect("a rule").matches(&service, &Facts::default());
        assert!(matches(json!({"URLPath": "/"})), "a missing path is /");
        assert!(!matches(json!({"HTTPMethod": "GET"})), "a span of no request");
    }

    #[test]
    fn rules_of_another_version_or_without_a_name_are_ignored() {
        assert_eq!(rule(&json!({"Version": 2})), None);
        assert_eq!(rule(&json!({"RuleName": null})), None);
        assert_eq!(rule(&json!({"FixedRate": 7.0})).map(|rule| rule.fixed_rate), Some(1.0));
    }

    #[test]
    fn the_hash_is_the_start_of_the_sha_256_of_the_name() {
        // printf Default | sha256sum
        assert_eq!(rule(&json!({})).map(|rule| rule.hash.to_string()).as_deref(), Some("21b111cbfe6e8fca"));
    }
}
