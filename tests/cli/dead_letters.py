# SPDX-License-Identifier: Apache-2.0
"""Messages that no pack understood, as an operator works with them: found, counted, explained, tried with a mended pack, read
again, and what is left of them; and a replay that is killed again and again counts each of them once."""
import base64
import json
import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import books  # noqa: E402
import countersign as cs  # noqa: E402
from server import PASSWORD, Installation, Person, Server  # noqa: E402

RULE = """title: Acme blocked a user
id: 00000000-0000-4000-8000-000000000001
status: test
level: high
logsource: {product: acme}
detection:
  s: {act: blocked}
  condition: s
"""
PACK = """pack: acme
shapes:
  - name: line
    parse: key_value
    match:
      - has: [%s, act]
map: {user.name: user, host.name: fw}
group_by: [user.name]
classes:
  - sigma: {product: acme}
"""
KILLED_LETTERS = 10_000


def acme(number, user="eve"):
    return f'acme fw=fw-{number % 7} user={user} act=blocked n={number} msg="user {number} was \x1b[2Jblocked"'.encode()


GOOD = acme(1)
ELEMENTS = [b'{"fw":"fw-1","user":"x"}', b"17", b'"text"']
ARRAY = b"[" + b", ".join(ELEMENTS) + b"]"
MESSAGES = [
    *[acme(number) for number in range(1, 6)],
    b"no event at all 17",
    b"no event at all 23",
    b'{"broken": ',
    b"\x00\x00\x00\x00\x2a\x02\x08Avro",
    ARRAY,
]
# 5 lines of acme, 2 of nobody, JSON that ends too early, Avro, and the three elements of the array.
LETTERS = 12


class Site:
    """Rules, packs and a file of messages, and how to ask about letters."""

    def __init__(self, checks, folder):
        self.checks, self.folder = checks, folder
        self.rules, self.packs, self.mended = (folder / name for name in ("rules", "packs", "mended"))
        for place in (self.rules, self.packs, self.mended):
            place.mkdir()
        (self.rules / "acme.yml").write_text(RULE)
        (self.packs / "acme.yml").write_text(PACK % "firewall")
        (self.mended / "acme.yml").write_text(PACK % "fw")
        self.messages = folder / "messages.log"
        self.installation = Installation(folder / "site")

    def server(self):
        return Server(self.installation, "--rules", self.rules, "--packs", self.packs, "--source", f"file:{self.messages}")

    def mend(self):
        (self.packs / "acme.yml").write_text((self.mended / "acme.yml").read_text())

    def letters(self, server, command, *arguments, code=0):
        done = cs.run("dead-letters", command, *arguments, "--server", server.url)
        self.checks.equal(done.returncode, code, f"dead-letters {command} {arguments}: {done.stdout[-600:]}{done.stderr[-600:]}")
        return done

    def rows(self, server, command, *arguments, code=0):
        return [json.loads(line) for line in self.letters(server, command, *arguments, "--json", code=code).stdout.splitlines()]


def login(server, *logins):
    for name in logins:
        done = cs.run("login", "--server", server.url, "--login", name, input=PASSWORD + "\n")
        assert done.returncode == 0, done.stderr


def find(checks, site, server):
    """The letters before anything is mended."""
    rows = site.rows(server, "list")
    checks.equal([row["number"] for row in rows], list(range(LETTERS, 0, -1)), "newest first")
    checks.equal([row["reason"] for row in rows[::-1]],
                 ["no_pack"] * 7 + ["truncated", "framed", "no_pack", "not_an_event", "not_an_event"], "reasons")
    checks.equal(len(site.rows(server, "list", "--reason", "no_pack", "--since", "-1h")), 8, "by reason and time")
    checks.equal(len(site.rows(server, "list", "--limit", "3")), 3, "no more than asked for")
    site.letters(server, "list", "--until", "-1h", code=3)
    done = site.letters(server, "list")
    checks.expect("schema-registry framing: byte 0x00 and schema id 42" in done.stdout, f"what was recognised: {done.stdout}")
    checks.expect("\x1b" not in done.stdout, "no power over a terminal")
    page = site.letters(server, "show", 1).stdout
    checks.expect("was \\x1b[2Jblocked" in page and "\x1b" not in page, f"the message, harmless: {page}")
    checks.expect("offset 0\n" in page and "no_pack: no pack knows this message" in page, f"coordinates and reason: {page}")
    page = site.letters(server, "show", 9).stdout
    checks.expect("00 00 00 00 2a 02 08 41 76 72 6f" in page and "schema id 42" in page, f"bytes that are no text: {page}")
    raw = subprocess.run([cs.program(), "dead-letters", "show", "9", "--raw", "--server", server.url], capture_output=True,
                         env=cs.clean_environment(), check=False)
    checks.equal(raw.stdout, MESSAGES[8], "the bytes as they came")
    site.letters(server, "show", 99, code=3)
    top = site.letters(server, "top")
    first = top.stdout.splitlines()[0].split(maxsplit=4)
    checks.equal(first[:2] + first[4:], ["5", "no_pack", 'acme fw=fw-<n> user=eve act=blocked n=<n> msg="…"'], "the most frequent shape")
    checks.expect(f"{LETTERS} letters were looked at, all there are" in top.stderr, f"how many were looked at: {top.stderr}")
    summary = {row["reason"]: row for row in json.loads(site.letters(server, "summary", "--json").stdout)["items"]}
    checks.equal({reason: row["dead"] for reason, row in summary.items()},
                 {"no_pack": 8, "truncated": 1, "framed": 1, "not_an_event": 2}, "the summary")
    checks.equal(books.metric(server, "countersign_dead_letters", reason="no_pack", state="dead"), [8], "the gauge")


