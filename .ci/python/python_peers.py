"""The official Python SDK sends to the waterfall over HTTP (protobuf, JSON) and gRPC, with and without compression
and a token. Every field of its spans is read back and compared.

    python_peers.py CRUDDUR      needs the packages of `python_peers.txt`
"""

import base64
import itertools
import logging
import math
import os
import sys
import time
import warnings
from collections.abc import Mapping

from alone import Alone
from google.protobuf.json_format import ParseDict
from opentelemetry import trace
from opentelemetry.exporter.otlp.json.http._log_exporter import OTLPLogExporter as JsonLogExporter
from opentelemetry.exporter.otlp.json.http.trace_exporter import OTLPSpanExporter as JsonSpanExporter
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogExporter
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter as GrpcSpanExporter
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogExporter
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter as HttpSpanExporter
from opentelemetry.proto.logs.v1.logs_pb2 import LogsData
from opentelemetry.proto.trace.v1.trace_pb2 import TracesData
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SimpleSpanProcessor, SpanExporter, SpanExportResult

START = 1_700_000_000_123_456_789
ATTRIBUTES = {
    "text": 'ünïcode "quoted" <img onerror=x>',
    "empty": "",
    "true": True,
    "false": False,
    "zero": 0,
    "int": 9_007_199_254_740_993,  # one more than a double holds
    "lowest": -(2**63),
    "double": 0.1,
    "infinite": -math.inf,
    "not a number": math.nan,
    "bytes": b"\x00\xff\xfe",
    "texts": ["a", "", "ü"],
    "ints": [1, -(2**53) - 1, 2**63 - 1],
    "doubles": [1.5, -0.0],
    "bools": [True, False],
    "empty list": [],
    "map": {"a": 1, "b": ["x", {"deep": True}]},
}


class Recorder(SpanExporter):
    """Keeps the SDK's own spans for comparison."""

    def __init__(self):
        self.spans = []

    def export(self, spans):
        self.spans.extend(spans)
        return SpanExportResult.SUCCESS


# --- The trace ----------------------------------------------------------------------------------------------------


def make(span_exporter, log_exporter):
    """Makes one trace that uses every field of a span, with log records. Returns the SDK's own spans."""
    resource = Resource(
        {"service.name": "python-peer", "service.instance.id": "7", "host.cpus": 4, "tags": ["a", "b"]},
        "https://opentelemetry.io/schemas/1.37.0",
    )
    recorder = Recorder()
    tracing = TracerProvider(resource=resource)
    tracing.add_span_processor(SimpleSpanProcessor(recorder))
    tracing.add_span_processor(BatchSpanProcessor(span_exporter))
    tracer = tracing.get_tracer(
        "peers", "1.2.3", "https://opentelemetry.io/schemas/1.36.0", {"scope.key": "scope value"}
    )
    logs = LoggerProvider(resource=resource)
    logs.add_log_record_processor(BatchLogRecordProcessor(log_exporter))
    logger = logging.Logger("peers.log")
    logger.addHandler(LoggingHandler(logger_provider=logs))

    other = trace.SpanContext(2**128 - 2, 2**64 - 2, True, trace.TraceFlags(1), trace.TraceState([("vendor", "1")]))
    caller = trace.SpanContext(
        tracing.id_generator.generate_trace_id(),
        2**63 + 1,
        True,
        trace.TraceFlags(1),
        trace.TraceState([("a", "b"), ("c", "d")]),
    )
    parent = tracer.start_span(
        "GET /users/{handle}",
        trace.set_span_in_context(trace.NonRecordingSpan(caller)),
        trace.SpanKind.SERVER,
        ATTRIBUTES,
        [trace.Link(other, {"why": "batch", "nth": 3})],
        START,
    )
    context = trace.set_span_in_context(parent)
    with trace.use_span(parent):
        logger.warning("slow: %s", "users", extra={"shard": 3})
    parent.add_event("retry", {"attempt": 2, "after": 0.25}, START + 1)
    for place, kind in enumerate(trace.SpanKind):
        child = tracer.start_span(f"child {kind.name}", context, kind, start_time=START + place + 2)
        if kind is trace.SpanKind.CLIENT:
            child.record_exception(ValueError("no such user"), timestamp=START + 5)
            child.set_status(trace.StatusCode.ERROR, "no such user")
            with trace.use_span(child):
                logger.error("no such user")
        if kind is trace.SpanKind.INTERNAL:
            child.set_status(trace.StatusCode.OK)
        child.end(START + place + 1_000_000_007)
    parent.end(START + 2_000_000_013)
    assert tracing.force_flush(10_000) and logs.force_flush(10_000), "the exporters did not flush within 10 s"
    tracing.shutdown()
    logs.shutdown()
    return recorder.spans


# --- One form for the SDK's spans and for stored spans ---------------------------------------------------------------


