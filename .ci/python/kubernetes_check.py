"""Checks the rendered overlays of deploy/kubernetes against each other and against the source code.

- Every variable, port and probe path of a part exists in the code; every reference leads to something in the overlay.
- Every container has probes, requests, a memory limit, and meets the `restricted` pod security standard.
- Only the gateway accepts connections from anywhere; the other policies name who may connect.
- The Collector's configurations fit its version; spans of a trace meet in one member of the gateway.

    kubernetes_check.py OVERLAY=FILE..      FILE: what `kubectl kustomize` prints; needs PyYAML
"""

import pathlib
import re
import sys

import collector_check
import collector_keys
import known_variables
import yaml

# Who may connect to whom; the gateway is open to all.
CALLERS = {
    "gateway": None,
    "activities": {"gateway"},
    "users": {"gateway", "activities"},
    "waterfall": {"gateway", "activities", "users"},
    "collector-agent": {"gateway", "activities", "users"},
    "collector-gateway": {"collector-agent"},
}
RESOURCE_KEYS = {
    "deployment.environment.name",
    "service.namespace",
    "service.instance.id",
    "k8s.namespace.name",
    "k8s.deployment.name",
    "k8s.pod.name",
    "k8s.pod.uid",
    "k8s.container.name",
    "k8s.node.name",
}
WORKLOADS = {"Deployment", "DaemonSet", "StatefulSet"}
UNITS = {"Mi": 2**20, "Gi": 2**30, "MiB": 2**20, "GiB": 2**30}


def bytes_of(quantity):
    number, unit = re.fullmatch(r"(\d+)(\w+)", quantity).groups()
    return int(number) * UNITS[unit]


