//! What a segment says about its service and where it runs, from the resource.

use opentelemetry::{Key, Value as ResourceValue};
use opentelemetry_sdk::Resource;
use serde_json::{Map, Value, json};

/// Namespace and prefix of the resource in the metadata, as in the OpenTelemetry Collector.
const RESOURCE_PREFIX: &str = "otel.resource.";

/// The fields that all segments of this process share.
#[derive(Debug)]
pub(super) struct Service {
    /// The name of segments.
    pub(super) name: String,
    /// `service`, `aws` and `origin`.
    pub(super) fields: Map<String, Value>,
    /// The attributes of the resource.
    pub(super) metadata: Map<String, Value>,
}

impl Service {
    pub(super) fn new(resource: &Resource) -> Self {
        let text =
            |key: &'static str| resource.get(&Key::from_static_str(key)).map(|value| value.to_string());
        let mut fields = Map::new();
        if let Some(version) = text("service.version") {
            fields.insert("service".to_owned(), json!({ "version": version }));
        }
        if let Some(origin) = origin(&text) {
            fields.insert("origin".to_owned(), origin.into());
        }
        fields.insert("aws".to_owned(), aws(&text));
        let metadata =
            resource.iter().map(|(key, value)| (format!("{RESOURCE_PREFIX}{key}"), of_resource(value)));
        Self { name: text("service.name").unwrap_or_default(), fields, metadata: metadata.collect() }
    }
}

fn of_resource(value: &ResourceValue) -> Value {
    match value {
        ResourceValue::Bool(value) => (*value).into(),
        ResourceValue::I64(value) => (*value).into(),
        ResourceValue::F64(value) => (*value).into(),
        other => other.to_string().into(),
    }
}

/// The type of resource of AWS that runs the service; `None` outside of AWS.
pub(in crate::xray) fn origin(text: &dyn Fn(&'static str) -> Option<String>) -> Option<&'static str> {
    if text("cloud.provider").is_some_and(|provider| provider != "aws") {
        return None;
    }
    Some(match text("cloud.platform")?.as_str() {
        "aws_ec2" | "aws.ec2" => "AWS::EC2::Instance",
        "aws_ecs" | "aws.ecs" => match text("aws.ecs.launchtype").as_deref() {
            Some("fargate") => "AWS::ECS::Fargate",
            Some("ec2") => "AWS::ECS::EC2",
            _ => "AWS::ECS::Container",
        },
        "aws_eks" | "aws.eks" => "AWS::EKS::Container",
        "aws_lambda" | "aws.lambda" => "AWS::Lambda::Function",
        "aws_elastic_beanstalk" | "aws.elastic_beanstalk" => "AWS::ElasticBeanstalk::Environment",
        "aws_app_runner" | "aws.app_runner" => "AWS::AppRunner::Service",
        _ => return None,
    })
}

fn aws(text: &dyn Fn(&'static str) -> Option<String>) -> Value {
    let object = |fields: &[(&str, &'static str)]| {
        let field = |(to, from): &(&str, &'static str)| Some(((*to).to_owned(), text(from)?.into()));
        fields.iter().filter_map(field).collect::<Map<String, Value>>()
    };
    let mut aws = object(&[("account_id", "cloud.account.id")]);
    let ec2 = [("instance_id", "host.id"), ("availability_zone", "cloud.availability_zone")];
    let ecs =
        [("container", "container.name"), ("container_id", "container.id"), ("task_arn", "aws.ecs.task.arn")];
    let eks =
        [("cluster_name", "k8s.cluster.name"), ("pod", "k8s.pod.name"), ("container_id", "container.id")];
    for (name, origin_of, fields) in
        [("ec2", "AWS::EC2::", &ec2[..]), ("ecs", "AWS::ECS::", &ecs[..]), ("eks", "AWS::EKS::", &eks[..])]
    {
        let part = object(fields);
        if !part.is_empty() && origin(text).is_some_and(|origin| origin.starts_with(origin_of)) {
            aws.insert(name.to_owned(), part.into());
        }
    }
    let sdk = json!({ "sdk": "telemetry-rust", "sdk_version": env!("CARGO_PKG_VERSION") });
    aws.insert("xray".to_owned(), sdk);
    aws.into()
}

#[cfg(test)]
mod tests {
    use opentelemetry::KeyValue;

    use super::*;

    fn service(attributes: &[(&'static str, &'static str)]) -> Service {
        let attributes = attributes.iter().map(|(key, value)| KeyValue::new(*key, *value));
        Service::new(&Resource::builder_empty().with_attributes(attributes).build())
    }

    #[test]
    fn a_service_on_ecs_says_so() {
        let service = service(&[
            ("service.name", "users"),
            ("service.version", "1.2.3"),
            ("cloud.provider", "aws"),
            ("cloud.platform", "aws_ecs"),
            ("cloud.account.id", "123456789012"),
            ("aws.ecs.launchtype", "fargate"),
            ("container.name", "users-1"),
        ]);
        assert_eq!(service.name, "users");
        let aws = json!({
            "account_id": "123456789012", "ecs": {"container": "users-1"},
            "xray": {"sdk": "telemetry-rust", "sdk_version": env!("CARGO_PKG_VERSION")},
        });
        let expected = json!({"aws": aws, "origin": "AWS::ECS::Fargate", "service": {"version": "1.2.3"}});
        assert_eq!(Value::from(service.fields), expected);
        assert_eq!(service.metadata["otel.resource.service.name"], "users");
    }

    #[test]
    fn a_service_elsewhere_has_no_origin() {
        for elsewhere in [
            &[("service.name", "users")][..],
            &[("cloud.platform", "gcp_compute_engine")],
            &[("cloud.provider", "gcp"), ("cloud.platform", "aws_ec2")],
        ] {
            assert_eq!(service(elsewhere).fields.get("origin"), None, "{elsewhere:?}");
        }
    }
}
