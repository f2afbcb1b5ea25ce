# SPDX-License-Identifier: Apache-2.0
"""An event that comes again is a duplicate: in the ledger, in no alert, also after a restart and after kill -9, and exactly within
the 65,536 messages before it."""
import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from server import PASSWORD, Installation, Server, request  # noqa: E402

WINDOW = 65_536
PACK = """pack: agent
shapes:
  - {name: json, parse: json, match: [{has: [agent]}]}
map: {event.id: uid, host.name: agent}
group_by: [host.name]
duplicate_key: [event.id]
classify: [kind]
classes: [{sigma: {product: agent}}]
"""
RULE = """title: Bad
id: 00000000-0000-4000-8000-000000000001
status: test
level: high
logsource: {product: agent}
detection:
  s: {verdict: bad}
  condition: s
"""


def event(number, verdict="bad"):
    return json.dumps({"agent": "a-1", "uid": f"id-{number}", "verdict": verdict}) + "\n"


class Site:
    def __init__(self, checks, folder):
        self.checks = checks
        self.log = folder / "agent.ndjson"
        (folder / "rules").mkdir()
        (folder / "rules" / "bad.yml").write_text(RULE)
        (folder / "packs").mkdir()
        (folder / "packs" / "agent.yml").write_text(PACK)
        self.installation = Installation(folder / "site")
        self.options = ("--rules", folder / "rules", "--packs", folder / "packs", "--source", f"file:{self.log}?follow=1")

    def server(self):
        server = Server(self.installation, *self.options)
        cs.run("login", "--server", server.url, "--login", "alice", input=PASSWORD + "\n")
        return server

    def write(self, lines):
        with open(self.log, "a", encoding="utf-8") as out:
            out.writelines(lines)

    def ledger(self, server):
        session = json.loads((pathlib.Path(os.environ["XDG_CONFIG_HOME"]) / "countersign" / "sessions.json").read_text())
        secret = session[server.url]["secret"]
        return request(server.addresses["API"], "GET", "/api/v1/ledger", headers={"Authorization": "Bearer " + secret}).json

    def counts(self, server):
        rows = self.ledger(server)["partitions"]
        names = ("delivered", "events", "duplicate", "unmatched", "matched")
        return {name: sum(row["counts"][name] for row in rows) for name in names}

    def expect(self, server, what, **wanted):
        wanted["events"] = wanted["delivered"]
        try:
            server.wait_for(lambda: self.counts(server) == wanted, what, 60)
        except RuntimeError as error:
            self.checks.expect(False, f"{what}: {self.counts(server)}, wanted {wanted}: {error}")
        else:
            self.checks.expect(True, what)

    def alert_count(self, server):
        rows = [json.loads(row) for row in cs.run("alerts", "list", "--server", server.url, "--all", "--json").stdout.splitlines()]
        return [row["count"] for row in rows]


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        site = Site(checks, folder)
        site.write([event(1), event(2), event(1), event(3), event(1)])
        with site.server() as server:
            site.expect(server, "repetitions are duplicates", delivered=5, duplicate=2, unmatched=0, matched=3)
            checks.equal(site.alert_count(server), [3], "a duplicate attaches to nothing")
        # The messages 0 to 4 hold 1, 2, 1, 3, 1; up to message 65,536 stand these:
        site.write(event(f"fill-{i}", "good") for i in range(WINDOW - 4))
        with site.server() as server:
            site.expect(server, "many events", delivered=WINDOW + 1, duplicate=2, unmatched=WINDOW - 4, matched=3)
            server.kill()
        site.write([event(2), event("fill-0", "good"), event(3), event(1)])
        with site.server() as server:
            # 2, 3 and 1 each came last exactly 65,536 messages before.
            site.expect(server, "the window after kill -9", delivered=WINDOW + 5, duplicate=6, unmatched=WINDOW - 4, matched=3)
        site.write([event("late-1"), event("late-2")])
        with site.server() as server:
            site.expect(server, "new ones", delivered=WINDOW + 7, duplicate=6, unmatched=WINDOW - 4, matched=5)
            site.write(event(f"more-{i}", "good") for i in range(WINDOW))
            site.write([event("late-2"), event("late-1")])
            site.expect(server, "65,536 messages between", delivered=2 * WINDOW + 9, duplicate=6,
                        unmatched=2 * WINDOW - 4, matched=7)
            checks.equal(site.alert_count(server), [7], "what the alert counts")
            ledger = site.ledger(server)
            checks.expect(ledger["balanced"], f"the books balance: {ledger['problems']}")
        done = cs.run("store", "check", "--data", site.installation.data)
        checks.equal(done.returncode, 0, f"store check: {done.stdout}{done.stderr}")
    checks.exit()


if __name__ == "__main__":
    main()
