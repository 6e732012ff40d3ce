"""Reports figures to the file that `CI_FIGURES` names, and turns that file into docs/figures.md.

    report.py PAGE FIGURES      merges the reported figures into the page

A figure is one line of five tab-separated fields: section, what, figure, budget, command. Shell steps write the same
lines with `figure` of `.ci/lib.sh`, and the page's tests with `crates/waterfall/ui/test/figure.js`.

A command that reported at least one figure replaces all its rows; other rows keep their figure and their date. So a
step that cannot run on a machine (no Docker, no Chromium) does not erase what another machine measured.
"""

import datetime
import os
import pathlib
import sys

SYSTEM, TRACING, WATERFALL = SECTIONS = ("The whole system", "Cost of tracing", "The waterfall")
COLUMNS = ("what", "figure", "budget", "command", "measured")

HEADER = """\
# Figures

Written by `.ci/run figures --record`; do not edit. A figure is one run on a machine that also does other work.
Budgets are enforced by the commands, not by this page: \\* marks a budget whose command fails above it.
[Decisions](decisions/README.md) have the figures from before each change, and how they were compared.
"""


def figure(section, what, value, budget, command):
    """Reports one figure, if `CI_FIGURES` is set."""
    path = os.environ.get("CI_FIGURES")
    if path:
        with open(path, "a", encoding="utf-8") as file:
            print(section, what, value, budget, command, sep="\t", file=file)


def read_reported(text, measured):
    """The rows of a file of figures, by section."""
    rows = {section: {} for section in SECTIONS}
    for line in text.splitlines():
        section, *fields = line.split("\t")
        assert section in rows and len(fields) == 4, f"not a figure: {line!r}"
        what, value, budget, command = fields
        # A step may measure a figure twice, with two versions of a tool: the last one counts.
        rows[section][what] = (what, value, budget, f"`{command}`", measured)
    return {section: list(of_section.values()) for section, of_section in rows.items()}


def read_page(text):
    """The rows of an earlier page, by section."""
    rows = {section: [] for section in SECTIONS}
    section = None
    for line in text.splitlines():
        if line.startswith("## "):
            section = line[3:]
        elif line.startswith("| "):
            cells = tuple(cell.strip() for cell in line.replace("\\|", "\0").strip("|").split("|"))
            cells = tuple(cell.replace("\0", "|") for cell in cells)
            if cells != COLUMNS:
                assert section in rows and len(cells) == len(COLUMNS), f"not a row of figures: {line!r}"
                rows[section].append(cells)
    return rows


def merge(old, new):
    """Replaces the old rows of every newly measured command; rows of other new commands go to the end."""
    merged = {}
    for section in SECTIONS:
        pending = {}
        for row in new[section]:
            pending.setdefault(row[3], []).append(row)
        measured = set(pending)
        rows = []
        for row in old[section]:
            if row[3] not in measured:
                rows.append(row)
            else:
                rows += pending.pop(row[3], [])
        merged[section] = rows + [row for rest in pending.values() for row in rest]
    return merged


def render(rows):
    """The page."""
    parts = [HEADER]
    for section in SECTIONS:
        if rows[section]:
            lines = [COLUMNS, ("---",) * len(COLUMNS), *rows[section]]
            table = "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
            parts.append(
                f"\n## {section}\n\n{table.replace('| --- ' * len(COLUMNS) + '|', '|' + '---|' * len(COLUMNS))}\n"
            )
    return "".join(parts)


def update(page, reported, measured):
    """The text of the page with the reported figures merged in."""
    return render(merge(read_page(page), read_reported(reported, measured)))


def main(page, reported):
    page, reported = pathlib.Path(page), pathlib.Path(reported)
    text = reported.read_text(encoding="utf-8") if reported.exists() else ""
    assert text, "no step reported a figure"
    measured = f"{datetime.date.today()}, {os.cpu_count()} cores"
    old = page.read_text(encoding="utf-8") if page.exists() else ""
    page.write_text(update(old, text, measured), encoding="utf-8")
    print(f"{page}: {len(text.splitlines())} figures recorded")


if __name__ == "__main__":
    main(*sys.argv[1:3])
