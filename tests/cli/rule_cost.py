# SPDX-License-Identifier: Apache-2.0
"""What rules cost: `rules cost` finds the expensive one and says why; a server quarantines a rule beyond its budget so that
everybody sees it, goes on with the others, and takes it back with the next start."""
import json
import os
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from server import PASSWORD, Installation, Server  # noqa: E402

EVENTS = 120_000
# 40 expressions that no literal helps to avoid, on an address of 400 characters.
SLOW = [f"[a-f]{{2}}[g-k]+[{letter}-z]{{3}}[0-9]{{{digits}}}" for letter in "lmnopqrs" for digits in (4, 5, 6, 7, 8)]
RULES = {
    "slow": ("critical", f"s: {{'url|re': {json.dumps(SLOW)}}}\n  condition: not s"),
    "wide": ("low", "s: {action: deny}\n  condition: s"),
    "narrow": ("medium", "s: {dstport: 17}\n  condition: s"),
}


def write_rules(folder):
    folder.mkdir()
    for number, (name, (level, detection)) in enumerate(RULES.items(), 1):
        (folder / f"{name}.yml").write_text(
            f"title: The {name} rule\nid: 00000000-0000-4000-8000-{number:012}\nstatus: test\nlevel: {level}\n"
            f"logsource: {{product: fortigate}}\ncountersign: {{group_by: [devname]}}\ndetection:\n  {detection}\n")


def write_events(path, count):
    url = "/" + "abgkmz0123/" * 36
    with open(path, "w", encoding="utf-8") as out:
        for number in range(count):
            out.write(f'date=2026-11-02 time=08:00:00 devname="fw-1" devid="FGT1" eventtime=17936064{number % 100:02} tz="+0000" '
                      f'logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=10.1.2.3 dstport={number % 1000} '
                      f'action="{"deny" if number % 2 else "accept"}" url="{url}"\n')


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        rules = folder / "rules"
        write_rules(rules)
        lint(checks, rules)
        cost(checks, folder, rules)
        budget(checks, folder, rules)
    checks.exit()


def lint(checks, rules):
    done = cs.run("rules", "check", rules)
    checks.equal(done.returncode, 0, f"a warning refuses nothing: {done.stderr}")
    checks.expect(re.fullmatch(r"\S*/slow\.yml:1:0: warning\[rule\.always_run\]: `The slow rule` is evaluated for every event.*\n",
                               done.stderr) is not None, f"rules check names what always runs, and only that: {done.stderr}")
    done = cs.run("rules", "check")
    checks.equal((done.returncode, done.stderr), (0, ""), "no rule that ships always runs")


def cost(checks, folder, rules):
    events = folder / "few.log"
    write_events(events, 2_000)
    done = cs.run("rules", "cost", "--rules", rules, "--json", events)
    checks.equal(done.returncode, 0, f"rules cost: {done.stderr}")
    report = json.loads(done.stdout)
    by_title = {rule["title"]: rule for rule in report["rules"]}
    checks.equal(report["events"], 2_000, "events")
    checks.equal([rule["title"] for rule in report["rules"]][0], "The slow rule", "what took most time stands first")
    slow, wide, narrow = (by_title[f"The {name} rule"] for name in ("slow", "wide", "narrow"))
    checks.equal((slow["candidates"], slow["evaluations"], slow["events"], slow["matches"]), (2_000, 2_000, 2_000, 2_000), "the slow rule")
    checks.equal((slow["always_run"], slow["witness"]), (True, "always run: only negations"), "why it runs")
    checks.equal((wide["candidates"], wide["matches"], wide["witness"]), (1_000, 1_000, "action is deny"), "the wide rule")
    checks.equal((narrow["candidates"], narrow["matches"], narrow["witness"]), (2, 2, "dstport is 17"), "the narrow rule")
    checks.expect(slow["time_share"] > 0.9 and abs(sum(rule["time_share"] for rule in report["rules"]) - 1) < 0.001,
                  f"shares of the time: {report['rules']}")
    checks.expect(slow["nanoseconds_each"] > narrow["nanoseconds_each"], "time of an evaluation")
    checks.equal([(pathlib.Path(finding["file"]).name, finding["line"], finding["severity"], finding["code"]) for finding in report["findings"]],
                 [("slow.yml", 1, "warning", "rule.always_run"), ("wide.yml", 1, "warning", "rule.wide_witness")], "findings")
    checks.expect(all(finding["hint"] for finding in report["findings"]), "findings have hints")
    done = cs.run("rules", "cost", "--rules", rules, "--top", 1, events)
    checks.expect("The slow rule" in done.stdout and "The wide rule" not in done.stdout and "always run: only negations" in done.stdout,
                  f"the first as a table: {done.stdout}")
    checks.expect("50.0 % of the events" in done.stderr, f"findings after the table: {done.stderr}")
    checks.equal(cs.run("rules", "cost").returncode, 2, "without events")
    checks.equal(cs.run("rules", "cost", "--rules", rules, folder / "missing").returncode, 1, "a file that is not there")


