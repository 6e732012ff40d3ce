"""Starts and stops `cruddur waterfall` on free ports for the checks.

Uses only the standard library, so that it runs on every machine with Python.
"""

import json
import os
import select
import signal
import subprocess
import time
import urllib.request

from system import READY_SECONDS, STOP_SECONDS, get


class Alone:
    """`cruddur waterfall --random-ports --json` as a context manager.

    `ready_seconds` is the time from the start of the process to its one line of JSON.
    """

    def __init__(self, program, environment=None, data=None):
        self.command = [program, "waterfall", "--random-ports", "--json", *(["--data", data] if data else [])]
        inherited = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "WATERFALL_"))}
        self.environment = {**inherited, "RUST_LOG": "warn", **(environment or {})}

    def __enter__(self):
        started = time.monotonic()
        self.process = subprocess.Popen(
            self.command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, env=self.environment
        )
        readable, _, _ = select.select([self.process.stdout], [], [], READY_SECONDS)
        line = self.process.stdout.readline() if readable else b""
        self.ready_seconds = time.monotonic() - started
        if not line:
            self.process.kill()
            raise AssertionError(f"the waterfall wrote no line within {READY_SECONDS} s")
        ready = json.loads(line)
        self.page, self.otlp_http, self.otlp_grpc = ready["http"], ready["otlp_http"], ready["otlp_grpc"]
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        try:
            code = self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        assert code == 0, f"the waterfall: exit code {code}"

    def resident_mb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            (line,) = [line for line in status if line.startswith("VmRSS:")]
        return int(line.split()[1]) / 1024

    def json(self, path, headers=None):
        """The JSON of a response, which must be a 200."""
        status, _, body = get(self.page + path, headers)
        assert status == 200, f"{path} returned {status}: {body[:200]}"
        return json.loads(body)

    def post(self, path, body, headers):
        """Status and body of a POST to the receiver."""
        request = urllib.request.Request(self.otlp_http + path, body, headers)
        try:
            with urllib.request.urlopen(request, timeout=10) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()
