# SPDX-License-Identifier: Apache-2.0
"""Reads the committed boards as the tests see them: panels, queries with their variables filled in, metric names."""
import json
import pathlib
import re
from dataclasses import dataclass

ROOT = pathlib.Path(__file__).resolve().parents[2]
FOLDER = ROOT / "dashboards"
ALERTS = FOLDER / "alerts.yml"

# What Grafana fills in when everything is chosen.
VARIABLES = {"job": ".+", "alert_severity": ".+", "queue": ".+", "window": "7d", "__rate_interval": "1m"}

# The names and labels that we announce. The program exports no other, and a board or rule asks for no other.
REVIEW = {"alert_severity", "queue"}
METRICS = {
    "countersign_build_info": {"version", "revision"},
    "countersign_ingest_records_total": {"topic", "source"},
    "countersign_ingest_bytes_total": {"topic"},
    "countersign_ingest_rejected_records_total": {"topic", "reason"},
    "countersign_ingest_consumer_lag_records": {"topic", "partition"},
    "countersign_ingest_consumer_lag_seconds": {"topic", "partition"},
    "countersign_ingest_last_record_processed_timestamp_seconds": {"topic", "partition"},
    "countersign_ingest_event_delay_seconds": {"source"},
    "countersign_ingest_clock_skewed_records_total": {"source"},
    "countersign_ingest_paused_partitions": {"topic"},
    "countersign_dead_letters": {"source", "reason", "state"},
    "countersign_source_silent": {"source"},
    "countersign_source_last_record_timestamp_seconds": {"source"},
    "countersign_stage_duration_seconds": {"stage"},
    "countersign_stage_queue_records": {"stage"},
    "countersign_rules_loaded": {"status"},
    "countersign_rules_last_reload_success_timestamp_seconds": set(),
    "countersign_rules_last_reload_successful": set(),
    "countersign_rules_reloads_total": {"result"},
    "countersign_rule_matches_total": {"rule_id", "alert_severity"},
    "countersign_alerts_created_total": REVIEW | {"source"},
    "countersign_alerts_deduplicated_total": REVIEW,
    "countersign_alerts_open": REVIEW | {"status"},
    "countersign_alerts_unreviewed": REVIEW,
    "countersign_alerts_unowned": REVIEW,
    "countersign_alerts_overdue": REVIEW,
    "countersign_alert_oldest_unreviewed_timestamp_seconds": REVIEW,
    "countersign_alert_time_to_assign_seconds": REVIEW,
    "countersign_alert_time_to_review_seconds": REVIEW,
    "countersign_alert_time_to_close_seconds": REVIEW,
    "countersign_alert_review_deadlines_total": REVIEW | {"outcome"},
    "countersign_alerts_closed_total": REVIEW | {"verdict"},
    "countersign_alerts_reopened_total": REVIEW,
    "countersign_alert_reassignments_total": {"queue"},
    "countersign_audit_samples_total": {"result"},
    "countersign_audit_chain_last_verified_timestamp_seconds": set(),
    "countersign_audit_chain_verification_failures_total": set(),
    "countersign_http_requests_total": {"method", "route", "code"},
    "countersign_http_request_duration_seconds": {"method", "route"},
    "countersign_http_requests_in_flight": set(),
    "countersign_event_stream_clients": set(),
    "countersign_webhook_deliveries_total": {"result"},
    "countersign_storage_size_bytes": {"kind"},
    "countersign_storage_write_stall_seconds_total": set(),
    "countersign_backup_last_success_timestamp_seconds": set(),
}
# Labels that Prometheus adds, and the bucket bound of histograms.
TARGET_LABELS = {"job", "instance", "namespace", "le"}


@dataclass
class Query:
    panel: str
    expression: str
    instant: bool

    def filled(self, **values):
        return fill(self.expression, **values)


def fill(text, **values):
    for name, value in {**VARIABLES, **values}.items():
        text = text.replace(f"${name}", value)
    return text


def load(name="manager"):
    return json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))


def panels(board):
    """All panels that show data; rows are only headings."""
    return [panel for panel in board["panels"] if panel["type"] != "row"]


def queries(board):
    return [Query(panel["title"], target["expr"], target.get("instant", False))
            for panel in panels(board) for target in panel.get("targets", [])]


def metric_names(expression):
    """Names as written; a histogram appears as its family."""
    names = re.findall(r"\bcountersign_[a-z0-9_]+", expression)
    return {re.sub(r"_(bucket|sum|count)$", "", name) for name in names}


def label_names(expression):
    """Labels in matchers, in by (…), on (…) and group_left (…)."""
    matched = set(re.findall(r"([a-z_]+)\s*(?:=~|!~|!=|=)\s*\"", expression))
    for group in re.findall(r"\b(?:by|on|without|group_left|ignoring)\s*\(([^()]*)\)", expression):
        matched |= {name.strip() for name in group.split(",") if name.strip()}
    return matched


def unknown_names(expression):
    """What an expression asks for that the program does not offer."""
    metrics = metric_names(expression)
    problems = sorted(metrics - METRICS.keys())
    allowed = TARGET_LABELS.union(*(METRICS.get(name, set()) for name in metrics))
    return problems + sorted(label_names(expression) - allowed)
