"""Runs the programs of docs/your-own-program.md with other ports: each prints a link, and its trace is there.
Also measures start time and idle memory of the waterfall alone, and fails over their budgets.

    your_own_program.py CRUDDUR SCRATCH
"""

import os
import re
import statistics
import subprocess
import sys
import time

import report
from alone import Alone

PAGE = "docs/your-own-program.md"
STARTS = 9
READY_MS, IDLE_MB = 200, 25
IDLE_SECONDS = 2


def figures(program, scratch):
    starts = []
    for place in range(STARTS):
        with Alone(program, data=f"{scratch}/data-{place}" if place % 2 else None) as waterfall:
            starts.append(waterfall.ready_seconds * 1000)
            time.sleep(IDLE_SECONDS if place == 0 else 0)
            if place == 0:
                idle = waterfall.resident_mb()
    ready = statistics.median(starts)
    for what, value, budget in (
        (f"the waterfall alone, ready, median of {STARTS} starts", f"{ready:.0f} ms", f"{READY_MS} ms"),
        ("the waterfall alone, resident memory, idle", f"{idle:.1f} MB", f"{IDLE_MB} MB"),
    ):
        print(f"  {what}: {value} (budget {budget})", flush=True)
        report.figure(report.WATERFALL, what, value, f"{budget}\\*", ".ci/run alone")
    assert ready < READY_MS and idle < IDLE_MB, "over budget"


def blocks(title):
    """The fenced blocks of a section: language, text, and the file name in the sentence before it, if there is one."""
    with open(PAGE, encoding="utf-8") as page:
        section = page.read().split(f"\n## {title}\n")[1].split("\n## ")[0]
    found = re.findall(r"(?:`([\w.]+)`[^`]*?:\n\n)?```(\w+)\n(.*?)```", section, re.DOTALL)
    return [(language, text, name) for name, language, text in found]


def follow(title, waterfall, directory, skip=None):
    """Writes the section's files, runs its commands, and returns what they printed."""
    os.makedirs(directory)
    commands = []
    for language, text, name in blocks(title):
        text = text.replace("http://localhost:4318", waterfall.otlp_http).replace(
            "http://localhost:16686", waterfall.page
        )
        if language != "sh":
            assert name, f"no file name before a block of {language}"
            with open(f"{directory}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        elif not (skip and skip in text):
            commands.append(text)
    # One shell for all blocks, so that an exported variable reaches the next block.
    script = ["bash", "-euc", "\n".join(commands)]
    return subprocess.run(script, cwd=directory, stdout=subprocess.PIPE, text=True, check=True).stdout


def column(rows, name):
    """A column of numbers: one for each row, or those that are not 0 with the numbers of their rows."""
    values = rows.get(name, {"row": [], "value": []})
    if isinstance(values, list):
        return values
    at = dict(zip(values["row"], values["value"]))
    return [at.get(row, 0) for row in range(len(rows["id"]))]


def check(waterfall, printed, service, names):
    (trace_id,) = re.findall(re.escape(waterfall.page) + r"/trace/([0-9a-f]{32})\n", printed)
    trace = waterfall.json(f"/api/ui/traces/{trace_id}")
    rows = trace["rows"]
    services = [trace["services"][number] for number in column(rows, "service")]
    found = (services, [rows["names"][number] for number in column(rows, "name")])
    assert found == ([service] * len(names), names), found
    assert column(rows, "depth") == [0, 1, 1] and not trace["missing"], trace
    print(f"  {service}: its link leads to {', '.join(names)}", flush=True)


def main(program, scratch):
    figures(program, scratch)
    with Alone(program) as waterfall:
        printed = follow("Python", waterfall, f"{scratch}/python")
        check(waterfall, printed, "shop", ["POST /checkout", "SELECT carts", "charge the card"])
        # Not every machine reaches the registry with the OpenTelemetry packages for Node.
        printed = follow("Node", waterfall, f"{scratch}/node", skip="npm install")
        check(waterfall, printed, "clock", ["tick", "read the clock", "move the hands"])


if __name__ == "__main__":
    main(*sys.argv[1:3])
