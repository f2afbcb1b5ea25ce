# SPDX-License-Identifier: Apache-2.0
"""`countersign packs` as the author of a pack uses it: the packs that ship pass their tests; a message that no pack knows is
explained, drafted, tested and understood; a test that fails says what it expected."""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402

UNKNOWN = '<134>Jan  2 03:04:05 gw-9 widgetd[7]: widget 4711 denied 192.0.2.1 to 198.51.100.2'
PAIRS = '<134>Jan  2 03:04:05 gate-3 portwatch[9]: alarm=tamper door=17 from=192.0.2.1 level=high'
OBJECT = '{"vendor":"Widget","kind":"verdict","srcip":"192.0.2.1","user":"ada","when":"2026-01-02T03:04:05Z","threat":"W.1"}'
KNOWN = ('<189>date=2026-01-02 time=03:04:05 tz="+0100" devname="fw-1" devid="FGT1" logid="0000000013" type="traffic" subtype="forward" '
         'level="notice" vd="root" srcip=10.0.0.1 dstip=192.0.2.9 action="deny"')
WRAPPED = json.dumps({"rawmsg": KNOWN, "syslogtag": "date=2026-01-02", "msg": " x", "hostname": "relay-1", "fromhost-ip": "203.0.113.5",
                      "timereported": "2026-01-02T03:04:05Z", "pri": "189", "programname": "date=2026-01-02"})
FAILING = """pack: mine
priority: 95
shapes: [{name: s, parse: json, match: [{has: [vendor, kind]}]}]
map: {source.ip: srcip}
classify: [kind]
classes:
  - sigma: {product: widget}
  - when: {kind: verdict}
    vendor_alert: {title: threat, otherwise: Verdict}
tests:
  - name: what is right
    message: '{"vendor":"W","kind":"verdict","threat":"X","srcip":"192.0.2.1"}'
    event: {sigma: {product: widget}, fields: {source.ip: 192.0.2.1, user.name: null}, vendor_alert: {title: X, level: medium}}
  - name: what is wrong
    message: '{"vendor":"W","kind":"other","srcip":"192.0.2.2"}'
    event: {time: 2026-01-02T03:04:05Z, fields: {source.ip: 192.0.2.1}, vendor_alert: {title: X, level: high}}
"""


def shipped(checks):
    done = cs.run("packs", "check")
    checks.equal((done.returncode, done.stderr), (0, ""), f"the packs that ship have no finding: {done.stdout}")
    done = cs.run("packs", "test")
    checks.equal(done.returncode, 0, f"and pass their tests: {done.stdout[-2000:]}")
    checks.expect(int(done.stdout.split()[0]) > 200, f"which are many: {done.stdout}")
    listed = json.loads(cs.run("packs", "list", "--json").stdout)
    checks.expect([row["priority"] for row in listed] == sorted((row["priority"] for row in listed), reverse=True), "listed as they are asked")
    without = [row["pack"] for row in listed if row["tests"] == 0]
    checks.equal(sorted(without), ["shippers", "shippers_syslog"], "every pack has tests; those of wrappers stand with what they carry")


def explained(checks, folder):
    path = folder / "messages.log"
    path.write_text("\n".join([KNOWN, WRAPPED, OBJECT, UNKNOWN, PAIRS]) + "\n")
    done = cs.run("packs", "explain", path, "--json")
    checks.equal(done.returncode, 3, "some message is not understood")
    known, wrapped, plain, unknown, _ = map(json.loads, done.stdout.splitlines())
    names = {name["name"]: (name["value"], name["from"]) for name in known["events"][0]["names"]}
    checks.equal(names["source.ip"], ("10.0.0.1", "srcip"), "a name says where it comes from")
    checks.equal((known["events"][0]["time"], known["events"][0]["time_field"]), ("2026-01-02T02:04:05.000000Z", "date"), "and so does the time")
    event = wrapped["events"][0]
    checks.equal((event["pack"], event["time"]), ("fortigate", "2026-01-02T02:04:05.000000Z"), "a relayed line is the same event")
    checks.expect(any("wrapper" in step["step"] for step in wrapped["steps"]), f"behind a wrapper: {wrapped['steps']}")
    checks.equal(plain["events"][0]["pack"], "generic", "an object that nobody knows")
    checks.equal(unknown["dead_letters"][0]["reason"], "no_pack", "a line that nobody knows")
    checks.expect(len(unknown["refusals"]) > 10, "and why each pack does not")
    text = cs.run("packs", "explain", path, "--line", "4").stdout
    checks.expect("no pack knows this product" in text and "--draft" in text, f"in words: {text}")
    return path


def drafted(checks, folder, messages):
    for line, form in ((3, "json"), (4, "regex"), (5, "key_value")):
        draft = folder / f"draft-{line}.yml"
        draft.write_text(cs.run("packs", "explain", messages, "--line", str(line), "--draft").stdout)
        checks.expect(f"parse: {form}" in draft.read_text(), f"a draft in the right format: {draft.read_text()}")
        done = cs.run("packs", "test", draft, "--with", "shipped")
        checks.equal((done.returncode, done.stdout.strip()), (0, "1 tests of 1 packs: 1 passed, 0 failed"), f"works: {done.stderr}")
        row = json.loads(cs.run("packs", "explain", messages, "--line", str(line), "--packs", draft, "--packs", "shipped", "--json").stdout)
        names = {name["name"]: name["value"] for name in row["events"][0]["names"]}
        checks.equal((row["events"][0]["pack"], names.get("source.ip"), row["events"][0]["time"]),
                     ("my-product", "192.0.2.1", "2026-01-02T03:04:05.000000Z"), "and is asked among the others")
        if form == "key_value":
            checks.equal((names.get("host.name"), names.get("event.severity")), ("gate-3", "4"), "the header and the severity are used")


def failing(checks, folder):
    path = folder / "mine.yml"
    path.write_text(FAILING)
    done = cs.run("packs", "test", path)
    checks.equal(done.returncode, 1, "a failing test fails the command")
    for part in ("2 tests of 1 packs: 1 passed, 1 failed", f"{path}:14: what is wrong: source.ip: expected `192.0.2.1`, is `192.0.2.2`",
                 "vendor alert: expected one, is none", "time: expected 2026-01-02T03:04:05Z"):
        checks.expect(part in done.stdout, f"{part}: {done.stdout}")
    path.write_text(FAILING.replace("vendor_alert: {title: threat", "vendor_alart: {title: threat"))
    done = cs.run("packs", "check", path)
    checks.expect(done.returncode == 1 and "pack.unknown_key" in done.stderr and ":9:5:" in done.stderr, f"a mistake has its place: {done.stderr}")
    done = cs.run("packs", "explain", "--pack", "none", input="x\n")
    checks.equal((done.returncode, "no pack none is loaded" in done.stderr), (2, True), f"an unknown pack: {done.stderr}")


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        shipped(checks)
        drafted(checks, folder, explained(checks, folder))
        failing(checks, folder)
    checks.exit()


if __name__ == "__main__":
    main()
