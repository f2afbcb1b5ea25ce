# SPDX-License-Identifier: Apache-2.0
"""`serve` over the real bulk corpus with SigmaHQ's rules: the ledger balances, the alerts are the matches of `match`
without their repetitions, and a second run over the same file adds nothing."""
import collections
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import books  # noqa: E402
import countersign as cs  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

CORPUS = cs.DATA / "bulk" / "windows-otrf-bulk.ndjson.zst"
EVENTS = 88_658  # shared/data/README.md
SECONDS = 600

# What makes two matches of one rule one alert, by channel and event id, as docs/packs.md and the Windows pack have it,
# in the names of the corpus. Written down here a second time, so that the program does not judge itself.
HOST = ["Hostname"]
USER = ["User", "SubjectUserName", "TargetUserName", "AccountName"]
PROCESS = ["Image", "SourceImage", "ProcessName", "Application"]
SYSMON, SECURITY = "microsoft-windows-sysmon/operational", "security"
GROUPS = {
    (SYSMON, None): [HOST, USER, PROCESS],
    (SYSMON, 3): [HOST, USER, PROCESS, ["DestinationIp"]],
    (SECURITY, None): [HOST, USER, ["ProcessName", "Application"]],
    (SECURITY, 4634): [HOST, ["TargetUserName"], ["IpAddress"]],
    (SECURITY, 4688): [HOST, USER, ["NewProcessName"]],
    ("microsoft-windows-powershell/operational", None): [HOST, USER],
    ("system", None): [HOST, USER, ["SourceName"]],
}
ABSENT = ["-", "N/A", "(NULL)", ""]


def group_of(event):
    channel = event["Channel"].lower()
    fields = GROUPS.get((channel, event["EventID"])) or GROUPS[channel, None]
    return tuple(next((str(event[name]).lower() for name in names if event.get(name, "") not in ABSENT), None)
                 for names in fields)


def expected_alerts(matches):
    """(rule, group) → matches, from what `match` prints and the events themselves."""
    wanted = {found["line"] for found in matches}
    events = {number: json.loads(line) for number, line in enumerate(cs.open_lines(CORPUS), 1) if number in wanted}
    return collections.Counter((found["rule_id"], group_of(events[found["line"]])) for found in matches)


def look_at(server, auditor):
    alerts = {}
    for (rule, group, _), alert in books.alerts(server, auditor).items():
        alerts[rule, tuple(value and value.lower() for _, value in group)] = alert
    return books.ledger(server, auditor), alerts


def check_first(checks, ledger, alerts, matches):
    checks.expect(ledger["balanced"], f"the ledger balances: {ledger['problems']}")
    counts = books.total(ledger)
    matched = len({found["line"] for found in matches})
    expected = expected_alerts(matches)
    wanted = {"delivered": EVENTS, "parsed": EVENTS, "dead_lettered": 0, "events": EVENTS, "undecodable": 0, "duplicate": 0,
              "matched": matched, "unmatched": EVENTS - matched, "matches": len(matches), "over_limit": 0,
              "opened": len(expected), "attached": len(matches) - len(expected), "repeated": 0}
    checks.equal({name: counts[name] for name in wanted}, wanted, "the ledger and `match`")
    checks.expect(len(alerts) > 100, f"alerts: {len(alerts)}")
    checks.equal({key: alert["count"] for key, alert in alerts.items()}, dict(expected), "alerts and their counts")
    levels = {found["rule_id"]: found["level"] for found in matches}
    checks.equal({rule: alert["severity"] for (rule, _), alert in alerts.items()}, levels, "levels")


def first_run(checks, installation, options, matches):
    with Server(installation, *options) as server:
        server.wait_until_read(SECONDS)
        auditor = Person(server, "arno")
        seen = look_at(server, auditor)
        checks.equal(sum(books.metric(server, "countersign_ingest_records_total")), EVENTS, "messages read by the first run")
        checks.equal(server.stop(SECONDS), 0, "SIGTERM ends with 0")
    check_first(checks, *seen, matches)
    return auditor, seen


def second_run(checks, installation, options, auditor, before):
    with Server(installation, *options) as server:
        server.wait_until_read(SECONDS)
        ledger, alerts = look_at(server, auditor)
        checks.equal(sum(books.metric(server, "countersign_ingest_records_total")), 0, "messages read by the second run")
    checks.equal(ledger, before[0], "the ledger after the second run")
    for key, alert in before[1].items():
        for name in ("id", "version", "count", "first_event_at", "last_event_at"):
            checks.equal(alerts.get(key, {}).get(name), alert[name], f"{name} of {key} after the second run")
    checks.equal(len(alerts), len(before[1]), "alerts after the second run")


def main():
    cs.need_data()
    checks = cs.Checks()
    matches = cs.match([CORPUS], *cs.sigmahq_options())
    options = [*cs.sigmahq_options(), "--source", f"file:{CORPUS}"]
    with tempfile.TemporaryDirectory(prefix="countersign-system-") as name:
        folder = pathlib.Path(name)
        installation = Installation(folder / "site")
        auditor, seen = first_run(checks, installation, options, matches)
        digest = books.digest(installation)
        second_run(checks, installation, options, auditor, seen)
        checks.equal(books.digest(installation), digest, "store digest after the second run")
        books.check_offline(checks, installation, folder)
    checks.exit()


if __name__ == "__main__":
    main()
