# SPDX-License-Identifier: Apache-2.0
"""What can be said about boards and alerts without the program: lint, generation, promtool."""
import copy
import filecmp
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import yaml

import boards
import expressions
import lint

HERE = pathlib.Path(__file__).resolve().parent


def promtool(*arguments):
    done = subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)
    return done.returncode, done.stdout + done.stderr


class Board(unittest.TestCase):
    def test_the_manager_board_passes_every_rule_of_the_linter(self):
        self.assertEqual(lint.check(boards.load()), [])

    def test_the_committed_board_is_what_the_generator_writes(self):
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([boards.FOLDER / "generate", folder], capture_output=True, text=True)
            if "script/tools/venv:" in done.stderr:
                self.skipTest(f"the Grafana foundation SDK: {done.stderr.strip().splitlines()[-1]}")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertTrue(filecmp.cmp(pathlib.Path(folder, "manager.json"), boards.FOLDER / "manager.json", False),
                            "dashboards/manager.json is not what dashboards/generate writes; run it and commit both")


def _panel(board, title):
    return next(panel for panel in board["panels"] if panel["title"] == title)


def _variable(board, name):
    return next(v for v in board["templating"]["list"] if v["name"] == name)


def _first_query(board):
    return _panel(board, "Unreviewed")["targets"][0]


# rule → a change to a good board that only this rule may find.
BREAKS = {
    "template-datasource-rule": lambda b: _variable(b, "datasource").update(query="loki"),
    "template-job-rule": lambda b: _variable(b, "job").update(multi=False),
    "template-label-promql-rule": lambda b: _variable(b, "queue").update(query="label_values(up{, queue)"),
    "template-on-time-change-reload-rule": lambda b: _variable(b, "queue").update(refresh=1),
    "panel-datasource-rule": lambda b: _panel(b, "Open").update(datasource={"type": "prometheus", "uid": "abc"}),
    "panel-title-description-rule": lambda b: _panel(b, "Open").update(title=""),
    "panel-one-sentence-rule": lambda b: _panel(b, "Open").update(description="Alerts. Open ones."),
    "panel-units-rule": lambda b: _panel(b, "Open")["fieldConfig"]["defaults"].pop("unit"),
    "panel-no-targets-rule": lambda b: _panel(b, "Open").update(targets=[]),
    "target-job-rule": lambda b: _first_query(b).update(expr="sum(countersign_alerts_unreviewed)"),
    "target-window-rule": lambda b: _first_query(b).update(
        expr='sum(increase(countersign_alerts_created_total{job=~"$job"}[3h]))'),
    "target-counter-agg-rule": lambda b: _first_query(b).update(
        expr='sum(countersign_alerts_created_total{job=~"$job"})'),
    "target-known-metric-rule": lambda b: _first_query(b).update(
        expr='sum by (owner) (countersign_alerts_unreviewed{job=~"$job"})'),
    "uneditable-dashboard-rule": lambda b: b.update(editable=True),
    "identity-rule": lambda b: b.update(uid="manager"),
    "layout-rule": lambda b: _panel(b, "Open")["gridPos"].update(x=0, y=0),
}


class Linter(unittest.TestCase):
    def test_each_rule_finds_what_it_is_for_and_nothing_else_does(self):
        for rule, damage in BREAKS.items():
            with self.subTest(rule):
                board = copy.deepcopy(boards.load())
                damage(board)
                self.assertEqual({found for found, _, _ in lint.check(board)}, {rule})

    def test_every_rule_has_its_example(self):
        self.assertEqual(set(lint.RULES) - set(lint.EXCEPTIONS), set(BREAKS) - {"target-window-rule"})

    def test_an_exception_that_excuses_nothing_is_reported(self):
        board = copy.deepcopy(boards.load())
        board["panels"] = []
        board["templating"]["list"] = [v for v in board["templating"]["list"] if v["name"] != "instance"]
        self.assertIn(("target-instance-rule", "exception", "excuses nothing"), lint.check(board))


