# SPDX-License-Identifier: Apache-2.0
"""Messages that cannot be decoded, among good ones, through `serve`: each lands as a dead letter with its bytes,
coordinates and reason, exactly once, and the events around it are not disturbed. The same from a file and from a topic.

Usage: dead_letters.py file|kafka
"""
import base64
import contextlib
import hashlib
import pathlib
import sys
import tempfile
import typing

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / folder) for folder in ("support", "kafka")]
import books  # noqa: E402
import countersign as cs  # noqa: E402
import fortigate  # noqa: E402
from broker import Broker, missing_parts  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

SECONDS = 300
HUGE_BYTES = 50_000_000
SHOWN_BYTES = 4_096  # of a dead letter, over the API
SAMPLE_BYTES = 65_536  # of an event that is kept with its alert
LOGON = b'{"Channel":"Security","EventID":4624,"Hostname":"pc-1","TimeCreated":"2025-11-03T08:00:00Z"'


class Case(typing.NamedTuple):
    """A message that is a dead letter for this reason; with an index only that element of it, whose bytes are `part`."""
    reason: str
    message: bytes | None
    index: int | None = None
    part: bytes | None = None


CASES = [
    Case("no_pack", b"this line is no event"),
    Case("bad_json", LOGON + b',"LogonType":three}'),
    Case("truncated", LOGON + b',"TargetUserN'),
    Case("bad_utf8", b"caf\xe9 in Latin-1"),
    Case("bad_utf8", b"\x80" * 5_000),
    Case("framed", b"\x00\x00\x00\x00\x2a\x02\x08Avro"),
    Case("too_deep", b'{"a":' * 65 + b"1" + b"}" * 65),
    Case("too_many_fields", LOGON + b"".join(b',"f%d":0' % number for number in range(2_048)) + b"}"),
    Case("too_long_name", LOGON + b',"' + b"n" * 4_097 + b'":0}'),
    Case("not_an_event", b"[" + LOGON + b'},  [17, "]"] ,' + LOGON + b"}]", 1, b'[17, "]"]'),
    Case("too_large", b"z" * HUGE_BYTES),
]
# What no line of a file can be.
RECORDS = [
    Case("null", None),
    Case("empty", b""),
    Case("empty", b" \r\n\t"),
    Case("no_pack", b"two lines\nof no event"),
]


class FileInput:
    """Messages as the lines of a file."""

    cases = CASES

    def __init__(self, folder):
        self._folder = folder

    def begin(self, name):
        """A new place for messages; returns the source's name."""
        self._path = self._folder / name
        return f"file:{self._path}"

    def add(self, *messages):
        with open(self._path, "ab") as out:
            out.writelines(message + b"\n" for message in messages)

    def options(self):
        return ["--source", f"file:{self._path}"]


class KafkaInput:
    """Messages as the records of a topic."""

    cases = CASES + RECORDS

    def __init__(self, broker):
        self._broker = broker

    def begin(self, name):
        self._topic = name
        self._broker.create_topic(name)
        return name

    def add(self, *messages):
        self._broker.produce(self._topic, 0, *messages)

    def options(self):
        return ["--source", f"kafka:{self._topic}"]


def wait_until_read(server, auditor, count):
    def is_read():
        return books.total(books.ledger(server, auditor)).get("delivered") == count

    server.wait_for(is_read, f"{count} messages", SECONDS)


def shown(data):
    """How the API gives bytes."""
    try:
        return {"encoding": "utf-8", "data": data.decode()}
    except UnicodeDecodeError:
        return {"encoding": "base64", "data": base64.b64encode(data).decode()}


def expected_letter(number, case, source, offset):
    data = (case.message or b"") if case.part is None else case.part
    return {"number": number, "source": source, "topic": source, "partition": 0, "incarnation": 0, "offset": offset,
            "index": case.index, "reason": case.reason, "length": len(data), "hash": hashlib.sha256(data).hexdigest(),
            "shown_bytes": min(len(data), SHOWN_BYTES), **shown(data[:SHOWN_BYTES])}


def check_letters(checks, letters, expected):
    checks.equal(len(letters), len(expected), "dead letters")
    for letter, wanted in zip(letters, expected):
        for name, value in wanted.items():
            checks.equal(letter[name], value, f"{name} of the dead letter at offset {wanted['offset']}, {wanted['reason']}")
        checks.expect(letter["message"], f"the dead letter at offset {wanted['offset']} says what was wrong")


