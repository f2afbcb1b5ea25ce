# SPDX-License-Identifier: Apache-2.0
"""A source that stops is an entry of the evidence log, an alert about itself and a metric, over a restart; when it speaks again,
that is an entry too. Observers of a source are watched one by one. A register with mistakes is refused."""
import json
import os
import pathlib
import re
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from server import PASSWORD, Installation, Server  # noqa: E402


def line(number, device="fw-1"):
    return (f'date=2026-11-02 time=08:00:00 devname="{device}" devid="FGT1" eventtime=1793606400 tz="+0000" logid="0000000013" '
            f'type="traffic" subtype="forward" level="notice" srcip=10.0.0.{number % 200} action="accept"\n')


class Site:
    def __init__(self, folder):
        self.folder = folder
        self.log = folder / "firewall.log"
        self.log.write_text("")
        self.register = folder / "sources.yml"
        self.source = f"file:{self.log}"
        self.sent = 0
        self.installation = Installation(folder / "site")

    def expect(self, *entries):
        self.register.write_text("expected_sources:\n" + "".join(entries))

    def entry(self, name, every, more=""):
        return f"  - {{name: {name}, source: '{self.source}', every: {every}, owner: network team, asset: CMDB-7{more}}}\n"

    def server(self):
        server = Server(self.installation, "--source", f"{self.source}?follow=1",
                        environment={"COUNTERSIGN_EXPECTED_SOURCES": str(self.register)})
        for login in ("otto", "alice"):
            cs.run("login", "--server", server.url, "--login", login, input=PASSWORD + "\n")
        return server

    def speak(self, device="fw-1"):
        self.sent += 1
        with open(self.log, "a", encoding="utf-8") as out:
            out.write(line(self.sent, device))

    def spoil(self, count):
        with open(self.log, "a", encoding="utf-8") as out:
            out.writelines('{"broken": \n' for _ in range(count))


def rows(server):
    done = cs.run("sources", "--server", server.url, "--json")
    return done.returncode, {row["name"]: row for row in json.loads(done.stdout)["items"]}


def state(server, name="firewall"):
    return rows(server)[1][name]["state"]


def silent_metric(server, name="firewall"):
    found = re.search(rf'^countersign_source_silent{{source="{name}"}} (\S+)$', server.metrics(), re.MULTILINE)
    return float(found.group(1)) if found else None


def speaking_until(site, server, wanted, what):
    def done():
        site.speak()
        return state(server) == wanted
    server.wait_for(done, what, 60)


def falls_silent(checks, site, server):
    server.wait_for(lambda: state(server) == "never_seen", "nothing ever came", 60)
    speaking_until(site, server, "ok", "it speaks for the first time")
    checks.equal(silent_metric(server), 0, "the metric says that it speaks")
    server.wait_for(lambda: state(server) == "silent", "it falls silent", 60)
    code, now = rows(server)
    row = now["firewall"]
    checks.equal(code, 3, "exit code of `sources`")
    checks.equal((row["records"], row["events"], row["owner"], row["asset"], row["rhythm_seconds"], row["trouble"]),
                 (site.sent, site.sent, "network team", "CMDB-7", 3, True), "its row")
    checks.equal(silent_metric(server), 1, "the metric says that it is silent")
    checks.expect("countersign_source_last_record_timestamp_seconds{" in server.metrics(), "when it last spoke, as a metric")
    shown = cs.run("sources", "--server", server.url)
    checks.expect(shown.returncode == 3 and re.search(r"^silent .* firewall  network team  CMDB-7  1-000-", shown.stdout, re.MULTILINE),
                  f"the table: {shown.stdout}{shown.stderr}")
    alerts = [json.loads(text) for text in cs.run("alerts", "list", "--server", server.url, "--json").stdout.splitlines()]
    checks.equal([(alert["kind"], alert["title"], alert["count"]) for alert in alerts], [("self", "Source silent: firewall", 2)],
                 "one alert about itself, which counts both silences")
    checks.equal(row["open_alerts"], [alerts[0]["id"]], "the row names it")
    return alerts[0]["id"]


