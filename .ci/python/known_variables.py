"""What the source code says of each part: the variables that it reads, its port, its health paths.

Deployment files are compared with it, so that a name exists in both places.
"""

import pathlib
import re

CRATES = pathlib.Path("crates")
SERVICES = ("gateway", "activities", "users")
PARTS = (*SERVICES, "waterfall")


def read(path):
    return (CRATES / path).read_text()


SIGNALS = ("TRACES", "METRICS", "LOGS")


def is_of_signal(name):
    """Whether this is an OTLP option of one signal."""
    return name.startswith(tuple(f"OTEL_EXPORTER_OTLP_{signal}_" for signal in SIGNALS))


def telemetry():
    """The variables of the crate `telemetry`, with the three forms of each OTLP option."""
    names = set(re.findall(r'^    [A-Z_]+ = "([A-Z_]+)"', read("telemetry/src/env/variables.rs"), re.MULTILINE))
    prefix = "OTEL_EXPORTER_OTLP_"
    options = [name.removeprefix(prefix) for name in names if name.startswith(prefix)]
    return names | {f"{prefix}{signal}_{option}" for signal in SIGNALS for option in options}


def variables(part):
    """Every variable that a part reads."""
    if part == "waterfall":
        source = "".join(read(f"waterfall/src/{file}.rs") for file in ("config", "cli", "honeycomb"))
        names = re.findall(r'"((?:WATERFALL|HONEYCOMB)_[A-Z_]+)"', source)
        return {*names, "RUST_LOG"}
    own = re.findall(r'name: "([A-Z_]+)"', read(f"{part}/src/lib.rs"))
    return {*own, "RUST_LOG"} | telemetry()


def ports(part):
    """The ports that a part opens: those of its image, which are those of its defaults."""
    dockerfile = pathlib.Path("deploy/Dockerfile").read_text()
    stage = re.search(rf"^FROM part AS {part}\n(.*?)(?=^FROM |\Z)", dockerfile, re.MULTILINE | re.DOTALL).group(1)
    exposed = {int(port) for line in re.findall(r"^EXPOSE (.*)$", stage, re.MULTILINE) for port in line.split()}
    listened = {int(port) for port in re.findall(r"_ADDR=0\.0\.0\.0:(\d+)", stage)}
    source = read("waterfall/src/config.rs") if part == "waterfall" else read(f"{part}/src/lib.rs")
    defaults = re.findall(r'_ADDR[^;]*?"(?:localhost|127\.0\.0\.1):(\d+)"', source)
    assert exposed == listened == {int(port) for port in defaults}, (
        f"{part}: the image exposes {exposed} and listens on {listened}, the code on {defaults}"
    )
    return exposed


def health_paths(part):
    """The paths of a part's probes."""
    if part == "waterfall":
        return set(re.findall(r'resource\("(/health/\w+)"\)', read("waterfall/src/api/health.rs")))
    return set(re.findall(r'const (?:LIVE|READY): &str = "([^"]+)"', read("service/src/serve.rs")))
