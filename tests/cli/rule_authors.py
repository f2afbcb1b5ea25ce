# SPDX-License-Identifier: Apache-2.0
"""A rule author goes from a rule that misses to one that works by what the program says alone: each correction below is
taken from a message. Then what `rules test` and `rules explain` promise besides; filters, placeholders and collections of
Sigma 1."""
import gzip
import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from server import Installation, Server  # noqa: E402

RULE_ID = "5d3c1d0e-4c0b-4b56-9b8e-2f6d5f0c7a11"
RULE = f"""title: VPN login failed
id: {RULE_ID}
status: test
logsource:
    product: fortinet
    category: firewall
detection:
    selection:
        subtyp: vpn
        action|endswith: login-failed
        level: alert
    filter:
        user: kim
    condition: selektion and not filter
level: low
"""
FAILED = ('date=2026-11-25 time=09:13:41 devname="fw-1" devid="FGT1" eventtime=1795598021000000000 tz="+0000" '
          'logid="0101039426" type="event" subtype="vpn" level="alert" action="ssl-login-fail" user="kim"')
SIGNED_IN = FAILED.replace("ssl-login-fail", "tunnel-up").replace('"alert"', '"information"')
TESTS = [{"expect": "match", "why": "a wrong password", "message": FAILED},
         {"expect": "no_match", "why": "signed in", "message": SIGNED_IN}]


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        rule = folder / "rules" / "vpn.yml"
        rule.parent.mkdir()
        rule.write_text(RULE)
        write_tests(rule, TESTS)
        events = folder / "events.log"
        events.write_text(FAILED + "\n" + SIGNED_IN + "\n")
        correct(checks, rule)
        works(checks, rule, events)
        what_tests_name(checks, rule)
        what_explain_reads(checks, rule, events, folder)
        places_and_case(checks, rule, folder)
        harmless(checks, rule, folder)
        filters(checks, folder / "filters")
        placeholders(checks, folder / "placeholders")
        collections(checks, folder / "collections")
        served(checks, folder)
    checks.exit()


def write_tests(rule, tests):
    path = rule.with_suffix(".tests.ndjson")
    path.write_text("".join((row if isinstance(row, str) else json.dumps(row)) + "\n" for row in tests))
    return path


def follow(checks, rule, command, pattern, wrong, what):
    """Runs `command`, reads the right word out of its message and writes it in place of the wrong one."""
    done = cs.run("rules", command, rule)
    checks.equal(done.returncode, 1, f"{what}: exit code: {done.stderr}")
    said = re.search(pattern, done.stderr)
    checks.expect(said is not None, f"{what}: {done.stderr}")
    if said:
        rule.write_text(rule.read_text().replace(wrong, said[1]))


def correct(checks, rule):
    tests = re.escape(str(rule.with_suffix(".tests.ndjson"))) + ":1: VPN login failed: should match and does not: "
    follow(checks, rule, "check", r"did you mean `(\w+)`", "selektion", "a selection that is not there")
    follow(checks, rule, "test", tests + r"the log source differs: .*the event has product: (\w+), category: firewall", "fortinet",
           "a product that no pack gives")
    follow(checks, rule, "test", tests + r"`selection` does not hold: subtyp: vpn — field missing; did you mean `(\w+)`\?", "subtyp",
           "a field that is misspelt")
    follow(checks, rule, "test", tests + r'`selection` does not hold: action\|endswith: login-failed — the event has "ssl-([\w-]+)"',
           "login-failed", "a value that differs")
    done = cs.run("rules", "test", rule)
    said = "`filter` holds, and the condition wants that it does not: user: kim — the event has \"kim\""
    checks.expect(done.returncode == 1 and said in done.stderr, f"a filter that takes too much: {done.stderr}")
    rule.write_text(rule.read_text().replace("user: kim", "user: monitor"))


