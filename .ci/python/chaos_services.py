"""Checks of the services: locked databases, stops, slow backends, long headers, hosts."""

import contextlib
import http.client
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import time
import uuid

from chaos_tools import (
    HOME,
    connect,
    frozen,
    host_and_port,
    once,
    post_json,
    resident_mib,
    row,
    seconds_until,
    send,
    together,
    write_lock,
)
from home_trace import SPANS
from system import System, free_port, trace_id_of

POSTS = 40
CLIENTS = 32
STOPS = 20
IDLE = 4096


def locked_database(cruddur, directory):
    """Points 2 and 3: a POST while the database is locked, sent again as told; and readers meanwhile."""
    with System(cruddur, command=["--data", directory]) as system:
        gateway, database = system.gateway, os.path.join(directory, "activities.db")
        once(gateway, HOME)
        new = [{"message": f"locked {uuid.uuid4()}", "ttl": "1-day"} for _ in range(POSTS)]
        keys = [str(uuid.uuid4()) for _ in range(POSTS)]

        def post(number):
            return post_json(gateway, "/api/activities", new[number], {"Idempotency-Key": keys[number]})[0]

        with write_lock(database):
            first = []
            writers = threading.Thread(target=lambda: first.extend(together(POSTS, post)))
            writers.start()
            feeds = [once(gateway, HOME)[0] for _ in range(20)]
            writers.join()
        recovery = seconds_until(lambda: post(0) == 201, 10)
        again = together(POSTS, post)
        lost = sum(status != 201 for status in again)
        counts = [search_count(gateway, each["message"]) for each in new]
        row(2, f"posts of {POSTS} to a locked database, sent again with their key: lost", lost, "", 0)
        row(2, "the same: doubled", sum(count > 1 for count in counts), "", 0)
        row(2, "the same: unexpected statuses while it was locked", sum(s not in (201, 503) for s in first), "", 0)
        row(2, "until a post succeeds after the lock is gone", recovery, "s", 3)
        row(3, "home feeds of 20 that failed while posts waited", sum(status != 200 for status in feeds), "", 0)


def search_count(gateway, message):
    term = message.rpartition(" ")[2]
    _, _, body = once(gateway, f"/api/activities/search?term={term}")
    return len(json.loads(body)["activities"])


def load(url, stop, answered):
    """Sends requests on one connection until it ends, and returns what became of the last one.

    `None`: it was answered, or not sent. `closed`: the connection was closed before an answer began. `cut`: the answer is
    not whole. A 503 of an overloaded system is an answer.
    """
    connection = connect(url)
    connection.connect()
    while not stop.is_set():
        try:
            connection.request("GET", HOME)
        except OSError:
            return None  # the connection was closed between two requests
        try:
            response = connection.getresponse()
            body = response.read()
        except http.client.RemoteDisconnected:
            return "closed"
        except (OSError, http.client.HTTPException):
            return "cut"
        if not body:
            return "cut"
        if response.status == 200:
            answered.append(trace_id_of(response.headers))
        if response.headers.get("connection") == "close":
            return None
    return None


def stop_under_load(cruddur):
    """Point 4: stops while 32 connections are busy."""
    outcomes, longest = [], 0
    for _ in range(STOPS):
        one_stop, took = stop_once(cruddur)
        outcomes += one_stop
        longest = max(longest, took)
    row(4, f"answers on {CLIENTS} connections cut short at {STOPS} stops", outcomes.count("cut"), "", 0)
    row(4, "requests whose connection was closed before an answer", outcomes.count("closed"), "", 0)
    row(4, "until the system has stopped, at most", longest, "s", 10)


def stop_once(cruddur):
    """What became of the connections at one stop, and how long it took."""
    answered, stop, outcomes = [], threading.Event(), []
    with System(cruddur) as system:
        clients = threading.Thread(
            target=lambda: outcomes.extend(together(CLIENTS, lambda _: load(system.gateway, stop, answered)))
        )
        clients.start()
        seconds_until(lambda: len(answered) > 400, 20)
        started = time.monotonic()
        system.process.send_signal(signal.SIGTERM)
        system.process.wait(20)
        took = time.monotonic() - started
        stop.set()
        clients.join()
    return outcomes, took


