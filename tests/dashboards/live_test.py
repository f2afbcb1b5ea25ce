# SPDX-License-Identifier: Apache-2.0
"""Every query of the boards and every rule, answered by a real Prometheus that scraped the real program."""
import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import boards
import live

# Panels that may be empty here, and why. Every other one must show data.
MAY_BE_EMPTY = {
    "Consumer lag": "the demo reads no Kafka topic",
    "Failed requests": "all requests may fall between two samples",
}
REVIEW_TIME_COUNT = "sum(countersign_alert_time_to_review_seconds_count)"


def missing_parts():
    missing = []
    program = os.environ.get("COUNTERSIGN", "")
    if not (program and os.access(program, os.X_OK)):
        missing.append("the program ($COUNTERSIGN)")
    if not shutil.which("prometheus"):
        missing.append("prometheus (Debian package prometheus)")
    return missing


def numbers(result):
    """The numbers of an answer, without NaN."""
    samples = [sample for series in result for sample in series.get("values", [series.get("value")])]
    return [value for _, value in samples if value != "NaN"]


class Live(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        folder = pathlib.Path(cls.folder.name)
        cls.addClassCleanup(cls.folder.cleanup)
        cls.program = live.Program(folder)
        cls.addClassCleanup(cls.program.stop)
        cls.prometheus = live.Prometheus(folder, cls.program.metrics)
        cls.addClassCleanup(cls.prometheus.stop)
        live.wait_for("alerts of the demo in Prometheus",
                      lambda: (cls.prometheus.value("sum(countersign_alerts_unreviewed)") or 0) >= 3)
        cls.review()

    @classmethod
    def review(cls):
        """As a person: close two alerts, take a third, open one of the closed again."""
        before = cls.prometheus.value(REVIEW_TIME_COUNT) or 0
        cls.sign_in()
        alerts = [json.loads(line) for line in cls.program.cli("alerts", "list", "--limit", "3", "--json").splitlines()]
        first, second, third = (alert["id"] for alert in alerts)
        decision = ("--reason", "known_tool", "--rationale", "the test decided so")
        cls.program.cli("alerts", "close", first, "--verdict", "false_positive", *decision)
        cls.program.cli("alerts", "close", second, "--verdict", "benign", *decision)
        cls.program.cli("alerts", "take", third)
        cls.program.cli("alerts", "reopen", second, "--reason", "the test had second thoughts")
        live.wait_for("the decisions in Prometheus",
                      lambda: (cls.prometheus.value(REVIEW_TIME_COUNT) or 0) >= before + 2)
        live.wait_for("a match of the demo that reached an alert between two samples", lambda: cls.prometheus.value(
            "sum(increase(countersign_alerts_deduplicated_total[5m]))"
            " + sum(increase(countersign_alerts_created_total[5m]))"), live.MATCHED_WITHIN_S)
        # An increase needs two samples around what it counts.
        live.wait_for("two more samples", lambda: (cls.prometheus.value(
            "count_over_time(countersign_alerts_closed_total{verdict=\"benign\"}[20s])") or 0) >= 5)

    @classmethod
    def sign_in(cls):
        login, password = re.search(r"sign in as\n +(\S+) +(\S+)", cls.program.output()).groups()
        cls.program.cli("login", "--login", login, stdin=password + "\n")

    def test_every_panel_query_is_answered_and_shows_data(self):
        for query in boards.queries(boards.load()):
            with self.subTest(query.panel):
                text = query.filled(__rate_interval="20s")
                result = self.prometheus.query(text) if query.instant else self.prometheus.range(text)
                if query.panel not in MAY_BE_EMPTY and "offset" not in text:
                    self.assertTrue(numbers(result), f"no data: {text}")

    def test_every_panel_that_may_be_empty_exists(self):
        self.assertLessEqual(set(MAY_BE_EMPTY), {panel["title"] for panel in boards.panels(boards.load())})

    def test_every_choice_of_the_board_has_values(self):
        for variable in boards.load()["templating"]["list"]:
            if variable["type"] != "query":
                continue
            metric, selection, label = re.fullmatch(r"label_values\((\w+)(\{.*\})?, (\w+)\)", variable["query"]).groups()
            values = self.prometheus.ask(f"label/{label}/values", **{"match[]": metric + boards.fill(selection or "")})
            self.assertTrue(values, variable["name"])

    def test_the_numbers_are_those_of_the_program(self):
        """The board's unreviewed alerts, and what the API says at the same moment."""
        def agree():
            listed = self.program.cli("alerts", "list", "--filter", "is:unreviewed", "--limit", "200", "--all", "--json")
            return self.prometheus.value("sum(countersign_alerts_unreviewed)") == len(listed.splitlines())
        live.wait_for("the same number of unreviewed alerts on both sides", agree)

    def test_every_rule_is_evaluated_without_error(self):
        def evaluated():
            rules = [rule for group in self.prometheus.ask("rules")["groups"] for rule in group["rules"]]
            return rules if rules and all(rule["health"] != "unknown" for rule in rules) else None
        rules = live.wait_for("an evaluation of every rule", evaluated)
        self.assertEqual([rule.get("lastError") for rule in rules if rule["health"] != "ok"], [])
        for rule in rules:
            self.prometheus.query(rule["query"])

    def test_a_program_that_reports_is_not_missed(self):
        self.assertEqual(self.prometheus.query("absent(countersign_build_info)"), [])

    def test_every_metric_of_the_program_is_one_that_we_announce(self):
        names = self.prometheus.ask("label/__name__/values", **{"match[]": '{__name__=~"countersign_.+"}'})
        self.assertEqual({name for text in names for name in boards.metric_names(text)} - boards.METRICS.keys(), set())

    def test_promtool_accepts_what_the_program_exports(self):
        _, text = live.get(f"http://{self.program.metrics}/metrics")
        done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_labels_are_those_that_we_announce(self):
        for name, labels in boards.METRICS.items():
            with self.subTest(name):
                for series in self.prometheus.ask("series", **{"match[]": f'{{__name__=~"{name}(_bucket)?"}}'}):
                    self.assertEqual(set(series) - {"__name__", "job", "instance", "le"}, labels)
