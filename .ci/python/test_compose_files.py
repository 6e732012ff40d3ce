"""The checks of the Compose and Collector files find each fault that is put into a copy of them.

python3 test_compose_files.py      needs what compose_files.py needs
"""

import copy
import json
import pathlib
import shutil
import tempfile
import unittest

import backend_keys
import collector_check
import collector_keys
import compose_files
import grafana_check
import yaml

SERVICES = compose_files.project()
CONFIG, TEXT = collector_check.read(compose_files.collector_files(SERVICES["collector"]))
ENVIRONMENT = set(SERVICES["collector"]["environment"])
DATASOURCES = [
    each for file in compose_files.datasources(SERVICES["grafana"]) for each in file["datasources"]
]
DASHBOARD = json.loads((compose_files.FOLDER / "grafana/dashboards/red.json").read_text())


class CollectorTest(unittest.TestCase):
    def check(self, fault, change):
        config = copy.deepcopy(CONFIG)
        change(config)
        found = list(collector_check.faults(config, TEXT, ENVIRONMENT))
        self.assertTrue(any(fault in each for each in found), found)

    def test_the_files_have_no_fault(self):
        self.assertEqual([], list(collector_check.faults(CONFIG, TEXT, ENVIRONMENT)))

    def test_a_misspelt_key_is_a_fault(self):
        def change(config):
            config["processors"]["tail_sampling"]["decision_wiat"] = "5s"

        self.check("processors.tail_sampling: no such key: `decision_wiat`", change)

    def test_a_misspelt_key_of_a_policy_is_a_fault(self):
        def change(config):
            config["processors"]["tail_sampling"]["policies"][1]["latency"] = {"threshold": 250}

        self.check("policies[1].latency: no such key: `threshold`", change)

    def test_a_value_of_another_type_is_a_fault(self):
        def change(config):
            config["processors"]["batch"]["timeout"] = 1

        self.check("processors.batch.timeout: 1 is no duration", change)

    def test_an_unknown_component_is_a_fault(self):
        self.check(
            "`attributes` is not in the tables", lambda config: config["processors"].update({"attributes": {}})
        )

    def test_an_undefined_component_in_a_pipeline_is_a_fault(self):
        def change(config):
            config["service"]["pipelines"]["logs"]["exporters"] = ["otlp_http/elsewhere"]

        self.check("exporters: `otlp_http/elsewhere` is used but not defined", change)

    def test_a_component_that_no_pipeline_uses_is_a_fault(self):
        self.check(
            "exporters: `otlp_http/idle` is defined but not used",
            lambda config: config["exporters"].update({"otlp_http/idle": {"endpoint": "http://jaeger:4318"}}),
        )

    def test_a_connector_that_joins_nothing_is_a_fault(self):
        def change(config):
            config["service"]["pipelines"]["metrics"]["receivers"] = ["otlp"]

        self.check("the connector spanmetrics does not join two pipelines", change)

    def test_a_pipeline_without_memory_limiter_in_front_is_a_fault(self):
        def change(config):
            config["service"]["pipelines"]["traces"]["processors"].remove("memory_limiter")

        self.check("pipeline traces: the first processor is not memory_limiter", change)

    def test_sampling_after_batch_is_a_fault(self):
        def change(config):
            config["service"]["pipelines"]["traces"]["processors"] = ["memory_limiter", "batch", "tail_sampling"]

        self.check("pipeline traces: batch is not the last processor", change)

    def test_a_redaction_that_misses_credentials_is_a_fault(self):
        def change(config):
            config["processors"]["redaction"]["blocked_key_patterns"] = ["password"]

        self.check("redaction does not mask 'cookie'", change)

    def test_a_redaction_that_masks_too_much_is_a_fault(self):
        def change(config):
            config["processors"]["redaction"]["blocked_key_patterns"].append("token")

        self.check("redaction masks 'gen_ai.usage.input_tokens'", change)

    def test_a_variable_that_does_not_reach_the_container_is_a_fault(self):
        found = list(collector_check.faults(CONFIG, "${env:MISSING} ${env:WITH_DEFAULT:-1}", ENVIRONMENT))
        self.assertEqual(["the variable MISSING does not reach the Collector"], found)


