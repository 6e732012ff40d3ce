"""Checks the calculations of a document, and that its measured figures are those of docs/figures.md.

    arithmetic.py DOCUMENT

- A table's cell `2 × 3 = 6 spans` must be true within one per cent, or to the last digit shown.
- A number in bold is measured: its line names a command, and docs/figures.md has such a figure of that command. Figures
  differ between machines: a factor of two means that the document is out of date.
"""

import ast
import operator
import pathlib
import re
import sys

TOLERANCE = 0.01
OUT_OF_DATE = 2
NUMBER = r"\d[\d,]*(?:\.\d+)?"
CALCULATION = re.compile(rf"^((?:{NUMBER}|[ ()×/+−%])+) = ({NUMBER})(?=[ ,]|$)")
OPERATIONS = {ast.Mult: operator.mul, ast.Div: operator.truediv, ast.Add: operator.add, ast.Sub: operator.sub}


def value(text):
    """The value of an expression of numbers, `×`, `/`, `+`, `−`, `%` and parentheses."""
    text = re.sub(rf"({NUMBER})%", r"(\1/100)", text).replace(",", "").replace("×", "*").replace("−", "-")

    def evaluate(node):
        if isinstance(node, ast.Expression):
            return evaluate(node.body)
        if isinstance(node, ast.BinOp) and type(node.op) in OPERATIONS:
            return OPERATIONS[type(node.op)](evaluate(node.left), evaluate(node.right))
        if isinstance(node, ast.Constant) and isinstance(node.value, int | float):
            return node.value
        raise ValueError(text)

    return evaluate(ast.parse(text.strip(), mode="eval"))


def last_digit(shown):
    """One unit of the last digit of a number as shown."""
    return 10 ** -len(shown.partition(".")[2])


def figures_of(page, command):
    """Every number in the rows of a command."""
    rows = [line.split("|")[2] for line in page.splitlines() if f"`{command}`" in line]
    return [float(number) for row in rows for number in re.findall(r"\d+(?:\.\d+)?", row)]


def faults(text, page):
    """Yields what is wrong with a document. `page`: the text of docs/figures.md."""
    calculated = measured = 0
    for line in text.splitlines():
        for cell in (each.strip() for each in line.strip("|").split("|")) if line.startswith("|") else ():
            found = CALCULATION.match(cell.replace("**", ""))
            if found:
                calculated += 1
                expected, shown = value(found.group(1)), found.group(2).replace(",", "")
                if abs(float(shown) - expected) > max(TOLERANCE * abs(expected), last_digit(shown) / 2):
                    yield f"{cell}: it is {expected:,.4g}"
            elif " = " in cell:
                yield f"{cell}: no calculation that can be checked"
        for number in re.findall(rf"\*\*({NUMBER})\*\*", line):
            measured += 1
            command = re.search(r"`(\.ci/run \w+)`", line)
            known = figures_of(page, command.group(1)) if command else []
            number = float(number.replace(",", ""))
            if not any(each / OUT_OF_DATE < number < each * OUT_OF_DATE for each in known):
                yield f"{number:g}: docs/figures.md has no such figure of the command in: {line}"
    if not calculated or not measured:
        yield "the document has no calculation, or no measured figure"


def main(document):
    found = list(faults(pathlib.Path(document).read_text(), pathlib.Path("docs/figures.md").read_text()))
    for fault in found:
        print(f"{document}: {fault}")
    if found:
        sys.exit(f"FAILED: {len(found)} faults in {document}")
    print(f"{document}: its calculations are right, and docs/figures.md has its figures")


if __name__ == "__main__":
    main(sys.argv[1])
