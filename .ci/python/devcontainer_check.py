"""Checks .devcontainer/devcontainer.json: its keys and values, its ports, its commands, its secrets.

    devcontainer_check.py FILE      FILE: the file as JSON, without comments

The keys and types are those of `devContainer.base.schema.json` of the Dev Container specification (March 2026). The step
`deploy` also validates the file with that schema itself, where it can be fetched.
"""

import json
import os
import pathlib
import re
import sys

import collector_keys
import known_variables

ACTIONS = {"notify", "openBrowser", "openBrowserOnce", "openPreview", "silent", "ignore"}
PORT = {
    "label": "string",
    "onAutoForward": ACTIONS,
    "protocol": {"http", "https"},
    "requireLocalPort": "boolean",
    "elevateIfNeeded": "boolean",
}
COMMANDS = (
    "initializeCommand",
    "onCreateCommand",
    "updateContentCommand",
    "postCreateCommand",
    "postStartCommand",
    "postAttachCommand",
)
KEYS = {
    "$schema": "string",
    "name": "string",
    "image": "string",
    "features": "any",
    "overrideFeatureInstallOrder": ["string"],
    "forwardPorts": ["integer"],
    "portsAttributes": "any",
    "otherPortsAttributes": PORT | {"onAutoForward": ACTIONS - {"openBrowserOnce"}},
    "secrets": "any",
    "hostRequirements": {"cpus": "integer", "memory": "string", "storage": "string", "gpu": "any"},
    "containerEnv": "map",
    "remoteEnv": "map",
    "containerUser": "string",
    "remoteUser": "string",
    "updateRemoteUserUID": "boolean",
    "mounts": ["string"],
    "runArgs": ["string"],
    "init": "boolean",
    "privileged": "boolean",
    "capAdd": ["string"],
    "securityOpt": ["string"],
    "workspaceFolder": "string",
    "workspaceMount": "string",
    "overrideCommand": "boolean",
    "shutdownAction": {"none", "stopContainer"},
    "waitFor": set(COMMANDS) - {"postAttachCommand"},
    "userEnvProbe": {"none", "loginShell", "loginInteractiveShell", "interactiveShell"},
    "customizations": "any",
} | dict.fromkeys(COMMANDS, "string")
SECRET = {"description": "string", "documentationUrl": "url"}
SIZE = re.compile(r"\d+([tgmk]b)?")


def faults(config):
    yield from collector_keys.faults(config, KEYS, "devcontainer.json")
    if not re.fullmatch(r"[\w./-]+:[\w.-]+", config.get("image", "")) or config["image"].endswith(":latest"):
        yield f"image: {config.get('image')!r} has no version"
    for feature in config.get("features", {}):
        if not re.fullmatch(r"[a-z0-9./_-]+:\d+(\.\d+)*", feature):
            yield f"features: {feature!r} has no version"
    for key in ("memory", "storage"):
        size = config.get("hostRequirements", {}).get(key, "0")
        if not SIZE.fullmatch(size):
            yield f"hostRequirements.{key}: {size!r} is no size such as 8gb"
    yield from port_faults(config)
    yield from secret_faults(config)
    for command in COMMANDS:
        words = config.get(command, "").split()
        if words and words[0].startswith(".") and not os.access(words[0], os.X_OK):
            yield f"{command}: {words[0]} cannot be executed"


def port_faults(config):
    attributes = config.get("portsAttributes", {})
    known = {port: part for part in known_variables.PARTS for port in known_variables.ports(part)}
    for port, settings in attributes.items():
        yield from collector_keys.faults(settings, PORT, f"portsAttributes.{port}")
        if int(port) not in known:
            yield f"portsAttributes: no part of the system opens the port {port}"
    for port in known.keys() - {int(port) for port in attributes}:
        yield f"portsAttributes: nothing is said of the port {port} of {known[port]}"
    for port in config.get("forwardPorts", []):
        if not attributes.get(str(port), {}).get("label"):
            yield f"forwardPorts: the port {port} has no label"


def secret_faults(config):
    read = set().union(*(known_variables.variables(part) for part in known_variables.PARTS))
    for name, settings in config.get("secrets", {}).items():
        yield from collector_keys.faults(settings, SECRET, f"secrets.{name}")
        if name not in read:
            yield f"secrets: the code reads no variable {name}"


def main(path):
    config = json.loads(pathlib.Path(path).read_text())
    found = list(faults(config))
    for fault in found:
        print(fault)
    if found:
        sys.exit(f"FAILED: {len(found)} faults in devcontainer.json")
    print(f"devcontainer.json: valid, ports {', '.join(str(port) for port in config['forwardPorts'])}")


if __name__ == "__main__":
    main(sys.argv[1])
