"""schemathesis sends requests made from the OpenAPI documents of the gateway and the waterfall to real processes.

    openapi_check.py CRUDDUR SCHEMATHESIS      SCHEMATHESIS: its program

Of valid requests none may be refused. Of requests that break the document in one place, every response must have a
documented status and match its schema. No request may cause a 5xx. The seed is fixed.
"""

import json
import os
import subprocess
import sys
import tempfile

from system import System, free_port

SEED = "20"
CHECKS_OF_INVALID = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_headers_conformance,response_schema_conformance"
)
# Requests for each operation, and the fewest requests in all, so that a document without operations fails.
RUNS = [
    ("gateway", "positive", 250, 1_500, []),
    ("gateway", "negative", 80, 500, ["--checks", CHECKS_OF_INVALID]),
    ("waterfall", "positive", 60, 60, []),
    ("waterfall", "negative", 30, 30, ["--checks", CHECKS_OF_INVALID]),
]


def run(schemathesis, url, mode, examples, options, directory):
    """Returns the exit code and the report of a run."""
    report = os.path.join(directory, "report.json")
    command = [schemathesis, "run", f"{url}/openapi.json", "--mode", mode, "--max-examples", str(examples)]
    command += ["--phases", "examples,coverage,fuzzing", "--seed", SEED, "--continue-on-failure", "--no-color"]
    command += ["--report", "json", "--report-json-path", report, *options]
    environment = {**os.environ, "SCHEMATHESIS_HOOKS": "openapi_hooks"}
    finished = subprocess.run(command, cwd=directory, env=environment, capture_output=True, text=True, timeout=180)
    if finished.returncode != 0:
        print(finished.stdout, finished.stderr, sep="\n")
    with open(report, encoding="utf-8") as file:
        return finished.returncode, json.load(file)


def main():
    cruddur, schemathesis = sys.argv[1:]
    # `/rollbar/test` is a 503 without a token; what it reports goes to a port where nobody listens.
    rollbar = {
        "ROLLBAR_ACCESS_TOKEN": "0123456789abcdef0123456789abcdef",
        "ROLLBAR_ENDPOINT": f"http://127.0.0.1:{free_port()}/",
        "RUST_LOG": "off",
    }
    failed = []
    with System(cruddur, rollbar) as system, tempfile.TemporaryDirectory() as directory:
        for part, mode, examples, least, options in RUNS:
            code, report = run(schemathesis, getattr(system, part), mode, examples, options, directory)
            cases, unsupported = report["test_cases"], report["warnings"]["unsupported_regex"]
            print(
                f"{part}, {mode} data: {cases['generated']} requests for {report['operations']['tested']} operations "
                f"in {report['running_time']:.0f} s, {cases['with_failures']} failed"
            )
            if code != 0 or unsupported or cases["generated"] < least:
                failed.append(f"{part}, {mode} data")
    assert not failed, f"failed: {failed}"


main()