def value_of(value):
    """An attribute's value in OTLP JSON."""
    match value:
        case bool():
            return {"boolValue": value}
        case int():
            return {"intValue": str(value)}
        case float():
            special = {math.inf: "Infinity", -math.inf: "-Infinity"}
            return {"doubleValue": "NaN" if math.isnan(value) else special.get(value, value)}
        case bytes():
            return {"bytesValue": base64.b64encode(value).decode()}
        case str():
            return {"stringValue": value}
        case Mapping():
            return {"kvlistValue": {"values": [{"key": key, "value": value_of(each)} for key, each in value.items()]}}
        case _:
            return {"arrayValue": {"values": [value_of(each) for each in value]}}


def attributes_of(attributes):
    return {key: value_of(value) for key, value in (attributes or {}).items()}


def expected(span):
    context, parent = span.context, span.parent
    return {
        "traceId": f"{context.trace_id:032x}",
        "spanId": f"{context.span_id:016x}",
        "parentSpanId": f"{parent.span_id:016x}" if parent else None,
        "traceState": context.trace_state.to_header(),
        # Bit 0x100 says that bit 0x200 is set if the parent is remote. The SDK sends no other flags.
        "flags": 0x300 if parent and parent.is_remote else 0x100,
        "name": span.name,
        "kind": span.kind.value + 1,
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": attributes_of(span.attributes),
        "events": [(event.name, str(event.timestamp), attributes_of(event.attributes)) for event in span.events],
        # The exporters omit a link's tracestate.
        "links": [
            (f"{link.context.trace_id:032x}", f"{link.context.span_id:016x}", attributes_of(link.attributes))
            for link in span.links
        ],
        "status": (span.status.status_code.value, span.status.description or ""),
        "resource": (attributes_of(span.resource.attributes), span.resource.schema_url),
        "scope": (
            span.instrumentation_scope.name,
            span.instrumentation_scope.version,
            attributes_of(span.instrumentation_scope.attributes),
            span.instrumentation_scope.schema_url,
        ),
    }


def read(resource_spans):
    for resource in resource_spans:
        for scope in resource["scopeSpans"]:
            for span in scope["spans"]:
                yield {
                    "traceId": span["traceId"],
                    "spanId": span["spanId"],
                    "parentSpanId": span.get("parentSpanId"),
                    "traceState": span.get("traceState", ""),
                    "flags": span.get("flags", 0),
                    "name": span["name"],
                    "kind": span["kind"],
                    "startTimeUnixNano": span["startTimeUnixNano"],
                    "endTimeUnixNano": span["endTimeUnixNano"],
                    "attributes": read_attributes(span),
                    "events": [
                        (event["name"], event["timeUnixNano"], read_attributes(event))
                        for event in span.get("events", [])
                    ],
                    "links": [
                        (link["traceId"], link["spanId"], read_attributes(link)) for link in span.get("links", [])
                    ],
                    "status": (span.get("status", {}).get("code", 0), span.get("status", {}).get("message", "")),
                    "resource": (read_attributes(resource["resource"]), resource.get("schemaUrl", "")),
                    "scope": (
                        scope["scope"]["name"],
                        scope["scope"]["version"],
                        read_attributes(scope["scope"]),
                        scope.get("schemaUrl", ""),
                    ),
                }


def read_attributes(message):
    listed = message.get("attributes", [])
    found = {attribute["key"]: attribute["value"] for attribute in listed}
    assert len(found) == len(listed), f"duplicate key in {listed}"
    return found


# --- The check -------------------------------------------------------------------------------------------------------


def check_spans(waterfall, spans, headers):
    trace_id = f"{spans[0].context.trace_id:032x}"
    wanted = {span["spanId"]: span for span in map(expected, spans)}
    found = {
        span["spanId"]: span
        for span in read(waterfall.json(f"/api/v3/traces/{trace_id}", headers)["result"]["resourceSpans"])
    }
    assert found.keys() == wanted.keys(), f"{sorted(found)} and not {sorted(wanted)}"
    for span_id, span in wanted.items():
        for field, value in span.items():
            assert same(found[span_id][field], value), (
                f"{span['name']}: {field} is {found[span_id][field]!r} and not {value!r}"
            )
    return trace_id, sum(len(span) for span in wanted.values())


def same(found, wanted):
    """Equal, and of the same type: 1 is not true, and 0.0 is not -0.0."""
    return repr(sorted(found.items()) if isinstance(found, dict) else found) == repr(
        sorted(wanted.items()) if isinstance(wanted, dict) else wanted
    )


