# SPDX-License-Identifier: Apache-2.0
"""The manager's board: what nobody looked at, what was decided in time, and whether these numbers can be trusted.

Each panel's description is one sentence that defines its number exactly. Called by dashboards/generate.
"""
import pathlib
import sys

import board
import queries as q
from grafana_foundation_sdk.builders.dashboard import Dashboard, DatasourceVariable
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync

SEVERITY = ("alert_severity",)
OBJECTIVE = 0.95
WINDOW = "$window"
DAY, WEEK, MONTH = "1d", "7d", "30d"

REVIEW_TIME = "countersign_alert_time_to_review_seconds"
CLOSE_TIME = "countersign_alert_time_to_close_seconds"
ASSIGN_TIME = "countersign_alert_time_to_assign_seconds"
CREATED = "countersign_alerts_created_total"
CLOSED = "countersign_alerts_closed_total"
RECORDS = "countersign_ingest_records_total"
REJECTED = "countersign_ingest_rejected_records_total"

NONE_IS_BEST = (board.GOOD, (1, board.WARN))
ANY_IS_BAD = (board.GOOD, (1, board.BAD))
IN_TIME = (board.BAD, (0.9, board.WARN), (OBJECTIVE, board.GOOD))


def now(n):
    """The first line: what holds at this moment."""
    return [
        board.number(n, "Unreviewed", "Alerts at this moment on which no human decision stands and which no approved "
                     "automatic policy closed, expired ones included.",
                     "short", [(q.total(q.series(q.UNREVIEWED)), "unreviewed")], steps=NONE_IS_BEST, none="0"),
        board.number(n, "Oldest unreviewed", "Time since the opening of the unreviewed alert that was opened first.",
                     "s", [(q.unreviewed_age(), "oldest")], steps=(board.WARN, (86400, board.BAD))),
        board.number(n, "Overdue", "Unreviewed alerts at this moment whose review deadline has passed.",
                     "short", [(q.total(q.series("countersign_alerts_overdue")), "overdue")], steps=ANY_IS_BAD,
                     none="0"),
        board.number(n, "Open", "Alerts at this moment in status new, in_progress, on_hold or awaiting_countersign.",
                     "short", [(q.total(q.series("countersign_alerts_open")), "open")], none="0"),
        board.number(n, "Without owner", "Open alerts at this moment for which nobody answers.",
                     "short", [(q.total(q.series("countersign_alerts_unowned")), "unowned")],
                     steps=NONE_IS_BEST, none="0"),
        board.number(n, "Reviewed in time, 7 days", "Of the review deadlines that were met or passed within the last "
                     "7 days, the share that was met by a human decision which was not withdrawn since.",
                     "percentunit", [(q.reviewed_in_time(WEEK), "in time")], steps=IN_TIME, none="nothing due"),
    ]


def objective(n):
    def in_time(title, window, text):
        return board.bars(n, title, f"Of the review deadlines that were met or passed within the last {text}, the "
                          "share by severity that was met by a human decision which was not withdrawn since, so that "
                          "an alert nobody touched counts as missed.",
                          "percentunit", [(q.reviewed_in_time(window, SEVERITY), "{{alert_severity}}")],
                          steps=IN_TIME, none="nothing due", largest=1)
    return [
        in_time("Reviewed in time, 24 hours", DAY, "24 hours"),
        in_time("Reviewed in time, 7 days by severity", WEEK, "7 days"),
        in_time("Reviewed in time, 30 days", MONTH, "30 days (as far back as Prometheus keeps data)"),
        board.number(n, "Review budget left, 30 days", "One minus the share of deadlines missed or withdrawn within "
                     f"30 days divided by the {1 - OBJECTIVE:.0%} that the objective of {OBJECTIVE:.0%} in time allows, "
                     "by severity, where below zero is overspent.",
                     "percentunit", [(q.budget_left(MONTH, OBJECTIVE, SEVERITY), "{{alert_severity}}")], width=6,
                     height=7, steps=(board.BAD, (0, board.WARN), (0.25, board.GOOD)), none="nothing due"),
    ]


