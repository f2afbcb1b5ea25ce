# SPDX-License-Identifier: Apache-2.0
"""The rules of Grafana's dashboard-linter for Prometheus boards, under its names, and a few of our own.

check(board) returns findings as (rule, where, what). EXCEPTIONS names what we deviate from and why; an exception that
excuses nothing is a finding too.
"""
import re

import boards

UNITS = {"short", "none", "s", "bytes", "cps", "percentunit"}
FIXED_WINDOWS = {"$window", "1d", "7d", "30d"}
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}

_RESTARTS = "one process is one installation; its address changes with a restart and must not cut the history"
EXCEPTIONS = {
    "template-instance-rule": _RESTARTS,
    "target-instance-rule": _RESTARTS,
    "target-rate-interval-rule": "review is measured over named windows (1d, 7d, 30d), whatever the zoom",
}


def _variable(board, name):
    found = [v for v in board["templating"]["list"] if v["name"] == name]
    return found[0] if found else None


def template_datasource_rule(board):
    variable = _variable(board, "datasource")
    if variable is None or variable["type"] != "datasource" or variable["query"] != "prometheus":
        yield "board", "has no variable `datasource` of type prometheus"
    elif variable.get("label") != "Data source":
        yield "board", "variable `datasource` is not labelled `Data source`"


def _template_label(board, name):
    variable = _variable(board, name)
    if variable is None:
        yield "board", f"has no variable `{name}`"
        return
    expected = {"type": "query", "multi": True, "includeAll": True, "allValue": ".+", "datasource": DATASOURCE}
    for key, value in expected.items():
        if variable.get(key) != value:
            yield f"variable {name}", f"{key} is {variable.get(key)!r}, not {value!r}"


def template_job_rule(board):
    yield from _template_label(board, "job")


def template_instance_rule(board):
    yield from _template_label(board, "instance")


def template_label_promql_rule(board):
    for variable in board["templating"]["list"]:
        if variable["type"] != "query":
            continue
        if not re.fullmatch(r"label_values\([a-z_]+(\{[^{}]*\})?, " + variable["name"] + r"\)", variable["query"]):
            yield f"variable {variable['name']}", f"query {variable['query']!r} is no label_values of that label"
        elif boards.unknown_names(variable["query"]):
            yield f"variable {variable['name']}", f"asks for {boards.unknown_names(variable['query'])}"


def template_on_time_change_reload_rule(board):
    for variable in board["templating"]["list"]:
        if variable["type"] == "query" and variable.get("refresh") != 2:
            yield f"variable {variable['name']}", "is not read again when the time range changes"


def panel_datasource_rule(board):
    for panel in boards.panels(board):
        if panel.get("datasource") != DATASOURCE:
            yield panel["title"], "does not use the variable `datasource`"


def panel_title_description_rule(board):
    for panel in boards.panels(board):
        if not panel.get("title") or not panel.get("description"):
            yield panel.get("title", f"panel {panel['id']}"), "has no title or no description"


def panel_one_sentence_rule(board):
    for panel in boards.panels(board):
        text = panel.get("description", "")
        if not re.fullmatch(r"[A-Z][^\n]*\.", text) or ". " in text:
            yield panel["title"], f"description is not one sentence: {text!r}"


def panel_units_rule(board):
    for panel in boards.panels(board):
        unit = panel.get("fieldConfig", {}).get("defaults", {}).get("unit")
        if unit not in UNITS:
            yield panel["title"], f"unit is {unit!r}"


def panel_no_targets_rule(board):
    for panel in boards.panels(board):
        if not panel.get("targets"):
            yield panel["title"], "asks nothing"


def target_job_rule(board):
    yield from _matcher(board, 'job=~"$job"')


def target_instance_rule(board):
    yield from _matcher(board, 'instance=~"$instance"')


def _matcher(board, matcher):
    for query in boards.queries(board):
        for selection in re.findall(r"\bcountersign_[a-z0-9_]+(\{[^{}]*\})?", query.expression):
            if matcher not in selection:
                yield query.panel, f"a selector lacks {matcher}"


def target_rate_interval_rule(board):
    """Ranges other than $__rate_interval; our fixed windows are excused by their exception, nothing else is."""
    for query in boards.queries(board):
        for window in re.findall(r"\[([^\]]*)\]", query.expression):
            if window != "$__rate_interval":
                rule = "target-rate-interval-rule" if window in FIXED_WINDOWS else "target-window-rule"
                yield query.panel, f"range [{window}]", rule


def target_counter_agg_rule(board):
    for query in boards.queries(board):
        for before, name in re.findall(r"([a-z]*\(?)\b(countersign_[a-z0-9_]+_total|countersign_[a-z0-9_]+_bucket)\b",
                                       query.expression):
            if before not in ("rate(", "irate(", "increase("):
                yield query.panel, f"counter {name} is read without rate or increase"


def target_known_metric_rule(board):
    for query in boards.queries(board):
        if boards.unknown_names(query.expression):
            yield query.panel, f"the program has no {boards.unknown_names(query.expression)}"


def uneditable_dashboard_rule(board):
    if board.get("editable") is not False:
        yield "board", "can be edited in place; the next installation would overwrite it"


def identity_rule(board):
    if not board.get("uid", "").startswith("countersign-") or not board.get("title", "").startswith("Countersign"):
        yield "board", "uid or title could clash with another board's"
    if "__inputs" in board:
        yield "board", "has __inputs, which provisioning does not fill in"
    if not 39 <= board.get("schemaVersion", 0) <= 42:
        yield "board", f"schemaVersion {board.get('schemaVersion')} is not 39 to 42"


def layout_rule(board):
    ids = [panel["id"] for panel in board["panels"]]
    titles = [panel["title"] for panel in board["panels"]]
    for what, values in (("id", ids), ("title", titles)):
        for value in sorted({v for v in values if values.count(v) > 1}, key=str):
            yield "board", f"{what} {value!r} is used twice"
    taken = {}
    for panel in board["panels"]:
        place = panel["gridPos"]
        if place["x"] + place["w"] > 24:
            yield panel["title"], "does not fit into 24 columns"
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                other = taken.setdefault((x, y), panel["title"])
                if other != panel["title"]:
                    yield panel["title"], f"lies over {other!r}"
                    return


RULES = {name.replace("_", "-"): rule for name, rule in list(globals().items()) if name.endswith("_rule")}


def everything(board):
    """All findings, exceptions included."""
    findings = []
    for name, rule in RULES.items():
        for where, what, *other in rule(board):
            findings.append((other[0] if other else name, where, what))
    return findings


def check(board):
    findings = everything(board)
    used = {rule for rule, _, _ in findings}
    kept = [finding for finding in findings if finding[0] not in EXCEPTIONS]
    return kept + [(rule, "exception", "excuses nothing") for rule in EXCEPTIONS if rule not in used]