def works(checks, rule, events):
    done = cs.run("rules", "test", rule.parent)
    checks.equal(done.returncode, 0, f"the rule passes: {done.stderr}")
    checks.equal(done.stdout, "1 rules, 0 without tests; 2 events: 2 passed, 0 failed\n", "the totals")
    done = cs.run("match", "--rules", rule, "--count", events)
    checks.equal(json.loads(done.stdout)["matches"], 1, "match finds the event")
    done = cs.run("rules", "explain", rule, events, "--line", 1)
    checks.expect(done.returncode == 0 and ":1: match: VPN login failed" in done.stdout, f"explain a match: {done.stdout}")
    done = cs.run("rules", "explain", rule, events, "--line", 2)
    checks.equal(done.returncode, 3, "no match: exit code")
    for part in (":2: no match: VPN login failed\n", "  `selection` does not hold:\n",
                 '    action|endswith: login-fail — the event has "tunnel-up"\n', '      yes subtype: vpn — the event has "vpn"\n'):
        checks.expect(part in done.stdout, f"explain says {part!r}: {done.stdout}")


def what_tests_name(checks, rule):
    path = write_tests(rule, [{"expect": "no_match", "why": "wrong", "message": FAILED},
                              "nonsense", {"expect": "no_match", "message": "hello"},
                              {"expect": "no_match", "message": {"EventID": 1}}, {"expect": "match", "message": FAILED, "y": 1}])
    done = cs.run("rules", "test", rule)
    checks.equal(done.returncode, 1, "tests that fail: exit code")
    for line, word in ((1, "should not match and does (wrong)"), (2, "no JSON object"), (3, "dead letter"), (4, "shows nothing"),
                       (5, "`y`")):
        checks.expect(re.search(f"^{re.escape(str(path))}:{line}: .*{re.escape(word)}", done.stderr, re.M), f"{line}, {word}: {done.stderr}")
    report = json.loads(cs.run("rules", "test", rule, "--json").stdout)
    checks.equal([row["line"] for row in report["failures"]], [1, 2, 3, 4, 5], "the same as JSON")
    other = rule.with_name("other.yml")
    other.write_text(rule.read_text().replace(RULE_ID, RULE_ID[:-1] + "2").replace("VPN login failed", "Another"))
    write_tests(rule, TESTS)
    done = cs.run("rules", "test", "--rules", rule.parent)
    checks.expect(done.returncode == 0 and f"{other}:1: no tests: Another" in done.stderr, f"a rule without tests is named: {done.stderr}")
    done = cs.run("rules", "test", "--rules", rule.parent, other)
    checks.equal(done.returncode, 3, f"no tests at all: {done.stdout}")
    done = cs.run("rules", "test", rule.with_name("missing.yml"))
    checks.expect(done.returncode == 3 and "missing.yml" in done.stderr, f"a path that is not there: {done.stderr}")
    other.write_text(rule.read_text() + "---\n" + other.read_text())
    rule_tests = [{"expect": "match", "rule": title, "message": FAILED} for title in ("VPN login failed", "Another", "Nobody")]
    write_tests(other, rule_tests)
    done = cs.run("rules", "test", other)
    checks.expect(done.returncode == 1 and ":3: " in done.stderr and "`Nobody`" in done.stderr and "2 passed" in done.stdout,
                  f"a file of two rules: {done.stdout}{done.stderr}")
    other.unlink()
    other.with_suffix(".tests.ndjson").unlink()
    done = cs.run("rules", "test")
    checks.expect(done.returncode == 0 and " 0 without tests" in done.stdout, f"the shipped library: {done.stdout}{done.stderr}")


