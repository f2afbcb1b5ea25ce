# SPDX-License-Identifier: Apache-2.0
"""Rules loaded anew while a server reads: by its looking at the files, by SIGHUP, by `rules reload`. A mistake keeps what is
in force, everybody can see it, and the evidence log says from when on which rule set was in force."""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from server import PASSWORD, Installation, Server  # noqa: E402


def rule(number, action):
    return (f"title: Rule {number}\nid: 00000000-0000-4000-8000-{number:012}\nstatus: test\nlevel: high\n"
            f"logsource: {{product: fortigate}}\ndetection:\n  s: {{action: {action}}}\n  condition: s\n")


def line(number, action):
    return (f'date=2026-11-02 time=08:00:00 devname="fw-{number}" devid="FGT1" eventtime=1793606400 tz="+0000" '
            f'logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=10.1.2.3 action="{action}"\n')


class Site:
    """A server that reads its standard input, and its folder of rules."""

    def __init__(self, checks, folder):
        self.checks, self.folder = checks, folder
        self.rules = folder / "rules"
        self.rules.mkdir()
        self.put(1, "deny")
        self.installation = Installation(folder / "site")

    def server(self, watch):
        return Server(self.installation, "--rules", self.rules, "--source", "stdin", environment={"COUNTERSIGN_RULES_WATCH": watch},
                      stdin=subprocess.PIPE)

    def put(self, number, action):
        (self.rules / f"{number}.yml").write_text(rule(number, action))

    @staticmethod
    def more(server, number, action):
        server.process.stdin.write(line(number, action))
        server.process.stdin.flush()

    @staticmethod
    def alerts(server):
        rows = cs.run("alerts", "list", "--server", server.url, "--json").stdout.splitlines()
        return sorted(json.loads(row)["title"] for row in rows)

    def expect_alerts(self, server, titles, what):
        try:
            server.wait_for(lambda: self.alerts(server) == titles, what, 30)
        except RuntimeError as error:
            self.checks.expect(False, str(error))


def metric(server, name):
    found = re.search(rf"^{re.escape(name)} (\S+)$", server.metrics(), re.MULTILINE)
    return float(found.group(1)) if found else None


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        site = Site(checks, folder)
        with site.server("1s") as server:
            by_looking(checks, site, server)
        with site.server("0") as server:
            on_request(checks, site, server)
        evidence(checks, site)
        a_pack_that_is_not_there(checks, site)
        hangup_of_the_demo(checks, folder)
    checks.exit()


def by_looking(checks, site, server):
    for login in ("alice", "otto"):
        cs.run("login", "--server", server.url, "--login", login, input=PASSWORD + "\n")
    loaded_at = metric(server, "countersign_rules_last_reload_success_timestamp_seconds")
    site.more(server, 1, "deny")
    site.expect_alerts(server, ["Rule 1"], "the first rule")
    site.put(2, "block")
    server.wait_for(lambda: metric(server, 'countersign_rules_reloads_total{result="loaded"}') == 1, "the new file is seen", 30)
    site.more(server, 2, "block")
    site.expect_alerts(server, ["Rule 1", "Rule 2"], "the second rule, without a restart")
    checks.expect(metric(server, "countersign_rules_last_reload_success_timestamp_seconds") > loaded_at, "when it was loaded")

    (site.rules / "1.yml").write_text(rule(1, "deny").replace("detection:", "detektion:"))
    server.wait_for(lambda: metric(server, "countersign_rules_last_reload_successful") == 0, "the mistake is seen", 30)
    server.wait_for(lambda: server.said("those in force stay"), "the log says so", 10)
    checks.expect(server.said("1.yml:1:1: error[document.kind]"), f"the log names it: {server.log[-5:]}")
    site.more(server, 3, "deny")
    site.expect_alerts(server, ["Rule 1", "Rule 1", "Rule 2"], "the rule with the mistake is in force as it was")
    site.put(1, "deny")
    server.wait_for(lambda: metric(server, "countersign_rules_last_reload_successful") == 1, "it is mended", 30)


