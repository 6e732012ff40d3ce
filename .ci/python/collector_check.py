"""Checks configurations of the Collector, each merged with a backend's as the Collector does.

- Every key and value fits the component (collector_keys.py); the image has the version of those tables.
- Pipelines name defined components only; every defined component is used; a connector joins two pipelines.
- A processor comes after `memory_limiter`, and `batch` is the last.
- Redaction masks credentials, and nothing that the services record.

    import collector_check      needs PyYAML; compose_files.py and kubernetes_check.py call it
"""

import re

import collector_keys
import yaml

# Attributes that redaction must mask, and attributes that it must not touch.
SECRET_KEYS = ["password", "db.password", "http.request.header.authorization", "cookie", "x-api-key", "access_token"]
SECRET_VALUES = ["4111111111111111", "Bearer abcdefgh12345678", "eyJhbGciOiJIUzI1.eyJzdWIiOiIxMjM0.sig"]
PLAIN_KEYS = [
    "http.request.method",
    "url.path",
    "http.route",
    "db.query.text",
    "exception.message",
    "gen_ai.usage.input_tokens",
    "session.id",
]
PLAIN_VALUES = ["GET", "/api/activities/home", "SELECT handle FROM users", "4bf92f3577b34da6a3ce929d0e0e4736", "200"]


def merge(base, over):
    """Maps are merged, anything else is replaced."""
    if not (isinstance(base, dict) and isinstance(over, dict)):
        return over
    both = base.keys() & over.keys()
    return {**base, **over, **{key: merge(base[key], over[key]) for key in both}}


def read(paths):
    """The merged configuration of several files, and their text."""
    texts = [path.read_text() for path in paths]
    merged = {}
    for text in texts:
        merged = merge(merged, yaml.safe_load(text))
    return merged, "\n".join(texts)


def faults(config, text, environment):
    """Yields every fault of a merged configuration. `environment`: the variables that reach the Collector."""
    kinds = collector_keys.COMPONENTS
    for section in config.keys() - kinds.keys() - {"service"}:
        yield f"the Collector knows no section `{section}`"
    for kind, known in kinds.items():
        for name, settings in (config.get(kind) or {}).items():
            component = name.split("/")[0]
            if component in known:
                yield from collector_keys.faults(settings, known[component], f"{kind}.{name}")
            else:
                yield f"{kind}: `{component}` is not in the tables of collector_keys.py"
    yield from collector_keys.faults(config["service"], collector_keys.SERVICE, "service")
    yield from pipeline_faults(config)
    yield from redaction_faults(config)
    for variable, default in re.findall(r"\$\{env:(\w+)(:-)?", text):
        if not default and variable not in environment:
            yield f"the variable {variable} does not reach the Collector"


def pipeline_faults(config):
    service = config["service"]
    used = {"extensions": set(service.get("extensions", []))}
    connectors = set(config.get("connectors") or {})
    for name, pipeline in service["pipelines"].items():
        if name.split("/")[0] not in ("traces", "metrics", "logs"):
            yield f"pipeline {name}: no such signal"
        for kind in pipeline.keys() - {"receivers", "processors", "exporters"}:
            yield f"pipeline {name}: no such list: {kind}"
        for kind in ("receivers", "processors", "exporters"):
            named = pipeline.get(kind) or []
            if not named:
                yield f"pipeline {name} has no {kind}"
            used.setdefault(kind, set()).update(named)
        processors = [each.split("/")[0] for each in pipeline.get("processors") or []]
        if processors[:1] != ["memory_limiter"]:
            yield f"pipeline {name}: the first processor is not memory_limiter"
        if "batch" in processors[:-1]:
            yield f"pipeline {name}: batch is not the last processor"
    for connector in connectors:
        if connector not in used["receivers"] or connector not in used["exporters"]:
            yield f"the connector {connector} does not join two pipelines"
    used["receivers"] -= connectors
    used["exporters"] -= connectors
    for exporter in (config.get("exporters") or {}).values():
        authenticator = ((exporter or {}).get("auth") or {}).get("authenticator")
        if authenticator and authenticator not in used["extensions"]:
            yield f"the authenticator {authenticator} is not in service.extensions"
    for kind, names in used.items():
        defined = set(config.get(kind) or {})
        for name in sorted(names - defined):
            yield f"{kind}: `{name}` is used but not defined"
        for name in sorted(defined - names):
            yield f"{kind}: `{name}` is defined but not used"


def redaction_faults(config):
    settings = (config.get("processors") or {}).get("redaction")
    if settings is None:
        return
    keys = [re.compile(pattern) for pattern in settings.get("blocked_key_patterns", [])]
    values = [re.compile(pattern) for pattern in settings.get("blocked_values", [])]
    for patterns, secret, plain in ((keys, SECRET_KEYS, PLAIN_KEYS), (values, SECRET_VALUES, PLAIN_VALUES)):
        for text in secret:
            if not any(pattern.search(text) for pattern in patterns):
                yield f"redaction does not mask {text!r}"
        for text in plain:
            if any(pattern.search(text) for pattern in patterns):
                yield f"redaction masks {text!r}"


def listens_on(config):
    """The ports that this Collector opens."""
    endpoints = re.findall(r"'endpoint': '[\w.]+:(\d+)'", repr(config.get("receivers")))
    for kind, component in (("extensions", "health_check"), ("exporters", "prometheus")):
        settings = (config.get(kind) or {}).get(component)
        if settings:
            endpoints.append(settings["endpoint"].rsplit(":", 1)[1])
    for reader in config["service"].get("telemetry", {}).get("metrics", {}).get("readers", []):
        endpoints.append(reader["pull"]["exporter"]["prometheus"]["port"])
    return {int(port) for port in endpoints}


def sends_to(config):
    """Host and port of each exporter's URL, without those of the internet or of a variable."""
    found = re.findall(r"(?:https?|tcp)://([a-z][\w-]*):(\d+)", repr(config.get("exporters")))
    return {(host, int(port)) for host, port in found}