def what_explain_reads(checks, rule, events, folder):
    packed = folder / "events.gz"
    packed.write_bytes(gzip.compress(events.read_bytes() + b"hello\n"))
    for named in (rule, RULE_ID, "VPN login failed"):
        done = cs.run("rules", "explain", named, packed, "--rules", rule.parent, "--json")
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        checks.equal([row.get("matches") for row in rows], [True, False, None], f"{named}: {done.stderr}")
        checks.equal(rows[2]["dead_letter"], "no_pack", "a dead letter is named")
        checks.equal(rows[1]["why_not"], [{"selection": "selection", "wanted": True}], "why not, as JSON")
        item = rows[1]["selections"][0]["alternatives"][0]["items"][1]
        checks.equal((item["field"], item["modifiers"], item["leaves"][0]["pattern"], item["leaves"][0]["reason"]),
                     ("action", ["endswith"], "login-fail", "differs"), "a leaf as JSON")
        checks.equal((item["leaves"][0]["span"], item["leaf_count"]), (None, 1), "what was not found has no place")
        first = rows[0]["selections"][0]["alternatives"][0]["items"][1]
        checks.equal((first["leaves"][0]["span"], first["leaves"][0]["found"]["value"]), ([4, 14], "ssl-login-fail"), "the place of a pattern")
        checks.equal(item["values"], [{"field": "action", "type": "string", "value": "tunnel-up"}], "the event's value as JSON")
    done = cs.run("rules", "explain", rule, "-", input=FAILED + "\n")
    checks.expect(done.returncode == 0 and done.stdout.startswith("-:1: match"), f"standard input: {done.stdout}{done.stderr}")
    done = cs.run("rules", "explain", rule, rule.with_suffix(".tests.ndjson"))
    checks.expect(":1: match" in done.stdout and ":2: no match" in done.stdout, f"test events: {done.stdout}{done.stderr}")
    for arguments, code, word in (((rule, folder / "nofile"), 3, "nofile"), ((rule, events, "--line", 9), 3, "line 9"),
                                  (("VPN login faild", events, "--rules", rule), 3, "did you mean VPN login failed?"),
                                  ((rule,), 2, "FILE"), ((rule, events, "--line", "x"), 2, "--line")):
        done = cs.run("rules", "explain", *arguments)
        checks.expect(done.returncode == code and word in done.stderr, f"{arguments}: {done.returncode} {done.stderr}")
    broken = folder / "broken.yml"
    broken.write_text(RULE)
    done = cs.run("rules", "explain", broken, events)
    checks.expect(done.returncode == 1 and "condition.unknown" in done.stderr, f"a refused rule: {done.returncode} {done.stderr}")


def places_and_case(checks, rule, folder):
    """A place in a long value is marked; what differs in case alone is said, with what to do."""
    events = folder / "long.log"
    long = "x" * 300 + " ssl-login-fail " + "y" * 300
    events.write_text(FAILED.replace("ssl-login-fail", long) + "\n" + FAILED.replace("ssl-login-fail", "SSL-Login-Fail") + "\n")
    text = rule.read_text()
    for modifiers, line, part in (("|contains", 1, "action|contains: login-fail — the event has \"…" + "x" * 70 + " ssl-«login-fail» " + "y" * 74 + "…\"\n"),
                                  ("|contains|cased", 2, 'the event has "SSL-Login-Fail", which differs only in case: drop `|cased`\n'),
                                  ("|re", 2, 'the event has "SSL-Login-Fail", which differs only in case: add `|i`\n')):
        rule.write_text(text.replace("action|endswith", "action" + modifiers))
        done = cs.run("rules", "explain", rule, events, "--line", line)
        checks.expect(part in done.stdout, f"explain says {part!r}: {done.stdout}{done.stderr}")
    rule.write_text(text)


def harmless(checks, rule, folder):
    hostile = folder / "hostile.ndjson"
    hostile.write_text(FAILED.replace("ssl-login-fail", "\x1b[31mred\u202e") + "\n")
    done = cs.run("rules", "explain", rule, hostile)
    checks.expect("\\x1b[31mred\\u202e" in done.stdout and "\x1b" not in done.stdout and "\u202e" not in done.stdout,
                  f"a terminal is safe: {done.stdout!r}")
    write_tests(rule, [{"expect": "match", "why": "\x1b[2J", "message": hostile.read_text().strip()}])
    done = cs.run("rules", "test", rule)
    checks.expect(done.returncode == 1 and "\x1b" not in done.stderr and "\\x1b[2J" in done.stderr, f"… from tests as well: {done.stderr!r}")


SOUND = RULE.replace("fortinet", "fortigate").replace("subtyp:", "subtype:").replace("login-failed", "login-fail").replace(
    "selektion and not filter", "selection").replace("    filter:\n        user: kim\n", "")
OF_KIM = FAILED
OF_LEE = FAILED.replace('"kim"', '"lee"')
SUPPRESS = f"""title: Kim tests the VPN
logsource:
    product: fortigate
filter:
    rules:
        - {RULE_ID}
    selection:
        user: kim
    condition: selection
"""


