"""Starts and stops `cruddur up` on free ports for the checks, and sends HTTP requests.

Uses only the standard library, so that it runs on every machine with Python.
"""

import json
import os
import select
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request

READY_SECONDS = 30
STOP_SECONDS = 20


def get(url, headers=None, timeout=10):
    """Status, headers and body of a GET; a 4xx or 5xx is returned like any other."""
    request = urllib.request.Request(url, headers=headers or {})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, error.read()


def get_json(url, timeout=10):
    """The JSON of a 200, otherwise None."""
    status, _, body = get(url, timeout=timeout)
    return json.loads(body) if status == 200 else None


def trace_id_of(headers):
    """The trace id in a response's `traceresponse` header."""
    response = headers.get("traceresponse")
    assert response, "the response has no traceresponse header"
    version, trace_id, span_id, flags = response.split("-")
    assert (version, len(trace_id), len(span_id), len(flags)) == ("00", 32, 16, 2), response
    return trace_id


def wait_for(what, condition, seconds, every=0.05):
    """The first true value of `condition()`; fails after `seconds`."""
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        assert time.monotonic() < deadline, f"{what}: not within {seconds} s"
        time.sleep(every)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class System:
    """`cruddur up --random-ports --json` as a context manager, stopped by SIGTERM.

    `ready_seconds` is the time from the start of the process to its one line of JSON.
    """

    def __init__(self, program, environment=None, log=subprocess.DEVNULL, command=()):
        self.command = [program, "up", "--random-ports", "--json", *command]
        self.environment = {**os.environ, "RUST_LOG": "warn", **(environment or {})}
        self.log = log

    def __enter__(self):
        started = time.monotonic()
        self.process = subprocess.Popen(
            self.command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self.log,
            env=self.environment,
        )
        readable, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS)
        line = self.process.stdout.readline() if readable else b""
        self.ready_seconds = time.monotonic() - started
        if not line:
            self.process.kill()
            raise AssertionError(f"cruddur up wrote no line within {READY_SECONDS} s")
        self.parts = json.loads(line)
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            self.exit_code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.exit_code = self.process.wait()

    def __getattr__(self, name):
        if name != "parts" and name in self.parts:
            return self.parts[name]
        raise AttributeError(name)
