"""Opens the page of a real home-feed trace in Chromium, and counts its rows.

    browser_check.py CRUDDUR SCREENSHOTS      the launcher's binary, and the directory that pictures go to
"""

import os
import sys

from home_trace import EXPECTED, SPANS, check, send, wait_until_complete
from system import System, wait_for
from webdriver import Browser

PAGE_SECONDS = 10

ROWS = """
    return [...document.querySelectorAll("#rows [role=row]")]
      .filter(row => row.checkVisibility() && row.getBoundingClientRect().height > 0)
      .map(row => row.textContent);
"""
LINKS = "return [...document.querySelectorAll('#traces a')].map(a => a.href);"


def rows_of(browser, trace_id, url):
    browser.open(url)
    try:
        return wait_for("the rows of the trace", lambda: len(found := browser.run(ROWS)) >= SPANS and found, PAGE_SECONDS)
    except AssertionError as error:
        raise AssertionError(f"{error}; the page of {trace_id} shows {browser.run(ROWS)}") from None


def main(program, screenshots):
    os.makedirs(screenshots, exist_ok=True)
    with System(program) as system:
        for _ in range(3):
            wait_until_complete(system.waterfall, send(system.gateway))
        trace_id, _ = check(system.gateway, system.waterfall)
        url = f"{system.waterfall}/trace/{trace_id}"
        for name, width, dark in [("light", 1280, False), ("dark", 1280, True), ("narrow", 420, False)]:
            with Browser(width=width, dark=dark) as browser:
                rows = rows_of(browser, trace_id, url)
                assert len(rows) == SPANS, f"{len(rows)} rows of {SPANS} spans: {rows}"
                for name_of_span in {line.split("] ")[1] for line in EXPECTED.splitlines()}:
                    assert any(name_of_span in row for row in rows), f"no row says {name_of_span!r}: {rows}"
                browser.screenshot(f"{screenshots}/trace-{name}.png")

                browser.open(system.waterfall)
                wait_for("the trace in the list", lambda: url in browser.run(LINKS), PAGE_SECONDS)
                browser.screenshot(f"{screenshots}/traces-{name}.png")
                assert not browser.complaints(), browser.complaints()
            print(f"{name}: {len(rows)} rows of {SPANS} spans, the list links to them, nothing in the console")
    assert system.exit_code == 0, f"cruddur up: exit code {system.exit_code}"
    print(f"pictures in {screenshots}")


if __name__ == "__main__":
    main(*sys.argv[1:3])
