"""Holds the table in crates/telemetry/tests/telemetry/conventions.rs against the published model of the semantic conventions.

    python3 .ci/python/conventions.py MODEL

MODEL is the folder `model` of a checkout of github.com/open-telemetry/semantic-conventions, at the version that the crate
`opentelemetry-semantic-conventions` was made from. It is run by hand: the model is in no package registry. Needs PyYAML.

Fails where the table asks for less than the model, has another type or an attribute that the model does not have for that kind
of span, event or metric, or leaves out without a reason what is not opt-in.
"""

import pathlib
import re
import sys

import yaml

TABLE = pathlib.Path(__file__).resolve().parents[2] / "crates/telemetry/tests/telemetry/conventions.rs"

# The group of the model that each constant stands for.
GROUPS = {
    "SERVER": ["span.http.server"],
    "CLIENT": ["span.http.client"],
    "DATABASE": ["span.db.client"],
    "MESSAGING": ["messaging.attributes"],
    "EXCEPTION": ["event.exception"],
    "SERVER_DURATION": ["metric.http.server.request.duration"],
    "ACTIVE_REQUESTS": ["metric.http.server.active_requests"],
    "CLIENT_DURATION": ["metric.http.client.request.duration"],
}

# What is recommended, or required under a condition, and never there: why.
LEFT_OUT = {
    "network.protocol.name": "it is always http",
    "db.operation.batch.size": "a statement is one",
    "db.stored_procedure.name": "none is called",
    "exception.stacktrace": "errors carry none (ARCHITECTURE.md)",
    "exception.escaped": "deprecated",
    "messaging.message.conversation_id": "no message belongs to one",
    "messaging.client.id": "a queue in a table has no clients",
    "messaging.destination.anonymous": "no queue is",
    "messaging.destination.temporary": "no queue is",
    "messaging.destination.template": "no queue's name is made of parts",
    "messaging.destination.partition.id": "no queue has partitions",
    "messaging.consumer.group.name": "workers of a queue are all alike",
    "messaging.destination.subscription.name": "a queue has no subscriptions",
}
# And of some only.
LEFT_OUT_OF = {
    ("DATABASE", "network.peer.address"): "no driver tells it",
    ("DATABASE", "network.peer.port"): "no driver tells it",
    ("MESSAGING", "network.peer.address"): "a queue in a table is reached by statements, which are spans of their own",
    ("MESSAGING", "network.peer.port"): "the same",
    ("MESSAGING", "server.address"): "the same",
    ("MESSAGING", "server.port"): "the same",
}


def groups_of(model):
    """All groups of the model, by their ids."""
    groups = {}
    for path in sorted(model.rglob("*.yaml")):
        if "deprecated" not in path.parts:
            for group in (yaml.safe_load(path.read_text()) or {}).get("groups", []):
                groups[group["id"]] = group
    return groups


def types_of(groups):
    """`string`, `int` and so on of every attribute of the registry; an enumeration is the type of its values."""
    types = {}
    for group in groups.values():
        for attribute in group.get("attributes", []):
            if "id" in attribute:
                kind = attribute["type"]
                if isinstance(kind, dict):
                    kind = "int" if isinstance(kind["members"][0]["value"], int) else "string"
                types[attribute["id"]] = kind
    return types


def levels_of(groups, name):
    """The level of each attribute of a group, with those that it inherits."""
    group = groups[name]
    levels = levels_of(groups, group["extends"]) if "extends" in group else {}
    for attribute in group.get("attributes", []):
        if "ref_group" in attribute:
            levels.update(levels_of(groups, attribute["ref_group"]))
            continue
        key = attribute.get("ref") or attribute["id"]
        if "requirement_level" in attribute or key not in levels:
            level = attribute.get("requirement_level", "recommended")
            levels[key] = next(iter(level)) + " if" if isinstance(level, dict) else level
    return levels


def table():
    """The constants of the table: for each the list and the type of every attribute."""
    text = TABLE.read_text()
    found = {}
    for name, body in re.findall(r"const (\w+): Convention =\s*Convention \{(.*?)\};", text, re.S):
        found[name] = {
            attribute.lower(): (part, kind)
            for part, entries in re.findall(r"(required|possible|recommended): &\[(.*?)\]", body, re.S)
            for attribute, kind in re.findall(r"\(a::(\w+), (TEXT|INTEGER)\)", entries)
        }
    return found


def main():
    groups = groups_of(pathlib.Path(sys.argv[1]))
    types = types_of(groups)
    constants = {key.replace(".", "_"): key for key in types}
    failures = 0
    for name, entries in table().items():
        for group in GROUPS.get(name, []):
            levels = {key: level for key, level in levels_of(groups, group).items() if level != "opt_in"}
            ours = {constants[entry]: value for entry, value in entries.items()}
            for key, (part, kind) in ours.items():
                if types[key] != {"TEXT": "string", "INTEGER": "int"}[kind]:
                    failures += 1
                    print(f"{group}: {key} is {types[key]}, not {kind}")
                if key not in levels_of(groups, group):
                    failures += 1
                    print(f"{group}: the model has no {key}")
            for key, level in levels.items():
                part = ours.get(key, (None,))[0]
                if level == "required" and part != "required":
                    failures += 1
                    print(f"{group}: {key} is required, and {part} in the table")
                elif part is None and key not in LEFT_OUT and (name, key) not in LEFT_OUT_OF:
                    failures += 1
                    print(f"{group}: {key} is {level}, and not in the table")
            print(f"{group}: {len(levels)} attributes of the model, {len(ours)} of the table")
    print(f"{failures} failures")
    sys.exit(failures > 0)


main()
