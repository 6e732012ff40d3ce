"""Runs the commands of the dev container in a container of its image, as GitHub Codespaces does, and checks what it starts.

    codespace_check.py FILE      FILE: devcontainer.json without comments

- The commands succeed, and the gateway answers under its forwarded host name, and refuses other names.
- The links that the terminal shows are the forwarded ones.
- The trace of a request is complete. After a restart of the container, the start command starts the system again.
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

from home_trace import PATH, SPANS

# The image's build is there already; a first build takes minutes.
COMMAND_SECONDS = 900
TRACE_SECONDS = 15
NAME, DOMAIN = "fuzzy-lamp", "app.github.dev"
BEFORE_START = ("onCreateCommand", "updateContentCommand", "postCreateCommand")


def forwarded(port):
    return f"{NAME}-{port}.{DOMAIN}"


class Codespace:
    """A container of the image with the repository at its own path, as a context manager."""

    def __init__(self, config):
        self.config = config
        self.name = f"cruddur-codespace-{os.getpid()}"

    def __enter__(self):
        here = os.getcwd()
        cargo = os.environ.get("CARGO_HOME", os.path.expanduser("~/.cargo"))
        target = os.environ.get("CARGO_TARGET_DIR", f"{here}/target")
        mounts = [f"{here}:{here}", f"{cargo}:{cargo}", f"{target}:{target}"]
        environment = {
            "CODESPACES": "true",
            "CODESPACE_NAME": NAME,
            "GITHUB_CODESPACES_PORT_FORWARDING_DOMAIN": DOMAIN,
            "CARGO_HOME": cargo,
            "CARGO_TARGET_DIR": target,
            "HOME": "/tmp",
        }
        options = [each for mount in mounts for each in ("--volume", mount)]
        options += [each for name, value in environment.items() for each in ("--env", f"{name}={value}")]
        # The databases and traces of a developer stay as they are.
        options += ["--mount", f"type=tmpfs,destination={here}/data,tmpfs-mode=1777"]
        options += ["--user", f"{os.getuid()}:{os.getgid()}", "--workdir", here, "--init"]
        docker("run", "--detach", "--name", self.name, *options, self.config["image"], "sleep", "infinity")
        return self

    def __exit__(self, *_):
        docker("rm", "--force", self.name)

    def run(self, command):
        """Runs a shell command, as a lifecycle command of a dev container runs; returns its output."""
        return docker("exec", self.name, "/bin/sh", "-c", command)

    def get(self, port, path, host):
        """Status, headers and body of a request from within, with the Host header that the forwarding sends."""
        url = f"http://127.0.0.1:{port}{path}"
        output = docker("exec", self.name, "curl", "--silent", "--include", "--header", f"Host: {host}", url)
        # `docker` reads text: line ends are `\n`.
        head, _, body = output.partition("\n\n")
        return int(head.split()[1]), head, body


def docker(*arguments):
    done = subprocess.run(
        ["docker", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=COMMAND_SECONDS,
        check=False,
    )
    if done.returncode:
        tail = "\n".join(done.stdout.splitlines()[-40:])
        raise AssertionError(f"docker {' '.join(arguments[:3])} ..: exit code {done.returncode}\n{tail}")
    return done.stdout


def check_links(text):
    """The links for a browser. Commands and the addresses for exporters are for this terminal: they stay local."""
    lines = re.sub(r"\x1b\[[0-9;]*m", "", text).splitlines()
    for_browser = [line for line in lines if "curl " not in line and not line.strip().startswith("OTLP")]
    links = {link for line in for_browser for link in re.findall(r"https?://[^\s\"']+", line)}
    hosts = {re.match(r"https?://([^/]+)", link).group(1) for link in links}
    expected = {forwarded(port) for port in (8080, 16686)}
    assert expected <= hosts, f"the terminal shows {sorted(hosts)}, not {sorted(expected)}"
    local = {host for host in hosts if not host.endswith(f".{DOMAIN}")}
    assert not local, f"the terminal shows links that a browser outside cannot open: {sorted(local)}"
    return links


def check_command(codespace, text):
    """The command that the terminal shows works there."""
    command = re.search(r"^\s*(?:\x1b\[[0-9;]*m)?(curl -i \S*home)", text, re.MULTILINE)
    assert command, "the terminal shows no command to try"
    answer = codespace.run(command.group(1))
    assert "200 OK" in answer, f"{command.group(1)}: {answer[:300]}"


def check_system(codespace):
    status, head, _ = codespace.get(8080, PATH, forwarded(8080))
    assert status == 200, f"the gateway answers {status} under {forwarded(8080)}"
    found = re.search(r"(?im)^traceresponse: 00-([0-9a-f]{32})-", head)
    assert found, f"no traceresponse in {head}"
    status, _, _ = codespace.get(8080, PATH, "rebound.example")
    assert status == 421, f"the gateway answers {status} under a foreign name"
    status, _, _ = codespace.get(16686, "/", forwarded(16686))
    assert status == 200, f"the page answers {status} under {forwarded(16686)}"

    deadline = time.monotonic() + TRACE_SECONDS
    while True:
        status, _, body = codespace.get(16686, f"/api/v3/traces/{found.group(1)}", forwarded(16686))
        spans = [
            span
            for resource in (json.loads(body)["result"].get("resourceSpans", []) if status == 200 else [])
            for scope in resource["scopeSpans"]
            for span in scope["spans"]
        ]
        if len(spans) == SPANS:
            return
        assert time.monotonic() < deadline, f"the trace has {len(spans)} of {SPANS} spans ({status})"
        time.sleep(0.1)


def main(path):
    config = json.loads(pathlib.Path(path).read_text())
    with Codespace(config) as codespace:
        for command in BEFORE_START:
            if command in config:
                codespace.run(config[command])
        codespace.run(config["postStartCommand"])
        terminal = codespace.run(config["postAttachCommand"])
        links = check_links(terminal)
        check_command(codespace, terminal)
        check_system(codespace)
        docker("restart", "--time", "10", codespace.name)
        codespace.run(config["postStartCommand"])
        check_system(codespace)
    print(f"codespace: the commands build and start the system, twice; {len(links)} links are the forwarded ones")


if __name__ == "__main__":
    main(sys.argv[1])
