"""Measures start time, idle memory and export latency of the whole system, and prints each beside its budget.

    figures.py CRUDDUR      the launcher's release binary

A figure over its budget is marked but does not fail, because percentiles on a shared machine are unreliable. A figure
that cannot be measured fails.
"""

import statistics
import sys
import time

import report
from home_trace import SPANS, send, wait_until_complete
from system import System

STARTS = 7
IDLE_SECONDS = 3
LATENCY_REQUESTS = 200


def figure(name, value, budget, met):
    print(f"  {name}: {value} (budget {budget}){'' if met else '   <-- over budget'}", flush=True)
    report.figure(report.SYSTEM, name, value, budget, ".ci/run figures")


def ready(program):
    times = []
    for _ in range(STARTS):
        with System(program) as system:
            times.append(system.ready_seconds)
    median = statistics.median(times)
    figure(f"all four parts ready, median of {STARTS} starts", f"{median * 1000:.0f} ms", "1000 ms", median < 1)


def memory_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        (line,) = [line for line in status if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def idle_memory(program):
    with System(program) as system:
        wait_until_complete(system.waterfall, send(system.gateway))
        time.sleep(IDLE_SECONDS)
        parts = {name: memory_mb(pid) for name, pid in system.pids.items()}
        launcher = memory_mb(system.process.pid)
    each = ", ".join(f"{name} {size:.1f}" for name, size in parts.items())
    total = sum(parts.values())
    value = f"{total:.1f} MB ({each}; not counted: the launcher, {launcher:.1f})"
    figure("resident memory, idle, all four parts", value, "80 MB", total < 80)


def latency(program):
    """Time from a response to its complete trace in the query API, polled every 5 ms."""
    times = []
    with System(program) as system:
        for _ in range(5):
            wait_until_complete(system.waterfall, send(system.gateway))
        for _ in range(LATENCY_REQUESTS):
            trace_id = send(system.gateway)
            responded = time.monotonic()
            spans = wait_until_complete(system.waterfall, trace_id, every=0.005)
            times.append(time.monotonic() - responded)
            assert len(spans) == SPANS, f"trace {trace_id} has {len(spans)} spans"
    cuts = statistics.quantiles(times, n=20)
    figure(
        f"response to complete trace, p95 of {LATENCY_REQUESTS}",
        f"{cuts[18] * 1000:.0f} ms (median {cuts[9] * 1000:.0f} ms)",
        "300 ms",
        cuts[18] < 0.3,
    )


def main(program):
    for measure in (ready, idle_memory, latency):
        measure(program)


if __name__ == "__main__":
    main(sys.argv[1])
