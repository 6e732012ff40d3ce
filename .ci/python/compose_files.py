"""Checks the Compose files: the default, the profile `collector`, and each override in deploy/collector.

- The default starts the four parts only.
- Images are pinned to the versions that the tables describe. Containers are confined and bounded.
- A URL or a published port names a service of the project and a port that the service opens.
- The code of a part reads each of its variables, and opens its ports. The services get each variable of telemetry that
  the README lists, and `.env.example` lists each variable that docker-compose.yml takes.
- Mounted files exist. The Collector's, Prometheus', Tempo's and Grafana's files fit the pinned versions.

    compose_files.py      needs docker-compose, PyYAML, grafana-foundation-sdk, promql-parser
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import backend_keys
import collector_check
import collector_keys
import grafana_check
import known_variables
import yaml

FOLDER = pathlib.Path("deploy/collector")
PARTS = {"gateway", "activities", "users", "waterfall"}
STACK = {"collector", "jaeger", "prometheus", "grafana"}
# Starts as root to change to its own user, and writes outside of its volume.
NOT_CONFINED = {"clickhouse"}
# `cruddur marker` alone reads the key, and the file would have to be in the container.
NOT_PASSED = {"HONEYCOMB_CONFIGURATION_KEY", "SSL_CERT_FILE"}
# Values for variables that an override requires.
REQUIRED = {"HONEYCOMB_API_KEY": "key", "CLICKHOUSE_PASSWORD": "password", "AWS_REGION": "eu-central-1"}


def render(*arguments):
    """The merged project. Variables of the caller do not change it."""
    environment = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | REQUIRED
    command = ["docker-compose", *arguments, "config"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr}")
    return yaml.safe_load(done.stdout)["services"]


def sources(service):
    """Host path by path in the container, of each bind mount."""
    found = {}
    for volume in service.get("volumes", []):
        source, target = volume.split(":")[:2]
        if source.startswith("/"):
            found[target] = pathlib.Path(source)
    return found


def collector_files(service):
    folder = sources(service)["/etc/otelcol"]
    return [folder / pathlib.PurePath(each.removeprefix("--config=")).name for each in service["command"]]


def ports(services, config):
    """The ports that each service opens."""
    opened = {name: set(opens) for name, opens in backend_keys.PORTS.items()}
    opened["collector"] = collector_check.listens_on(config)
    for part in PARTS:
        addresses = [value for name, value in services[part]["environment"].items() if name.endswith("_ADDR")]
        opened[part] = {int(address.rsplit(":", 1)[1]) for address in addresses}
    for name, service in services.items():
        for argument in service.get("command") or []:
            found = re.match(r"-httpListenAddr=:(\d+)", argument)
            if found:
                opened.setdefault(name, set()).add(int(found.group(1)))
    if "tempo" in services:
        tempo = yaml.safe_load((FOLDER / "tempo-server.yaml").read_text())
        receivers = tempo["distributor"]["receivers"]["otlp"]["protocols"].values()
        opened["tempo"] = {int(each["endpoint"].rsplit(":", 1)[1]) for each in receivers}
        opened["tempo"].add(tempo["server"]["http_listen_port"])
    return opened


def datasources(service):
    """What Grafana finds in its folder of data sources: a mounted folder, and files mounted into it."""
    found = []
    for target, source in sources(service).items():
        if "/provisioning/datasources" in target:
            files = source.glob("*.yaml") if source.is_dir() else [source]
            found += [yaml.safe_load(file.read_text()) for file in files]
    return found


def variable_faults(services, compose, example, readme):
    """Variables that are in one of docker-compose.yml, `.env.example` and the README, and missing in another."""
    rows = re.findall(r"^\| (`.*?) \|", readme, re.MULTILINE)
    listed = {name for row in rows for name in re.findall(r"`([A-Z_]+)`", row)}
    for part in known_variables.SERVICES:
        wanted = (listed & known_variables.telemetry()) - NOT_PASSED
        for variable in sorted(wanted - set(services[part]["environment"])):
            yield f"{part}: the README lists {variable}, which does not reach the container"
    code = "\n".join(line for line in compose.splitlines() if not line.lstrip().startswith("#"))
    shown = set(re.findall(r"^# ([A-Z_]+)=", example, re.MULTILINE))
    for variable in sorted(set(re.findall(r"\$\{([A-Z_]+)", code)) - shown):
        yield f".env.example does not list {variable}"


def image_faults(name, service):
    image, _, tag = service["image"].rpartition(":")
    if not re.fullmatch(r"v?\d+(\.\d+){2,3}", tag):
        yield f"{name}: {service['image']} is not pinned to a version"
    expected = backend_keys.VERSIONS | {"otel/opentelemetry-collector-contrib": collector_keys.VERSION}
    if expected.get(image) != tag:
        yield f"{name}: the tables describe {image}:{expected.get(image)}, not {tag}"
    if not service.get("mem_limit"):
        yield f"{name}: no memory limit"
    options = service.get("security_opt", [])
    if "no-new-privileges:true" not in options:
        yield f"{name}: may gain privileges"
    if name not in NOT_CONFINED and not (service.get("read_only") and service.get("cap_drop") == ["ALL"]):
        yield f"{name}: not read-only, or with capabilities"


def faults(services):
    """Yields every fault of one rendered project with the profile `collector`."""
    collector = services["collector"]
    for name, service in services.items():
        if "image" in service:
            yield from image_faults(name, service)
        for target, source in sources(service).items():
            if not source.exists():
                yield f"{name}: {target}: {source} does not exist"
    files = collector_files(collector)
    if missing := [str(file) for file in files if not file.exists()]:
        yield f"collector: {missing} do not exist"
        return
    config, text = collector_check.read(files)
    yield from collector_check.faults(config, text, collector["environment"])
    opened = ports(services, config)

    for part in sorted(PARTS):
        for variable in sorted(set(services[part]["environment"]) - known_variables.variables(part)):
            yield f"{part}: the code reads no variable {variable}"
        if opened[part] != known_variables.ports(part):
            yield f"{part}: listens on {opened[part]}, its image exposes {known_variables.ports(part)}"

    urls = {("collector", *target) for target in collector_check.sends_to(config)}
    for part in sorted(PARTS - {"waterfall"}):
        endpoint = services[part]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"]
        host, port = re.fullmatch(r"http://([\w-]+):(\d+)", endpoint).groups()
        urls.add((part, host, int(port)))
        if host != "collector":
            yield f"{part}: sends to {host}, not to the Collector"
    prometheus = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    yield from collector_keys.faults(prometheus, backend_keys.PROMETHEUS, "prometheus.yml")
    for job in prometheus["scrape_configs"]:
        for target in job["static_configs"][0]["targets"]:
            host, port = target.split(":")
            urls.add(("prometheus", host, int(port)))
    provisioned = []
    for file in datasources(services["grafana"]):
        yield from collector_keys.faults(file, backend_keys.DATASOURCES, "data source")
        provisioned += file["datasources"]
        for variable in re.findall(r"(?<!\$)\$([A-Z_]+)", json.dumps(file)):
            if variable not in services["grafana"]["environment"]:
                yield f"grafana: the variable {variable} does not reach the container"
    for source in provisioned:
        host, port = re.match(r"http://([\w-]+):(\d+)", source["url"]).groups()
        urls.add(("grafana", host, int(port)))
    for sender, host, port in sorted(urls):
        if port not in opened.get(host, ()) or host not in services:
            yield f"{sender}: no service of this project opens {host}:{port}"
    for name, service in services.items():
        for published in service.get("ports", []):
            address, _, target = str(published).split("/", maxsplit=1)[0].rpartition(":")
            if int(target) not in opened.get(name, ()):
                yield f"{name}: publishes port {target}, which it does not open"
            if not address.startswith("127.0.0.1:"):
                yield f"{name}: publishes {published} beyond loopback"

    variables = {name for name in services["grafana"]["environment"] if name.startswith("GF_")}
    for variable in sorted(variables - backend_keys.GRAFANA_VARIABLES):
        yield f"grafana: unknown variable {variable}"
    mounted = sources(services["grafana"])
    providers = yaml.safe_load(mounted["/etc/grafana/provisioning/dashboards/provider.yaml"].read_text())
    yield from collector_keys.faults(providers, backend_keys.DASHBOARD_PROVIDERS, "provider.yaml")
    path = providers["providers"][0]["options"]["path"]
    dashboards = [source for target, source in mounted.items() if target.startswith(f"{path}/")]
    if not dashboards:
        yield f"grafana: no dashboard is mounted below {path}"
    for dashboard in dashboards:
        yield from grafana_check.faults(json.loads(dashboard.read_text()), config, provisioned)
    if "tempo" in services:
        tempo = yaml.safe_load((FOLDER / "tempo-server.yaml").read_text())
        yield from collector_keys.faults(tempo, backend_keys.TEMPO, "tempo-server.yaml")


def overrides():
    return sorted(path for path in FOLDER.glob("*.yml") if path.name not in ("stack.yml", "prometheus.yml"))


def project(override=None):
    files = ["-f", "docker-compose.yml", *(["-f", str(override)] if override else [])]
    return render("--env-file", str(FOLDER / "collector.env"), *files, "--profile", "collector")


def main():
    default = {name for name, service in render().items() if not service.get("profiles")}
    assert default == PARTS, f"the default starts {sorted(default)}"
    files = [pathlib.Path(name).read_text() for name in ("docker-compose.yml", ".env.example", "README.md")]
    found = list(variable_faults(render(), *files))
    for override in [None, *overrides()]:
        services = project(override)
        assert STACK | PARTS <= services.keys(), f"{override}: services {sorted(services)}"
        found += [f"{override or 'docker-compose.yml'}: {fault}" for fault in faults(services)]
    used = {name for override in overrides() for name in override.read_text().split()}
    for config in (FOLDER / "config").glob("*.yaml"):
        if config.name != "base.yaml" and f'"--config=/etc/otelcol/{config.name}"]' not in used:
            found.append(f"{config}: no override uses it")
    for fault in found:
        print(fault)
    if found:
        sys.exit(f"FAILED: {len(found)} faults")
    names = ", ".join(path.stem for path in overrides())
    print(f"compose: the default, the profile `collector` and its overrides ({names}) are consistent")


if __name__ == "__main__":
    main()
