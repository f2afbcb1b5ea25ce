# SPDX-License-Identifier: Apache-2.0
"""A file read again under a name: books and alerts of its own; what people decided stays as it is; once is enough."""
import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import books  # noqa: E402
import countersign as cs  # noqa: E402
from server import PASSWORD, Installation, Person, Server  # noqa: E402

PACK = """pack: agent
shapes:
  - {name: json, parse: json, match: [{has: [agent]}]}
map: {host.name: agent}
group_by: [host.name]
classify: [kind]
classes: [{sigma: {product: agent}}]
"""
RULE = """title: {title}
id: 00000000-0000-4000-8000-00000000000{number}
status: test
level: high
logsource: {{product: agent}}
detection:
  s: {{verdict: {verdict}}}
  condition: s
"""
BAD, ODD = (f"00000000-0000-4000-8000-00000000000{number}" for number in (1, 2))
EVENTS = [("a-1", "bad"), ("a-1", "bad"), ("a-2", "bad"), ("a-1", "odd"), ("a-3", "good")]


class Site:
    def __init__(self, checks, folder):
        self.checks = checks
        self.log = folder / "november.ndjson"
        self.log.write_text("".join(json.dumps({"agent": host, "verdict": verdict}) + "\n" for host, verdict in EVENTS) +
                            json.dumps({"unit": "u-9", "verdict": "bad"}) + "\n")
        self.rules = folder / "rules"
        self.rules.mkdir()
        self.add_rule(1, "bad")
        (folder / "packs").mkdir()
        self.packs = folder / "packs"
        (self.packs / "agent.yml").write_text(PACK)
        self.installation = Installation(folder / "site")
        self.fixed = ("--rules", self.rules, "--packs", folder / "packs")
        self.sources = [f"file:{self.log}"]

    def add_rule(self, number, verdict):
        (self.rules / f"{verdict}.yml").write_text(RULE.format(title=verdict, number=number, verdict=verdict))

    def server(self):
        sources = [option for source in self.sources for option in ("--source", source)]
        server = Server(self.installation, *self.fixed, *sources)
        server.wait_for(lambda: sum("read to its end" in line for line in server.log) == len(self.sources), "the ends")
        return server

    def refused(self, source):
        server = Server(self.installation, *self.fixed, "--source", source, wait=False)
        code = server.process.wait(30)
        server._reader.join(5)
        return code, "".join(server.log)


def groups(found):
    """Of each alert: rule, host, backfill, count."""
    return sorted((rule, dict(group)["host.name"], dict(group).get("backfill", ""), full["count"])
                  for (rule, group, _), full in found.items())


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        site = Site(checks, folder)
        with site.server() as server:
            cs.run("login", "--server", server.url, "--login", "alice", input=PASSWORD + "\n")
            alice = Person(server, "alice")
            live = [(BAD, "a-1", "", 2), (BAD, "a-2", "", 1)]
            checks.equal(groups(books.alerts(server, alice)), live, "what the file gave the first time")
            closed = next(full for full in books.alerts(server, alice).values() if full["count"] == 2)["id"]
            cs.run("alerts", "take", closed, "--server", server.url)
            done = cs.run("alerts", "close", closed, "--server", server.url, "--verdict", "benign", "--reason",
                          "authorised_change", "--rationale", "The change was announced.")
            checks.equal(done.returncode, 0, f"it is decided: {done.stdout}{done.stderr}")
            decided = alice.call(server, "GET", f"/api/v1/alerts/{closed}").json

        # A rule is new, and alone asked about what was.
        site.add_rule(2, "odd")
        site.sources.append(f"file:{site.log}?backfill=new-rule&rules={ODD}")
        with site.server() as server:
            checks.equal(groups(books.alerts(server, alice)), live + [(ODD, "a-1", "new-rule", 1)], "the new rule alone")
            rows = {row["source"]: row for row in books.ledger(server, alice)["partitions"]}
            checks.equal(sorted(rows), ["backfill:new-rule", f"file:{site.log}"], "a ledger of its own")
            checks.equal([row["counts"]["delivered"] for row in rows.values()], [6, 6], "both whole")
            checks.expect(books.ledger(server, alice)["balanced"], "the books balance")

        # Everything again, and the servers after that read nothing twice.
        site.sources.append(f"file:{site.log}?backfill=All")
        everything = sorted(live + [(ODD, "a-1", "new-rule", 1), (BAD, "a-1", "All", 2), (BAD, "a-2", "All", 1),
                                    (ODD, "a-1", "All", 1)])
        for attempt in ("read", "not read again after a restart"):
            with site.server() as server:
                checks.equal(groups(books.alerts(server, alice)), everything, attempt)
                now = alice.call(server, "GET", f"/api/v1/alerts/{closed}").json
                changed = {key: (decided[key], now.get(key)) for key in decided if decided[key] != now.get(key)}
                checks.equal(changed, {}, "the decided alert is as it was")
        # What no pack understood in the backfill belongs to it when one does.
        (site.packs / "unit.yml").write_text(PACK.replace("agent", "unit").replace("product: unit", "product: agent"))
        with site.server() as server:
            cs.run("login", "--server", server.url, "--login", "otto", input=PASSWORD + "\n")
            done = cs.run("dead-letters", "replay", "--all", "--rationale", "a pack for units", "--server", server.url)
            checks.equal(done.returncode, 0, f"replay: {done.stdout}{done.stderr}")
            # The letter of the backfill that asked for one rule matches that rule alone, which is another.
            replayed = [(BAD, "u-9", "", 1), (BAD, "u-9", "All", 1)]
            checks.equal(groups(books.alerts(server, alice)), sorted(everything + replayed), "dead letters replayed")
        books.check_offline(checks, site.installation, folder)

        code, said = site.refused(f"file:{site.log}?backfill=typo&rules=00000000-0000-4000-8000-000000000003")
        checks.expect(code != 0 and "rule '00000000-0000-4000-8000-000000000003' is not loaded" in said,
                      f"a rule that is misspelt: {code} {said}")
        code, said = site.refused("kafka:events?backfill=typo")
        checks.expect(code != 0 and "a backfill from Kafka ends somewhere; add to=TIME or to=OFFSET" in said,
                      f"a backfill without an end: {code} {said}")
    checks.exit()


if __name__ == "__main__":
    main()