class Overlay:
    def __init__(self, documents):
        self.documents = documents
        self.workloads = {each["metadata"]["name"]: each for each in documents if each["kind"] in WORKLOADS}
        self.services = self.named("Service")
        self.policies = self.named("NetworkPolicy")
        self.config_maps = self.named("ConfigMap")
        self.secrets = self.named("Secret")

    def named(self, kind):
        return {each["metadata"]["name"]: each for each in self.documents if each["kind"] == kind}

    def pod(self, name):
        return self.workloads[name]["spec"]["template"]["spec"]

    def container(self, name):
        (container,) = self.pod(name)["containers"]
        return container

    def selected(self, selector):
        """The workloads whose pods a label selector matches."""
        found = set()
        for name, workload in self.workloads.items():
            labels = workload["spec"]["template"]["metadata"]["labels"]
            equal = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
            listed = all(labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", []))
            if equal and listed:
                found.add(name)
        return found

    def collector(self, name):
        """The Collector's configuration of a workload, and its text."""
        pod, container = self.pod(name), self.container(name)
        (volume,) = [each for each in pod["volumes"] if "configMap" in each]
        data = self.config_maps[volume["configMap"]["name"]]["data"]
        mount = container["volumeMounts"][0]["mountPath"]
        (file,) = [each.removeprefix(f"--config={mount}/") for each in container["args"]]
        return yaml.safe_load(data[file]), data[file]

    def faults(self):
        for name in sorted(self.workloads):
            for fault in self.workload_faults(name):
                yield f"{name}: {fault}"
        yield from self.service_faults()
        yield from self.policy_faults()
        yield from self.scaling_faults()
        if "collector-gateway" in self.workloads:
            yield from self.sharding_faults()

    def workload_faults(self, name):
        workload, pod, container = self.workloads[name], self.pod(name), self.container(name)
        if name not in self.selected(workload["spec"]["selector"]):
            yield "the selector does not match the pod's labels"
        is_collector = container["name"] == "collector"
        image, _, tag = container["image"].rpartition(":")
        if not re.fullmatch(r"v?\d+(\.\d+){2,3}", tag):
            yield f"{container['image']} is not pinned to a version"
        if is_collector:
            if tag != collector_keys.VERSION:
                yield f"the tables describe the Collector {collector_keys.VERSION}, not {tag}"
            config, text = self.collector(name)
            yield from collector_check.faults(config, text, set(self.environment(container)))
            opened, paths = collector_check.listens_on(config), {"/"}
        else:
            if image != f"cruddur/{name}":
                yield f"image {image}"
            opened, paths = known_variables.ports(name), known_variables.health_paths(name)
            known = known_variables.variables(name)
            helpers = set(re.findall(r"\$\((\w+)\)", repr(container.get("env", []))))
            for variable in sorted(set(self.environment(container)) - known - helpers):
                yield f"the code reads no variable {variable}"
        ports = {each["name"]: each["containerPort"] for each in container["ports"]}
        if set(ports.values()) != opened:
            yield f"ports {sorted(ports.values())}, but the process opens {sorted(opened)}"
        yield from self.probe_faults(container, ports, paths)
        yield from self.confinement_faults(pod, container)
        yield from self.reference_faults(container)
        if name in known_variables.SERVICES:
            yield from self.resource_faults(name, container)

    def environment(self, container):
        """Every variable of a container, with its value where the overlay has it."""
        found = {}
        for source in container.get("envFrom", []):
            if "configMapRef" in source:
                found |= self.config_maps.get(source["configMapRef"]["name"], {}).get("data", {})
            elif not source["secretRef"].get("optional"):
                found |= self.secrets.get(source["secretRef"]["name"], {}).get("data", {})
        return found | {each["name"]: each.get("value") for each in container.get("env", [])}

    def probe_faults(self, container, ports, paths):
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            request = container.get(probe, {}).get("httpGet")
            if not request:
                yield f"no {probe}"
                continue
            if request["port"] not in ports:
                yield f"{probe}: no port named {request['port']}"
            if request["path"] not in paths:
                yield f"{probe}: the code has no path {request['path']}"

    def confinement_faults(self, pod, container):
        resources = container.get("resources", {})
        if not {"cpu", "memory"} <= resources.get("requests", {}).keys():
            yield "no requests of CPU and memory"
        if "memory" not in resources.get("limits", {}):
            yield "no memory limit"
        context, inner = pod.get("securityContext", {}), container.get("securityContext", {})
        if not context.get("runAsNonRoot") or context.get("seccompProfile") != {"type": "RuntimeDefault"}:
            yield "may run as root, or without seccomp profile"
        if inner.get("allowPrivilegeEscalation") is not False or inner.get("capabilities") != {"drop": ["ALL"]}:
            yield "may gain privileges, or has capabilities"
        if not inner.get("readOnlyRootFilesystem"):
            yield "the root file system can be written"
        if pod.get("automountServiceAccountToken") is not False:
            yield "has a token of the cluster"
        soft = self.environment(container).get("GOMEMLIMIT")
        if soft and bytes_of(soft) >= bytes_of(resources["limits"]["memory"]):
            yield f"GOMEMLIMIT={soft} is not below the memory limit"

    def reference_faults(self, container):
        kinds = {"configMap": self.config_maps, "secret": self.secrets}
        for source in container.get("envFrom", []):
            for kind, known in kinds.items():
                reference = source.get(f"{kind}Ref")
                if reference and not reference.get("optional") and reference["name"] not in known:
                    yield f"the overlay has no {kind} {reference['name']}"
        before = set()
        for each in container.get("env", []):
            for kind, known in kinds.items():
                reference = each.get("valueFrom", {}).get(f"{kind}KeyRef")
                if reference and reference["key"] not in known.get(reference["name"], {}).get("data", {}):
                    yield f"{each['name']}: no key {reference['key']} in {kind} {reference['name']}"
            for variable in re.findall(r"\$\((\w+)\)", each.get("value", "")):
                if variable not in before:
                    yield f"{each['name']}: $({variable}) is not defined before it"
            before.add(each["name"])
        for variable, value in self.environment(container).items():
            for host, port in re.findall(r"http://([a-z][a-z-]*):(\d+)", value or ""):
                yield from self.address_faults(variable, host, int(port))

    def address_faults(self, where, host, port):
        service = self.services.get(host)
        if port not in [each["port"] for each in (service or {"spec": {"ports": []}})["spec"]["ports"]]:
            yield f"{where}: no Service opens {host}:{port}"

    def resource_faults(self, name, container):
        text = self.environment(container).get("OTEL_RESOURCE_ATTRIBUTES") or ""
        attributes = dict(each.partition("=")[::2] for each in text.split(","))
        for key in sorted(RESOURCE_KEYS - attributes.keys()):
            yield f"OTEL_RESOURCE_ATTRIBUTES has no {key}"
        if attributes.get("k8s.deployment.name") != name:
            yield f"k8s.deployment.name={attributes.get('k8s.deployment.name')}"
        if "$(POD_NAME)" not in attributes.get("service.instance.id", ""):
            yield "service.instance.id is the same for all replicas"

    def service_faults(self):
        for name, service in self.services.items():
            selected = self.selected({"matchLabels": service["spec"]["selector"]})
            if len(selected) != 1:
                yield f"Service {name}: selects {sorted(selected)}"
            for workload in selected:
                known = {each["name"]: each["containerPort"] for each in self.container(workload)["ports"]}
                for port in service["spec"]["ports"]:
                    if known.get(port["targetPort"]) != port["port"]:
                        yield f"Service {name}: {workload} has no port {port['targetPort']} {port['port']}"

    def policy_faults(self):
        denied = [each for each in self.policies.values() if each["spec"]["podSelector"] == {}]
        if not any(each["spec"]["policyTypes"] == ["Ingress"] and "ingress" not in each["spec"] for each in denied):
            yield "no policy denies connections by default"
        found = {}
        for name, policy in self.policies.items():
            spec = policy["spec"]
            for workload in self.selected(spec["podSelector"]) if spec["podSelector"] else ():
                ports = {each["name"] for each in self.container(workload)["ports"]}
                for rule in spec.get("ingress", []):
                    for port in rule["ports"]:
                        if port["port"] not in ports:
                            yield f"NetworkPolicy {name}: {workload} has no port {port['port']}"
                    peers = [self.selected(each["podSelector"]) for each in rule.get("from", [])]
                    found[workload] = set().union(*peers) if "from" in rule else None
        for workload in self.workloads:
            if workload not in found:
                yield f"{workload}: no NetworkPolicy lets anyone in"
            elif found[workload] != CALLERS[workload]:
                yield f"{workload}: open to {found[workload] or 'all'}, expected {CALLERS[workload] or 'all'}"

    def scaling_faults(self):
        scaled, protected = set(), set()
        for name, scaler in self.named("HorizontalPodAutoscaler").items():
            target = scaler["spec"]["scaleTargetRef"]
            workload = self.workloads.get(target["name"])
            if not workload or workload["kind"] != target["kind"]:
                yield f"HorizontalPodAutoscaler {name}: no {target['kind']} {target['name']}"
            elif "replicas" in workload["spec"]:
                yield f"{target['name']}: `replicas` competes with its autoscaler"
            scaled.add(target["name"])
        for budget in self.named("PodDisruptionBudget").values():
            protected |= self.selected(budget["spec"]["selector"])
        replicated = scaled | {name for name, each in self.workloads.items() if each["spec"].get("replicas", 1) > 1}
        for name in sorted(replicated ^ protected):
            yield f"{name}: several replicas and a PodDisruptionBudget belong together"

    def sharding_faults(self):
        """Spans of one trace must meet: agents choose by trace id among all members, which alone sample."""
        agent, _ = self.collector("collector-agent")
        gateway, _ = self.collector("collector-gateway")
        balancing = agent["exporters"]["loadbalancing"]
        if balancing["routing_key"] != "traceID" or "loadbalancing" not in agent["service"]["pipelines"]["traces"]["exporters"]:
            yield "agent: traces are not distributed by trace id"
        if "tail_sampling" in agent.get("processors", {}) or "tail_sampling" not in gateway["processors"]:
            yield "the gateway alone must sample"
        resolver = balancing["resolver"]["dns"]
        name, namespace = resolver["hostname"].split(".")[:2]
        members = self.services.get(name)
        if not members or members["spec"].get("clusterIP") != "None":
            yield f"agent: {name} is no headless Service"
        elif members["metadata"]["namespace"] != namespace:
            yield f"agent: {name} is not in the namespace {namespace}"
        elif int(resolver["port"]) not in [each["port"] for each in members["spec"]["ports"]]:
            yield f"agent: {name} has no port {resolver['port']}"
        for host, port in collector_check.sends_to(agent):
            yield from self.address_faults("agent", host, port)
        if self.services["collector-agent"]["spec"].get("internalTrafficPolicy") != "Local":
            yield "telemetry may leave the node for another agent"
        sampling = gateway["processors"]["tail_sampling"]
        held = int(sampling["decision_wait"].removesuffix("s")) * sampling["expected_new_traces_per_sec"]
        if sampling["num_traces"] < held:
            yield f"gateway: num_traces={sampling['num_traces']} is less than the {held} traces of decision_wait"


def read(path):
    return Overlay([each for each in yaml.safe_load_all(pathlib.Path(path).read_text()) if each])


def main(arguments):
    found = []
    for argument in arguments:
        name, _, path = argument.partition("=")
        found += [f"{name}: {fault}" for fault in read(path).faults()]
    for fault in found:
        print(fault)
    if found:
        sys.exit(f"FAILED: {len(found)} faults")
    print(f"kubernetes: {', '.join(each.split('=')[0] for each in arguments)} agree with the code and with themselves")


if __name__ == "__main__":
    main(sys.argv[1:])