class VariableTest(unittest.TestCase):
    FILES = ("docker-compose.yml", ".env.example", "README.md")

    def test_the_files_have_no_fault(self):
        texts = [pathlib.Path(name).read_text() for name in self.FILES]
        self.assertEqual([], list(compose_files.variable_faults(SERVICES, *texts)))

    def test_a_variable_of_the_readme_that_does_not_reach_a_service_is_a_fault(self):
        texts = [pathlib.Path(name).read_text() for name in self.FILES]
        services = copy.deepcopy(SERVICES)
        for variable in ("ROLLBAR_ENDPOINT", "HTTPS_PROXY"):
            del services["users"]["environment"][variable]
        expected = [
            f"users: the README lists {variable}, which does not reach the container"
            for variable in ("HTTPS_PROXY", "ROLLBAR_ENDPOINT")
        ]
        self.assertEqual(expected, list(compose_files.variable_faults(services, *texts)))

    def test_a_variable_that_the_example_does_not_list_is_a_fault(self):
        compose, example, readme = (pathlib.Path(name).read_text() for name in self.FILES)
        example = example.replace("# NO_PROXY=\n", "")
        found = list(compose_files.variable_faults(SERVICES, compose, example, readme))
        self.assertEqual([".env.example does not list NO_PROXY"], found)


class ComposeTest(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)
        self.services = copy.deepcopy(SERVICES)

    def check(self, fault):
        found = list(compose_files.faults(self.services))
        self.assertTrue(any(fault in each for each in found), found)

    def replace_in_collector(self, old, new):
        text = (compose_files.FOLDER / "config/base.yaml").read_text()
        self.assertIn(old, text)
        (self.folder / "base.yaml").write_text(text.replace(old, new))
        self.services["collector"]["volumes"] = [f"{self.folder}:/etc/otelcol:ro"]

    def test_an_unpinned_image_is_a_fault(self):
        for tag in ("latest", "2", "2.20"):
            self.services["jaeger"]["image"] = f"jaegertracing/jaeger:{tag}"
            self.check("is not pinned to a version")

    def test_another_version_than_that_of_the_tables_is_a_fault(self):
        self.services["collector"]["image"] = "otel/opentelemetry-collector-contrib:0.147.0"
        self.check(f"the tables describe otel/opentelemetry-collector-contrib:{collector_keys.VERSION}")

    def test_an_exporter_to_a_port_that_no_service_opens_is_a_fault(self):
        self.replace_in_collector("http://jaeger:4318", "http://jaeger:4319")
        self.check("collector: no service of this project opens jaeger:4319")

    def test_an_exporter_to_an_unknown_service_is_a_fault(self):
        self.replace_in_collector("http://jaeger:4318", "http://zipkin:9411")
        self.check("collector: no service of this project opens zipkin:9411")

    def test_a_metrics_port_that_prometheus_does_not_read_is_a_fault(self):
        self.replace_in_collector("endpoint: 0.0.0.0:8889", "endpoint: 0.0.0.0:9999")
        self.check("prometheus: no service of this project opens collector:8889")

    def test_a_published_port_that_the_service_does_not_open_is_a_fault(self):
        self.services["grafana"]["ports"] = ["127.0.0.1:3000:3001/tcp"]
        self.check("grafana: publishes port 3001, which it does not open")

    def test_a_port_published_beyond_loopback_is_a_fault(self):
        self.services["grafana"]["ports"] = ["3000:3000/tcp"]
        self.check("beyond loopback")

    def test_a_service_that_bypasses_the_collector_is_a_fault(self):
        self.services["users"]["environment"]["OTEL_EXPORTER_OTLP_ENDPOINT"] = "http://waterfall:4318"
        self.check("users: sends to waterfall, not to the Collector")

    def test_a_variable_that_the_code_does_not_read_is_a_fault(self):
        self.services["users"]["environment"]["OTEL_TRACE_SAMPLER"] = "always_on"
        self.check("users: the code reads no variable OTEL_TRACE_SAMPLER")

    def test_a_missing_mount_is_a_fault(self):
        self.services["prometheus"]["volumes"] = [f"{self.folder}/missing.yml:/etc/prometheus/prometheus.yml:ro"]
        self.check("does not exist")

    def test_a_container_with_capabilities_is_a_fault(self):
        self.services["collector"]["cap_drop"] = []
        self.check("collector: not read-only, or with capabilities")

    def test_an_unknown_variable_of_grafana_is_a_fault(self):
        self.services["grafana"]["environment"]["GF_AUTH_ANONYMUS_ENABLED"] = "true"
        self.check("grafana: unknown variable GF_AUTH_ANONYMUS_ENABLED")

    def test_unknown_keys_of_prometheus_and_tempo_are_faults(self):
        prometheus = yaml.safe_load((compose_files.FOLDER / "prometheus.yml").read_text())
        prometheus["scrape_configs"][0]["static_config"] = []
        found = list(collector_keys.faults(prometheus, backend_keys.PROMETHEUS, "prometheus.yml"))
        self.assertEqual(["prometheus.yml.scrape_configs[0]: no such key: `static_config`"], found)
        tempo = yaml.safe_load((compose_files.FOLDER / "tempo-server.yaml").read_text())
        tempo["storage"]["trace"]["backend"] = "disk"
        found = list(collector_keys.faults(tempo, backend_keys.TEMPO, "tempo"))
        self.assertEqual(["tempo.storage.trace.backend: 'disk' is none of azure, gcs, local, s3"], found)


