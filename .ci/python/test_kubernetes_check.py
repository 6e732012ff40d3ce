"""kubernetes_check.py finds each fault that is put into a copy of the rendered overlays.

RENDERED=DIRECTORY python3 test_kubernetes_check.py      DIRECTORY has local.yaml and production.yaml
"""

import copy
import os
import pathlib
import unittest

import known_variables
import kubernetes_check

RENDERED = pathlib.Path(os.environ["RENDERED"])
LOCAL = kubernetes_check.read(RENDERED / "local.yaml").documents
PRODUCTION = kubernetes_check.read(RENDERED / "production.yaml").documents


class KubernetesTest(unittest.TestCase):
    def setUp(self):
        self.documents = copy.deepcopy(PRODUCTION)

    def named(self, kind, name):
        (found,) = [
            each
            for each in self.documents
            if each["kind"] == kind and each["metadata"]["name"].startswith(name)
        ]
        return found

    def container(self, name, kind="Deployment"):
        (workload,) = [each for each in self.documents if each["kind"] == kind and each["metadata"]["name"] == name]
        return workload["spec"]["template"]["spec"]["containers"][0]

    def check(self, fault):
        found = list(kubernetes_check.Overlay(self.documents).faults())
        self.assertTrue(any(fault in each for each in found), found)

    def config(self, name, old, new):
        """Replaces text of a Collector's configuration."""
        for each in self.documents:
            if each["kind"] == "ConfigMap" and each["metadata"]["name"].startswith(name):
                ((file, text),) = each["data"].items()
                self.assertIn(old, text)
                each["data"][file] = text.replace(old, new)

    def test_the_overlays_have_no_fault(self):
        for documents in (LOCAL, PRODUCTION):
            self.assertEqual([], list(kubernetes_check.Overlay(documents).faults()))

    def test_the_code_is_read_whole(self):
        self.assertLessEqual({"OTEL_BSP_SCHEDULE_DELAY", "GATEWAY_HOSTS"}, known_variables.variables("gateway"))
        self.assertIn("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", known_variables.variables("users"))
        self.assertNotIn("GATEWAY_HOSTS", known_variables.variables("users"))
        self.assertEqual({16686, 4317, 4318}, known_variables.ports("waterfall"))
        for part in known_variables.PARTS:
            self.assertEqual({"/health/live", "/health/ready"}, known_variables.health_paths(part))

    def test_a_variable_that_the_code_does_not_read_is_a_fault(self):
        self.container("gateway")["env"].append({"name": "GATEWAY_HOST", "value": "*"})
        self.check("gateway: the code reads no variable GATEWAY_HOST")

    def test_an_unknown_variable_of_a_config_map_is_a_fault(self):
        self.named("ConfigMap", "telemetry")["data"]["OTEL_BSP_SCHEDULE_DELAI"] = "1"
        self.check("users: the code reads no variable OTEL_BSP_SCHEDULE_DELAI")

    def test_another_port_than_that_of_the_code_is_a_fault(self):
        self.container("users")["ports"][0]["containerPort"] = 8083
        self.check("users: ports [8083], but the process opens [8082]")

    def test_an_unknown_probe_path_is_a_fault(self):
        self.container("users")["readinessProbe"]["httpGet"]["path"] = "/healthz"
        self.check("users: readinessProbe: the code has no path /healthz")

    def test_a_missing_probe_is_a_fault(self):
        del self.container("collector-agent", "DaemonSet")["livenessProbe"]
        self.check("collector-agent: no livenessProbe")

    def test_a_container_without_limits_is_a_fault(self):
        del self.container("activities")["resources"]["limits"]
        self.check("activities: no memory limit")

    def test_a_writable_root_file_system_is_a_fault(self):
        self.container("activities")["securityContext"]["readOnlyRootFilesystem"] = False
        self.check("activities: the root file system can be written")

    def test_an_url_of_an_unknown_service_is_a_fault(self):
        for each in self.container("gateway")["env"]:
            if each["name"] == "USERS_URL":
                each["value"] = "http://users:8083"
        self.check("gateway: USERS_URL: no Service opens users:8083")

    def test_a_service_that_selects_nothing_is_a_fault(self):
        self.named("Service", "users")["spec"]["selector"]["app.kubernetes.io/name"] = "user"
        self.check("Service users: selects []")

    def test_a_missing_secret_key_is_a_fault(self):
        self.named("Secret", "databases")["data"].pop("USERS_DATABASE_URL")
        self.check("users: DATABASE_URL: no key USERS_DATABASE_URL")

    def test_a_reference_to_a_later_variable_is_a_fault(self):
        environment = self.container("users")["env"]
        environment.append(environment.pop(0))
        self.check("users: OTEL_RESOURCE_ATTRIBUTES: $(POD_NAME) is not defined before it")

    def test_the_same_instance_id_for_all_replicas_is_a_fault(self):
        for each in self.container("users")["env"]:
            each["value"] = each.get("value", "").replace("$(POD_NAME).", "")
        self.check("users: service.instance.id is the same for all replicas")

    def test_a_policy_that_lets_everyone_in_is_a_fault(self):
        del self.named("NetworkPolicy", "users")["spec"]["ingress"][0]["from"]
        self.check("users: open to all, expected")

    def test_a_missing_default_policy_is_a_fault(self):
        self.documents.remove(self.named("NetworkPolicy", "default-deny"))
        self.check("no policy denies connections by default")

    def test_an_autoscaler_of_nothing_is_a_fault(self):
        self.named("HorizontalPodAutoscaler", "users")["spec"]["scaleTargetRef"]["name"] = "user"
        self.check("HorizontalPodAutoscaler users: no Deployment user")

    def test_replicas_without_a_disruption_budget_are_a_fault(self):
        self.documents.remove(self.named("PodDisruptionBudget", "gateway"))
        self.check("gateway: several replicas and a PodDisruptionBudget belong together")

    def test_a_misspelt_key_of_the_collector_is_a_fault(self):
        self.config("collector-agent", "interval: 5s", "intervall: 5s")
        self.check("exporters.loadbalancing.resolver.dns: no such key: `intervall`")

    def test_distribution_by_service_is_a_fault(self):
        self.config("collector-agent", "routing_key: traceID", "routing_key: service")
        self.check("agent: traces are not distributed by trace id")

    def test_distribution_over_a_service_with_one_address_is_a_fault(self):
        self.config("collector-agent", "collector-gateway-members.", "collector-gateway.")
        self.check("agent: collector-gateway is no headless Service")

    def test_too_few_traces_in_memory_are_a_fault(self):
        self.config("collector-gateway", "num_traces: 100000", "num_traces: 10000")
        self.check("gateway: num_traces=10000 is less than the 50000 traces of decision_wait")

    def test_another_version_of_the_collector_is_a_fault(self):
        self.container("collector-gateway")["image"] = "otel/opentelemetry-collector-contrib:0.147.0"
        self.check("collector-gateway: the tables describe the Collector")

    def test_an_unpinned_image_is_a_fault(self):
        self.container("users")["image"] = "cruddur/users:latest"
        self.check("users: cruddur/users:latest is not pinned to a version")


if __name__ == "__main__":
    unittest.main()
