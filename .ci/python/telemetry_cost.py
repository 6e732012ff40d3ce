"""Measures what the home feed costs: CPU time of each service, spans and bytes per request, bytes of metrics.

    telemetry_cost.py CRUDDUR      the launcher's release binary

The three services export to a receiver that counts (otlp_counter.py), with the settings of the production overlay of
deploy/kubernetes. docs/scale.md calculates with these figures.
"""

import concurrent.futures
import contextlib
import sys

import report
from home_trace import PATH, SPANS
from otlp_counter import Counter
from system import System, get, wait_for
from throughput import cpu_seconds

REQUESTS, CONCURRENCY = 2000, 8
WARM_UP = 50
SERVICES = ("gateway", "activities", "users")
EXPORT_SECONDS = 30
# The batch settings of deploy/kubernetes/overlays/production, with a shorter wait for the last batch.
SETTINGS = {
    "OTEL_BSP_SCHEDULE_DELAY": "500",
    "OTEL_BSP_MAX_QUEUE_SIZE": "16384",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "2048",
    "OTEL_METRICS_EXPORTER": "none",
    "OTEL_LOGS_EXPORTER": "none",
}
SIDES = {
    "protobuf": {},
    "protobuf and gzip": {"OTEL_EXPORTER_OTLP_COMPRESSION": "gzip"},
    "a tenth sampled": {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0.1"},
}
METRICS = {"OTEL_METRICS_EXPORTER": "otlp", "OTEL_TRACES_EXPORTER": "none", "OTEL_METRIC_EXPORT_INTERVAL": "2000"}
COMMAND = ".ci/run cost"


@contextlib.contextmanager
def running(program, settings):
    with Counter() as counter:
        environment = {**SETTINGS, **settings, "OTEL_EXPORTER_OTLP_ENDPOINT": counter.url}
        with System(program, environment) as system:
            yield counter, system


def send(gateway, count):
    def one(_):
        status, _, _ = get(gateway + PATH)
        assert status == 200, f"{PATH} returned {status}"

    with concurrent.futures.ThreadPoolExecutor(CONCURRENCY) as pool:
        list(pool.map(one, range(count)))


def settled(counter):
    """The counts of spans once they no longer change for two batches' time."""
    last = None

    def unchanged():
        nonlocal last
        before, last = last, counter.of("traces")
        return before == last

    wait_for("the last batch of spans", unchanged, EXPORT_SECONDS, every=1.2)
    return last


def traces(program, settings):
    """Spans, bytes as sent, and CPU microseconds by service, for each home feed."""
    with running(program, settings) as (counter, system):
        send(system.gateway, WARM_UP)
        settled(counter)
        counter.clear()
        before = {part: cpu_seconds(system.pids[part]) for part in SERVICES}
        send(system.gateway, REQUESTS)
        found = settled(counter)
        cpu = {part: (cpu_seconds(system.pids[part]) - before[part]) / REQUESTS * 1e6 for part in SERVICES}
    return found.spans / REQUESTS, found.sent / REQUESTS, cpu


def metrics(program):
    """Bytes of one export of metrics of the three services together, after requests."""
    with running(program, METRICS) as (counter, system):
        send(system.gateway, WARM_UP)
        counter.clear()
        first = wait_for("metrics", lambda: counter.of("metrics").requests >= 6 and counter.of("metrics"), EXPORT_SECONDS)
    return first.sent / first.requests * 3


def figure(what, value):
    print(f"  {what}: {value}", flush=True)
    report.figure(report.TRACING, what, value, "", COMMAND)


def main(program):
    found = {name: traces(program, settings) for name, settings in SIDES.items()}
    _, _, cpu = found["protobuf"]
    each = ", ".join(f"{part} {spent:.0f}" for part, spent in cpu.items())
    figure(f"CPU time of one home feed, traced, mean of {REQUESTS}", f"{sum(cpu.values()):.0f} microseconds ({each})")
    for name in ("protobuf", "protobuf and gzip"):
        spans, sent, _ = found[name]
        assert spans == SPANS, f"{name}: {spans} spans a request, not {SPANS}: spans were lost or added"
        each = f"{sent:.0f} bytes ({sent / spans:.0f} a span)"
        figure(f"traces of one home feed of {SPANS} spans, {name}, mean of {REQUESTS}", each)
    spans, sent, _ = found["a tenth sampled"]
    share = spans / SPANS
    assert 0.05 < share < 0.2, f"a ratio of 0.1 sampled {share:.3f} of the traces"
    figure("traces of one home feed, protobuf, `OTEL_TRACES_SAMPLER_ARG=0.1`", f"{sent:.0f} bytes, {share:.3f} of the traces")
    figure("metrics of the three services, one export each, protobuf", f"{metrics(program):.0f} bytes")


if __name__ == "__main__":
    main(sys.argv[1])
