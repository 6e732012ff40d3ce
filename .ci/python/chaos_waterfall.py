"""Checks of the waterfall: names and ids of senders, idle connections, slow readers."""

import contextlib
import socket
import threading
import time

from alone import Alone
from chaos_tools import (
    connect,
    export,
    host_and_port,
    once,
    resident_mib,
    row,
    seconds_until,
    send,
    span,
    spans_body,
    together,
)

SERVICES = 300_000
BATCH = 10_000


def many_names(cruddur):
    """Point 7: four readers of the metrics of 300,000 services."""
    with Alone(cruddur, {"WATERFALL_MEMORY_LIMIT": "1GiB"}) as waterfall:
        for first in range(0, SERVICES, BATCH):
            groups = ((f"service-{n}", [span(n + 1, 1)]) for n in range(first, first + BATCH))
            assert export(waterfall.otlp_http, spans_body(groups))[0] == 200
        before = waterfall.resident_mb()
        sizes = together(4, lambda _: len(once(waterfall.page, "/api/ui/services", timeout=60)[2]))
        lists = [len(once(waterfall.page, path)[2]) for path in ("/api/services", "/api/v3/services")]
        growth = waterfall.resident_mb() - before
    row(7, f"largest answer about {SERVICES:,} services", max(sizes + lists) / (1 << 20), "MiB", 4)
    row(7, "resident memory, above that before four readers", growth, "MiB", 96)


def one_id(cruddur):
    """Point 8: 80,000 spans with one id, while another sender goes on."""
    spans = [span(1, 1, f"name {number}") for number in range(80_000)]
    body = spans_body([("hostile", spans)])
    with Alone(cruddur) as waterfall:
        waits, stop = [], threading.Event()

        def other_sender():
            connection, number = connect(waterfall.otlp_http), 0
            while not stop.is_set():
                number += 1
                started = time.monotonic()
                own = spans_body([("other", [span(2, number)])])
                send(connection, "/v1/traces", "POST", own, {"Content-Type": "application/json"})
                waits.append(time.monotonic() - started)

        other = threading.Thread(target=other_sender)
        other.start()
        started = time.monotonic()
        status, _, _ = export(waterfall.otlp_http, body)
        took = time.monotonic() - started
        stop.set()
        other.join()
        assert status == 200, status
    row(8, "80,000 spans with one id", took, "s", 2)
    row(8, "longest wait of another sender meanwhile", max(waits), "s", 1)


def idle_connections(cruddur):
    """Point 11: 600 idle HTTP/2 connections, then a new sender."""
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
    with Alone(cruddur) as waterfall, contextlib.ExitStack() as stack:
        address = host_and_port(waterfall.otlp_grpc)
        for _ in range(600):
            idle = stack.enter_context(socket.create_connection(address, 5))
            idle.sendall(preface)
        started = time.monotonic()
        with socket.create_connection(address, 5) as sender:
            sender.settimeout(20)
            sender.sendall(preface)
            with contextlib.suppress(OSError):
                sender.recv(64)
        row(11, "until a new gRPC sender is served beside 600 idle connections", time.monotonic() - started, "s", 5)


def slow_readers(cruddur):
    """Point 12: four clients that do not read a large export, then another reader."""
    spans = [{**span(1, number), "attributes": [large(number)]} for number in range(1, 2_001)]
    with Alone(cruddur) as waterfall, contextlib.ExitStack() as stack:
        assert export(waterfall.otlp_http, spans_body([("large", spans)]))[0] == 200
        path = f"/api/ui/traces/{1:032x}/export?format=otlp"
        for _ in range(4):
            slow = stack.enter_context(socket.socket())
            slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            slow.connect(host_and_port(waterfall.page))
            slow.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
            slow.recv(16)
        took = seconds_until(lambda: once(waterfall.page, path, timeout=10)[0] == 200, 60)
        memory = resident_mib(waterfall.process.pid)
    row(12, "until an export succeeds beside four clients that do not read", took, "s", 15)
    row(12, "resident memory", memory, "MiB", 352)


def large(number):
    return {"key": "text", "value": {"stringValue": f"{number}" * 1000}}
