"""The services send to a stand-in of the X-Ray daemon. moto, an independent implementation of X-Ray's API, takes each of
their segment documents and shows the trace. The requests of the sampler are validated with botocore's model of the API.

    python xray_services.py CRUDDUR      needs the packages of `xray_peers.txt`
"""

import http.server
import json
import os
import socket
import subprocess
import sys
import threading
import time

import boto3
import botocore.parsers
import botocore.session
import botocore.validate
from moto import mock_aws
from system import get, trace_id_of, wait_for

HEADER = b'{"format":"json","version":1}'
# UDP over IPv4 has room for no more.
LARGEST_DATAGRAM = 65_507
OPERATIONS = {"/GetSamplingRules": "GetSamplingRules", "/SamplingTargets": "GetSamplingTargets"}
API = botocore.session.get_session().get_service_model("xray")


def checked_request(path, body):
    """The request, if it has the parameters of the API, of the right types, and no others."""
    shape = API.operation_model(OPERATIONS[path]).input_shape
    report = botocore.validate.ParamValidator().validate(body, shape)
    assert not report.has_errors(), f"{path}: {report.generate_report()}\n{body}"
    unknown = set(body) - set(shape.members)
    for name in ("SamplingStatisticsDocuments", "SamplingBoostStatisticsDocuments"):
        documents = body.get(name, [])
        assert len(documents) <= 25, f"{len(documents)} {name}"
        for document in documents:
            unknown |= set(document) - set(shape.members[name].member.members)
    assert not unknown, f"{path} has parameters that the API does not know: {unknown}"


def checked_answer(path, answer):
    """The answer as bytes, if botocore reads all of it back."""
    body = json.dumps(answer).encode()
    response = {"status_code": 200, "headers": {"content-type": "application/json"}, "body": body}
    read = botocore.parsers.create_parser("rest-json").parse(response, API.operation_model(OPERATIONS[path]).output_shape)
    assert set(answer) <= set(read), f"{path}: botocore reads {set(read)} of {set(answer)}"
    return body


def answer_to(path):
    if path == "/GetSamplingRules":
        everything = {"ServiceType": "*", "Host": "*", "HTTPMethod": "*", "URLPath": "*", "ResourceARN": "*"}
        rule = {"RuleName": "all", "Priority": 1, "FixedRate": 1.0, "ReservoirSize": 1, "Version": 1, "ServiceName": "*"}
        boost = {"SamplingRateBoost": {"MaxRate": 1.0, "CooldownWindowMinutes": 1}}
        record = {"SamplingRule": {**rule, **everything, **boost, "Attributes": {}}, "CreatedAt": 0.0, "ModifiedAt": 0.0}
        return {"SamplingRuleRecords": [record]}
    later = time.time() + 100
    target = {"RuleName": "all", "FixedRate": 1.0, "ReservoirQuota": 5, "ReservoirQuotaTTL": later, "Interval": 10}
    return {"SamplingTargetDocuments": [target], "LastRuleModification": 0.0, "UnprocessedStatistics": []}


class Daemon:
    """Takes datagrams and the sampler's requests, each on a free port."""

    def __init__(self):
        self.datagrams, self.requests, self.errors = [], [], []
        self.udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.udp.bind(("127.0.0.1", 0))
        daemon = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                try:
                    checked_request(self.path, body)
                    answer = checked_answer(self.path, answer_to(self.path))
                except AssertionError as error:
                    daemon.errors.append(str(error))
                    answer = b"{}"
                daemon.requests.append((self.path, body))
                self.send_response(200)
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *_):
                pass

        self.http = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.http.serve_forever, daemon=True).start()
        threading.Thread(target=self.receive, daemon=True).start()
        ports = self.http.server_port, self.udp.getsockname()[1]
        self.address = "tcp:127.0.0.1:{} udp:127.0.0.1:{}".format(*ports)

    def receive(self):
        while True:
            self.datagrams.append(self.udp.recv(LARGEST_DATAGRAM + 1))

    def documents(self, trace_id):
        """The documents of a trace, as texts."""
        found = []
        for datagram in list(self.datagrams):
            header, _, document = datagram.partition(b"\n")
            assert header == HEADER and len(datagram) <= LARGEST_DATAGRAM, datagram[:100]
            if json.loads(document)["trace_id"] == trace_id:
                found.append(document.decode())
        return found


