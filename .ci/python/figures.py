"""Measures the budgets that one machine can show, and prints them beside their bounds.

    figures.py CRUDDUR      the launcher's release binary

A figure over its budget is marked and does not fail: a shared machine is no judge of a percentile. What cannot be
measured does fail.
"""

import statistics
import sys
import time

from home_trace import SPANS, send, wait_until_complete
from system import System

STARTS = 7
IDLE_SECONDS = 3
LATENCY_REQUESTS = 200


def figure(name, value, budget, met):
    print(f"  {name}: {value} (budget {budget}){'' if met else '   <-- over budget'}", flush=True)


def ready(program):
    times = []
    for _ in range(STARTS):
        with System(program) as system:
            times.append(system.ready_seconds)
    median = statistics.median(times)
    figure(f"all four ready, median of {STARTS} starts", f"{median * 1000:.0f} ms", "1000 ms", median < 1)


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
    figure("resident memory, idle, all four", f"{total:.1f} MB ({each}; the launcher {launcher:.1f} beside)", "80 MB", total < 80)


def latency(program):
    """From an answer to its complete trace, as whoever asks the page's server sees it, 5 ms at most too late."""
    times = []
    with System(program) as system:
        for _ in range(5):
            wait_until_complete(system.waterfall, send(system.gateway))
        for _ in range(LATENCY_REQUESTS):
            trace_id = send(system.gateway)
            answered = time.monotonic()
            spans = wait_until_complete(system.waterfall, trace_id, every=0.005)
            times.append(time.monotonic() - answered)
            assert len(spans) == SPANS, f"trace {trace_id} has {len(spans)} spans"
    cuts = statistics.quantiles(times, n=20)
    figure(
        f"from an answer to its complete trace, p95 of {LATENCY_REQUESTS}",
        f"{cuts[18] * 1000:.0f} ms (median {cuts[9] * 1000:.0f} ms)", "300 ms", cuts[18] < 0.3,
    )


def main(program):
    for measure in (ready, idle_memory, latency):
        measure(program)


if __name__ == "__main__":
    main(sys.argv[1])
