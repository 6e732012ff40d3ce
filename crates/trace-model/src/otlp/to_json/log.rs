//! Serializes a log record.

use serde::Serializer;

use super::{ObjectWriter, Quoted, group::Record, value::AnyValue};
use crate::{log::LogRecord, value::Value};

impl Record for LogRecord<'_> {
    const SCOPES: &'static str = "scopeLogs";
    const RECORDS: &'static str = "logRecords";

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = ObjectWriter::new(serializer)?;
        if !self.timestamp.is_unset() {
            map.put("timeUnixNano", &Quoted(self.timestamp))?;
        }
        if self.severity_number != 0 {
            // Enum numbers are signed in protobuf.
            map.put("severityNumber", &self.severity_number.cast_signed())?;
        }
        map.put_unless_empty("severityText", &self.severity_text)?;
        let body = self.body();
        if body != Value::Empty {
            map.put("body", &AnyValue(body))?;
        }
        map.put_attributes(|| self.attributes())?;
        map.put_unless_zero("droppedAttributesCount", self.dropped_attributes)?;
        map.put_unless_zero("flags", self.flags)?;
        if let Some(trace_id) = self.trace_id {
            map.put("traceId", &trace_id)?;
        }
        if let Some(span_id) = self.span_id {
            map.put("spanId", &span_id)?;
        }
        if !self.observed_timestamp.is_unset() {
            map.put("observedTimeUnixNano", &Quoted(self.observed_timestamp))?;
        }
        map.put_unless_empty("eventName", &self.event_name)?;
        map.end()
    }
}
