# SPDX-License-Identifier: Apache-2.0
"""Events over HTTP: each form of a body, what is wrong with one, several doors, restarts, and a store that takes nothing."""
import gzip
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import books  # noqa: E402
import countersign as cs  # noqa: E402
import doors  # noqa: E402
from server import Installation, Person, Server  # noqa: E402


def text(numbers):
    return "".join(doors.line(number) + "\n" for number in numbers)


def forms(checks, server, sender, arno):
    status, _, answer = sender.post(text(range(5)) + "\n\nnot an event\n")
    checks.equal((status, answer), (200, {"source": "agents", "accepted": 6, "first_offset": 0, "last_offset": 5}), "lines")
    total = books.total(books.ledger(server, arno))
    checks.equal((total["delivered"], total["dead_lettered"], total["matched"]), (6, 1, 5), "durable when it is answered")
    letters = books.dead_letters(server, arno)
    checks.expect(len(letters) == 1 and letters[0]["offset"] == 5, f"the bad line is a dead letter: {letters}")
    status, _, answer = sender.post(gzip.compress(text([5, 6]).encode()), **{"Content-Encoding": "gzip"})
    checks.equal((status, answer["accepted"], answer["first_offset"]), (200, 2, 6), "gzip")
    event = {"Channel": "Security", "EventID": 4625}
    status, _, answer = sender.post(json.dumps([event, event, event]), "application/json")
    checks.equal((status, answer["accepted"]), (200, 3), "an array")
    status, _, answer = sender.post(json.dumps(event, indent=1), "application/json")
    checks.equal((status, answer["accepted"], answer["last_offset"]), (200, 1, 11), "one object over several lines")


def refusals(checks, server, sender):
    unpacked = gzip.compress(b"1234567\n" * 1_100_000)
    cases = [
        ("an empty body", ("",), {}, 400),
        ("blank lines only", (" \n\r\n",), {}, 400),
        ("an empty array", ("[]", "application/json"), {}, 400),
        ("gzip that is none", ("x",), {"Content-Encoding": "gzip"}, 400),
        ("gzip that is cut off", (gzip.compress(text([1]).encode())[:-4],), {"Content-Encoding": "gzip"}, 400),
        ("too much when unpacked", (unpacked,), {"Content-Encoding": "gzip"}, 413),
        ("too many events", ("1\n" * 70_000,), {}, 413),
        ("another encoding", ("x",), {"Content-Encoding": "br"}, 415),
        ("another type", ("x", "text/plain"), {}, 415),
        ("no such door", ("x", "application/x-ndjson", "/api/v1/events?source=nobody"), {}, 404),
    ]
    for what, arguments, headers, wanted in cases:
        status, _, answer = sender.post(*arguments, **headers)
        checks.equal(status, wanted, f"{what}: {answer}")
    checks.equal(sum(books.metric(server, "countersign_door_refused_total", source="agents", reason="body")), 6,
                 "bodies that were refused are counted")
    big = doors.Sender(server.addresses["API"], sender.secret)
    checks.equal(big.post("x" * (1024 * 1024 + 1))[0], 413, "a body over the limit")


def two_doors(checks, installation, secret, arno):
    with Server(installation, "--source", "http:agents", "--source", "http:other") as server:
        sender = doors.Sender(server.addresses["API"], secret)
        status, _, answer = sender.post(text([1]))
        checks.equal(status, 400, f"which of two: {answer}")
        checks.expect("agents, other" in answer["detail"], f"the doors are named: {answer}")
        status, _, answer = sender.post(text([1]), path="/api/v1/events?source=agents")
        checks.equal((status, answer["first_offset"]), (200, 12), "offsets go on after a restart")
        status, _, answer = sender.post(text([1]), path="/api/v1/events?source=other")
        checks.equal((status, answer["first_offset"]), (200, 0), "the other door has its own")
        ledger = books.ledger(server, arno)
        checks.expect(ledger["balanced"], f"the books balance: {ledger['problems']}")
        server.kill()


def nothing_taken(checks, installation, secret):
    """Without room on the disk the client keeps its events."""
    with Server(installation, "--source", "http:agents", environment={"COUNTERSIGN_DISK_INGEST_PAUSE_BYTES": "1000GiB"}) as server:
        sender = doors.Sender(server.addresses["API"], secret)
        server.wait_for(lambda: sender.post(text(range(100)))[0] == 503, "503", 60)
        status, headers, answer = sender.post(text([2]))
        checks.equal(status, 503, "the disk is nearly full")
        checks.expect(int(headers["retry-after"]) > 0 and "disk" in answer["detail"], f"says why and when: {answer}")
        checks.equal(server.stop(), 0, "stops within 10 s with requests that wait")


def wrong_starts(checks, installation):
    for sources, what in ((["http:a", "http:a"], "two sources are called a"),
                          (["http:a", "syslog-udp:127.0.0.1:0?name=a"], "two sources are called a"),
                          (["http:"], "is not a name")):
        options = [word for source in sources for word in ("--source", source)]
        done = cs.run(*installation.options(*options), timeout=60)
        checks.expect(done.returncode == 2 and what in done.stderr, f"{sources}: {done.returncode} {done.stderr[-300:]}")


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory(prefix="countersign-doors-") as name:
        folder = pathlib.Path(name)
        installation = Installation(folder / "site")
        secret = doors.token(installation)
        rules = doors.write_rule(folder / "rules")
        with Server(installation, "--rules", rules, "--source", "http:agents") as server:
            arno = Person(server, "arno")
            sender = doors.Sender(server.addresses["API"], secret)
            forms(checks, server, sender, arno)
            refusals(checks, server, sender)
        two_doors(checks, installation, secret, arno)
        nothing_taken(checks, installation, secret)
        wrong_starts(checks, installation)
        done = cs.run("store", "check", "--data", installation.data)
        checks.equal(done.returncode, 0, f"store check: {done.stdout}{done.stderr}")
    checks.exit()


if __name__ == "__main__":
    main()