def export(checks, site, server):
    rows = [json.loads(line) for line in site.letters(server, "export").stdout.splitlines()]
    bodies = [base64.b64decode(row["bytes"]) for row in rows]
    checks.equal(bodies[::-1], [*MESSAGES[:9], *ELEMENTS], "the exported bytes")
    checks.equal((rows[-1]["offset"], rows[-1]["reason"], rows[-1]["message"]), (0, "no_pack", "no pack knows this message"), "with coordinates")
    raw = site.letters(server, "export", "--reason", "no_pack", "--raw").stdout
    checks.equal(raw.encode(), b"".join(message + b"\n" for message in [ELEMENTS[0], *MESSAGES[6::-1]]), "the messages alone")


def mend(checks, site, server):
    """The mended pack is tried here, then put in force."""
    done = site.letters(server, "explain", 1, code=3)
    checks.expect("it would fail again\n  no_pack: no pack knows this message" in done.stdout, f"not yet: {done.stdout}")
    done = site.letters(server, "explain", 8, code=3)
    checks.expect("truncated: " in done.stdout and "byte" in done.stdout, f"the step and its byte: {done.stdout}")
    done = site.letters(server, "explain", 1, "--packs", site.mended)
    checks.expect("it would be decoded now\n" in done.stdout and "\n  event 0: pack acme {product: acme}\n" in done.stdout, f"tried here: {done.stdout}")
    checks.expect("    user.name = eve\n" in done.stdout and "\x1b" not in done.stdout, f"with its fields: {done.stdout}")
    site.mend()
    login(server, "otto")
    reloaded = cs.run("rules", "reload", "--server", server.url)
    checks.equal((reloaded.returncode, reloaded.stdout.split(":")[0]), (0, "loaded"), f"rules reload: {reloaded}")
    told = json.loads(site.letters(server, "explain", 1, "--json").stdout)
    checks.equal((told["decodes"], told["events"][0]["pack"]), (True, "acme"), "in force")


def replay(checks, site, server):
    alert = ("alerts", "list", "--server", server.url, "--json")
    checks.equal(cs.run(*alert).stdout, "", "no alert yet")
    login(server, "alice")
    site.letters(server, "replay", 1, "--rationale", "x", code=5)
    login(server, "otto")
    done = cs.run("dead-letters", "replay", "--reason", "no_pack", "--server", server.url)
    checks.expect(done.returncode == 2 and "rationale" in done.stderr, f"without a rationale: {done}")
    done = cs.run("dead-letters", "replay", "--rationale", "x", "--server", server.url)
    checks.expect(done.returncode == 2 and "letters: " in done.stderr, f"without letters: {done}")
    done = site.letters(server, "replay", "--reason", "no_pack", "--rationale", "acme.yml named a wrong field", code=1)
    checks.expect("8 letters: 5 decoded, 3 failed again" in done.stdout, f"what came of it: {done.stdout}")
    rows = [json.loads(row) for row in cs.run(*alert).stdout.splitlines()]
    checks.equal([(row["title"], row["count"]) for row in rows], [("Acme blocked a user", 5)], "the alert that was missing")
    letters = site.rows(server, "list")
    checks.equal([row["state"] for row in letters[::-1]], ["replayed"] * 5 + ["dead"] * 7, "letters are marked")
    last = letters[-1]["last_replay"]
    checks.equal(last["actor"]["name"], "Otto", "by whom")
    checks.equal((letters[-6]["failures"], letters[-6]["last_replay"]["reason"]), (1, "no_pack"), "and what failed again")
    checks.equal(len(letters), LETTERS, "nothing is stored twice")

    site.letters(server, "replay", 1, 2, "--rationale", "once more", code=3)
    done = site.letters(server, "replay", "--all", "--rationale", "once more", code=1)
    checks.expect("7 letters: 0 decoded, 7 failed again" in done.stdout, f"the others fail again: {done.stdout}")
    letters = site.rows(server, "list")
    checks.equal(len(letters), LETTERS, "still nothing is stored twice")
    checks.equal(letters[-6]["failures"], 2, "how often it failed")
    rows = [json.loads(row) for row in cs.run(*alert).stdout.splitlines()]
    checks.equal([(row["title"], row["count"]) for row in rows], [("Acme blocked a user", 5)], "no event is counted twice")
    checks.equal(books.metric(server, "countersign_dead_letters", reason="no_pack", state="replayed"), [5], "the gauge")
    page = site.letters(server, "show", 6).stdout
    checks.expect("by Otto, " in page and "failed with no_pack: no pack knows this message" in page, f"the last replay: {page}")
    arno = Person(server, "arno")
    ledger = books.ledger(server, arno)
    checks.expect(ledger["balanced"], f"the ledger balances: {ledger['problems']}")
    own = [row["counts"] for row in ledger["partitions"] if row["source"] == f"replay:{last['replay']}"]
    checks.equal([(row["delivered"], row["parsed"], row["dead_lettered"], row["undecodable"], row["matched"]) for row in own], [(8, 6, 2, 1, 5)],
                 "the replay's own books")