def on_request(checks, site, server):
    cs.run("login", "--server", server.url, "--login", "otto", input=PASSWORD + "\n")
    reload = ("rules", "reload", "--server", server.url)
    done = cs.run(*reload)
    checks.expect(done.returncode == 0 and re.match(r"unchanged: 2 rules in force, 0 refused; rule set [0-9a-f]{64}\n", done.stdout) is not None,
                  f"nothing new: {done}")
    (site.rules / "bad.yml").write_text("title: Bad\n")
    done = cs.run(*reload)
    checks.expect(done.returncode == 0 and "2 rules in force, 1 refused" in done.stdout and "name those refused" in done.stderr,
                  f"a new file with a mistake: {done}")
    server.wait_for(lambda: server.said("bad.yml:1:1: error["), "the log names it", 10)
    (site.rules / "bad.yml").unlink()
    site.put(3, "drop")
    time.sleep(1.5)
    checks.equal(metric(server, 'countersign_rules_reloads_total{result="loaded"}'), 0, "files are not looked at")
    os.kill(server.pid, signal.SIGHUP)
    server.wait_for(lambda: metric(server, 'countersign_rules_reloads_total{result="loaded"}') == 1, "SIGHUP", 30)
    site.more(server, 4, "drop")
    site.expect_alerts(server, ["Rule 1", "Rule 1", "Rule 2", "Rule 3"], "the third rule")

    site.put(4, "reset")
    done = cs.run(*reload, "--json")
    checks.equal((done.returncode, json.loads(done.stdout)["outcome"], json.loads(done.stdout)["rules"]), (0, "loaded", 4), f"rules reload: {done}")
    (site.rules / "4.yml").write_text("title: Rule 4\n")
    done = cs.run(*reload)
    checks.expect(done.returncode == 4 and "those in force stay" in done.stderr and "4.yml:1" in done.stderr, f"a refusal: {done}")
    site.more(server, 5, "reset")
    site.expect_alerts(server, ["Rule 1", "Rule 1", "Rule 2", "Rule 3", "Rule 4"], "… keeps the fourth rule")
    costs = json.loads(server_get(server, "/api/v1/rules/costs"))
    checks.equal([(row["title"], row["matches"]) for row in costs["items"]], [("Rule 4", 1)], "what rules cost since they were loaded")
    cs.run("login", "--server", server.url, "--login", "alice", input=PASSWORD + "\n")
    done = cs.run(*reload)
    checks.equal(done.returncode, 5, f"an analyst may not: {done.stderr}")
    (site.rules / "4.yml").unlink()


def server_get(server, target):
    from server import request
    session = json.loads((pathlib.Path(os.environ["XDG_CONFIG_HOME"]) / "countersign" / "sessions.json").read_text())
    return request(server.addresses["API"], "GET", target, headers={"Authorization": "Bearer " + session[server.url]["secret"]}).text


def evidence(checks, site):
    export = site.folder / "export"
    checks.equal(cs.run("audit", "export", "--data", site.installation.data, "--out", export, "--payloads").returncode, 0, "audit export")
    done = cs.run("audit", "verify", export)
    checks.equal(done.returncode, 0, f"audit verify: {done.stdout}{done.stderr}")
    entries = b"".join(path.read_bytes() for path in (export / "tile" / "entries").rglob("*") if path.is_file())
    sets = re.findall(rb'"type":"rules\.loaded".*?"rules":(\d+)', entries)
    checks.equal([int(count) for count in sets], [1, 2, 3, 4], "each rule set that was in force has its entry")
    done = cs.run("store", "check", "--data", site.installation.data)
    checks.equal(done.returncode, 0, f"store check: {done.stdout}{done.stderr}")


def a_pack_that_is_not_there(checks, site):
    done = cs.run(*site.installation.options("--source", "stdin?pack=fortygate"), timeout=60)
    checks.expect(done.returncode != 0 and "names the pack `fortygate`, which is not there" in done.stderr, f"a source's pack: {done.stderr}")


def hangup_of_the_demo(checks, folder):
    """A closed terminal ends the demo, as it ends other programs."""
    command = [cs.program(), "demo", "--data", str(folder / "demo"), "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"]
    with subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                          env=cs.clean_environment()) as process:
        for said in process.stdout:
            if "http://" in said:
                break
        process.send_signal(signal.SIGHUP)
        try:
            process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            checks.expect(False, "SIGHUP does not end the demo")
        checks.expect(process.returncode is not None, "SIGHUP ends the demo")


if __name__ == "__main__":
    main()
