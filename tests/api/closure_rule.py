# SPDX-License-Identifier: Apache-2.0
"""The closure rule of a running `serve`, through its two doors, HTTP and `countersign alerts`: every situation of an
alert × every action × everybody who might try × everything that can be left out.

The tables below are written by hand from semantics.md §8 and the roles; they share nothing with the product. A refused
attempt leaves the alert as it was and names what is missing; an alert that is closed has owner, verdict, reason code and
the time of its decision. The statuses awaiting_countersign and expired_unreviewed are not here: no setting of this
version leads there; tests/unit/store/closure_rule_test.cc tries them in the store itself.
"""
import collections
import json
import pathlib
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from closure_doors import CliDoor, HttpDoor, World  # noqa: E402
from server import Installation, Server  # noqa: E402

# What was done to the alert before, each step by alice.
SITUATIONS = {
    "new": [],
    "in_progress": ["take"],
    "on_hold": ["take", "hold"],
    "decided": ["decide"],
    "decided_unowned": ["decide", "release"],
    "reopened": ["close", "reopen"],
    "closed": ["close"],
}
STATUS = ["new", "in_progress", "on_hold", "in_progress", "new", "in_progress", "closed"]

# The status after a complete request of somebody who may; "-": refused, because of the status.
AFTER = {
    "take":    ["in_progress", "in_progress", "in_progress", "in_progress", "in_progress", "in_progress", "-"],
    "assign":  ["in_progress", "in_progress", "in_progress", "in_progress", "in_progress", "in_progress", "-"],
    "release": ["-", "new", "new", "new", "-", "new", "-"],
    "note":    ["new", "in_progress", "on_hold", "in_progress", "new", "in_progress", "closed"],
    "hold":    ["-", "on_hold", "-", "on_hold", "-", "on_hold", "-"],
    "resume":  ["-", "-", "in_progress", "-", "-", "-", "-"],
    "decide":  ["in_progress", "in_progress", "in_progress", "in_progress", "in_progress", "in_progress", "-"],
    "close":   ["closed", "closed", "closed", "closed", "closed", "closed", "-"],
    "reopen":  ["-", "-", "-", "-", "-", "-", "in_progress"],
}
# Actions of the life cycle that no person is offered yet, or never.
NOT_OFFERED = ["approve", "return", "undo", "lease_expired", "wake_up", "expire_unreviewed"]

# Who may, by action; everybody else is refused before anything is looked at.
MAY = {
    "take": {"analyst", "lead"}, "assign": {"lead", "manager"}, "release": {"analyst", "lead"},
    "note": {"analyst", "lead", "manager", "token"}, "hold": {"analyst", "lead"}, "resume": {"analyst", "lead"},
    "decide": {"analyst", "lead"}, "close": {"analyst", "lead"}, "reopen": {"analyst", "lead"},
}

COMPLETE = {
    "take": {}, "assign": {"assignee": "lena"}, "release": {}, "note": {"text": "seen"},
    "hold": {"reason": "waits for the owner of the host", "wake": "2199-01-01T00:00:00Z"}, "resume": {},
    "decide": {"verdict": "benign", "reason_code": "known_tool", "rationale": "the backup agent"},
    "close": {"verdict": "true_positive", "reason_code": "confirmed_incident", "rationale": "host cleaned, SEC-17"},
    "reopen": {"reason": "it came back"},
}

# What is left out of `decide` or of a `close` that brings its decision; what the refusal names on an alert of severity
# high, for which the policy asks for a rationale, and on one of severity medium, for which it does not.
LEFT_OUT = [
    ("verdict", "verdict", "verdict"),
    ("reason_code", "reason_code", "reason_code"),
    ("rationale", "rationale", ""),
    ("verdict reason_code", "verdict reason_code", "verdict reason_code"),
    ("verdict rationale", "verdict rationale", "verdict"),
    ("reason_code rationale", "reason_code rationale", "reason_code"),
]
BARE_DECIDE = ("verdict reason_code rationale", "verdict reason_code")
# A `close` that brings nothing stands on what is there.
BARE_CLOSE = {
    "new": ("verdict reason_code rationale owner", "verdict reason_code owner"),
    "in_progress": ("verdict reason_code rationale", "verdict reason_code"),
    "on_hold": ("verdict reason_code rationale", "verdict reason_code"),
    "decided": ("", ""),
    "decided_unowned": ("owner", "owner"),
    "reopened": ("verdict reason_code rationale", "verdict reason_code"),
}
NEEDED_ELSEWHERE = [("hold", "reason"), ("hold", "wake"), ("reopen", "reason"), ("note", "text"), ("assign", "assignee")]

# Values that are no value, and fields that are none: whatever is tried, it is named.
WRONG_FIELDS = [(field, value) for field in ("verdict", "reason_code")
                for value in (None, "", " \t\n", "unknown", "closed", "TRUE_POSITIVE", 1, True, ["benign"], {})]
