"""The programs of docs/your-own-program.md, word for word but for the ports: each prints a link, and its trace is there.
And the budgets of the waterfall alone, which fail this when they are missed.

    your_own_program.py CRUDDUR SCRATCH
"""

import os
import re
import statistics
import subprocess
import sys
import time

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
    print(f"  the waterfall alone, ready: {ready:.0f} ms, median of {STARTS} starts (budget {READY_MS} ms)")
    print(f"  the waterfall alone, idle: {idle:.1f} MB resident (budget {IDLE_MB} MB)", flush=True)
    assert ready < READY_MS and idle < IDLE_MB, "over budget"


def blocks(title):
    """The fenced blocks of a section: language, text, and the file name that stands before it, if one does."""
    with open(PAGE, encoding="utf-8") as page:
        section = page.read().split(f"\n## {title}\n")[1].split("\n## ")[0]
    return [(language, text, name) for name, language, text in re.findall(r"(?:`([\w.]+)`[^`]*?:\n\n)?```(\w+)\n(.*?)```", section, re.DOTALL)]


def follow(title, waterfall, directory, skip=None):
    """Writes the section's files, runs its commands, and returns what they printed."""
    os.makedirs(directory)
    commands = []
    for language, text, name in blocks(title):
        text = text.replace("localhost:4318", waterfall.otlp_http.removeprefix("http://")).replace("localhost:16686", waterfall.page.removeprefix("http://"))
        if language != "sh":
            assert name, f"a block of {language} without the name of its file"
            with open(f"{directory}/{name}", "w", encoding="utf-8") as file:
                file.write(text)
        elif not (skip and skip in text):
            commands.append(text)
    # One shell for all: what is exported in one block is known in the next.
    return subprocess.run(["bash", "-euc", "\n".join(commands)], cwd=directory, stdout=subprocess.PIPE, text=True, check=True).stdout


def check(waterfall, printed, service, names):
    (trace_id,) = re.findall(re.escape(waterfall.page) + r"/trace/([0-9a-f]{32})\n", printed)
    trace = waterfall.json(f"/api/ui/traces/{trace_id}")
    found = ([trace["services"][row["service"]] for row in trace["rows"]], [row["name"] for row in trace["rows"]])
    assert found == ([service] * len(names), names), found
    assert [row["depth"] for row in trace["rows"]] == [0, 1, 1] and not trace["missing"], trace
    print(f"  {service}: its link leads to {', '.join(names)}", flush=True)


def main(program, scratch):
    figures(program, scratch)
    with Alone(program) as waterfall:
        printed = follow("Python", waterfall, f"{scratch}/python")
        check(waterfall, printed, "shop", ["POST /checkout", "SELECT carts", "charge the card"])
        # The packages of OpenTelemetry for Node come from a registry that not every machine reaches.
        printed = follow("Node", waterfall, f"{scratch}/node", skip="npm install")
        check(waterfall, printed, "clock", ["tick", "read the clock", "move the hands"])


if __name__ == "__main__":
    main(*sys.argv[1:3])
