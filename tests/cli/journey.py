# SPDX-License-Identifier: Apache-2.0
"""A newcomer's journey on the command line: events in, an alert taken, refused without a reason, closed, seen in the
history and the metrics, exported, verified, and a flipped byte found."""
import base64
import json
import os
import pathlib
import re
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import books  # noqa: E402
import countersign as cs  # noqa: E402
from server import PASSWORD, Installation, Server  # noqa: E402

RULE = "2f16350e-bd37-4b75-b4c3-d8a205539fde"
EVENTS = [
    'date=2026-11-02 time=08:00:0{0} devname="fw-1" devid="FGT1" eventtime=179360640{0} tz="+0000" logid="0211008192" '
    'type="utm" subtype="virus" eventtype="infected" level="warning" action="passthrough" virus="Test/Sample" '
    'filename="invoice.exe" srcip=10.1.2.3 dstip=198.51.100.7 user="kim\x1b[2J"'.format(second) for second in range(3)
] + ["this line is no event"]


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        events = folder / "events.log"
        events.write_text("\n".join(EVENTS) + "\n")
        installation = Installation(folder / "site")
        with Server(installation, "--source", f"file:{events}") as server:
            server.wait_until_read()
            walk(checks, server, installation)
            evidence(checks, installation, folder, "beside the running server")
            checks.equal(server.stop(), 0, "SIGTERM ends with 0")
        evidence(checks, installation, folder / "after", "after the stop")
        after_the_stop(checks, installation)
    checks.exit()


def walk(checks, server, installation):
    at = ["--server", server.url]

    done = cs.run("alerts", "list", *at)
    checks.equal(done.returncode, 5, "not signed in: exit code")
    checks.expect("countersign login" in done.stderr, f"not signed in: says what to do: {done.stderr}")
    done = cs.run("login", *at, "--login", "alice", input="wrong password!\n")
    checks.equal(done.returncode, 5, "wrong password: exit code")
    checks.expect("wrong password!" not in done.stderr + done.stdout, "the password is not printed")
    done = cs.run("login", *at, "--login", "alice", input=PASSWORD + "\n")
    checks.equal(done.returncode, 0, f"login: {done.stderr}")

    done = cs.run("alerts", "list", *at, "--json")
    # The firewall's own verdict is an alert beside the one of the rule.
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    checks.equal([(row["count"], row["title"]) for row in rows if row["kind"] == "vendor"], [(3, "Malware found by FortiGate: Test/Sample")],
                 "what the product found")
    rows = [row for row in rows if row["kind"] == "rule"]
    checks.equal([row["count"] for row in rows], [3], f"one alert with three events: {done.stdout}{done.stderr}")
    alert = rows[0]["id"]
    checks.expect(alert.startswith("1-000-"), f"alert id: {alert}")

    done = cs.run("alerts", "show", alert, *at)
    checks.expect("kim\\x1b[2J" in done.stdout and "\x1b" not in done.stdout, f"an event has no power over the terminal: {done.stdout!r}")
    checks.expect("source.ip = 10.1.2.3\n" in done.stdout, f"show names the source: {done.stdout}")
    explained(checks, alert, at)
    done = cs.run("alerts", "close", alert, *at, "--verdict", "benign")
    checks.equal(done.returncode, 2, f"closing without a reason: {done.stdout}{done.stderr}")
    checks.expect("reason_code" in done.stderr, f"the refusal names what is missing: {done.stderr}")
    done = cs.run("alerts", "close", alert, *at, "--verdict", "bening", "--reason", "known_tool", "--rationale", "x")
    checks.expect("verdict: One of: true_positive, benign," in done.stderr, f"a wrong word is answered with the words: {done.stderr}")
    done = cs.run("alerts", "take", alert, *at)
    checks.equal(done.returncode, 0, f"take: {done.stderr}")
    done = cs.run("alerts", "take", alert, *at, "--version", "1")
    checks.equal(done.returncode, 4, f"acting on a stale version: {done.stderr}")
    done = cs.run("alerts", "close", alert, *at, "--verdict", "true_positive", "--reason", "confirmed_incident",
                  "--rationale", "host cleaned, ticket SEC-17")
    checks.equal(done.returncode, 0, f"close: {done.stderr}")
    checks.expect("closed" in done.stdout, f"close: {done.stdout}")
    done = cs.run("alerts", "show", "1-000-999999", *at)
    checks.equal(done.returncode, 3, "an alert that does not exist: exit code")

    done = cs.run("alerts", "history", alert, *at, "--json")
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    checks.equal([row["type"] for row in rows], ["alert.opened", "alert.assigned", "alert.decided", "alert.closed"], "history")
    checks.equal({row["actor"]["name"] for row in rows[1:]}, {"Alice"}, "who acted")
    metrics = server.metrics()
    checks.expect('countersign_alerts_closed_total{' in metrics and 'verdict="true_positive"' in metrics, "closure in /metrics")
    checks.expect("countersign_alerts_unreviewed" in metrics, "unreviewed gauge in /metrics")
    delays = [line for line in metrics.splitlines() if line.startswith("countersign_ingest_event_delay_seconds_count")]
    checks.expect(delays and delays[0].endswith(" 3"), f"the delay of three events in /metrics: {delays}")
    stages(checks, server)
    memory = next((line for line in server.log if "memory at worst" in line), "")
    parts = {name: int(value) for name, value in re.findall(r'(\w+)[="]+(\d+) MiB', memory)}
    checks.expect(len(parts) == 9 and abs(2 * parts["total"] - sum(parts.values())) <= len(parts),
                  f"the worst-case memory at start and its parts: {memory}")
    rejected = [line for line in metrics.splitlines()
                if line.startswith("countersign_ingest_rejected_records_total") and 'reason="no_pack"' in line]
    checks.expect(rejected and rejected[0].endswith(" 1"), f"the dead letter in /metrics: {rejected}")
    done = cs.run("login", *at, "--out")
    checks.equal(done.returncode, 0, f"sign out: {done.stderr}")
    checks.equal(cs.run("alerts", "list", *at).returncode, 5, "after signing out")