WRONG_FIELDS += [("rationale", value) for value in (None, "", " \t\r\n", 7, ["a"], "x" * 16385)]
WRONG_FIELDS += [(field, "x") for field in ("owner", "status", "closed_at", "decided_at", "decider", "actor", "force",
                                            "policy", "severity", "version")]
WRONG_FIELDS += [("reference", "SEC-17"), ("duplicate_of", "1-000-000001")]  # not with this verdict


def without(fields, left_out):
    return {name: value for name, value in fields.items() if name not in left_out.split()}


def situation_of(world, situation, severity="high"):
    """A fresh alert in the situation; returns it as it is now."""
    alert = world.open(severity)
    for action in SITUATIONS[situation]:
        alert = world.done("analyst", action, alert, COMPLETE[action])
    return alert


def everybody(world, door):
    """Every situation × action × actor, with complete requests."""
    for number, situation in enumerate(SITUATIONS):
        alert = situation_of(world, situation)
        for action, after in AFTER.items():
            what = f"{door.name}: {action} of {situation}"
            for actor in door.actors:
                if actor not in MAY[action]:
                    door.refused(door.attempt(actor, action, alert, COMPLETE[action]), "denied", alert, f"{what} by {actor}")
                elif after[number] == "-":
                    refusal = door.attempt(actor, action, alert, COMPLETE[action])
                    door.refused(refusal, "conflict", alert, f"{what} by {actor}")
                    world.checks.expect(action in refusal.text and STATUS[number] in refusal.text,
                                        f"{what} by {actor}: the refusal says which status: {refusal.text}")
                else:
                    fresh = situation_of(world, situation)
                    outcome = door.attempt(actor, action, fresh, COMPLETE[action])
                    door.accepted(outcome, after[number], fresh, f"{what} by {actor}")


def incomplete(world, door):
    """Every situation × what can be left out of a decision or a closure × severity."""
    for situation in BARE_CLOSE:
        for severity, column in (("high", 0), ("medium", 1)):
            for action in ("decide", "close"):
                bare = BARE_DECIDE if action == "decide" else BARE_CLOSE[situation]
                rows = [(left_out, named[column]) for left_out, *named in LEFT_OUT]
                rows.append(("verdict reason_code rationale", bare[column]))
                alert = situation_of(world, situation, severity)
                for left_out, named in rows:
                    what = f"{door.name}: {action} of {situation}, {severity}, without {left_out}"
                    request = without(COMPLETE[action], left_out)
                    outcome = door.attempt("analyst", action, alert, request)
                    if named:
                        door.refused(outcome, "incomplete", alert, what, set(named.split()))
                    else:
                        door.accepted(outcome, "closed" if action == "close" else "in_progress", alert, what)
                        alert = situation_of(world, situation, severity)


def incomplete_otherwise(world, door):
    for action, field in NEEDED_ELSEWHERE:
        number = next(i for i, after in enumerate(AFTER[action]) if after != "-")
        alert = situation_of(world, list(SITUATIONS)[number])
        outcome = door.attempt("lead", action, alert, without(COMPLETE[action], field))
        door.refused(outcome, "incomplete", alert, f"{door.name}: {action} without {field}", {field})


def versions(world, door):
    """Nobody acts on what he has not seen."""
    for number, situation in enumerate(SITUATIONS):
        alert = situation_of(world, situation)
        for action, after in AFTER.items():
            for version in (alert["version"] - 1, alert["version"] + 1):
                if version > 0:
                    outcome = door.attempt("lead", action, alert, COMPLETE[action], version=version)
                    door.refused(outcome, "stale", alert, f"{door.name}: {action} of {situation} at version {version}")
            for header in door.no_versions if after[number] != "-" else []:
                outcome = door.attempt("lead", action, alert, COMPLETE[action], version=header)
                door.refused(outcome, "unversioned", alert, f"{door.name}: {action} of {situation} with If-Match {header!r}")


def wrong_values(world, door):
    alert = situation_of(world, "in_progress")
    for action in ("decide", "close"):
        for field, value in WRONG_FIELDS:
            outcome = door.attempt("lead", action, alert, {**COMPLETE[action], field: value})
            door.refused(outcome, "incomplete", alert, f"{action} with {field} {str(value)[:20]!r}", {field})
        for verdict, field in (("duplicate", "duplicate_of"), ("test", "reference"), ("managed_externally", "reference")):
            for value in ({}, {field: " "}, {"duplicate_of": alert["id"]}, {"duplicate_of": "1-000-999999"}):
                outcome = door.attempt("lead", action, alert, {**COMPLETE[action], "verdict": verdict, **value})
                named = {field, *value} - ({"reference"} if verdict == "duplicate" else set())
                door.refused(outcome, "incomplete", alert, f"{action} as {verdict} with {value}", named)


