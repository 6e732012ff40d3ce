"""Holds crates/telemetry/VARIABLES.md equal to the list of variables in the source code of `telemetry`.

    python3 .ci/python/variables.py            fails when they differ
    python3 .ci/python/variables.py --record   writes the document
"""

import pathlib
import re
import sys

import known_variables

SOURCE = pathlib.Path("crates/telemetry/src/env/variables.rs")
DOCUMENT = pathlib.Path("crates/telemetry/VARIABLES.md")
ENTRY = re.compile(r'^    [A-Z_]+ = "(\w+)",\s*"([^"]*)",\s*"([^"]*)";$', re.MULTILINE)
HEAD = """# Environment variables of telemetry

What [`one-trace`](README.md) reads, and with it every service. `.ci/python/variables.py --record` writes this list from
`src/env/variables.rs`.

- An empty variable counts as unset. A boolean is true only for `true`, in any case. An invalid value is ignored with a warning.
- Each `OTEL_EXPORTER_OTLP_*` also exists with `TRACES_`, `METRICS_` or `LOGS_` after `OTLP_`, which overrides it.
- `RUST_LOG` is the filter of the log lines on standard error, and has no effect on tracing.

| variable | default | meaning |
|---|---|---|
"""


def document():
    """The document, from the source code."""
    entries = ENTRY.findall(SOURCE.read_text())
    named = {name for name, _, _ in entries}
    missed = {name for name in known_variables.telemetry() if not known_variables.is_of_signal(name)} - named
    if missed or not entries:
        sys.exit(f"{SOURCE}: no entry could be read for {', '.join(sorted(missed)) or 'any variable'}")
    rows = (f"| `{name}` | {code(default)} | {joined(meaning)} |\n" for name, default, meaning in entries)
    return HEAD + "".join(rows)


def code(default):
    return f"`{default}`" if default else ""


def joined(text):
    """A literal of Rust whose lines end in a backslash as one line."""
    return re.sub(r"\\\n\s*", "", text)


def main():
    expected = document()
    if "--record" in sys.argv[1:]:
        DOCUMENT.write_text(expected)
    elif not DOCUMENT.exists() or DOCUMENT.read_text() != expected:
        sys.exit(f"{DOCUMENT} differs from {SOURCE}: run python3 .ci/python/variables.py --record")
    print(f"{expected.count(chr(10) + '| `')} variables in {DOCUMENT}")


if __name__ == "__main__":
    main()
