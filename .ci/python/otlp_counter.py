"""An OTLP/HTTP receiver that counts: requests, bytes as sent and decompressed, and spans, by signal.

Uses only the standard library: spans are counted by walking the length-delimited fields of the protobuf message.
"""

import collections
import gzip
import http.server
import threading

# ExportTraceServiceRequest.resource_spans, ResourceSpans.scope_spans, ScopeSpans.spans.
SPAN_PATH = (1, 2, 2)
LENGTH_DELIMITED, FIXED64, VARINT, FIXED32 = 2, 1, 0, 5

Counts = collections.namedtuple("Counts", "requests sent raw spans")


def varint(data, at):
    value = shift = 0
    while True:
        byte = data[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


def fields(data, number):
    """The contents of each length-delimited field with this number."""
    at = 0
    while at < len(data):
        tag, at = varint(data, at)
        kind = tag & 7
        if kind == LENGTH_DELIMITED:
            length, at = varint(data, at)
            if tag >> 3 == number:
                yield data[at : at + length]
            at += length
        elif kind == VARINT:
            _, at = varint(data, at)
        else:
            at += {FIXED64: 8, FIXED32: 4}[kind]


def count_spans(data):
    found = [data]
    for number in SPAN_PATH:
        found = [inner for message in found for inner in fields(message, number)]
    return len(found)


class Counter:
    """A receiver as a context manager; `url` is its base URL."""

    def __enter__(self):
        counter = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                counter.take(self.path, self.headers, self.rfile.read(int(self.headers["content-length"])))
                self.send_response(200)
                self.send_header("content-type", "application/x-protobuf")
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        self.lock = threading.Lock()
        self.clear()
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def clear(self):
        with self.lock:
            self.signals = collections.defaultdict(lambda: Counts(0, 0, 0, 0))

    def take(self, path, headers, body):
        raw = gzip.decompress(body) if headers.get("content-encoding") == "gzip" else body
        spans = count_spans(raw) if path == "/v1/traces" else 0
        with self.lock:
            old = self.signals[path]
            self.signals[path] = Counts(
                old.requests + 1, old.sent + len(body), old.raw + len(raw), old.spans + spans
            )

    def of(self, signal):
        with self.lock:
            return self.signals[f"/v1/{signal}"]