def check_metrics(checks, server, source, cases):
    for reason in {case.reason for case in cases}:
        values = books.metric(server, "countersign_ingest_rejected_records_total", topic=source, reason=reason)
        checks.equal(values, [sum(case.reason == reason for case in cases)], f"rejected in /metrics: {reason}")


def check_ledger(checks, server, auditor, cases, good):
    ledger = books.ledger(server, auditor)
    checks.expect(ledger["balanced"], f"the ledger balances: {ledger['problems']}")
    counts = books.total(ledger)
    whole = sum(case.index is None for case in cases)
    parts = len(cases) - whole
    wanted = {"delivered": len(cases) + good, "dead_lettered": whole, "parsed": parts + good, "undecodable": parts,
              # Each good one matches the rule, and is a verdict of the product.
              "events": 3 * parts + good, "matched": good, "opened": 2, "attached": 2 * (good - 1)}
    checks.equal({name: counts[name] for name in wanted}, wanted, "the ledger counts every message")


def check_bad_messages(checks, given, installation, environment):
    """A good message before and after each bad one, and one more for the process that comes after a kill."""
    messages = [fortigate.virus(0).encode()]
    for number, case in enumerate(given.cases, 1):
        messages += [case.message, fortigate.virus(number).encode()]
    source = given.begin("bad-messages")
    given.add(*messages)
    expected = [expected_letter(number + 1, case, source, 2 * number + 1) for number, case in enumerate(given.cases)]
    good = len(given.cases) + 2

    server = Server(installation, *given.options(), environment=environment)
    auditor = Person(server, "arno")
    wait_until_read(server, auditor, len(messages))
    check_metrics(checks, server, source, given.cases)
    server.kill()
    given.add(fortigate.virus(len(messages)).encode())
    with Server(installation, *given.options(), environment=environment) as again:
        wait_until_read(again, auditor, len(messages) + 1)
        check_letters(checks, books.dead_letters(again, auditor), expected)
        check_ledger(checks, again, auditor, given.cases, good)
        alerts = list(books.alerts(again, auditor).values())
        checks.equal([alert["count"] for alert in alerts], [good], "the good messages are the events of one alert")


def check_huge_event(checks, given, installation, environment):
    """Where the setting allows it, 50 MB are an event like any other."""
    event = fortigate.virus(0, more=f' msg="{"z" * HUGE_BYTES}"').encode()
    given.begin("huge-event")
    given.add(event)
    environment = {**environment, "COUNTERSIGN_INGEST_MESSAGE_BYTES_MAX": "64MiB"}
    with Server(installation, *given.options(), environment=environment) as server:
        auditor = Person(server, "arno")
        wait_until_read(server, auditor, 1)
        checks.equal(books.dead_letters(server, auditor), [], "dead letters besides the huge event")
        (alert,) = books.alerts(server, auditor).values()
        events = auditor.call(server, "GET", f"/api/v1/alerts/{alert['id']}/events").json["first"]
        kept = [(one["hash"], one["truncated"], one["data"]) for one in events]
        wanted = [(hashlib.sha256(event).hexdigest(), True, event[:SAMPLE_BYTES].decode())]
        lengths = [len(data) for _, _, data in kept]
        checks.expect(kept == wanted, f"the huge event at its alert, cut: {len(kept)} events of {lengths} bytes")


def main():
    kind = sys.argv[1]
    missing = missing_parts() if kind == "kafka" else []
    if missing:
        print("skipped: no Kafka broker can run here; missing: " + ", ".join(missing))
        sys.exit(cs.SKIPPED)
    checks = cs.Checks()
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="countersign-system-")))
        if kind == "kafka":
            broker = stack.enter_context(Broker())
            given, environment = KafkaInput(broker), {"COUNTERSIGN_KAFKA_BROKERS": broker.bootstrap}
        else:
            given, environment = FileInput(folder), {}
        check_bad_messages(checks, given, Installation(folder / "bad"), environment)
        check_huge_event(checks, given, Installation(folder / "huge"), environment)
    checks.exit()


if __name__ == "__main__":
    main()
