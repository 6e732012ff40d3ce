"""Reports the figures of `cargo bench -p trace-store --bench search`, whose output is on standard input.

The benchmark prints, for a store in memory and for one on disk, a line for each search, each completion and each
aggregation: the best processor time of 20 runs, their 95th percentile, how much was found, and the query.
"""

import re
import statistics
import sys

from report import WATERFALL, figure

COMMAND = ".ci/run search"
LINE = re.compile(r"\s*([\d.]+)(ns|µs|ms|s)\s+([\d.]+)(ns|µs|ms|s)\s+(?:OVER)?\s+\d+  (.*)")
MILLISECONDS = {"ns": 1e-6, "µs": 1e-3, "ms": 1, "s": 1e3}


def rows(lines):
    """(group, what, best, p95) of every line; `group` is the store's line, such as `in memory`."""
    group = ""
    for line in lines:
        found = LINE.fullmatch(line)
        if found:
            best, best_unit, p95, p95_unit, what = found.groups()
            yield group, what, float(best) * MILLISECONDS[best_unit], float(p95) * MILLISECONDS[p95_unit]
        elif ": " in line:
            group = line.split(": ")[0]


def report(lines):
    searches, completions = {}, {}
    others = []
    for group, what, best, p95 in rows(lines):
        if what.startswith("complete "):
            completions.setdefault(group, []).append((best, p95, what.removeprefix("complete ")))
        elif group in completions:
            others.append((group, what, best, p95))
        else:
            searches.setdefault(group, []).append((best, p95, what))
    assert searches and completions, "the benchmark's output has no figures"
    for kind, budget, found in (
        ("searching", "50 ms, 75 ms\\*", searches),
        ("completing a query over", "20 ms, 30 ms\\*", completions),
    ):
        for group, figures in found.items():
            bests = [best for best, _, _ in figures]
            slowest, _, what = max(figures)
            value = (
                f"median {statistics.median(bests):.1f} ms; slowest {slowest:.1f} ms (`{what}`); "
                f"p95 at most {max(p95 for _, p95, _ in figures):.1f} ms"
            )
            figure(
                WATERFALL, f"{kind} 1,000,000 spans {group}, {len(figures)} queries, best of 20", value, budget, COMMAND
            )
    for group, what, best, p95 in others:
        where = f" {group}" if what.startswith("metrics") else ""
        budget = "150 ms, 225 ms\\*" if what.startswith("judgement") else "100 ms, 150 ms\\*"
        figure(WATERFALL, f"{what}{where}", f"{best:.1f} ms; p95 {p95:.1f} ms", budget, COMMAND)


if __name__ == "__main__":
    report(sys.stdin.read().splitlines())
