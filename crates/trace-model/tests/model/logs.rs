//! Log records in both encodings, against the official types and arbitrary bytes.

use opentelemetry_proto::tonic::{
    collector::logs::v1::ExportLogsServiceRequest,
    common::v1::any_value::Value as ProtoValue,
    logs::v1::{LogRecord as ProtoRecord, ResourceLogs, ScopeLogs},
};
use proptest::{prelude::*, sample::Index};
use prost::Message;
use serde_json::json;
use trace_model::{
    LogRecord, Origin, Value,
    otlp::{RequestWriter, Translated, logs_to_protobuf, read_logs},
};

use crate::reference;

fn full_record() -> ProtoRecord {
    ProtoRecord {
        time_unix_nano: 1_700_000_000_123_456_789,
        observed_time_unix_nano: 1_700_000_000_123_456_999,
        severity_number: 17,
        severity_text: "ERROR".into(),
        body: Some(reference::value(ProtoValue::StringValue("no <b>such</b> user".into()))),
        attributes: reference::attributes(),
        dropped_attributes_count: 3,
        flags: 0x101,
        trace_id: reference::TRACE.into(),
        span_id: vec![1; 8],
        event_name: "user.missing".into(),
    }
}

/// A request with the resource and scope of the reference spans.
fn request(records: Vec<ProtoRecord>) -> ExportLogsServiceRequest {
    let reference_spans = reference::request(vec![]).resource_spans.remove(0);
    ExportLogsServiceRequest {
        resource_logs: vec![ResourceLogs {
            resource: reference_spans.resource,
            scope_logs: vec![ScopeLogs {
                scope: reference_spans.scope_spans[0].scope.clone(),
                log_records: records,
                schema_url: "https://scope.example/1".into(),
            }],
            schema_url: "https://resource.example/1".into(),
        }],
    }
}

fn records(body: &[u8]) -> Vec<(Origin<'_>, LogRecord<'_>)> {
    let mut records = Vec::new();
    assert!(read_logs(body, |_, origin, record| records.push((*origin, record))).unwrap().is_empty());
    records
}

fn request_with_record(fields: &serde_json::Value) -> Vec<u8> {
    let request = json!({"resourceLogs": [{"scopeLogs": [{"logRecords": [fields]}]}]});
    logs_to_protobuf(request.to_string().as_bytes()).unwrap().protobuf
}

#[test]
fn every_field_of_a_record_is_decoded() {
    let body = request(vec![full_record()]).encode_to_vec();
    let all = records(&body);
    let (origin, record) = &all[0];
    assert_eq!(origin.resource.service_name(), "users");
    assert_eq!((origin.scope.name().as_ref(), origin.scope.version().as_ref()), ("lib", "1.2"));
    assert_eq!(
        (origin.resource_schema, origin.scope_schema),
        (&b"https://resource.example/1"[..], &b"https://scope.example/1"[..])
    );
    assert_eq!(record.trace_id.unwrap().as_bytes(), &reference::TRACE);
    assert_eq!(record.span_id.unwrap().as_bytes(), &[1; 8]);
    assert_eq!(record.time.as_unix(), 1_700_000_000_123_456_789);
    assert_eq!((record.severity_number, record.severity_text.as_ref()), (17, "ERROR"));
    assert_eq!((record.event_name.as_ref(), record.flags), ("user.missing", 0x101));
    assert_eq!(record.body(), Value::String("no <b>such</b> user".into()));
    assert_eq!((record.attributes().count(), record.dropped_attributes), (8, 3));
}

#[test]
fn a_record_without_a_timestamp_uses_the_observed_timestamp() {
    let unset = ProtoRecord { time_unix_nano: 0, ..full_record() };
    let body = request(vec![unset]).encode_to_vec();
    assert_eq!(records(&body)[0].1.time.as_unix(), 1_700_000_000_123_456_999);
}

#[test]
fn a_record_with_an_invalid_id_is_accepted_without_the_id() {
    for id in [vec![], vec![0; 16], vec![7; 5]] {
        let body =
            request(vec![ProtoRecord { trace_id: id.clone(), span_id: id, ..full_record() }]).encode_to_vec();
        let all = records(&body);
        assert_eq!((all[0].1.trace_id, all[0].1.span_id), (None, None));
    }
}