def audited(checks, site):
    books.check_offline(checks, site.installation, site.folder)
    exported = site.folder / "export"
    entries = b"".join(path.read_bytes() for path in (exported / "tile" / "entries").rglob("*") if path.is_file())
    checks.equal((entries.count(b'"type":"replay.started"'), entries.count(b'"type":"replay.finished"')), (2, 2), "entries of replays")
    payloads = [json.loads(base64.b64decode(json.loads(path.read_text())["payload"])) for path in (exported / "payloads").iterdir()]
    reasons = sorted(payload["rationale"] for payload in payloads if "groups" in payload)
    checks.equal(reasons, ["acme.yml named a wrong field", "once more"], "and why")


def killed(checks, folder):
    """kill -9 while letters are replayed: the next start goes on, and each is counted once."""
    site = Site(checks, folder)
    site.messages.write_bytes(b"".join(acme(number) + b"\n" for number in range(KILLED_LETTERS)))
    with site.server() as server:
        server.wait_until_read()
    site.mend()
    server = site.server()
    otto = Person(server, "otto")
    begun = otto.call(server, "POST", "/api/v1/dead-letters:replay", {"all": True, "rationale": "mended"})
    checks.equal((begun.status, begun.json["letters"]), (202, KILLED_LETTERS), f"a replay is begun: {begun.text}")
    number = begun.json["replay"]
    in_the_middle = 0
    for least in (0, 1, KILLED_LETTERS // 2):
        def far_enough():
            state = otto.call(server, "GET", f"/api/v1/dead-letters/replays/{number}").json
            return state if state["decoded"] >= least else None
        state = server.wait_for(far_enough, f"{least} letters")
        in_the_middle += state["finished_at"] is None
        server.kill()
        server = site.server()
        otto = Person(server, "otto")
    checks.expect(in_the_middle > 0, "a kill came before the end")

    def finished():
        state = otto.call(server, "GET", f"/api/v1/dead-letters/replays/{number}").json
        return state if state["finished_at"] else None

    state = server.wait_for(finished, "the end of the replay")
    checks.equal((state["decoded"], state["failed"]), (KILLED_LETTERS, 0), "each letter once")
    rows = otto.call(server, "GET", "/api/v1/alerts").json["items"]
    checks.equal([row["count"] for row in rows], [KILLED_LETTERS], "each event once")
    ledger = books.ledger(server, otto)
    own = [row["counts"] for row in ledger["partitions"] if row["source"] == f"replay:{number}"]
    checks.equal([(row["delivered"], row["matched"], row["repeated"]) for row in own], [(KILLED_LETTERS, KILLED_LETTERS, 0)], "its books")
    checks.equal(books.metric(server, "countersign_dead_letters", state="replayed"), [KILLED_LETTERS], "the gauge after restarts")
    checks.equal(server.stop(), 0, "a clean stop")
    books.check_offline(checks, site.installation, folder)


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        (folder / "work").mkdir()
        site = Site(checks, folder / "work")
        site.messages.write_bytes(b"".join(message + b"\n" for message in MESSAGES))
        with site.server() as server:
            server.wait_until_read()
            login(server, "alice")
            find(checks, site, server)
            export(checks, site, server)
            mend(checks, site, server)
            replay(checks, site, server)
        audited(checks, site)
        (folder / "killed").mkdir()
        killed(checks, folder / "killed")
    checks.exit()


if __name__ == "__main__":
    main()