def ways_round(world, door):
    """Other methods, other addresses and other fields do not close an alert."""
    alert = situation_of(world, "decided_unowned")
    path = f"/api/v1/alerts/{alert['id']}"
    door.look(alert)
    for actor in ("analyst", "lead", "operator", "token", "nobody"):
        for action in NOT_OFFERED + ["CLOSE", "close:close", "close/", "%2563lose"]:
            outcome = door.call(actor, "POST", f"{path}:{action}", COMPLETE["close"], alert["version"])
            door.refused(outcome, "not_offered", alert, f"{action} by {actor}")
        for method, target in (("PUT", path), ("PATCH", path), ("DELETE", path), ("POST", path), ("GET", path + ":close"),
                               ("PUT", path + ":close"), ("PATCH", path + ":close")):
            outcome = door.call(actor, method, target, {"status": "closed"}, alert["version"])
            door.refused(outcome, "not_offered", alert, f"{method} {target} by {actor}")
    for action in ("take", "release", "resume"):
        outcome = door.attempt("analyst", action, alert, {"status": "closed"})
        door.refused(outcome, "incomplete", alert, f"{action} that sets a status", {"status"})
    born_closed = {"title": "x", "severity": "low", "status": "closed", "verdict": "benign"}
    outcome = door.call("lead", "POST", "/api/v1/alerts", born_closed)
    door.refused(outcome, "incomplete", alert, "an alert that is born closed", {"status", "verdict"})
    for actor in ("nobody", "cookie_alone", "cookie_as_bearer", "signed_out", "disabled"):
        outcome = door.call(actor, "POST", "/api/v1/alerts", {"title": "x", "severity": "low"})
        world.checks.equal(outcome.kind, "denied", f"{actor} opens no alert")


def at_once(world):
    """Of eight people who close one alert at one version, one does."""
    doors = [HttpDoor(world) for _ in range(8)]  # each has a connection of its own
    for _ in range(10):
        alert = situation_of(world, "in_progress")
        together = threading.Barrier(len(doors))
        outcomes = []

        def close(door):
            target = f"/api/v1/alerts/{alert['id']}:close"
            together.wait(60)
            outcomes.append(door.call("lead", "POST", target, COMPLETE["close"], alert["version"]).kind)

        threads = [threading.Thread(target=close, args=[door]) for door in doors]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        world.checks.equal(collections.Counter(outcomes), {"done": 1, "stale": 7}, "eight closures at once")
        world.closed += 1


def commands(world, door):
    """The command line offers the same actions and no more."""
    alert = situation_of(world, "decided_unowned")
    for action in NOT_OFFERED:
        outcome = door.attempt("analyst", action, alert, {})
        door.refused(outcome, "incomplete", alert, f"alerts {action}")
        world.checks.expect(action in outcome.text, f"alerts {action} is named: {outcome.text}")
    for option in ("--owner", "--status", "--force"):
        outcome = door.attempt("analyst", "close", alert, {}, more=[option, "x"])
        door.refused(outcome, "incomplete", alert, f"alerts close {option}")
        world.checks.expect(option in outcome.text, f"{option} is named: {outcome.text}")


def census(world):
    """However it came to be closed: no closed alert lacks anything, and none is closed that was not closed here."""
    closed, cursor = 0, ""
    while cursor is not None:
        page = world.read(f"/api/v1/alerts?limit=200{cursor}")
        for row in page["items"]:
            alert = world.read(f"/api/v1/alerts/{row['id']}")
            closed += alert["closed_at"] is not None
            world.expect_complete(alert, "census")
        cursor = page["next_cursor"] and "&cursor=" + page["next_cursor"]
    # An export ends with the newest checkpoint, which may be half a second behind.
    deadline = time.monotonic() + 30
    while True:
        history = [json.loads(line) for line in world.log_entries()]
        closures = sum(entry["type"] == "alert.closed" for entry in history)
        if closures >= world.closed or time.monotonic() > deadline:
            break
        time.sleep(0.2)
    reopenings = sum(entry["type"] == "alert.reopened" for entry in history)
    world.checks.equal(closures, world.closed, "closures in the evidence log")
    world.checks.equal(closed, closures - reopenings, "alerts that are closed")
    for entry in history:
        if entry["type"] in ("alert.decided", "alert.closed"):
            world.checks.equal(entry["actor"]["kind"], "human", f"who decided: {entry}")


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        site = Installation(folder / "site")
        with Server(site) as server:
            world = World(checks, server, folder)
            http, cli = HttpDoor(world), CliDoor(world)
            offered = {operation.path.rsplit(":", 1)[1] for operation in world.description.operations
                       if operation.path.startswith("/api/v1/alerts/{id}:")}
            checks.equal(offered, set(AFTER), "the table has every action that is offered")
            for door in (http, cli):
                everybody(world, door)
                incomplete(world, door)
                incomplete_otherwise(world, door)
                versions(world, door)
            wrong_values(world, http)
            ways_round(world, http)
            at_once(world)
            commands(world, cli)
            census(world)
            print(f"{world.closed} closures; attempts: {dict(http.count)} by HTTP, {dict(cli.count)} by the command line")
    checks.exit()


if __name__ == "__main__":
    main()