#[test]
fn a_malformed_record_is_rejected_and_the_others_are_accepted() {
    let mut deep = reference::value(ProtoValue::IntValue(1));
    for _ in 0..60 {
        let values = vec![deep];
        deep = reference::value(ProtoValue::ArrayValue(opentelemetry_proto::tonic::common::v1::ArrayValue {
            values,
        }));
    }
    let nested = ProtoRecord { body: Some(deep), ..full_record() };
    let body = request(vec![full_record(), nested]).encode_to_vec();
    let mut accepted = 0;
    let rejected = read_logs(&body, |_, _, _| accepted += 1).unwrap();
    assert_eq!((accepted, rejected.records), (1, 1));
    assert_eq!(
        rejected.message("log record").unwrap(),
        "1 log record rejected: malformed message (values are nested deeper than 48 levels)"
    );
}

#[test]
fn json_written_by_the_official_types_becomes_the_same_request() {
    let request = request(vec![full_record(), full_record()]);
    let ours = logs_to_protobuf(serde_json::to_string(&request).unwrap().as_bytes()).unwrap().protobuf;
    assert_eq!(ExportLogsServiceRequest::decode(&*ours).unwrap(), request);
}

#[test]
fn lenient_forms_of_json_are_accepted() {
    let body = request_with_record(&json!({
        "traceId": "5B8EFFF798038103D269B633813FC60C", "spanId": null, "severityNumber": "SEVERITY_NUMBER_WARN2",
        "timeUnixNano": 1_700_000_000_123_456_789_u64, "observedTimeUnixNano": null, "attributes": null,
        "body": {"doubleValue": "NaN"}, "eventName": null, "unknown": [{}],
    }));
    let all = records(&body);
    let record = &all[0].1;
    assert_eq!(
        (record.trace_id.unwrap().to_string().as_str(), record.span_id),
        ("5b8efff798038103d269b633813fc60c", None)
    );
    assert_eq!((record.severity_number, record.time.as_unix()), (14, 1_700_000_000_123_456_789));
    assert!(matches!(record.body(), Value::Double(double) if double.is_nan()));
    let body = request_with_record(&json!({"body": {"arrayValue": {}}, "severityNumber": 9}));
    assert!(matches!(records(&body)[0].1.body(), Value::Array(array) if array.iter().count() == 0));
    assert_eq!(records(&body)[0].1.severity_number, 9);
    assert!(logs_to_protobuf(br#"{"resourceLogs": 5}"#).is_err());
}

#[test]
fn rewritten_records_are_the_same_request() {
    let mut request = request(vec![full_record(), ProtoRecord::default()]);
    request.resource_logs.push(ResourceLogs {
        scope_logs: vec![ScopeLogs { log_records: vec![full_record()], ..ScopeLogs::default() }],
        ..ResourceLogs::default()
    });
    let body = request.encode_to_vec();
    let mut out = RequestWriter::default();
    for (origin, record) in &records(&body) {
        out.add(origin, record.raw());
    }
    let again = out.into_bytes();
    assert_eq!(records(&again), records(&body));
}

proptest! {
    #[test]
    fn any_bytes_are_handled_without_panic(body in proptest::collection::vec(any::<u8>(), 0..512)) {
        let _ = read_logs(&body, |_, _, record| drop((record.body(), record.attributes().count())));
    }

    #[test]
    fn requests_that_the_official_decoder_accepts_are_accepted(place in any::<Index>(), byte in any::<u8>()) {
        let mut body = request(vec![full_record(), full_record()]).encode_to_vec();
        let place = place.index(body.len());
        body[place] = byte;
        let mut ours = 0;
        let read = read_logs(&body, |_, _, record| {
            ours += 1;
            std::hint::black_box((record.body(), record.attributes().count()));
        });
        if let Ok(request) = ExportLogsServiceRequest::decode(&*body) {
            let theirs = request.resource_logs.iter().flat_map(|r| &r.scope_logs).flat_map(|s| &s.log_records).count();
            prop_assert_eq!(theirs as u64, ours + read.unwrap().records);
        }
    }

    #[test]
    fn corrupted_json_is_rejected_or_becomes_a_readable_request(place in any::<Index>(), byte in any::<u8>()) {
        let mut json = serde_json::to_vec(&request(vec![full_record()])).unwrap();
        let place = place.index(json.len());
        json[place] = byte;
        if let Ok(Translated { protobuf: body, .. }) = logs_to_protobuf(&json) {
            prop_assert!(read_logs(&body, |_, _, _| ()).is_ok());
        }
    }
}