def waiting(n):
    return [
        board.lines(n, "Unreviewed by severity", "Alerts by severity on which no human decision stood at that moment "
                    "and which no approved automatic policy had closed, expired ones included.",
                    "short", [(q.total(q.series(q.UNREVIEWED), SEVERITY), "{{alert_severity}}")], width=8,
                    stacked=True),
        board.lines(n, "Age of the oldest unreviewed alert", "Time by severity between that moment and the opening of "
                    "the then unreviewed alert that was opened first.",
                    "s", [(q.unreviewed_age(SEVERITY), "{{alert_severity}}")], width=8),
        board.lines(n, "Backlog by status", "Open alerts at that moment by status.",
                    "short", [(q.total(q.series("countersign_alerts_open"), ("status",)), "{{status}}")], width=8,
                    stacked=True),
        board.lines(n, "Alerts in and out", "Alerts opened, closed and reopened within each day.",
                    "short", [(q.grown(CREATED, DAY), "opened"), (q.grown(CLOSED, DAY), "closed"),
                              (q.grown("countersign_alerts_reopened_total", DAY), "reopened")],
                    interval=DAY, as_bars=True),
        board.lines(n, "Repeats folded into open alerts", "Of the matches within the window that reached an alert, "
                    "the share that was counted on an alert already there instead of opening one.",
                    "percentunit", [(folded(), "folded")], largest=1),
    ]


def folded():
    repeats = q.grown("countersign_alerts_deduplicated_total", WINDOW)
    opened = q.grown(CREATED, WINDOW)
    return f"{repeats} / (({repeats} + {opened}) > 0)"


def speed(n):
    def with_open(title, quantile, share_text):
        text = (f"The time from opening to the first human decision within which {share_text} of the alerts decided in "
                "the window stay when each alert then unreviewed counts as slower than all of them (7 days means 7 "
                "days or more), dashed for the window before.")
        return board.lines(n, title, text, "s", [
            (q.quantile_with_open(quantile, REVIEW_TIME, WINDOW, SEVERITY), "{{alert_severity}}"),
            (q.quantile_with_open(quantile, REVIEW_TIME, WINDOW, SEVERITY, " offset $window"),
             "{{alert_severity}} before")], width=8)

    def of_done(title, histogram, text):
        return board.lines(n, title, text, "s", [
            (q.quantile(0.5, histogram, WINDOW), "p50"), (q.quantile(0.9, histogram, WINDOW), "p90")])
    return [
        with_open("Time to review, p50", 0.5, "half"),
        with_open("Time to review, p90", 0.9, "90 %"),
        with_open("Time to review, p99", 0.99, "99 %"),
        board.heat(n, "Time to review per day", "Alerts whose first human decision fell on that day, by the time from "
                   "opening to that decision.", "s", (q.grown(REVIEW_TIME + "_bucket", DAY, by=("le",)), "{{le}}")),
        of_done("Time to first owner", ASSIGN_TIME, "Time from opening to the first owner of the alerts that got one "
                "within the window, so that alerts still without owner are not in it."),
        of_done("Time to close", CLOSE_TIME, "Time from opening to closing of the alerts closed within the window, so "
                "that alerts still open are not in it."),
    ]


def outcome(n):
    judged = 'verdict=~"true_positive|benign|false_positive"'
    return [
        board.bars(n, "Closures by verdict", "Alerts closed within the window by the verdict that stood.",
                   "short", [(q.grown(CLOSED, WINDOW, by=("verdict",)), "{{verdict}}")], width=8, height=8),
        board.bars(n, "False-positive ratio by queue", "Of the alerts closed within the window as true_positive, "
                   "benign or false_positive, the share of false_positive.",
                   "percentunit", [(q.share((CLOSED, 'verdict="false_positive"'), (CLOSED, judged), by=("queue",),
                                            window=WINDOW), "{{queue}}")],
                   width=8, height=8, none="nothing judged", largest=1),
        board.bars(n, "Reopened ratio", "Alerts reopened within the window divided by alerts closed within it, by "
                   "severity.",
                   "percentunit", [(q.share(("countersign_alerts_reopened_total",), (CLOSED,), by=SEVERITY,
                                            window=WINDOW), "{{alert_severity}}")],
                   width=8, height=8, none="nothing closed"),
    ]


