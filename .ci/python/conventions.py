"""Compares the table in crates/telemetry/tests/telemetry/conventions.rs with the published semantic conventions.

    python3 .ci/python/conventions.py MODEL

MODEL is the folder `model` of a checkout of github.com/open-telemetry/semantic-conventions, at the version that the
crate `opentelemetry-semantic-conventions` was generated from. No step runs it, because no package registry has
the model. Needs PyYAML.

Fails if the table requires less than the model, has another type, has an attribute that the model does not have for
that kind of span, event or metric, or leaves out an attribute that is not opt-in without a reason.
"""

import pathlib
import re
import sys

import yaml

TABLE = pathlib.Path(__file__).resolve().parents[2] / "crates/telemetry/tests/telemetry/conventions.rs"

# The group of the model for each constant.
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

# Attributes that are recommended or conditionally required but never set, with the reason.
LEFT_OUT = {
    "network.protocol.name": "it is always http",
    "db.operation.batch.size": "statements are not batched",
    "db.stored_procedure.name": "none is called",
    "exception.stacktrace": "errors carry no stack trace (docs/decisions)",
    "exception.escaped": "deprecated",
    "messaging.message.conversation_id": "messages belong to no conversation",
    "messaging.client.id": "a queue in a table has no clients",
    "messaging.destination.anonymous": "no queue is",
    "messaging.destination.temporary": "no queue is",
    "messaging.destination.template": "no queue's name is made of parts",
    "messaging.destination.partition.id": "no queue has partitions",
    "messaging.consumer.group.name": "the workers of a queue form one group",
    "messaging.destination.subscription.name": "a queue has no subscriptions",
}
# The same for single constants.
LEFT_OUT_OF = {
    ("DATABASE", "network.peer.address"): "the database driver does not report it",
    ("DATABASE", "network.peer.port"): "the database driver does not report it",
    ("MESSAGING", "network.peer.address"): "a queue in a table is reached by statements, which are spans of their own",
    ("MESSAGING", "network.peer.port"): "the same",
    ("MESSAGING", "server.address"): "the same",
    ("MESSAGING", "server.port"): "the same",
}


def groups_of(model):
    """All groups of the model, by id."""
    groups = {}
    for path in sorted(model.rglob("*.yaml")):
        if "deprecated" not in path.parts:
            for group in (yaml.safe_load(path.read_text()) or {}).get("groups", []):
                groups[group["id"]] = group
    return groups


def types_of(groups):
    """The type of every attribute of the registry; for an enumeration, the type of its values."""
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
    """The requirement level of each attribute of a group, inherited ones included."""
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
    """The constants of the table: for each, the level and type of every attribute."""
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