def check_logs(waterfall, spans, trace_id, headers):
    logs = waterfall.json(f"/api/ui/traces/{trace_id}/logs", headers)["logs"]
    by_kind = {span.kind: f"{span.context.span_id:016x}" for span in spans if span.name.startswith("child")}
    server = f"{spans[-1].context.span_id:016x}"
    records = [
        (log["span_id"], log["severity_number"], log["severity_text"], log["body"]["value"], log["service"])
        for log in logs
    ]
    assert records == [
        (server, 13, "WARN", "slow: users", "python-peer"),
        (by_kind[trace.SpanKind.CLIENT], 17, "ERROR", "no such user", "python-peer"),
    ], records
    shard = [attribute for attribute in logs[0]["attributes"] if attribute["key"] == "shard"]
    assert shard == [{"key": "shard", "type": "int", "value": "3"}], logs[0]["attributes"]


def check_file(waterfall, spans, trace_id, headers):
    """Protobuf's own JSON parser, which rejects unknown fields, accepts the exported file."""
    file = waterfall.json(f"/api/ui/traces/{trace_id}/export", headers)
    assert list(file) == ["resourceSpans", "resourceLogs"], list(file)
    traces, logs = (
        ParseDict({"resourceSpans": file["resourceSpans"]}, TracesData()),
        ParseDict({"resourceLogs": file["resourceLogs"]}, LogsData()),
    )
    assert ParseDict(file, TracesData(), ignore_unknown_fields=True) == traces
    assert sum(len(scope.spans) for resource in traces.resource_spans for scope in resource.scope_spans) == len(spans)
    records = [
        record for resource in logs.resource_logs for scope in resource.scope_logs for record in scope.log_records
    ]
    assert [(record.severity_number, record.body.string_value) for record in records] == [
        (13, "slow: users"),
        (17, "no such user"),
    ], records
    assert all(record.observed_time_unix_nano >= record.time_unix_nano > START for record in records), records


# Endpoint, compression and token are set by OTEL_* variables alone, as a user would set them.
EXPORTERS = {
    "http/protobuf": (HttpSpanExporter, HttpLogExporter),
    "http/json": (JsonSpanExporter, JsonLogExporter),
    "grpc": (GrpcSpanExporter, GrpcLogExporter),
}


def export_to(waterfall, protocol, compression):
    os.environ["OTEL_EXPORTER_OTLP_ENDPOINT"] = waterfall.otlp_grpc if protocol == "grpc" else waterfall.otlp_http
    os.environ.pop("OTEL_EXPORTER_OTLP_COMPRESSION", None)
    if compression != "none":  # a value that the gRPC exporter rejects
        os.environ["OTEL_EXPORTER_OTLP_COMPRESSION"] = compression


def run(program, read_token="", ingest_token=""):
    headers = {"Authorization": f"Bearer {read_token}"} if read_token else {}
    if ingest_token:
        os.environ["OTEL_EXPORTER_OTLP_HEADERS"] = f"authorization=Bearer%20{ingest_token}"
    with Alone(program, {"WATERFALL_READ_TOKEN": read_token, "WATERFALL_INGEST_TOKEN": ingest_token}) as waterfall:
        for (protocol, (spans_out, logs_out)), compression in itertools.product(EXPORTERS.items(), ("none", "gzip")):
            export_to(waterfall, protocol, compression)
            spans = make(spans_out(), logs_out())
            trace_id, fields = check_spans(waterfall, spans, headers)
            check_logs(waterfall, spans, trace_id, headers)
            check_file(waterfall, spans, trace_id, headers)
            how = f"{protocol}, compression {compression}{', with a token' if ingest_token else ''}"
            print(f"  {how}: {len(spans)} spans, {fields} fields and 2 log records as the SDK made them", flush=True)
        if ingest_token:
            os.environ["OTEL_EXPORTER_OTLP_HEADERS"] = "authorization=Bearer%20wrong-0123456789abcdef"
            refused(waterfall, headers)


def refused(waterfall, headers):
    """With a wrong token each exporter gives up at once, and nothing is stored."""
    before = waterfall.json("/api/ui/status", headers)["spans"]
    logging.disable()  # each exporter logs the refusal
    for protocol, (spans_out, _) in EXPORTERS.items():
        export_to(waterfall, protocol, "none")
        tracing = TracerProvider()
        tracing.add_span_processor(SimpleSpanProcessor(recorder := Recorder()))
        tracing.get_tracer("peers").start_span("refused").end()
        exporter = spans_out()
        started = time.monotonic()
        assert exporter.export(recorder.spans) is SpanExportResult.FAILURE, protocol
        assert time.monotonic() - started < 5, f"{protocol}: the exporter retried"
        exporter.shutdown()
    assert waterfall.json("/api/ui/status", headers)["spans"] == before
    print("  a wrong token: each exporter is refused and does not retry", flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore", DeprecationWarning)
    run(sys.argv[1])
    run(sys.argv[1], "read-0123456789abcdef", "ingest-0123456789abcdef")