def trust(n):
    """Whether the line that feeds these numbers runs."""
    def rate(metric, by, *more):
        return q.total(f"rate({q.series(metric, q.PROGRAM, *more)}[$__rate_interval])", by)
    rejected = f"({rate(REJECTED, ())} or {rate(RECORDS, ())} * 0) / ({rate(RECORDS, ())} > 0)"
    failed = rate("countersign_http_requests_total", (), 'code=~"5.."')
    requests = rate("countersign_http_requests_total", ())
    loaded = q.total(q.series("countersign_rules_loaded", q.PROGRAM), ("status",))
    return [
        board.number(n, "Since the last record", "Time since the newest record was processed, by topic.",
                     "s", [("time() - max by (topic) (" + q.series(
                         "countersign_ingest_last_record_processed_timestamp_seconds", q.PROGRAM) + ")",
                         "{{topic}}")], width=8, height=6, none="no record yet"),
        board.number(n, "Rules", "Rules at this moment by status: loaded, refused because of an error, skipped because "
                     "of their own status, quarantined because of their cost.", "short", [(loaded, "{{status}}")], width=8, height=6),
        board.number(n, "Version", "Version and source revision of the running program.",
                     "none", [(q.total(q.series("countersign_build_info", q.PROGRAM), ("version", "revision")),
                               "{{version}} {{revision}}")], width=8, height=6, names=True),
        board.lines(n, "Records read", "Records accepted from sources per second, by source.",
                    "cps", [(rate(RECORDS, ("source",)), "{{source}}")], width=8),
        board.lines(n, "Records rejected", "Of the records read, the share that could not be decoded and was kept as a "
                    "dead letter.", "percentunit", [(rejected, "rejected")], width=8),
        board.lines(n, "Consumer lag", "The time by which the newest processed record trails the newest one of its "
                    "topic, the largest over its partitions.",
                    "s", [("max by (topic) (" + q.series("countersign_ingest_consumer_lag_seconds", q.PROGRAM) + ")",
                           "{{topic}}")], width=8),
        board.lines(n, "Clock-skewed records", "Events per second whose own time lay more than five minutes in the "
                    "future, by source.",
                    "cps", [(rate("countersign_ingest_clock_skewed_records_total", ("source",)), "{{source}}")],
                    width=12),
        board.lines(n, "Failed requests", "Of the HTTP requests answered, the share answered with a status of 500 or "
                    "above.", "percentunit", [(f"({failed} or {requests} * 0) / ({requests} > 0)", "failed")],
                    width=12),
    ]


def build():
    n = board.Numbers()
    result = (Dashboard("Countersign: review of alerts").uid("countersign-manager").tags(["countersign"])
              .description("Which alerts nobody looked at, which were decided in time, and whether the numbers can be "
                           "trusted.")
              .readonly().tooltip(DashboardCursorSync.CROSSHAIR).refresh("1m").time("now-14d", "now").version(1)
              .timezone("browser")
              .with_variable(DatasourceVariable("datasource").label("Data source").type("prometheus"))
              .with_variable(board.label_variable("job", "Installation", "countersign_build_info"))
              .with_variable(board.label_variable("alert_severity", "Severity", q.UNREVIEWED, '{job=~"$job"}'))
              .with_variable(board.label_variable("queue", "Queue", q.UNREVIEWED, '{job=~"$job"}'))
              .with_variable(board.choice_variable("window", "Window", (DAY, WEEK, MONTH), WEEK)))
    rows = [(None, now), ("Review objective", objective), ("Waiting", waiting), ("Speed", speed),
            ("Outcome", outcome), ("Can these numbers be trusted?", trust)]
    for title, panels in rows:
        if title is not None:
            result = result.with_row(board.row(n, title))
        for panel in panels(n):
            result = result.with_panel(panel)
    return result.build()


if __name__ == "__main__":
    text = JSONEncoder(sort_keys=True, indent=2).encode(build())
    pathlib.Path(sys.argv[1]).write_text(text + "\n", encoding="utf-8")
