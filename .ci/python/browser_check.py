"""Opens the page of a real home feed trace in Chromium, then runs the page's own browser tests, and the test that all
views agree about generated traces.

browser_check.py CRUDDUR SCREENSHOTS      the launcher's binary, and the directory for screenshots
"""

import subprocess
import sys

from home_trace import EXPECTED, check, send, wait_until_complete
from system import System

PAGE_TESTS = "crates/waterfall/ui/test/browser/run.js"
SIGN_IN_TESTS = "crates/waterfall/ui/test/browser/sign-in.js"
AGREEMENT_TEST = "crates/waterfall/ui/test/agreement.js"


def main(program, screenshots):
    names = [line.split("] ")[1] for line in EXPECTED.splitlines()]
    with System(program) as system:
        for _ in range(3):
            wait_until_complete(system.waterfall, send(system.gateway))
        trace_id, _ = check(system.gateway, system.waterfall)
        subprocess.run(
            ["node", ".ci/page-of-trace.mjs", system.waterfall, trace_id, f"{screenshots}/real", *names], check=True
        )
        subprocess.run(
            ["node", PAGE_TESTS, "--waterfall", system.waterfall, "--otlp", system.otlp_http, "--shots", screenshots],
            check=True,
        )
    assert system.exit_code == 0, f"cruddur up: exit code {system.exit_code}"
    subprocess.run(["node", SIGN_IN_TESTS, program, screenshots], check=True)
    subprocess.run(["node", AGREEMENT_TEST, program], check=True)


if __name__ == "__main__":
    main(*sys.argv[1:3])
