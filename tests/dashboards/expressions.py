# SPDX-License-Identifier: Apache-2.0
"""Cases for the panels' expressions: what goes in, what must come out. They become a promtool test file.

An expected value is (labels, number); numbers are rounded to thousandths. A series' values use promtool's notation, one
a minute from 0; each case is evaluated at minute 60 with every window being one hour, and the offset half an hour.
"""
import re

import boards

MINUTES = 60


def review(metric, values, severity="high", queue="q", **labels):
    more = "".join(f', {name}="{value}"' for name, value in labels.items())
    return f'{metric}{{job="c", alert_severity="{severity}", queue="{queue}"{more}}}', values


def deadlines(outcome, steps, severity="high", queue="q"):
    return review("countersign_alert_review_deadlines_total", f"0+{steps}x60", severity, queue, outcome=outcome)


def times(metric, bounds, severity="high"):
    """bounds: le → step a minute of the cumulative bucket."""
    return [review(f"{metric}_bucket", f"0+{step}x60", severity, le=bound) for bound, step in bounds.items()]


REVIEW_TIME = "countersign_alert_time_to_review_seconds"
CLOSE_TIME = "countersign_alert_time_to_close_seconds"
ASSIGN_TIME = "countersign_alert_time_to_assign_seconds"
OLDEST = "countersign_alert_oldest_unreviewed_timestamp_seconds"
UNREVIEWED = "countersign_alerts_unreviewed"


def oldest(values, unreviewed, severity="high", queue="q"):
    return [review(OLDEST, values, severity, queue), review(UNREVIEWED, f"{unreviewed}x60", severity, queue)]


IN_TIME = ("Reviewed in time, 24 hours", "Reviewed in time, 7 days by severity", "Reviewed in time, 30 days")
HIGH, LOW = '{alert_severity="high"}', '{alert_severity="low"}'
DECIDED = {"300": 3, "900": 4, "604800": 4, "+Inf": 4}

