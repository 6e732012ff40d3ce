"""Checks Grafana's dashboard: it fits the model of the pinned version, its queries parse, its metrics exist.

    grafana_check.py DASHBOARD      needs grafana-foundation-sdk of the pinned version, and promql-parser
"""

import json
import re

import promql_parser
from grafana_foundation_sdk.cog import plugins
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

# What the Collector counts of itself; `_total` depends on its version.
COLLECTOR_METRICS = {"otelcol_processor_tail_sampling_global_count_traces_sampled"}


def lost(source, model, path="dashboard"):
    """What the model of Grafana's dashboards does not keep of the file: keys that it does not know, and other values."""
    if isinstance(source, dict) and isinstance(model, dict):
        for key, value in source.items():
            if key in model:
                yield from lost(value, model[key], f"{path}.{key}")
            else:
                yield f"{path}: no such key: `{key}`"
    elif isinstance(source, list) and isinstance(model, list) and len(source) == len(model):
        for index, (one, other) in enumerate(zip(source, model, strict=True)):
            yield from lost(one, other, f"{path}[{index}]")
    elif source != model:
        yield f"{path}: {source!r} becomes {model!r}"


def span_metrics(config):
    """The names of the metrics that `spanmetrics` makes, in Prometheus' spelling."""
    settings = config["connectors"]["spanmetrics"]
    prefix = settings["namespace"].replace(".", "_")
    unit = {"s": "seconds", "ms": "milliseconds"}[settings["histogram"]["unit"]]
    names = {f"{prefix}_calls_total"}
    return names | {f"{prefix}_duration_{unit}_{suffix}" for suffix in ("bucket", "sum", "count")}


def span_labels(config):
    """The labels of those metrics."""
    dimensions = [each["name"] for each in config["connectors"]["spanmetrics"].get("dimensions", [])]
    names = ["service.name", "span.name", "span.kind", "status.code", *dimensions]
    return {name.replace(".", "_") for name in names} | {"le", "job", "instance"}


def queries(panels):
    for panel in panels:
        for target in panel.get("targets", []):
            yield panel, target["expr"]
        yield from queries(panel.get("panels", []))


def faults(dashboard, config, datasources):
    """Yields every fault. `config`: the Collector's configuration. `datasources`: the provisioned ones."""
    plugins.register_default_plugins()
    model = json.loads(JSONEncoder(sort_keys=True).encode(Dashboard.from_json(dashboard)))
    yield from lost(dashboard, model)

    uids = {each["uid"] for each in datasources}
    for uid in re.findall(r'"datasource": \{[^}]*"uid": "([^"]*)"', json.dumps(dashboard)):
        if uid not in uids:
            yield f"dashboard: the data source `{uid}` is not provisioned"
    variables = {each["name"] for each in dashboard["templating"]["list"]}
    metrics, labels = span_metrics(config), span_labels(config)
    for panel, expr in queries(dashboard["panels"]):
        where = f"panel {panel['title']!r}"
        concrete = expr.replace("$__rate_interval", "1m")
        for variable in variables:
            concrete = concrete.replace(f"${variable}", "value")
        if "$" in concrete:
            yield f"{where}: unknown variable in {expr}"
        try:
            promql_parser.parse(concrete)
        except ValueError as error:
            yield f"{where}: {error}"
        names = set(re.findall(r"[a-z_]{12,}(?=\{)", expr)) | set(re.findall(r'__name__=~"([a-z_]+)', expr))
        if not names:
            yield f"{where}: no metric in {expr}"
        for name in names - metrics - COLLECTOR_METRICS:
            yield f"{where}: nothing makes the metric {name}"
        if names <= metrics:
            for label in re.findall(r"([a-z_]+)\s*(?:=~|!=|!~|=)", expr) + re.findall(r"[a-z_]+", by_lists(expr)):
                if label not in labels:
                    yield f"{where}: span metrics have no label {label}"
    for panel in dashboard["panels"]:
        if panel.get("repeat") and panel["repeat"] not in variables:
            yield f"panel {panel['title']!r}: repeats by the unknown variable {panel['repeat']}"
    exemplars = [expr for panel in dashboard["panels"] for expr in panel.get("targets", []) if expr.get("exemplar")]
    if not exemplars:
        yield "no panel shows exemplars"
    destinations = [
        each for source in datasources for each in source.get("jsonData", {}).get("exemplarTraceIdDestinations", [])
    ]
    if not destinations:
        yield "no data source links exemplars to traces"
    for each in destinations:
        if "datasourceUid" in each and each["datasourceUid"] not in uids:
            yield f"exemplars lead to the data source `{each['datasourceUid']}`, which is not provisioned"


def by_lists(expr):
    return " ".join(re.findall(r"by \(([^)]*)\)", expr))
