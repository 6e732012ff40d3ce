"""Measures what tracing costs the home feed: the same binaries with every span exported, with no span sampled
(OTEL_TRACES_SAMPLER=always_off), and with OTEL_SDK_DISABLED=true, side by side.

    throughput.py CRUDDUR      the launcher's release binary

Each ratio is the median of rounds in alternating order, over several starts of all three systems:

- By the clock: requests per second, traced over untraced.
- By CPU: CPU seconds per request, untraced over traced. It counts every process: the load generator, the launcher, the
  three services, and the waterfall that receives. All share the processors, so both ratios measure the same, but other
  work on the machine disturbs this one much less. It is marked below its budget, and fails below its floor.
- The cost of an unsampled request as a share of a sampled one, by CPU seconds above an untraced one. It is a difference
  of large figures, so it is shown and never fails.
"""

import contextlib
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time

import report
from home_trace import PATH, SPANS, send, wait_until_complete
from system import System

BUDGET = 0.85
# The lowest ratio on a machine that does other work. Below it, tracing has become more expensive.
FLOOR = 0.70
# The share of a sampled request's cost that an unsampled request may take.
SHARE = 0.25
# The layout of a process in memory stays for its lifetime, so every start gives another figure. Other load on the
# machine changes within seconds, so the sides of a pair run directly after each other.
STARTS, PAIRS = 10, 2
WRK = ["wrk", "--threads", "1", "--connections", "16", "--duration"]
WARM_UP, MEASURED = "2s", "2s"
SIDES = {
    "traced": {},
    "unsampled": {"OTEL_TRACES_SAMPLER": "always_off"},
    "untraced": {"OTEL_SDK_DISABLED": "true"},
}
TICKS = os.sysconf("SC_CLK_TCK")
LOST = b"dropped"


def cpu_seconds(pid):
    """User and system time of a process so far, its threads together."""
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def parts_of(system):
    return {"launcher": system.process.pid, **system.pids}


def settle(system, traced):
    """Waits until the last spans have arrived."""
    if traced:
        last = wait_until_complete(system.waterfall, send(system.gateway))
        assert len(last) == SPANS, f"after the load a trace has {len(last)} spans"
    time.sleep(0.2)


def load(system, duration, traced):
    """Requests per second, and CPU microseconds per request, by part."""
    before = {part: cpu_seconds(pid) for part, pid in parts_of(system).items()}
    wrk = subprocess.Popen([*WRK, duration, system.gateway + PATH], stdout=subprocess.PIPE, text=True)
    output = wrk.stdout.read()
    _, status, used = os.wait4(wrk.pid, 0)
    assert status == 0 and "Non-2xx" not in output and "Socket errors" not in output, output
    settle(system, traced)
    requests = int(re.search(r"(\d+) requests in", output).group(1))
    spent = {part: cpu_seconds(pid) - before[part] for part, pid in parts_of(system).items()}
    spent["load generator"] = used.ru_utime + used.ru_stime
    each = {part: seconds / requests * 1e6 for part, seconds in spent.items()}
    return float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1)), each


def rounds(systems):
    for name, system in systems.items():
        load(system, WARM_UP, name == "traced")
    found = {name: [] for name in systems}
    for pair in range(PAIRS):
        for name in list(systems)[:: 1 if pair % 2 == 0 else -1]:
            found[name].append(load(systems[name], MEASURED, name == "traced"))
    return found


def memory_mb(pid):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1)) / 1024


def spread(ratios):
    return f"{statistics.median(ratios):.2f} ({min(ratios):.2f} to {max(ratios):.2f})"


def summarize(found):
    """Prints and reports the ratios and the time by part; returns whether the ratio by CPU is above its floor."""
    traced, unsampled, untraced = (found[name] for name in SIDES)
    per_second = [statistics.median(speed for speed, _ in side) for side in (traced, untraced)]
    by_clock = [a[0] / b[0] for a, b in zip(traced, untraced)]
    cpu = {name: [sum(each.values()) for _, each in side] for name, side in found.items()}
    by_cpu = [b / a for a, b in zip(cpu["traced"], cpu["untraced"])]
    print(f"  home feed, traced : untraced, median of {len(traced)} pairs, and their range (budget {BUDGET})")
    print(f"    by the clock       {spread(by_clock)}  ({per_second[0]:.0f} : {per_second[1]:.0f} requests/s)")
    by_cpu, shown = statistics.median(by_cpu), spread(by_cpu)
    mark = "" if by_cpu >= BUDGET else "   <-- over budget"
    print(f"    by CPU per request {shown}{mark}")
    print("    (microseconds, medians:   traced : unsampled : untraced)")
    for part in traced[0][1]:
        a, b, c = (statistics.median(each[part] for _, each in side) for side in (traced, unsampled, untraced))
        print(f"      {part:<14} {a:6.1f} : {b:6.1f} : {c:6.1f}")
    sampled, unsampled_cpu, none = (statistics.median(cpu[name]) for name in SIDES)
    share = (unsampled_cpu - none) / (sampled - none)
    mark = "" if share <= SHARE else "   <-- over budget"
    cost = f"{unsampled_cpu - none:.0f} microseconds, {share:.2f} of a sampled one"
    print(f"    an unsampled request costs {cost} (budget {SHARE}){mark}")
    rate = f"{spread(by_clock)}, {per_second[0]:.0f} : {per_second[1]:.0f} requests/s"
    pairs = f"median of {len(traced)} pairs and range"
    for what, value, budget in (
        (f"home feed, traced : untraced, requests per second, {pairs}", rate, str(BUDGET)),
        (f"home feed, untraced : traced, CPU time per request, {pairs}", shown, f"{BUDGET}; {FLOOR}\\*"),
        ("home feed, cost of an unsampled request above an untraced one, CPU time", cost, str(SHARE)),
    ):
        report.figure(report.TRACING, what, value, budget, ".ci/run figures")
    return by_cpu >= FLOOR


def start_and_measure(program, log, found):
    """Starts all sides and measures them; returns the waterfall's memory after the load."""
    with contextlib.ExitStack() as stack:
        systems = {
            name: stack.enter_context(System(program, environment, log=log if name == "traced" else subprocess.DEVNULL))
            for name, environment in SIDES.items()
        }
        for name, measured in rounds(systems).items():
            found[name].extend(measured)
        return memory_mb(systems["traced"].pids["waterfall"])


def main(program):
    found = {name: [] for name in SIDES}
    with tempfile.TemporaryFile() as log:
        resident = max(start_and_measure(program, log, found) for _ in range(STARTS))
        within = summarize(found)
        print(f"  resident memory of the waterfall after that load: {resident:.0f} MB", flush=True)
        report.figure(
            report.WATERFALL, "resident memory after the home feed load", f"{resident:.0f} MB", "", ".ci/run figures"
        )
        log.seek(0)
        lost = [line for line in log if LOST in line]
    assert not lost, f"not every span was exported: {lost[-1].decode()}"
    if not within:
        sys.exit(f"FAILED: the ratio by CPU per request is below {FLOOR}")


if __name__ == "__main__":
    main(sys.argv[1])