# (what, panels, which query of each, input series, expected samples)
CASES = [
    ("three of four in time", IN_TIME, 0, [deadlines("met", 3), deadlines("missed", 1)], [(HIGH, 0.75)]),
    ("only misses are 0, not absent", IN_TIME, 0, [deadlines("missed", 2)], [(HIGH, 0)]),
    ("a withdrawn decision is not in time", IN_TIME, 0,
     [deadlines("met", 3), deadlines("missed", 1), deadlines("overturned", 1)], [(HIGH, 0.5)]),
    ("nothing due says nothing", IN_TIME, 0, [deadlines("met", 0), deadlines("missed", 0)], []),
    ("each severity by itself", IN_TIME, 0,
     [deadlines("met", 1), deadlines("missed", 1), deadlines("met", 2, "low")], [(HIGH, 0.5), (LOW, 1)]),
    ("all severities together", ("Reviewed in time, 7 days",), 0,
     [deadlines("met", 1), deadlines("missed", 1), deadlines("met", 2, "low")], [("{}", 0.75)]),
    ("the budget is spent at 95 %", ("Review budget left, 30 days",), 0,
     [deadlines("met", 19), deadlines("missed", 1)], [(HIGH, 0)]),
    ("the budget is whole when all are in time", ("Review budget left, 30 days",), 0,
     [deadlines("met", 5)], [(HIGH, 1)]),
    ("half in time overspends tenfold", ("Review budget left, 30 days",), 0,
     [deadlines("met", 1), deadlines("missed", 1)], [(HIGH, -9)]),

    ("the age is that of the oldest", ("Oldest unreviewed",), 0,
     [*oldest("600x60", 1), *oldest("1200x60", 2, "low")], [("{}", 3000)]),
    ("none unreviewed has no age, whether the metric says 0 or now", ("Oldest unreviewed",), 0,
     [*oldest("0x60", 0), *oldest("0+60x60", 0, "low")], []),
    ("one age a severity", ("Age of the oldest unreviewed alert",), 0,
     [*oldest("600x60", 1), *oldest("1200x60", 5, queue="r"), *oldest("0+60x60", 0, "low")], [(HIGH, 3000)]),

    ("half within 200 s", ("Time to review, p50",), 0, times(REVIEW_TIME, DECIDED), [(HIGH, 200)]),
    ("unreviewed alerts count as slowest", ("Time to review, p90", "Time to review, p99"), 0,
     [*times(REVIEW_TIME, DECIDED), review(UNREVIEWED, "300x60")], [(HIGH, 604800)]),
    ("none unreviewed changes nothing", ("Time to review, p50",), 0,
     [*times(REVIEW_TIME, DECIDED), review(UNREVIEWED, "0x60")], [(HIGH, 200)]),
    ("a severity without a decision shows", ("Time to review, p50",), 0,
     [*times(REVIEW_TIME, DECIDED), review(UNREVIEWED, "1x60", "low")], [(HIGH, 200), (LOW, 604800)]),
    ("the window before sees what was then", ("Time to review, p50",), 1,
     [*times(REVIEW_TIME, DECIDED), review(UNREVIEWED, "0x31 9000x29")], [(HIGH, 200)]),
    ("half owned within 200 s", ("Time to first owner",), 0, times(ASSIGN_TIME, DECIDED), [("{}", 200)]),
    ("half closed within 200 s", ("Time to close",), 0, times(CLOSE_TIME, DECIDED), [("{}", 200)]),
    ("90 % closed within 660 s", ("Time to close",), 1, times(CLOSE_TIME, DECIDED), [("{}", 660)]),

    ("three of four matches were repeats", ("Repeats folded into open alerts",), 0,
     [review("countersign_alerts_deduplicated_total", "0+3x60"),
      review("countersign_alerts_created_total", "0+1x60", source="s")], [("{}", 0.75)]),
    ("one of four judged is false", ("False-positive ratio by queue",), 0,
     [review("countersign_alerts_closed_total", "0+1x60", verdict="false_positive"),
      review("countersign_alerts_closed_total", "0+1x60", verdict="benign"),
      review("countersign_alerts_closed_total", "0+2x60", verdict="true_positive"),
      review("countersign_alerts_closed_total", "0+9x60", verdict="insufficient_data")], [('{queue="q"}', 0.25)]),
    ("no false positive is 0, not absent", ("False-positive ratio by queue",), 0,
     [review("countersign_alerts_closed_total", "0+1x60", verdict="benign")], [('{queue="q"}', 0)]),
    ("reopened over closed", ("Reopened ratio",), 0,
     [review("countersign_alerts_reopened_total", "0+1x60"),
      review("countersign_alerts_closed_total", "0+4x60", verdict="benign")], [(HIGH, 0.25)]),

    ("the newest partition counts", ("Since the last record",), 0,
     [('countersign_ingest_last_record_processed_timestamp_seconds{job="c", topic="t", partition="0"}', "600x60"),
      ('countersign_ingest_last_record_processed_timestamp_seconds{job="c", topic="t", partition="1"}', "3000x60")],
     [('{topic="t"}', 600)]),
    ("one of eight records rejected", ("Records rejected",), 0,
     [('countersign_ingest_records_total{job="c", topic="t", source="s"}', "0+8x60"),
      ('countersign_ingest_rejected_records_total{job="c", topic="t", reason="bad_json"}', "0+1x60")],
     [("{}", 0.125)]),
    ("nothing rejected is 0, not absent", ("Records rejected",), 0,
     [('countersign_ingest_records_total{job="c", topic="t", source="s"}', "0+8x60")], [("{}", 0)]),
    ("one of four requests failed", ("Failed requests",), 0,
     [('countersign_http_requests_total{job="c", method="GET", route="/a", code="200"}', "0+3x60"),
      ('countersign_http_requests_total{job="c", method="GET", route="/a", code="500"}', "0+1x60")],
     [("{}", 0.25)]),
    ("client errors are not ours", ("Failed requests",), 0,
     [('countersign_http_requests_total{job="c", method="GET", route="/a", code="404"}', "0+1x60")], [("{}", 0)]),
]


def panels():
    return {title for _, titles, _, _, _ in CASES for title in titles}


def _expression(board, title, number):
    query = [q for q in boards.queries(board) if q.panel == title][number]
    text = query.filled(window="1h", __rate_interval="1h")
    text = re.sub(r"offset 1h", "offset 30m", text)
    text = re.sub(r"\[(1d|7d|30d)\]", "[1h]", text)
    return f"round({text}, 0.001)"


def cases(board):
    tests = []
    for what, titles, number, series, expected in CASES:
        tests.append({
            "name": what,
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series],
            "promql_expr_test": [{
                "expr": _expression(board, title, number),
                "eval_time": f"{MINUTES}m",
                "exp_samples": [{"labels": labels, "value": value} for labels, value in expected],
            } for title in titles],
        })
    return {"rule_files": [], "evaluation_interval": "1m", "tests": tests}
