"""Merges the collector's configuration with each backend's, as the collector does, and checks that the result is
complete: pipelines name only defined components, every defined component is used, and every variable reaches
the container.

    collector_check.py DIRECTORY      needs PyYAML
"""

import pathlib
import re
import sys

import yaml

KNOWN = {
    "extensions": {"health_check", "sigv4auth"},
    "receivers": {"otlp"},
    "processors": {"memory_limiter", "batch"},
    "exporters": {"debug", "otlp_http"},
}


def merge(base, over):
    """Maps are merged, anything else is replaced."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    both = base.keys() & over.keys()
    return {**base, **over, **{key: merge(base[key], over[key]) for key in both}}


def check(config):
    service = config["service"]
    used = {"extensions": set(service["extensions"])}
    for name, pipeline in service["pipelines"].items():
        for kind in ("receivers", "processors", "exporters"):
            assert pipeline.get(kind), f"pipeline {name} has no {kind}"
            used.setdefault(kind, set()).update(pipeline[kind])
    for exporter in config["exporters"].values():
        authenticator = (exporter.get("auth") or {}).get("authenticator")
        assert authenticator is None or authenticator in used["extensions"], (
            f"{authenticator} is not in service.extensions"
        )
    for kind, components in KNOWN.items():
        defined = set(config[kind])
        missing, idle = used[kind] - defined, defined - used[kind]
        assert not missing, f"{kind} not defined: {missing}"
        assert not idle - {"debug"}, f"{kind} defined but not used: {idle}"
        unknown = {name.split("/")[0] for name in defined} - components
        assert not unknown, f"unknown {kind}: {unknown}"


def main(directory):
    directory = pathlib.Path(directory)
    base = yaml.safe_load((directory / "config.yaml").read_text())
    overlay = yaml.safe_load((directory / "docker-compose.yml").read_text())
    passed = set(overlay["services"]["collector"]["environment"])
    backends = sorted(set(directory.glob("*.yaml")) - {directory / "config.yaml"})
    assert backends, f"no backend in {directory}"
    for backend in backends:
        text = backend.read_text()
        check(merge(base, yaml.safe_load(text)))
        for variable, default in re.findall(r"\$\{env:(\w+)(:-)?", text):
            assert default or variable in passed, f"{backend.name}: {variable} does not reach the container"
    print(f"collector: complete with {', '.join(path.stem for path in backends)}")


if __name__ == "__main__":
    main(sys.argv[1])
