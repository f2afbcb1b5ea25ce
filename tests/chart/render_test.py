# SPDX-License-Identifier: Apache-2.0
"""What the chart makes: valid for Kubernetes, and what we promise about it."""
import contextlib
import copy
import os
import pathlib
import signal
import stat
import subprocess
import tempfile
import unittest

import chart

SETS = sorted(path.stem for path in chart.VALUES.glob("*.yaml"))
IDENTITY = {"app.kubernetes.io/name": "countersign", "app.kubernetes.io/instance": "r",
            "app.kubernetes.io/component": "serve"}


class Valid(unittest.TestCase):
    def test_lint_finds_nothing_even_when_strict(self):
        for name in SETS:
            with self.subTest(name):
                done = chart.helm("lint", "--strict", chart.CHART, "--values", chart.VALUES / f"{name}.yaml",
                                  "--kube-version", chart.NEWEST)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_kubernetes_knows_every_object_and_field(self):
        for name in SETS:
            for version in (chart.OLDEST, chart.NEWEST):
                with self.subTest(f"{name}, Kubernetes {version}"):
                    things = chart.render(chart.values_of(name), version=version).objects
                    known = [thing for thing in things if thing["apiVersion"] != chart.MONITORING]
                    self.assertEqual(chart.schema_problems(known, version), [])

    def test_a_misspelt_field_and_a_wrong_type_would_be_found(self):
        thing = chart.render(chart.values_of("minimal")).one("StatefulSet")
        for damage in ({"replicaz": 1}, {"replicas": "one"}):
            broken = copy.deepcopy(thing)
            broken["spec"].update(damage)
            self.assertEqual(len(chart.schema_problems([broken], chart.NEWEST)), 1, damage)

    def test_the_package_holds_licence_schema_and_readme(self):
        with tempfile.TemporaryDirectory() as folder:
            done = chart.helm("package", chart.CHART, "--destination", folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            packed = subprocess.run(["tar", "tzf", next(pathlib.Path(folder).glob("*.tgz"))], capture_output=True,
                                    text=True, check=True).stdout.split()
            for name in ("LICENSE", "README.md", "values.schema.json", "templates/statefulset.yaml"):
                self.assertIn(f"countersign/{name}", packed)
        self.assertEqual((chart.CHART / "LICENSE").read_text(), (chart.ROOT / "LICENSE").read_text())

    def test_the_same_values_give_the_same_bytes(self):
        values = chart.values_of("everything")
        self.assertEqual(chart.template(values).stdout, chart.template(values).stdout)

    def test_names_stay_within_the_limits_of_kubernetes(self):
        rendering = chart.render(chart.values_of("minimal"), release="r" * 53)
        for thing in rendering.objects:
            self.assertLessEqual(len(thing["metadata"]["name"]), 63)
            for value in thing["metadata"]["labels"].values():
                self.assertLessEqual(len(value), 63)


class Objects(unittest.TestCase):
    def test_these_objects_and_no_others_are_made(self):
        always = ["ConfigMap", "Service", "Service", "Service", "StatefulSet"]
        expected = {"minimal": always + ["ServiceAccount"], "existing-claims": always,
                    "everything": always + ["ServiceAccount", "ServiceMonitor", "NetworkPolicy"]}
        self.assertEqual(set(expected), set(SETS))
        for name, kinds in expected.items():
            made = sorted(thing["kind"] for thing in chart.render(chart.values_of(name)).objects)
            self.assertEqual(made, sorted(kinds), name)

    def test_what_can_never_change_in_a_statefulset_is_what_it_was_in_the_first_version(self):
        spec = chart.render(chart.values_of("minimal")).one("StatefulSet")["spec"]
        self.assertEqual(spec["selector"], {"matchLabels": IDENTITY})
        self.assertEqual(spec["serviceName"], "r-countersign-headless")
        self.assertEqual(spec["podManagementPolicy"], "Parallel")
        self.assertEqual(spec["volumeClaimTemplates"], [
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name, "labels": IDENTITY},
             "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": size}}}}
            for name, size in (("data", "20Gi"), ("last-signed", "1Gi"))])

    def test_evidence_survives_the_release(self):
        spec = chart.render(chart.values_of("minimal")).one("StatefulSet")["spec"]
        kept = {"whenDeleted": "Retain", "whenScaled": "Retain"}
        self.assertEqual(spec["persistentVolumeClaimRetentionPolicy"], kept)
        self.assertEqual(spec["replicas"], 1)

    def test_services_and_policies_select_the_pod_and_name_its_ports(self):
        for name in SETS:
            rendering = chart.render(chart.values_of(name))
            labels = rendering.pod["metadata"]["labels"]
            ports = {port["name"] for port in rendering.container["ports"]}
            for service in rendering.all("Service"):
                self.assertLessEqual(service["spec"]["selector"].items(), labels.items())
                self.assertLessEqual({port["targetPort"] for port in service["spec"]["ports"]}, ports)
            for policy in rendering.all("NetworkPolicy"):
                self.assertLessEqual(policy["spec"]["podSelector"]["matchLabels"].items(), labels.items())
            for monitor in rendering.all("ServiceMonitor"):
                selector = monitor["spec"]["selector"]["matchLabels"].items()
                found = [s for s in rendering.all("Service") if selector <= s["metadata"]["labels"].items()]
                self.assertEqual(found, [rendering.one("Service", "-metrics")])
                self.assertEqual([e["port"] for e in monitor["spec"]["endpoints"]], ["metrics"])

    def test_no_secret_is_ever_made(self):
        for name in SETS:
            self.assertEqual(chart.render(chart.values_of(name)).all("Secret"), [])

    def test_labels_of_the_user_cannot_displace_the_identity(self):
        values = chart.merged(chart.values_of("minimal"), {"podLabels": {"app.kubernetes.io/component": "other"}})
        self.assertLessEqual(IDENTITY.items(), chart.render(values).pod["metadata"]["labels"].items())