def budget(checks, folder, rules):
    events = folder / "many.log"
    write_events(events, EVENTS)
    installation = Installation(folder / "site")
    options = ("--rules", rules, "--source", f"file:{events}")
    tiny = {"COUNTERSIGN_RULE_BUDGET_PERCENT": "3", "COUNTERSIGN_RULE_BUDGET_WINDOW": "1s", "COUNTERSIGN_RULE_METRICS_MAX": "2"}
    with Server(installation, *options, environment=tiny) as server:
        server.wait_until_read(240)
        said = [line for line in server.log if "a rule is quarantined" in line]
        checks.expect(len(said) == 1 and "The slow rule" in said[0], f"the log says so, once: {server.log}")
        loaded = dict(re.findall(r'countersign_rules_loaded\{status="(\w+)"\} (\d+)', server.metrics()))
        checks.equal(loaded, {"loaded": "2", "quarantined": "1", "refused": "0", "skipped": "0"}, "the rules in /metrics")
        matches = {rule[-2:]: int(count) for rule, count in re.findall(
            r'countersign_rule_matches_total\{rule_id="([^"]+)",alert_severity="\w+"\} (\d+)', server.metrics())}
        checks.expect(0 < matches["01"] < EVENTS, f"the rule matched until its quarantine: {matches}")
        checks.equal((matches["02"], matches["er"]), (EVENTS // 2, EVENTS // 1000), f"the others to the end; two have a series: {matches}")
        see_alerts(checks, server, matches["01"])
    export = folder / "export"
    checks.equal(cs.run("audit", "export", "--data", installation.data, "--out", export, "--payloads").returncode, 0, "audit export")
    done = cs.run("audit", "verify", export)
    checks.equal(done.returncode, 0, f"audit verify: {done.stdout}{done.stderr}")
    entries = b"".join(path.read_bytes() for path in (export / "tile" / "entries").rglob("*") if path.is_file())
    checks.equal(entries.count(b'"type":"rules.quarantined"'), 1, "the evidence log has it")
    done = cs.run("store", "check", "--data", installation.data)
    checks.equal(done.returncode, 0, f"store check: {done.stdout}{done.stderr}")
    with Server(installation, *options) as server:
        checks.expect('countersign_rules_loaded{status="quarantined"} 0' in server.metrics(), "the next start lifts it")
        checks.expect("countersign_rule_matches_total" not in server.metrics(), "series by rule are there only when asked for")


def see_alerts(checks, server, matched):
    at = ("--server", server.url)
    cs.run("login", *at, "--login", "alice", input=PASSWORD + "\n")
    rows = [json.loads(line) for line in cs.run("alerts", "list", *at, "--json").stdout.splitlines()]
    own = [row for row in rows if row["kind"] == "self"]
    checks.equal([(row["title"], row["severity"], row["status"]) for row in own],
                 [("Rule quarantined: The slow rule", "high", "new")], f"one alert about itself: {rows}")
    checks.equal({row["title"]: row["count"] for row in rows if row["kind"] == "rule"},
                 {"The slow rule": matched, "The wide rule": EVENTS // 2, "The narrow rule": EVENTS // 1000}, "the alerts of the rules")
    if own:
        done = cs.run("alerts", "show", own[0]["id"], *at)
        checks.expect("It is not evaluated any more" in done.stdout, f"it says what it means: {done.stdout}{done.stderr}")
        done = cs.run("alerts", "take", own[0]["id"], *at)
        checks.equal(done.returncode, 0, f"it is taken like any other: {done.stderr}")
        done = cs.run("alerts", "close", own[0]["id"], *at, "--verdict", "benign", "--reason", "known_tool", "--rationale", "the rule is mended")
        checks.equal(done.returncode, 0, f"… and closed: {done.stderr}")


if __name__ == "__main__":
    main()
