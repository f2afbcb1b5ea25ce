# SPDX-License-Identifier: Apache-2.0
"""An alert of a product, sent fifty times with changing status: one alert of ours, open until a person closes it, with every
change in its history. What the product claims never decides anything."""
import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from server import PASSWORD, Installation, Server, request  # noqa: E402

PACK = """pack: example-edr
priority: 90
shapes:
  - {name: detection, parse: json, match: [{has: [detection_id, state]}]}
map:
  host.name: machine
  event.severity: {from: sev, severity: words}
time: {fields: [at]}
group_by: [host.name]
classify: [detection_id]
classes:
  - sigma: {product: example}
    vendor_alert: {title: name, otherwise: Detection, id: detection_id, status: state, url: link}
"""
STATES = ["new", "in_progress", "closed", "reopened"]


def update(number, state, detection="d-1", severity="high"):
    return json.dumps({"detection_id": detection, "state": state, "sev": severity, "name": "Ransomware stopped", "machine": "pc-7",
                       "link": "https://edr.example/d/1", "at": f"2026-11-02T08:{number // 60:02}:{number % 60:02}Z"}) + "\n"


class Site:
    def __init__(self, folder):
        self.log = folder / "edr.ndjson"
        self.log.write_text("")
        pack = folder / "packs"
        pack.mkdir()
        (pack / "edr.yml").write_text(PACK)
        self.installation = Installation(folder / "site")
        self.options = ("--packs", pack, "--source", f"file:{self.log}?follow=1")

    def send(self, *lines):
        with open(self.log, "a", encoding="utf-8") as out:
            out.writelines(lines)


class Client:
    def __init__(self, server):
        self.server = server
        cs.run("login", "--server", server.url, "--login", "alice", input=PASSWORD + "\n")

    def get(self, path):
        session = json.loads((pathlib.Path(os.environ["XDG_CONFIG_HOME"]) / "countersign" / "sessions.json").read_text())
        secret = session[self.server.url]["secret"]
        return request(self.server.addresses["API"], "GET", path, headers={"Authorization": "Bearer " + secret}).json

    def alerts(self):
        rows = [row for status in ("open", "closed") for row in self.get(f"/api/v1/alerts?limit=200&filter=status:{status}")["items"]]
        return [self.get("/api/v1/alerts/" + row["id"]) for row in rows]

    def claims(self, alert):
        rows = self.get(f"/api/v1/alerts/{alert['id']}/history?limit=200")["items"]
        return [row["text"] for row in rows if row["type"] == "alert.vendor_updated"]


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        site = Site(folder)
        with Server(site.installation, *site.options) as server:
            client = Client(server)
            # Some in one batch, some one by one.
            site.send(*(update(number, STATES[number // 2 % 4]) for number in range(25)))
            server.wait_for(lambda: client.alerts() and client.alerts()[0]["count"] == 25, "25 updates", 30)
            for number in range(25, 50):
                site.send(update(number, STATES[number // 2 % 4]))
            server.wait_for(lambda: client.alerts()[0]["count"] == 50, "50 updates", 60)
            alerts = client.alerts()
            checks.equal(len(alerts), 1, "one alert")
            alert = alerts[0]
            checks.equal([alert[key] for key in ("kind", "title", "severity", "severity_source", "status", "verdict", "owner", "version")],
                         ["vendor", "Detection: Ransomware stopped", "high", "vendor", "new", None, None, 1], "the alert of the product")
            checks.equal(alert["claimed"], {"status": "new", "time": "2026-11-02T08:00:48.000Z"}, "what the product says now")
            checks.equal(alert["references"], ["https://edr.example/d/1"], "the link into the product's console")
            checks.equal([(part["field"], part["value"]) for part in alert["group_key"]], [("vendor.alert_id", "d-1")], "its group key")
            changes = [STATES[number // 2 % 4] for number in range(2, 50, 2)]
            checks.equal(sorted(client.claims(alert)), sorted(changes), "every change is in the history")
            shown = cs.run("alerts", "explain", alert["id"], "--server", server.url).stdout
            checks.expect("example-edr" in shown, f"alerts explain names the pack: {shown}")

            cs.run("alerts", "take", alert["id"], "--server", server.url)
            done = cs.run("alerts", "close", alert["id"], "--server", server.url, "--verdict", "true_positive", "--reason",
                          "confirmed_incident", "--rationale", "isolated, reinstalled")
            checks.equal(done.returncode, 0, f"a person closes it: {done.stdout}{done.stderr}")
            site.send(update(50, "reopened"), update(51, "new", "d-2", "low"))
            server.wait_for(lambda: len(client.alerts()) == 2, "another id is another alert", 30)
            first, second = sorted(client.alerts(), key=lambda row: row["id"])
            checks.equal((first["status"], first["claimed"]["status"], first["since_decision"]), ("closed", "reopened", 1),
                         "an update of a closed alert stays with it")
            checks.equal((second["status"], second["severity"]), ("new", "low"), "the other one")
            site.send(update(52, "reopened", "d-1", "critical"))
            server.wait_for(lambda: len(client.alerts()) == 3, "worse than before is news", 30)
            third = max(client.alerts(), key=lambda row: row["id"])
            checks.equal((third["generation"], third["links"], third["severity"]), (2, [first["id"]], "critical"), "the next generation")
            ledger = client.get("/api/v1/ledger")
            checks.expect(ledger["balanced"], f"the books balance: {ledger['problems']}")
            counts = ledger["partitions"][0]["counts"]
            checks.equal((counts["matches"], counts["opened"], counts["attached"]), (53, 3, 50), "each verdict is a match of the pack")
        done = cs.run("store", "check", "--data", site.installation.data)
        checks.equal(done.returncode, 0, f"store check: {done.stdout}{done.stderr}")
        export = folder / "export"
        done = cs.run("audit", "export", "--data", site.installation.data, "--out", export)
        checks.equal(done.returncode, 0, f"audit export: {done.stdout}{done.stderr}")
        done = cs.run("audit", "verify", export)
        checks.equal(done.returncode, 0, f"audit verify: {done.stdout}{done.stderr}")
    checks.exit()


if __name__ == "__main__":
    main()