def idle_connections(cruddur):
    """Point 11: 4,096 connections that idle after a request, then a new client."""
    raise_descriptor_limit(IDLE + 256)
    with System(cruddur) as system, contextlib.ExitStack() as stack:
        address = host_and_port(system.gateway)
        for _ in range(IDLE):
            idle = stack.enter_context(socket.create_connection(address, 5))
            idle.sendall(b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
        took = seconds_until(lambda: once(system.gateway, HOME, timeout=20)[0] == 200, 60)
        memory = resident_mib(system.pids["gateway"])
    row(11, f"until a new client of the gateway is served beside {IDLE:,} idle connections", took, "s", 1)
    row(11, "resident memory of the gateway", memory, "MiB", 192)


def raise_descriptor_limit(wanted):
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert hard == resource.RLIM_INFINITY or hard >= wanted, f"the checks need {wanted} open files, and may have {hard}"
    resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def frozen_waterfall(cruddur):
    """Point 5: the backend hangs for three seconds under load, and every answered trace is complete afterwards."""
    with System(cruddur) as system:
        answered, stop = [], threading.Event()
        clients = threading.Thread(target=lambda: together(4, lambda _: load(system.gateway, stop, answered)))
        clients.start()
        seconds_until(lambda: len(answered) > 50, 10)
        with frozen(system.pids["waterfall"]):
            time.sleep(3)
        time.sleep(0.5)
        stop.set()
        clients.join()
        traces = answered[:200]
        waterfall = connect(system.waterfall)

        def missing():
            return [one for one in traces if not is_complete(waterfall, one)]

        took = seconds_until(lambda: not missing(), 15)
        row(5, "traces of 200 that are incomplete after the backend hung for 3 s", len(missing()), "", 0)
        row(5, "until they are complete", took, "s", 10)


def is_complete(waterfall, trace):
    status, _, body = send(waterfall, f"/api/ui/traces/{trace}")
    return status == 200 and len(json.loads(body)["rows"]["id"]) == SPANS


def long_headers(cruddur):
    """Point 6: one connection sends a user agent of 60 KB for five seconds."""
    with System(cruddur) as system:
        pid = system.pids["gateway"]
        once(system.gateway, HOME)
        before, peak = resident_mib(pid), 0
        agent, connection = {"User-Agent": "x" * 60_000}, connect(system.gateway)
        ordinary, started = [], time.monotonic()
        while time.monotonic() - started < 5:
            for _ in range(20):
                send(connection, "/api/health-check", headers=agent)
            ordinary.append(trace_id_of(once(system.gateway, HOME)[1]))
            peak = max(peak, resident_mib(pid))
        waterfall, sample = connect(system.waterfall), ordinary[:: max(1, len(ordinary) // 60)]
        seconds_until(lambda: all(is_complete(waterfall, one) for one in sample), 10)
        incomplete = sum(not is_complete(waterfall, one) for one in sample)
        row(6, f"ordinary traces of {len(sample)} that are incomplete beside user agents of 60 KB", incomplete, "", 0)
        row(6, "resident memory of the gateway, above that at rest", peak - before, "MiB", 96)


def silent_log(cruddur):
    """Point 9: nobody reads the pipe that is the gateway's standard error, and each of 400 requests logs an error."""
    reader, writer = os.pipe()
    program = os.path.join(os.path.dirname(cruddur), "gateway")
    environment = {**os.environ, "GATEWAY_ADDR": "127.0.0.1:0", "OTEL_SDK_DISABLED": "true"}
    for backend in ("ACTIVITIES_URL", "USERS_URL"):
        environment[backend] = f"http://127.0.0.1:{free_port()}"
    gateway = subprocess.Popen([program], stdout=subprocess.PIPE, stderr=writer, env=environment)
    os.close(writer)
    try:
        url = json.loads(gateway.stdout.readline())["http"]
        connection, hung = connect(url, timeout=5), 0
        for _ in range(400):
            try:
                assert send(connection, HOME)[0] == 503
            except OSError:
                hung += 1
                break
        with contextlib.suppress(OSError):
            hung += once(url, "/health/live", timeout=3)[0] != 204
        started = time.monotonic()
        gateway.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            gateway.wait(15)
        took = time.monotonic() - started
    finally:
        gateway.kill()
        gateway.wait()
        os.close(reader)
    row(9, "requests of 401 that hang behind a log that nobody reads", hung, "", 0)
    row(9, "until the gateway has stopped", took, "s", 5)


def foreign_hosts(cruddur):
    """Point 13: requests for a name that an attacker points here."""
    with System(cruddur) as system:
        served = 0
        for url, path in [(system.gateway, HOME), (system.waterfall, "/"), (system.waterfall, "/api/ui/traces")]:
            with contextlib.suppress(OSError):
                served += once(url, path, headers={"Host": "evil.example"})[0] != 421
        row(13, "answers to requests for another host", served, "", 0)