def speaks_again(checks, site, server, alert):
    checks.equal((state(server), silent_metric(server)), ("silent", 1), "a restart changes nothing")
    speaking_until(site, server, "ok", "it speaks again")
    checks.equal(silent_metric(server), 0, "the metric again")
    shown = json.loads(cs.run("alerts", "show", alert, "--server", server.url, "--json").stdout.splitlines()[0])
    checks.equal(shown["status"], "new", "the alert waits for a person")
    history = cs.run("alerts", "history", alert, "--server", server.url).stdout
    checks.expect("source.resumed" in history, f"its history says that the source speaks: {history}")


def another_register(checks, site, server):
    reload = ("rules", "reload", "--server", server.url)
    cs.run("login", "--server", server.url, "--login", "otto", input=PASSWORD + "\n")
    site.expect("  - {name: firewall, source: x, evry: 2s}\n")
    done = cs.run(*reload)
    checks.expect(done.returncode == 4 and "sources.yml:2:33" in done.stderr and "evry" in done.stderr, f"a register with a mistake: {done}")
    checks.equal(list(rows(server)[1]), ["firewall"], "the one in force stays")
    site.expect(site.entry("firewall", "1h", ", rejects_max: 5%"),
                site.entry("devices", "3s", ", field: observer.name, values: [FW-1, fw-2]"),
                "  - {name: typo, source: no-such-source, every: 1h}\n")
    os.kill(server.pid, signal.SIGHUP)
    server.wait_for(lambda: "devices/fw-2" in rows(server)[1], "SIGHUP loads it", 30)
    server.wait_for(lambda: server.said("an expected source is not configured"), "a name that no source has is said", 10)

    def only_the_second():
        site.speak()
        now = rows(server)[1]
        return now["devices/fw-2"]["state"] == "never_seen" and now["devices/FW-1"]["state"] == "ok"
    server.wait_for(only_the_second, "one device speaks, the other never did", 60)
    checks.equal(state(server), "ok", "the source as a whole")
    checks.equal(rows(server)[1]["typo"]["state"], "waiting", "one that has time yet")
    site.spoil(100)
    server.wait_for(lambda: state(server) == "rejecting", "much of it cannot be read", 30)


def evidence(checks, site, folder):
    export = folder / "export"
    done = cs.run("audit", "export", "--data", site.installation.data, "--out", export)
    checks.equal(done.returncode, 0, f"audit export: {done.stdout}{done.stderr}")
    done = cs.run("audit", "verify", export)
    checks.equal(done.returncode, 0, f"audit verify: {done.stdout}{done.stderr}")
    entries = [json.loads(text) for path in sorted((export / "tile" / "entries").rglob("*")) if path.is_file()
               for text in entries_of(path.read_bytes())]
    found = [(entry["type"], entry["expected"], entry["last_record"] is None) for entry in entries if entry["type"].startswith("source.")]
    checks.equal([row for row in found if row[1] == "firewall"],
                 [("source.silent", "firewall", True), ("source.resumed", "firewall", False),
                  ("source.silent", "firewall", False), ("source.resumed", "firewall", False)], "its entries")
    checks.expect(("source.silent", "devices/fw-2", True) in found, f"the device's entry: {found}")
    done = cs.run("store", "check", "--data", site.installation.data)
    checks.equal(done.returncode, 0, f"store check: {done.stdout}{done.stderr}")


def entries_of(bundle):
    while bundle:
        length = int.from_bytes(bundle[:2], "big")
        yield bundle[2:2 + length]
        bundle = bundle[2 + length:]


def mistakes(checks, site):
    site.expect("  - {name: a, source: s, every: soon}\n", "  - {name: a, source: s}\n", "  - {source: s, every: 1m, field: f}\n")
    config = site.folder / "config.yml"
    config.write_text("expected_sources: sources.yml\n")
    done = cs.run("config", "check", "--config", config)
    for text in ("sources.yml:2:33: error[sources.value]", "sources.yml:3:5: error[sources.missing_key]",
                 "sources.yml:4:5: error[sources.missing_key]", "`field` and `values` go together"):
        checks.expect(text in done.stdout + done.stderr, f"config check says {text}: {done}")
    checks.equal(done.returncode, 1, "config check")


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        site = Site(folder)
        site.expect(site.entry("firewall", "3s"))
        with site.server() as server:
            alert = falls_silent(checks, site, server)
        with site.server() as server:
            speaks_again(checks, site, server, alert)
        site.expect(site.entry("firewall", "1h"))
        with site.server() as server:
            another_register(checks, site, server)
        evidence(checks, site, folder)
        mistakes(checks, site)
    checks.exit()


if __name__ == "__main__":
    main()