def explained(checks, alert, at):
    """Why the alert was opened, as text and as the API tells it."""
    done = cs.run("alerts", "explain", alert, *at)
    for part in (f"{alert}: FortiGate recognised a virus and let the file pass, rule {RULE}\n", "  yes condition: selection\n",
                 '      yes subtype: virus — the event has "virus"\n',
                 '      yes action: any of 2 values — the event has "passthrough"\n            yes passthrough\n            … and 1 more\n'):
        checks.expect(part in done.stdout, f"alerts explain says {part!r}: {done.stdout}{done.stderr}")
    told = json.loads(cs.run("alerts", "explain", alert, *at, "--json").stdout)
    checks.equal(told["not_recorded"], [], "all is recorded")
    items = {item["field"]: item for item in told["explanation"]["selections"][0]["alternatives"][0]["items"]}
    checks.equal(items["action"]["leaves"],
                 [{"pattern": "passthrough", "holds": True, "reason": "holds", "span": [0, 11],
                   "found": {"field": "action", "type": "string", "value": "passthrough"}}], "a leaf of the explanation")


def stages(checks, server):
    """Each stage of the straight line in /metrics; the source is a file, read to its end."""
    [stored] = books.metric(server, "countersign_ingest_last_record_processed_timestamp_seconds")
    checks.expect(0 <= time.time() - stored < 600, f"when the file's record was processed: {stored}")
    place = books.metric(server, "countersign_ingest_last_record_processed_timestamp_seconds", partition="0")
    checks.equal(place, [stored], "the file is partition 0")
    duration = "countersign_stage_duration_seconds"
    for stage, least in {"decode": 1, "detect": 1, "decide": 4, "journal": 4, "apply": 4}.items():
        [count] = books.metric(server, duration + "_count", stage=stage)
        checks.expect(count >= least, f"work of the stage {stage}: {count}")
        checks.equal(books.metric(server, duration + "_bucket", stage=stage, le="+Inf"), [count], f"buckets of {stage}")
        checks.expect(0 < books.metric(server, duration + "_sum", stage=stage)[0] < 60, f"time of the stage {stage}")
    for stage in ("detect", "decide"):
        checks.equal(books.metric(server, "countersign_stage_queue_records", stage=stage), [0], f"nothing waits for {stage}")


def evidence(checks, installation, folder, when):
    folder.mkdir(exist_ok=True)
    export = folder / "export"
    done = cs.run("audit", "export", "--data", installation.data, "--out", export, "--payloads")
    checks.equal(done.returncode, 0, f"audit export {when}: {done.stderr}")
    done = cs.run("audit", "verify", export)
    checks.equal((done.returncode, done.stdout.strip().splitlines()[-1]), (0, "SELF-CONSISTENT, NOT AUTHENTICATED"),
                 f"audit verify {when}: {done.stdout}{done.stderr}")
    payloads = [json.loads(base64.b64decode(json.loads(path.read_text())["payload"])) for path in (export / "payloads").iterdir()]
    opened = [payload for payload in payloads if "group_key" in payload]
    checks.equal([payload["explanation"]["matches"] for payload in opened if "explanation" in payload], [True],
                 f"the log commits to the explanation of the rule {when}")
    trust = folder / "trust.vkey"
    trust.write_text(installation.vkey + "\n")
    done = cs.run("audit", "verify", export, "--trust", trust, "--known", export / "checkpoint")
    checks.equal((done.returncode, done.stdout.strip().splitlines()[-1]), (0, "VERIFIED"), f"with trust {when}: {done.stdout}{done.stderr}")

    bundle = max((export / "tile" / "entries").rglob("*"), key=lambda path: (path.is_file(), str(path)))
    original = bundle.read_bytes()
    middle = original.find(b'"verdict":"true_positive"') + len(b'"verdict":"t')
    bundle.write_bytes(original[:middle] + b"x" + original[middle + 1:])
    done = cs.run("audit", "verify", export)
    checks.equal(done.returncode, 1, f"a flipped byte {when}: exit code")
    checks.expect("entr" in done.stdout + done.stderr, f"a flipped byte is named {when}: {done.stdout}{done.stderr}")
    bundle.write_bytes(original)


def after_the_stop(checks, installation):
    done = cs.run("store", "check", "--data", installation.data)
    checks.equal(done.returncode, 0, f"store check: {done.stdout}{done.stderr}")
    first = cs.run("store", "digest", "--data", installation.data)
    checks.equal(first.returncode, 0, f"store digest: {first.stderr}")
    second = cs.run("store", "digest", "--data", installation.data)
    checks.equal(first.stdout, second.stdout, "the digest of an unchanged store")


if __name__ == "__main__":
    main()
