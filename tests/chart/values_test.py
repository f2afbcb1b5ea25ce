# SPDX-License-Identifier: Apache-2.0
"""Values: which are refused and with what words, what becomes of them, and that schema, table and program agree."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest

import yaml

import chart

SASL = {"config": {"kafka": {"security_protocol": "sasl_ssl", "sasl_username": "u"}}}

# (changes to minimal.yaml, part of the message that must name the problem)
REFUSED = [
    ({"replicaCount": 2}, "additional properties 'replicaCount' not allowed"),
    ({"image": {"repositry": "x"}}, "at '/image': additional properties 'repositry' not allowed"),
    ({"image": {"repository": ""}}, "image.repository is empty: name the image"),
    ({"image": {"repository": "registry.example.com/a:1"}}, "at '/image/repository'"),
    ({"image": {"tag": "a b"}}, "at '/image/tag'"),
    ({"image": {"digest": "sha256:12"}}, "at '/image/digest'"),
    ({"image": {"pullPolicy": "Sometimes"}}, "at '/image/pullPolicy': value must be one of"),
    ({"config": {"log": {"origin": ""}}}, "config.log.origin is empty"),
    ({"config": {"log": {"origin": "two words"}}}, "at '/config/log/origin'"),
    ({"config": {"log": {"key_file": "/x"}}}, "at '/config/log': additional properties 'key_file' not allowed"),
    ({"config": {"listen": "0.0.0.0:1"}}, "at '/config': additional properties 'listen' not allowed"),
    ({"config": {"kafka": {"brokers": ""}}},
     "config.kafka.brokers is empty but the source kafka:firewall-events needs it"),
    ({"config": {"kafka": {"brokers": "kafka"}}}, "at '/config/kafka/brokers'"),
    ({"config": {"kafka": {"security_protocol": "tls"}}}, "at '/config/kafka/security_protocol'"),
    ({"config": {"sources": ["file:/events"]}}, "at '/config/sources/0'"),
    ({"config": {"sources": "kafka:a"}}, "at '/config/sources': got string, want array"),
    ({"config": {"review": {"threads": "2"}}}, "at '/config/review/threads': got string, want integer"),
    ({"config": {"review": {"lease": "soon"}}}, "at '/config/review/lease'"),
    (SASL, "config.kafka.security_protocol is sasl_ssl: it needs"),
    ({"signingKey": {"existingSecret": ""}}, "signingKey.existingSecret is empty: make a Secret"),
    ({"signingKey": {"key": ""}}, "at '/signingKey/key'"),
    ({"kafkaSecret": {"caKey": "ca.crt"}}, "kafkaSecret.existingSecret is empty: name the Secret"),
    ({"kafkaSecret": {"existingSecret": "k", "certificateKey": "tls.crt"}}, "belong together: set both or neither"),
    ({"rules": {"configMaps": ["Not_A_Name"]}}, "at '/rules/configMaps/0'"),
    ({"rules": {"paths": ["relative"]}}, "at '/rules/paths/0'"),
    ({"persistence": {"data": {"size": "big"}}}, "at '/persistence/data/size'"),
    ({"persistence": {"data": {"existingClaim": "a"}, "lastSigned": {"existingClaim": "a"}}},
     "persistence.lastSigned.existingClaim is the claim of the data (a)"),
    ({"service": {"port": 70000}}, "at '/service/port': maximum: got 70,000, want 65,535"),
    ({"terminationGracePeriodSeconds": 14}, "at '/terminationGracePeriodSeconds': minimum: got 14, want 15"),
    ({"runAsUser": 0}, "at '/runAsUser': minimum: got 0, want 1"),
    ({"resources": {"limits": {"memory": "lots"}}}, "at '/resources/limits/memory'"),
    ({"networkPolicy": {"apiFrom": [{}]}}, "at '/networkPolicy/apiFrom/0'"),
    ({"extraEnv": [{"name": "A B"}]}, "at '/extraEnv/0/name'"),
    ({"podAnnotations": {"a": 1}}, "at '/podAnnotations/a': got number, want string"),
]

# Settings of the program that the chart sets itself.
OF_THE_CHART = {"data", "listen", "metrics", "rules", "rule_values", "packs", "expected_sources", "log.key_file", "log.last_signed_file",
                "kafka.sasl_password_file", "kafka.ssl_ca_file", "kafka.ssl_certificate_file", "kafka.ssl_key_file"}


class Refused(unittest.TestCase):
    def test_wrong_values_are_refused_with_their_place_and_the_remedy(self):
        for changes, words in REFUSED:
            with self.subTest(json.dumps(changes)):
                done = chart.template(chart.merged(chart.values_of("minimal"), changes))
                self.assertNotEqual(done.returncode, 0)
                self.assertIn(words, done.stderr)

    def test_a_monitor_needs_the_operator(self):
        values = chart.merged(chart.values_of("minimal"), {"serviceMonitor": {"enabled": True}})
        done = chart.template(values, apis=())
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("install the Prometheus operator", done.stderr)

    def test_an_older_kubernetes_is_refused(self):
        done = chart.template(chart.values_of("minimal"), version="1.26.9")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("kubeVersion", done.stderr)


class Agreement(unittest.TestCase):
    def schema(self):
        return json.loads((chart.CHART / "values.schema.json").read_text(encoding="utf-8"))

    def test_the_schema_is_closed_wherever_it_names_properties(self):
        def walk(node, where):
            if isinstance(node, dict):
                if "properties" in node and node.get("type") == "object":
                    self.assertIs(node.get("additionalProperties"), False, where)
                for key, inner in node.items():
                    walk(inner, f"{where}/{key}")
        walk(self.schema(), "")

    def test_schema_and_defaults_name_the_same_values(self):
        def keys(node, schema, path=()):
            for key, inner in schema.get("properties", {}).items():
                if path + (key,) == ("global",):
                    continue
                yield path + (key,)
                if isinstance(node, dict) and isinstance(node.get(key), dict) and node[key]:
                    yield from keys(node[key], inner, path + (key,))

        def names(node, path=()):
            for key, inner in node.items():
                yield path + (key,)
                if isinstance(inner, dict):
                    yield from names(inner, path + (key,))
        defaults = yaml.safe_load((chart.CHART / "values.yaml").read_text(encoding="utf-8"))
        quantities = {p for p in names(defaults) if p[0] == "resources" and len(p) == 3}
        self.assertEqual(set(keys(defaults, self.schema())), set(names(defaults)) - quantities)

    def test_every_value_is_set_by_the_values_file_that_claims_so(self):
        defaults = yaml.safe_load((chart.CHART / "values.yaml").read_text(encoding="utf-8"))
        everything = chart.values_of("everything")
        left_out = {("fullnameOverride",), ("image", "digest"), ("serviceAccount", "create"),
                    ("persistence", "data", "existingClaim"), ("persistence", "lastSigned", "existingClaim"),
                    ("persistence", "lastSigned", "accessModes")}

        def missing(node, other, path=()):
            for key, inner in node.items():
                if key not in other:
                    yield path + (key,)
                elif isinstance(inner, dict) and isinstance(other[key], dict):
                    yield from missing(inner, other[key], path + (key,))
        self.assertEqual(set(missing(defaults, everything)), left_out)

    def test_the_readme_has_the_table_that_the_values_make(self):
        with tempfile.TemporaryDirectory() as folder:
            made = pathlib.Path(folder, "README.md")
            done = subprocess.run(["/usr/bin/python3", chart.ROOT / "helm" / "values-table", made], capture_output=True,
                                  text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(made.read_text(encoding="utf-8"), (chart.CHART / "README.md").read_text(encoding="utf-8"),
                             "run helm/values-table and commit")


class Configuration(unittest.TestCase):
    def test_values_reach_the_file_unharmed_whatever_they_contain(self):
        config = chart.render(chart.values_of("everything")).config
        self.assertEqual(config["kafka"]["sasl_username"], 'reader: "one" #2')
        self.assertEqual(config["sources"], ["kafka:firewall-events?pack=fortigate", "kafka:windows-events"])
        self.assertEqual(config["log"]["origin"], "countersign.example.com/log1")
        self.assertEqual(config["rules"], ["/usr/share/countersign/rules", "/etc/countersign/rules/own-rules",
                                           "/etc/countersign/rules/bought-rules"])
        self.assertEqual(config["ingest"], {"workers": 2, "message_bytes_max": "4MiB"})

    def test_files_that_the_configuration_names_are_mounted(self):
        rendering = chart.render(chart.values_of("everything"))
        kafka = rendering.config["kafka"]
        secret = next(v["secret"] for v in rendering.pod["spec"]["volumes"] if v["name"] == "kafka-secret")
        files = {f"/etc/countersign/kafka/{item['path']}": item["key"] for item in secret["items"]}
        named = {kafka[key]: value for key, value in (
            ("sasl_password_file", "password"), ("ssl_ca_file", "ca.crt"), ("ssl_certificate_file", "tls.crt"),
            ("ssl_key_file", "tls.key"))}
        self.assertEqual(files, named)
        mounts = {mount["name"]: mount["mountPath"] for mount in rendering.container["volumeMounts"]}
        self.assertEqual(rendering.config["rule_values"], f"{mounts['rule-values']}/values.yaml")
        self.assertEqual(rendering.config["expected_sources"], f"{mounts['expected-sources']}/sources.yaml")

    def test_unset_values_leave_no_trace(self):
        config = chart.render(chart.values_of("existing-claims")).config
        self.assertNotIn("sources", config)
        self.assertNotIn("rules", config)
        self.assertEqual(set(config["kafka"]), {"security_protocol", "sasl_mechanism", "start"})

    def test_the_chart_and_the_program_know_the_same_settings(self):
        self.need_program()
        shown = chart.run_program("config", "show").stdout
        of_program = set(re.findall(r"^([a-z_.]+) = ", shown, re.M))
        self.assertIn("log.origin", of_program)
        schema = json.loads((chart.CHART / "values.schema.json").read_text(encoding="utf-8"))

        def leaves(node, path=""):
            for key, inner in node.get("properties", {}).items():
                if "properties" in inner:
                    yield from leaves(inner, f"{path}{key}.")
                else:
                    yield f"{path}{key}"
        self.assertEqual(set(leaves(schema["properties"]["config"])), of_program - OF_THE_CHART)
        self.assertLessEqual(OF_THE_CHART, of_program)

    def test_the_program_accepts_the_file_as_rendered(self):
        self.need_program()
        for path in sorted(chart.VALUES.glob("*.yaml")):
            with self.subTest(path.stem), tempfile.TemporaryDirectory() as folder:
                config = pathlib.Path(folder, "countersign.yaml")
                # The register is read too; in the pod it is mounted there.
                register = pathlib.Path(folder, "sources.yaml")
                register.write_text("expected_sources: []\n", encoding="utf-8")
                text = chart.render(chart.values_of(path.stem)).config_text
                config.write_text(text.replace("/etc/countersign/expected-sources/sources.yaml", str(register)), encoding="utf-8")
                done = chart.run_program("config", "check", "--config", config)
                self.assertEqual(done.returncode, 0, done.stderr)
                shown = chart.run_program("config", "show", "--config", config).stdout
                self.assertIn("log.origin = countersign.example.com/log1\n", shown)

    def test_rules_of_a_configmap_are_read_once(self):
        """A ConfigMap volume: a dated folder, `..data` linking to it, and one link a file."""
        self.need_program()
        rule = ("title: T\nid: 6f7cf4d0-6b1e-4b7e-8f0e-0b6f5a3a9c11\nstatus: test\nlevel: low\n"
                "logsource: {category: firewall}\ndetection: {a: {action: deny}, condition: a}\n")
        values = chart.merged(chart.values_of("minimal"), {"rules": {"configMaps": ["own"]}})
        path = chart.render(values).config["rules"][0]
        with tempfile.TemporaryDirectory() as folder:
            volume = pathlib.Path(folder + "/etc/countersign/rules/own")
            (volume / "..2026_01_01").mkdir(parents=True)
            (volume / "..2026_01_01" / "rule.yml").write_text(rule)
            os.symlink("..2026_01_01", volume / "..data")
            os.symlink("..data/rule.yml", volume / "rule.yml")
            done = chart.run_program("rules", "check", folder + path, "--json")
            self.assertEqual(json.loads(done.stdout)["loaded"], 1, done.stdout)
            self.assertEqual(json.loads(done.stdout)["rules"], 1, done.stdout)

    def need_program(self):
        if chart.program() is None:
            self.skipTest("the program ($COUNTERSIGN)")