class Pod(unittest.TestCase):
    def test_the_pod_keeps_the_restricted_profile(self):
        for name in SETS:
            spec = chart.render(chart.values_of(name)).pod["spec"]
            self.assertIs(spec["automountServiceAccountToken"], False)
            self.assertIs(spec["securityContext"]["runAsNonRoot"], True)
            self.assertGreater(spec["securityContext"]["runAsUser"], 0)
            self.assertEqual(spec["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
            for container in spec["initContainers"] + spec["containers"]:
                self.assertEqual(container["securityContext"], {
                    "allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True,
                    "capabilities": {"drop": ["ALL"]}})
            allowed = {"configMap", "secret", "emptyDir", "persistentVolumeClaim"}
            for volume in spec["volumes"]:
                self.assertLessEqual(set(volume) - {"name"}, allowed)

    def test_a_service_of_our_name_does_not_reach_the_environment(self):
        """COUNTERSIGN_PORT=tcp://… of a service link would be refused as an unknown setting."""
        self.assertIs(chart.render(chart.values_of("minimal")).pod["spec"]["enableServiceLinks"], False)

    def test_probes_ask_the_api_and_the_first_start_has_time(self):
        container = chart.render(chart.values_of("everything")).container
        paths = {probe: container[probe]["httpGet"] for probe in ("startupProbe", "livenessProbe", "readinessProbe")}
        self.assertEqual(paths["startupProbe"], {"path": "/healthz", "port": "http"})
        self.assertEqual(paths["livenessProbe"], {"path": "/healthz", "port": "http"})
        self.assertEqual(paths["readinessProbe"], {"path": "/readyz", "port": "http"})
        startup = container["startupProbe"]
        self.assertEqual(startup["periodSeconds"] * startup["failureThreshold"], 65)

    def test_maintenance_gives_a_pod_with_the_volumes_and_without_the_program(self):
        normal = chart.render(chart.values_of("minimal"))
        kept = chart.render(chart.merged(chart.values_of("minimal"), {"maintenance": True}))
        self.assertEqual(kept.container["volumeMounts"], normal.container["volumeMounts"])
        self.assertNotIn("countersign", kept.container["command"])
        for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
            self.assertIn(probe, normal.container)
            self.assertNotIn(probe, kept.container)
        process = subprocess.Popen(kept.container["command"], start_new_session=True)
        try:
            with self.assertRaises(subprocess.TimeoutExpired):
                process.wait(0.5)
            process.terminate()
            process.wait(5)
        finally:
            for leftover in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, leftover)

    def test_a_stop_has_more_time_than_the_program_needs(self):
        self.assertEqual(chart.render(chart.values_of("minimal")).pod["spec"]["terminationGracePeriodSeconds"], 30)

    def test_each_mount_has_its_volume_and_each_volume_is_mounted(self):
        for name in SETS:
            rendering = chart.render(chart.values_of(name))
            spec, state = rendering.pod["spec"], rendering.one("StatefulSet")["spec"]
            volumes = [v["name"] for v in spec["volumes"]]
            volumes += [c["metadata"]["name"] for c in state.get("volumeClaimTemplates", [])]
            self.assertEqual(len(volumes), len(set(volumes)))
            mounts = {m["name"] for c in spec["initContainers"] + spec["containers"] for m in c["volumeMounts"]}
            self.assertEqual(set(volumes), mounts, name)

    def test_last_signed_lies_on_another_volume_than_the_data(self):
        for name in SETS:
            rendering = chart.render(chart.values_of(name))
            config, mounts = rendering.config, rendering.container["volumeMounts"]

            def volume_of(path, mounts=mounts):
                under = [m for m in mounts if path.startswith(m["mountPath"] + "/")]
                return max(under, key=lambda m: len(m["mountPath"]))["name"]
            self.assertEqual(volume_of(config["data"]), "data")
            self.assertEqual(volume_of(config["log"]["last_signed_file"]), "last-signed")
            self.assertEqual(volume_of(config["log"]["key_file"]), "key")

    def test_the_key_reaches_the_program_with_the_mode_that_it_asks_for(self):
        """The init container's own command, on a file as a Secret volume shows it to a group."""
        spec = chart.render(chart.values_of("minimal")).pod["spec"]
        command, mounts = spec["initContainers"][0]["command"], spec["initContainers"][0]["volumeMounts"]
        with tempfile.TemporaryDirectory() as folder:
            for mount in mounts:
                place = pathlib.Path(folder, mount["mountPath"].lstrip("/"))
                place.mkdir(parents=True)
                if mount["name"] == "key-secret":
                    secret = place / "signing-key.pem"
                    secret.write_text("key")
                    secret.chmod(0o440)
            done = subprocess.run([word if not word.startswith("/") else folder + word for word in command])
            self.assertEqual(done.returncode, 0)
            key = pathlib.Path(folder + chart.render(chart.values_of("minimal")).config["log"]["key_file"])
            self.assertEqual(stat.S_IMODE(key.stat().st_mode), 0o600)
            self.assertEqual(key.read_text(), "key")

    def test_the_pod_is_replaced_when_its_configuration_changes_and_only_then(self):
        def checksum(changes):
            values = chart.merged(chart.values_of("minimal"), changes)
            return chart.render(values).pod["metadata"]["annotations"]["checksum/config"]
        same = checksum({})
        self.assertEqual(checksum({"serviceMonitor": {"enabled": True}}), same)
        self.assertNotEqual(checksum({"config": {"review": {"lease": "1h"}}}), same)
        self.assertNotEqual(checksum({"rules": {"configMaps": ["own"]}}), same)


class Policy(unittest.TestCase):
    def policy(self, **changes):
        values = chart.merged(chart.values_of("minimal"), {"networkPolicy": {"enabled": True, **changes}})
        return chart.render(values).one("NetworkPolicy")["spec"]

    def test_both_directions_are_closed_but_for_what_is_named(self):
        spec = self.policy()
        self.assertEqual(spec["policyTypes"], ["Ingress", "Egress"])
        self.assertEqual([rule["ports"][0]["port"] for rule in spec["ingress"]], ["http", "metrics"])
        self.assertEqual([[p["port"] for p in rule["ports"]] for rule in spec["egress"]], [[53, 53]])

    def test_no_peers_means_nobody_not_everybody(self):
        self.assertNotIn("ingress", self.policy(apiFrom=[], metricsFrom=[]))
        only_api = self.policy(metricsFrom=[])["ingress"]
        self.assertEqual([rule["ports"][0]["port"] for rule in only_api], ["http"])
        for rule in only_api:
            self.assertTrue(rule["from"])

    def test_kafka_is_reached_where_it_is_said_to_be(self):
        spec = self.policy(kafkaTo=[{"ipBlock": {"cidr": "192.0.2.0/24"}}], kafkaPorts=[9092, 9093])
        self.assertIn({"to": [{"ipBlock": {"cidr": "192.0.2.0/24"}}],
                       "ports": [{"port": 9092, "protocol": "TCP"}, {"port": 9093, "protocol": "TCP"}]}, spec["egress"])