class Alerts(unittest.TestCase):
    def rules(self):
        groups = yaml.safe_load(boards.ALERTS.read_text(encoding="utf-8"))["groups"]
        return [rule for group in groups for rule in group["rules"]]

    def test_promtool_accepts_the_rules(self):
        code, text = promtool("check", "rules", boards.ALERTS)
        self.assertEqual(code, 0, text)

    def test_alerts_fire_and_stay_silent_as_the_cases_say(self):
        code, text = promtool("test", "rules", HERE / "alerts_test.yml")
        self.assertEqual(code, 0, text)

    def test_every_alert_has_a_case_that_fires_and_one_that_does_not(self):
        tests = yaml.safe_load((HERE / "alerts_test.yml").read_text(encoding="utf-8"))["tests"]
        cases = [case for test in tests for case in test["alert_rule_test"]]
        for name in {rule["alert"] for rule in self.rules()}:
            outcomes = {bool(case.get("exp_alerts")) for case in cases if case["alertname"] == name}
            self.assertEqual(outcomes, {True, False}, name)

    def test_each_weakened_rule_is_noticed_by_the_cases(self):
        """A guard that no case needs is a guard that nobody tests."""
        text = boards.ALERTS.read_text(encoding="utf-8")
        weaker = {
            "no deadline asked": (r" *and on \(.*\n *sum by \(.*countersign_alerts_overdue\) > 0\n", ""),
            "zero means 1970": (r"(\"critical\"\}) > 0", r"\1 >= 0"),
            "no grace": (r"for: 5m", "for: 0m"),
            "one look is silence": (r"for: 1m", "for: 0m"),
            "queues merged": (r", queue\)", ")"),
            "absence fires at once": (r"(absent.*\n) *for: 5m", r"\1        for: 0m"),
        }
        for name, (pattern, replacement) in weaker.items():
            with self.subTest(name), tempfile.TemporaryDirectory() as folder:
                changed = re.sub(pattern, replacement, text)
                self.assertNotEqual(changed, text)
                rules = pathlib.Path(folder, "alerts.yml")
                rules.write_text(changed, encoding="utf-8")
                cases = (HERE / "alerts_test.yml").read_text(encoding="utf-8")
                cases = cases.replace("../../dashboards/alerts.yml", str(rules))
                pathlib.Path(folder, "cases.yml").write_text(cases, encoding="utf-8")
                code, _ = promtool("test", "rules", pathlib.Path(folder, "cases.yml"))
                self.assertNotEqual(code, 0)

    def test_each_alert_says_how_urgent_it_is_and_what_to_do(self):
        for rule in self.rules():
            with self.subTest(rule["alert"]):
                self.assertRegex(rule["alert"], r"^Countersign([A-Z][a-z0-9]*)+$")
                self.assertIn(rule["labels"]["severity"], {"critical", "warning", "info"})
                self.assertNotIn("{{", rule["annotations"]["summary"])
                self.assertTrue(rule["annotations"]["description"])
                self.assertEqual(rule["annotations"]["runbook"], f"docs/runbooks/{rule['alert']}.md")
                self.assertEqual(boards.unknown_names(rule["expr"]), [])

    def test_alerts_and_runbooks_name_each_other(self):
        pages = {page.stem for page in (boards.ROOT / "docs" / "runbooks").glob("*.md") if page.stem != "README"}
        self.assertEqual(pages, {rule["alert"] for rule in self.rules()})
        for rule in self.rules():
            page = (boards.ROOT / rule["annotations"]["runbook"]).read_text(encoding="utf-8")
            for heading in ("## What it means", "## What to do", "## When it ends"):
                self.assertIn(heading, page, rule["alert"])


class Expressions(unittest.TestCase):
    """The panels' expressions on series made for the purpose, evaluated by promtool."""

    def test_panels_compute_what_their_definitions_say(self):
        board = boards.load()
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "expressions.yml")
            path.write_text(yaml.safe_dump(expressions.cases(board)), encoding="utf-8")
            code, text = promtool("test", "rules", path)
        self.assertEqual(code, 0, text)

    def test_every_counting_panel_has_a_case(self):
        counted = {query.panel for query in boards.queries(boards.load()) if "/" in query.expression
                   or "histogram_quantile" in query.expression or "time()" in query.expression}
        self.assertEqual(counted - expressions.panels(), set())


def missing_parts():
    return [] if shutil.which("promtool") else ["promtool (Debian package prometheus)"]
