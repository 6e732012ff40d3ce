"""Checks the Markdown documents of the repository against its files.

- Relative links resolve, anchors included.
- A path in backticks exists. It starts with a top-level folder or a crate's name (`telemetry/src/lib.rs`); `*` and
  `{a,b}` work.
- A name such as `service::response` or `TraceResponse::Always` in backticks consists of words that the source code has.
- A step in `.ci/run STEP` and a command in `just COMMAND` exist.
- `.ci/run` and the workflow run every step of `.ci/steps`.
- ARCHITECTURE.md has at most 10 KiB.

Comments and messages of other files may name paths below these folders, which must exist, too: docs, crates, deploy, .ci.
"""

import glob
import pathlib
import re
import subprocess
import sys

MAX_ARCHITECTURE_BYTES = 10 * 1024
SOURCES = (".rs", ".js", ".mjs", ".py", ".sh", ".toml", ".sql")
CODE = re.compile(r"```.*?```|`([^`\n]+)`", re.DOTALL)
LINK = re.compile(r"\[[^\]\n]*\]\(([^)\s]+)\)")
PATH = re.compile(r"[\w.][\w.*{},-]*(?:/[\w.*{},-]+)+/?")
IN_SOURCES = re.compile(r"(?<![\w/.-])(?:docs|crates|deploy|\.ci|\.github)/[\w./-]*\w")
NAME = re.compile(r"[A-Za-z_]\w*(?:::[A-Za-z_]\w*)+")
FOREIGN = {"std", "tokio", "reqwest", "tracing", "opentelemetry", "google"}


def files():
    """Tracked and new files, without ignored ones."""
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listed, capture_output=True, text=True, check=True).stdout.splitlines()
    return [name for name in names if pathlib.Path(name).is_file()]


def anchors(path):
    """The anchors of a document's headings, as GitHub derives them."""
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", path.read_text(), flags=re.DOTALL), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def expand(path):
    """`a/{b,c}.rs` as `a/b.rs` and `a/c.rs`."""
    found = re.search(r"\{([^{}]*)\}", path)
    if not found:
        return [path]
    head, tail = path[: found.start()], path[found.end() :]
    return [each for choice in found.group(1).split(",") for each in expand(head + choice + tail)]


class Checker:
    def __init__(self):
        self.names = files()
        self.roots = {name.split("/")[0] for name in self.names if "/" in name}
        self.crates = {name.split("/")[1] for name in self.names if name.startswith("crates/")}
        texts = (pathlib.Path(name).read_text(errors="ignore") for name in self.names if name.endswith(SOURCES))
        self.words = {word for text in texts for word in re.findall(r"\w+", text)}
        self.steps = {path.name for path in pathlib.Path(".ci/steps").iterdir()}
        self.commands = set(
            re.findall(r"^(\w+)(?: [^:\n]*)?:(?!=)", pathlib.Path("justfile").read_text(), re.MULTILINE)
        )
        self.faults = []

    def run(self):
        documents = [pathlib.Path(name) for name in self.names if name.endswith(".md")]
        for document in documents:
            text = document.read_text()
            for match in CODE.finditer(text):
                if match.group(1):
                    self.code(document, match.group(1))
            for target in LINK.findall(re.sub(r"```.*?```", "", text, flags=re.DOTALL)):
                self.link(document, target)
            for line in re.findall(r"\.ci/run((?: [a-z][\w-]*)+)", text):
                self.expect(document, set(line.split()) <= self.steps, f"`.ci/run{line}` names no step")
        for source in (pathlib.Path(name) for name in self.names if not name.endswith(".md")):
            for path in IN_SOURCES.findall(source.read_text(errors="ignore")):
                self.expect(source, pathlib.Path(path).exists() or self.ignored(path), f"{path} does not exist")
        self.steps_of(".ci/run", r"^all=\(([^)]*)\)")
        self.steps_of(".github/workflows/ci.yml", r"run: \.ci/run (.*)$")
        size = pathlib.Path("ARCHITECTURE.md").stat().st_size
        if size > MAX_ARCHITECTURE_BYTES:
            self.faults.append(f"ARCHITECTURE.md has {size} bytes, the limit is {MAX_ARCHITECTURE_BYTES}")
        return len(documents)

    def expect(self, document, met, fault):
        if not met:
            self.faults.append(f"{document}: {fault}")

    def code(self, document, code):
        if code.startswith("just ") and not code.startswith("just --"):
            command = code.split()[1]
            self.expect(document, command in self.commands, f"`{code}` names no command of the justfile")
        for path in PATH.findall(code):
            root = path.split("/")[0]
            if root in self.crates and root not in self.roots:
                path = f"crates/{path}"
            elif root not in self.roots:
                continue
            for each in expand(path.rstrip(".,")):
                self.expect(document, glob.glob(each) or self.ignored(each), f"`{each}` does not exist")
        if NAME.fullmatch(code.removesuffix("()")):
            segments = code.removesuffix("()").split("::")
            if segments[0] not in FOREIGN:
                missing = [segment for segment in segments if segment not in self.words]
                self.expect(document, not missing, f"`{code}`: the source code has no {', '.join(missing)}")

    def steps_of(self, path, pattern):
        """Checks that the steps in a file are all steps."""
        found = re.findall(pattern, pathlib.Path(path).read_text(), re.MULTILINE)
        named = {step for steps in found for step in steps.split()}
        self.expect(path, named == self.steps, f"these steps are not in both places: {sorted(named ^ self.steps)}")

    @staticmethod
    def ignored(path):
        """Generated at run time, such as `target/` or a file that the reader makes."""
        return subprocess.run(["git", "check-ignore", "--quiet", path], check=False).returncode == 0

    def link(self, document, target):
        if re.match(r"[a-z]+:|crate::", target):
            return
        name, _, anchor = target.partition("#")
        path = document.parent / name if name else document
        self.expect(document, path.exists(), f"the link {target} leads nowhere")
        if anchor and path.suffix == ".md" and path.exists():
            self.expect(document, anchor in anchors(path), f"{path} has no heading for #{anchor}")


def main():
    checker = Checker()
    count = checker.run()
    for fault in checker.faults:
        print(fault)
    if checker.faults:
        sys.exit(f"FAILED: {len(checker.faults)} faults in {count} documents")
    print(f"{count} documents: every path, name, link and step exists")


if __name__ == "__main__":
    main()
