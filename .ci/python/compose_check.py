"""Builds and starts docker-compose.yml as a project of its own on free ports, and checks what runs.

compose_check.py COMPOSE      COMPOSE is the program: docker-compose 1.29 or Compose v2
"""

import json
import os
import subprocess
import sys
import time
import urllib.request

import report
from home_trace import check, send, tree, wait_until_complete
from system import free_port, get, wait_for

PARTS = ["activities", "gateway", "users", "waterfall"]
PUBLISHED = {"gateway": ["8080/tcp"], "waterfall": ["16686/tcp", "4317/tcp", "4318/tcp"]}
IMAGES_BUDGET_MB = 80
MEMORY_BUDGET_MB = 80
HEALTHY_SECONDS = 90


class Project:
    """A compose project as a context manager; its containers and volumes are removed at the end."""

    def __init__(self, compose):
        self.compose = compose
        self.ports = {
            name: free_port() for name in ["GATEWAY_PORT", "WATERFALL_PORT", "OTLP_HTTP_PORT", "OTLP_GRPC_PORT"]
        }
        self.environment = {
            **os.environ,
            **{name: str(port) for name, port in self.ports.items()},
            "COMPOSE_PROJECT_NAME": f"cruddur-ci-{os.getpid()}",
        }
        self.gateway = f"http://127.0.0.1:{self.ports['GATEWAY_PORT']}"
        self.waterfall = f"http://127.0.0.1:{self.ports['WATERFALL_PORT']}"

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        if kind:
            self.run("ps", check=False, quiet=False)
            self.run("logs", "--tail=40", check=False, quiet=False)
        self.run("down", "--volumes", "--timeout=5", check=False)

    def run(self, *arguments, check=True, quiet=True):
        """Runs Compose. Its output is shown if it fails, or if `quiet` is off."""
        done = subprocess.run(
            [self.compose, *arguments],
            env=self.environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if quiet else None,
            stderr=subprocess.STDOUT if quiet else None,
            text=True,
            check=False,
        )
        if check and done.returncode:
            print("\n".join(done.stdout.splitlines()[-80:]) if quiet else "", flush=True)
            raise AssertionError(f"compose {' '.join(arguments)}: exit code {done.returncode}")

    def containers(self):
        """`docker inspect` of each part's container."""
        found = {}
        for part in PARTS:
            listed = subprocess.run(
                [self.compose, "ps", "--all", "-q", part] if self.is_v2() else [self.compose, "ps", "-q", part],
                env=self.environment,
                capture_output=True,
                text=True,
                check=True,
            ).stdout.split()
            assert len(listed) == 1, f"{part}: {len(listed)} containers"
            found[part] = docker("inspect", listed[0])[0]
        return found

    def is_v2(self):
        version = subprocess.run([self.compose, "version"], capture_output=True, text=True, check=True).stdout
        return "version 1." not in version.splitlines()[0]


def docker(*arguments):
    output = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=True).stdout
    return json.loads(output)


def check_confinement(part, container):
    """Read-only root file system, no privileges, bounded memory, only the intended ports on loopback."""
    host = container["HostConfig"]
    assert host["ReadonlyRootfs"], f"{part}: the root file system can be written"
    assert host["CapDrop"] == ["ALL"] and not host["CapAdd"], f"{part}: capabilities {host['CapDrop']}"
    assert any(option.startswith("no-new-privileges") for option in host["SecurityOpt"]), (
        f"{part}: {host['SecurityOpt']}"
    )
    assert host["Memory"] > 0, f"{part}: no memory limit"
    assert not container["State"]["OOMKilled"], f"{part}: ran out of memory"
    with open(f"/proc/{container['State']['Pid']}/status", encoding="ascii") as status:
        fields = dict(line.rstrip("\n").split(":\t", 1) for line in status)
    assert fields["Uid"].split() == ["65532"] * 4, f"{part}: runs as {fields['Uid']}"
    assert int(fields["CapEff"], 16) == 0 and int(fields["CapBnd"], 16) == 0, f"{part}: holds capabilities"
    assert fields["NoNewPrivs"] == "1", f"{part}: may gain privileges"

    bindings = {port: found for port, found in host["PortBindings"].items() if found}
    assert sorted(bindings) == sorted(PUBLISHED.get(part, [])), f"{part}: publishes {sorted(bindings)}"
    for port, found in bindings.items():
        assert all(b["HostIp"] == "127.0.0.1" for b in found), f"{part}: {port} is published beyond loopback"