class GrafanaTest(unittest.TestCase):
    def check(self, fault, change):
        dashboard, datasources = copy.deepcopy(DASHBOARD), copy.deepcopy(DATASOURCES)
        change(dashboard, datasources)
        found = list(grafana_check.faults(dashboard, CONFIG, datasources))
        self.assertTrue(any(fault in each for each in found), found)

    def test_a_misspelt_key_of_a_panel_is_a_fault(self):
        self.check("no such key: `titel`", lambda dashboard, _: dashboard["panels"][0].update({"titel": "Rate"}))

    def test_a_query_that_does_not_parse_is_a_fault(self):
        def change(dashboard, _):
            dashboard["panels"][0]["targets"][0]["expr"] += ")"

        self.check("panel 'Requests per second'", change)

    def test_a_metric_that_nothing_makes_is_a_fault(self):
        def change(dashboard, _):
            dashboard["panels"][0]["targets"][0]["expr"] = "rate(traces_span_metrics_call_total{}[1m])"

        self.check("nothing makes the metric traces_span_metrics_call_total", change)

    def test_a_label_that_span_metrics_do_not_have_is_a_fault(self):
        def change(dashboard, _):
            target = dashboard["panels"][0]["targets"][0]
            target["expr"] = target["expr"].replace("service_name", "service")

        self.check("span metrics have no label service", change)

    def test_a_data_source_that_is_not_provisioned_is_a_fault(self):
        def change(dashboard, _):
            dashboard["panels"][0]["datasource"]["uid"] = "mimir"

        self.check("the data source `mimir` is not provisioned", change)

    def test_exemplars_that_lead_nowhere_are_a_fault(self):
        def change(_, datasources):
            for each in datasources:
                each.get("jsonData", {}).pop("exemplarTraceIdDestinations", None)

        self.check("no data source links exemplars to traces", change)


if __name__ == "__main__":
    unittest.main()
