"""What the checks of `chaos.py` share: rows of its table, bounded load, processes, OTLP in JSON."""

import contextlib
import http.client
import json
import os
import signal
import sqlite3
import threading
import time
import urllib.parse
import urllib.request

HOME = "/api/activities/home"
ROWS = []


def row(point, what, figure, unit, bound):
    """Notes a figure; it must not exceed its bound."""
    ROWS.append((point, what, figure, unit, bound))


def resident_mib(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        (line,) = [line for line in status if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def host_and_port(url):
    parts = urllib.parse.urlsplit(url)
    return parts.hostname, parts.port


def connect(url, timeout=10):
    return http.client.HTTPConnection(*host_and_port(url), timeout=timeout)


def send(connection, path, method="GET", body=None, headers=None):
    """Status, headers and body of a request on a connection that stays open."""
    connection.request(method, path, body, headers or {})
    response = connection.getresponse()
    return response.status, response.headers, response.read()


def once(url, path, method="GET", body=None, headers=None, timeout=10):
    """The same on a connection of its own."""
    connection = connect(url, timeout)
    try:
        return send(connection, path, method, body, headers)
    finally:
        connection.close()


def post_json(url, path, value, headers=None, timeout=10):
    return once(url, path, "POST", json.dumps(value), {"Content-Type": "application/json", **(headers or {})}, timeout)


def together(count, work):
    """Runs `work(number)` on so many threads, and returns their results in order."""
    results = [None] * count

    def run(number):
        results[number] = work(number)

    threads = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def seconds_until(condition, limit):
    """Seconds until a condition holds; `limit` when it does not hold until then."""
    started = time.monotonic()
    while time.monotonic() - started < limit:
        with contextlib.suppress(OSError, http.client.HTTPException):
            if condition():
                return time.monotonic() - started
        time.sleep(0.02)
    return limit


@contextlib.contextmanager
def write_lock(database):
    """Holds the write lock of an SQLite database."""
    connection = sqlite3.connect(database, isolation_level=None, timeout=5)
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield
    finally:
        connection.execute("ROLLBACK")
        connection.close()


@contextlib.contextmanager
def frozen(pid):
    os.kill(pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(pid, signal.SIGCONT)


def spans_body(groups):
    """An OTLP request in JSON of `(service, spans)`."""
    resources = [
        {
            "resource": {"attributes": [{"key": "service.name", "value": {"stringValue": service}}]},
            "scopeSpans": [{"spans": spans}],
        }
        for service, spans in groups
    ]
    return json.dumps({"resourceSpans": resources}).encode()


def span(trace, number, name="GET"):
    start = 1_700_000_000_000_000_000 + number
    return {
        "traceId": f"{trace:032x}",
        "spanId": f"{number:016x}",
        "name": name,
        "startTimeUnixNano": str(start),
        "endTimeUnixNano": str(start + 1000),
    }


def export(url, body, timeout=30):
    return once(url, "/v1/traces", "POST", body, {"Content-Type": "application/json"}, timeout)