def resident_mb(container):
    with open(f"/proc/{container['State']['Pid']}/status", encoding="ascii") as status:
        (line,) = [line for line in status if line.startswith("VmRSS:")]
    return int(line.split()[1]) / 1024


def print_image_sizes(containers):
    """The size of each image, and of all on disk, where shared layers count once."""
    images = {part: docker("image", "inspect", container["Image"])[0] for part, container in containers.items()}
    (base,) = docker("image", "inspect", "gcr.io/distroless/cc-debian12:nonroot")
    total = base["Size"]
    print(f"image sizes: base {base['Size'] / 1e6:.1f} MB", end="")
    for part, image in images.items():
        assert image["RootFS"]["Layers"][: len(base["RootFS"]["Layers"])] == base["RootFS"]["Layers"]
        own = image["Size"] - base["Size"]
        total += own
        print(f", {part} + {own / 1e6:.1f} MB", end="")
    print(f"; all four together {total / 1e6:.1f} MB (budget {IMAGES_BUDGET_MB} MB)")
    figure("images, all four together", f"{total / 1e6:.1f} MB", f"{IMAGES_BUDGET_MB} MB\\*")
    assert total < IMAGES_BUDGET_MB * 1e6, "the images are over their budget"


def figure(what, value, budget):
    report.figure(report.SYSTEM, what, value, budget, ".ci/run compose")


def settled(project):
    """The id and tree of a complete trace with the expected edges, after warm-up requests."""
    for _ in range(3):
        wait_until_complete(project.waterfall, send(project.gateway))
    return check(project.gateway, project.waterfall)


def main(compose):
    with Project(compose) as project:
        started = time.monotonic()
        project.run("up", "--build", "--detach")
        containers = wait_for(
            "four healthy parts",
            lambda: (
                (found := project.containers())
                and all(c["State"]["Health"]["Status"] == "healthy" for c in found.values())
                and found
            ),
            HEALTHY_SECONDS,
            every=0.5,
        )
        print(f"built, started and healthy in {time.monotonic() - started:.0f} s")
        for part, container in containers.items():
            check_confinement(part, container)
        print("read-only, user 65532, no capability, bounded memory, inner parts unpublished, the others on loopback")

        trace_id, drawn = settled(project)
        print(f"{drawn}trace {trace_id}: exactly the expected edges")
        resident = {part: resident_mb(container) for part, container in containers.items()}
        figures = ", ".join(f"{part} {size:.0f}" for part, size in resident.items())
        total = f"{sum(resident.values()):.0f} MB"
        print(f"resident memory in containers: {figures}; together {total} (budget {MEMORY_BUDGET_MB} MB)")
        figure("resident memory in containers, all four parts", f"{total} ({figures})", f"{MEMORY_BUDGET_MB} MB")
        print_image_sizes(containers)

        # After a stop in order and a restart, the posted activity and the trace are still there.
        uuid = post(project.gateway, "survives a restart")
        started = time.monotonic()
        project.run("stop")
        print(f"stopped in {time.monotonic() - started:.1f} s")
        for part, container in project.containers().items():
            assert container["State"]["ExitCode"] == 0, f"{part}: exit code {container['State']['ExitCode']}"
            assert container["RestartCount"] == 0, f"{part}: restarted {container['RestartCount']} times"
        project.run("up", "--detach")
        wait_for("the gateway again", lambda: is_ready(project.gateway), HEALTHY_SECONDS)
        status, _, _ = get(f"{project.gateway}/api/activities/{uuid}")
        assert status == 200, f"the activity posted before the restart returns {status}"
        assert tree(wait_until_complete(project.waterfall, trace_id)) == drawn, "the trace did not survive the restart"
        settled(project)
        print("every part exits 0 on stop; the posted activity and the trace survive the restart")


def post(gateway, message):
    """Posts an activity and returns its uuid."""
    body = json.dumps({"message": message, "ttl": "1-day"}).encode()
    request = urllib.request.Request(f"{gateway}/api/activities", body, {"Content-Type": "application/json"})
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.load(response)["uuid"]


def is_ready(gateway):
    try:
        return get(f"{gateway}/health/ready")[0] == 200
    except OSError:
        return False


if __name__ == "__main__":
    main(sys.argv[1])