def spans_of(document):
    """A segment and all subsegments in it."""
    yield document
    for subsegment in document.get("subsegments", []):
        yield from spans_of(subsegment)


def taken_by_moto(documents, trace_id):
    """The segments of the trace as moto shows it, after it took each document."""
    with mock_aws():
        client = boto3.client("xray", "us-east-1", aws_access_key_id="id", aws_secret_access_key="secret")
        answer = client.put_trace_segments(TraceSegmentDocuments=documents)
        assert answer["UnprocessedTraceSegments"] == [], answer["UnprocessedTraceSegments"]
        (trace,) = client.batch_get_traces(TraceIds=[trace_id])["Traces"]
        return [json.loads(segment["Document"]) for segment in trace["Segments"]]


def sampled_feed(gateway):
    """The headers of the home feed, if its trace is sampled. Before the rules are in use, only some are."""
    status, headers, _ = get(f"{gateway}/api/activities/home")
    assert status == 200, status
    return headers if int(headers["traceresponse"].split("-")[3], 16) & 1 else None


def check_feed(daemon, gateway):
    """The home feed is one trace of four segments, of three services."""
    trace_id = trace_id_of(wait_for("a sampled home feed", lambda: sampled_feed(gateway), 20))
    trace_id = f"1-{trace_id[:8]}-{trace_id[8:]}"

    def whole():
        documents = daemon.documents(trace_id)
        spans = [span for document in documents for span in spans_of(json.loads(document))]
        return (documents, spans) if len(spans) == 11 else None

    documents, spans = wait_for("the eleven spans of the home feed", whole, 20)
    shown = taken_by_moto(documents, trace_id)
    names = sorted(segment["name"] for segment in shown if segment.get("type") != "subsegment")
    assert names == ["activities", "gateway", "users", "users"], names
    ids = {span["id"] for span in spans}
    parents = [segment.get("parent_id") for segment in shown]
    assert parents.count(None) == 1 and set(parents) - {None} <= ids, (parents, ids)


def check_sampler(daemon, gateway):
    """Each service has asked for rules, and the gateway has reported what it sampled."""

    def reports():
        sampled_feed(gateway)
        sent = [body for path, body in list(daemon.requests) if path == "/SamplingTargets"]
        return [document for body in sent for document in body["SamplingStatisticsDocuments"]]

    (report, *_) = wait_for("a report of the sampler", reports, 30, every=0.5)
    assert report["RequestCount"] >= report["SampledCount"] >= 1, report
    rules = [body for path, body in daemon.requests if path == "/GetSamplingRules"]
    assert len(rules) >= 3, f"{len(rules)} requests for rules"
    boosts = [body for _, body in daemon.requests if "SamplingBoostStatisticsDocuments" in body]
    assert boosts, "no statistics of boosts"
    assert not daemon.errors, "\n".join(daemon.errors)


def main():
    daemon = Daemon()
    variables = {
        "TELEMETRY_XRAY": "daemon",
        "AWS_XRAY_DAEMON_ADDRESS": daemon.address,
        "OTEL_TRACES_SAMPLER": "xray",
        "OTEL_BSP_SCHEDULE_DELAY": "50",
        "RUST_LOG": "warn",
    }
    command = [sys.argv[1], "up", "--random-ports", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env={**os.environ, **variables}) as system:
        try:
            gateway = json.loads(system.stdout.readline())["gateway"]
            wait_for("rules", lambda: sum(path == "/GetSamplingRules" for path, _ in daemon.requests) >= 3, 20)
            check_feed(daemon, gateway)
            check_sampler(daemon, gateway)
        finally:
            system.terminate()
    print(f"moto takes the documents, and botocore's model of the API fits {len(daemon.requests)} requests of the samplers")


if __name__ == "__main__":
    main()