def begin(folder, rule):
    folder.mkdir()
    (folder / "rule.yml").write_text(rule)
    events = folder / "events.log"
    events.write_text(OF_KIM + "\n" + OF_LEE + "\n")
    return folder / "rule.yml", events


def lines_matched(checks, what, *arguments):
    """The lines of the events that match; the exit code must be 0."""
    done = cs.run("match", *arguments)
    checks.equal(done.returncode, 0, f"{what}: {done.stderr}")
    return [json.loads(line)["line"] for line in done.stdout.splitlines()]


def filters(checks, folder):
    rule, events = begin(folder, SOUND)
    checks.equal(lines_matched(checks, "no filter", "--rules", folder, events), [1, 2], "both match without a filter")
    own = folder / "kim.yml"
    own.write_text(SUPPRESS)
    done = cs.run("rules", "check", folder)
    said = re.search(r"kim\.yml:9:16: warning\[filter\.polarity\].*to suppress, write `(not selection)`", done.stderr)
    checks.expect(done.returncode == 0 and said is not None, f"a filter that keeps what it describes: {done.stderr}")
    checks.equal(lines_matched(checks, "as written", "--rules", folder, events), [1], "without `not` it keeps Kim's alone")
    own.write_text(SUPPRESS.replace("condition: selection", f"condition: {said[1] if said else ''}"))
    done = cs.run("rules", "check", folder)
    checks.equal((done.returncode, done.stderr), (0, ""), "a filter that suppresses")
    checks.equal(lines_matched(checks, "suppressed", "--rules", folder, events), [2], "Kim's event is suppressed")
    done = cs.run("rules", "explain", rule, events, "--rules", folder, "--line", 1)
    for part in (":1: no match: VPN login failed\n",
                 "  `selection` of the filter `Kim tests the VPN` holds, and the condition wants that it does not:\n"
                 '    user: kim — the event has "kim"\n',
                 "  yes condition: selection\n  no  filter `Kim tests the VPN`: not selection\n",
                 "  yes selection (filter `Kim tests the VPN`)\n"):
        checks.expect(part in done.stdout, f"explain says {part!r}: {done.stdout}")
    done = cs.run("rules", "explain", rule, events, "--rules", folder, "--line", 1, "--json")
    shown = json.loads(done.stdout)
    checks.equal(shown["filters"], [{"title": "Kim tests the VPN", "condition": "not selection", "holds": False}], "a filter as JSON")
    checks.equal(shown["why_not"], [{"selection": "selection", "filter": "Kim tests the VPN", "wanted": False}], "why not, of a filter")
    listed = json.loads(cs.run("rules", "list", folder, "--json").stdout)
    checks.equal(listed["filters"], ["Kim tests the VPN"], "the list names the filter")
    checks.expect(listed["content"] != json.loads(cs.run("rules", "list", rule, "--json").stdout)["content"], "another hash")
    own.write_text(own.read_text().replace("user: kim", "user|contians: kim"))
    done = cs.run("rules", "check", folder)
    checks.expect(done.returncode == 1 and "error[filter.refused]: the filter is refused; one rule runs without it: `VPN login failed`"
                  in done.stderr, f"a refused filter: {done.stderr}")
    checks.equal(lines_matched(checks, "refused", "--rules", folder, events), [1, 2], "… and the rule runs without it")


def placeholders(checks, folder):
    rule, events = begin(folder, SOUND.replace("level: alert", "user|expand: '%VpnTesters%'"))
    done = cs.run("rules", "check", rule)
    option = re.search(r"error\[value\.placeholder\].*`VpnTesters`.*named with (--\w+)", done.stderr)
    checks.expect(done.returncode == 1 and option is not None, f"a placeholder without values: {done.stderr}")
    values = folder / "values.yaml"
    values.write_text("VpnTester: [kim, sam]\n")
    options = (option[1] if option else "--values", values)
    done = cs.run("rules", "check", rule, *options)
    checks.expect("did you mean `VpnTester`?" in done.stderr, f"a misspelt name: {done.stderr}")
    values.write_text("VpnTesters: [kim, {sam: 1}]\n")
    done = cs.run("rules", "check", rule, *options)
    checks.expect(done.returncode == 1 and f"{values}:1:19: error[values.shape]" in done.stderr, f"a list with an error: {done.stderr}")
    values.write_text("VpnTesters: [kim, sam]\n")
    done = cs.run("rules", "check", rule, *options)
    checks.equal((done.returncode, done.stderr), (0, ""), "a list of values")
    checks.equal(lines_matched(checks, "values", "--rules", rule, *options, events), [1], "the values are those that match")
    write_tests(rule, [{"expect": "match", "why": "Kim", "message": OF_KIM}, {"expect": "no_match", "why": "Lee", "message": OF_LEE}])
    done = cs.run("rules", "test", rule, *options)
    checks.equal((done.returncode, done.stdout), (0, "1 rules, 0 without tests; 2 events: 2 passed, 0 failed\n"), f"rules test: {done.stderr}")
    done = cs.run("rules", "explain", rule, events, *options, "--line", 2)
    checks.expect('user|expand: %VpnTesters% — the event has "lee"' in done.stdout, f"rules explain: {done.stdout}{done.stderr}")
    done = cs.run("rules", "list", rule, *options)
    checks.expect(done.returncode == 0 and RULE_ID in done.stdout, f"rules list: {done.stderr}")
    done = cs.run("match", "--rules", rule, "--values", folder / "nothing.yaml", events)
    checks.expect(done.returncode == 3 and "nothing.yaml" in done.stderr, f"no file of values: {done.returncode} {done.stderr}")


COLLECTION = f"""action: global
title: VPN login failed
id: {RULE_ID}
level: low
logsource:
    product: fortigate
    category: firewall
detection:
    selection:
        action: ssl-login-fail
    condition: selection and user
---
detection:
    user:
        user: kim
---
detection:
    user:
        srcip|cidr: 10.1.2.3/8
"""


def collections(checks, folder):
    rule, events = begin(folder, COLLECTION)
    done = cs.run("rules", "check", rule)
    option = re.search(r"error\[document\.action\].*load it with (--\w+)\)", done.stderr)
    checks.expect(done.returncode == 1 and option is not None, f"a collection: {done.stderr}")
    lenient = option[1] if option else "--lenient"
    done = cs.run("rules", "check", rule, lenient)
    checks.equal(done.returncode, 0, f"read leniently: {done.stderr}")
    checks.equal(re.findall(r"warning\[([\w.]+)\]", done.stderr), ["document.collection", "value.network_masked"], "… with warnings")
    checks.expect(done.stdout.endswith("2 rules: 2 loaded, 0 refused, 0 skipped\n"), f"two rules: {done.stdout}")
    checks.equal(lines_matched(checks, "leniently", "--rules", rule, lenient, events), [1], "its rules match")
    done = cs.run("match", "--rules", rule, "--count", events)
    checks.expect(json.loads(done.stdout)["matches"] == 0 and "3 of 3 rules are refused" in done.stderr, f"strictly: {done.stdout}{done.stderr}")


def served(checks, folder):
    """The same settings for `serve`: flags, file, environment."""
    site = Installation(folder / "site", people=False)
    rules = [folder / "placeholders" / "rule.yml", folder / "collections" / "rule.yml"]
    rules[1].write_text(rules[1].read_text().replace(RULE_ID, RULE_ID[:-1] + "9"))
    values = folder / "placeholders" / "values.yaml"
    config = folder / "countersign.yaml"
    config.write_text(f"rules: {json.dumps([str(rule) for rule in rules])}\nrule_values: placeholders/values.yaml\nrules_lenient: true\n")
    strict = {"COUNTERSIGN_RULES_LENIENT": "false"}
    for what, options, environment, counts in (
            ("flags", (*cs.rule_options(*rules), "--values", values, "--lenient"), {}, 'rules="3" refused="0"'),
            ("file", ("--config", config), {}, 'rules="3" refused="0"'),
            ("environment", ("--config", config), strict, 'rules="1" refused="3"')):
        with Server(site, *options, environment=environment) as server:
            checks.expect(server.said(counts), f"serve, {what}: {counts}: {''.join(server.log)}")


if __name__ == "__main__":
    main()
