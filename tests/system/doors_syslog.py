# SPDX-License-Identifier: Apache-2.0
"""Syslog over TCP, TLS and UDP against a running `serve`: every way to frame, what is turned away, limits, and a store that
takes nothing: TCP waits, datagrams are counted, memory stays bounded."""
import pathlib
import re
import select
import socket
import ssl
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import books  # noqa: E402
import countersign as cs  # noqa: E402
import doors  # noqa: E402
from server import Installation, Person, Server  # noqa: E402


def lines(numbers, header="<134>1 2025-11-03T08:00:00Z fw-1 fortigate - - - "):
    return [(header + doors.line(number)).encode() for number in numbers]


def connect(server, door):
    return socket.create_connection(doors.listens_at(server, door), timeout=20)


def ended(wire):
    """Whether the server ends the connection within the socket's time-out."""
    try:
        while wire.recv(4096):
            pass
        return True
    except socket.timeout:
        return False
    except OSError:
        return True


class Doors:
    def __init__(self, checks, server, arno):
        self.checks, self.server, self.arno = checks, server, arno

    def counts(self, door):
        rows = [row["counts"] for row in books.ledger(self.server, self.arno)["partitions"] if row["source"] == door]
        return rows[0] if rows else {"delivered": 0, "matched": 0, "dead_lettered": 0}

    def expect(self, door, what, **wanted):
        def there():
            counts = self.counts(door)
            return all(counts[name] == value for name, value in wanted.items())
        try:
            self.server.wait_for(there, what, 20)
            self.checks.passed += 1
        except RuntimeError as error:
            self.checks.expect(False, f"{what}: {self.counts(door)}, wanted {wanted}: {error}")

    def refused(self, door, reason):
        return sum(books.metric(self.server, "countersign_door_refused_total", source=door, reason=reason))

    def expect_refused(self, door, reason, count, what):
        try:
            self.server.wait_for(lambda: self.refused(door, reason) == count, what, 20)
            self.checks.passed += 1
        except RuntimeError:
            self.checks.expect(False, f"{what}: {self.refused(door, reason)} refused for {reason}, wanted {count}")


def framings(them):
    for number, (what, payload) in enumerate([
            ("line feeds", b"\n".join(lines(range(0, 10))) + b"\n"),
            ("CRLF, the last without", b"\r\n".join(lines(range(10, 20)))),
            ("NULs", b"\0".join(lines(range(20, 30))) + b"\0"),
            ("octet counting", doors.counted(lines(range(30, 40)))),
            ("octet counting with line feeds inside", doors.counted([line + b"\n" for line in lines(range(40, 50))]))], 1):
        with connect(them.server, "tcp") as wire:
            for at in range(0, len(payload), 700):
                wire.sendall(payload[at:at + 700])
        them.expect("tcp", f"tcp, {what}", delivered=number * 10, matched=number * 10)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.connect(doors.listens_at(them.server, "udp"))
        for number, line in enumerate(lines(range(100, 120))):
            wire.send(line + [b"", b"\n", b"\0"][number % 3])
        wire.send(b"\n")
        wire.send(b"")
    them.expect("udp", "udp", delivered=20, matched=20)


def bad_streams(them):
    with connect(them.server, "tcp") as wire:
        wire.sendall(doors.counted(lines([50])) + b"no length")
        them.checks.expect(ended(wire), "a stream that cannot be cut is ended")
    them.expect_refused("tcp", "framing", 1, "a stream that cannot be cut")
    with connect(them.server, "tcp") as wire:
        wire.sendall(doors.counted(lines([51])) + b"500 <134>cut off")
    them.server.wait_for(lambda: books.metric(them.server, "countersign_door_unfinished_messages_total", source="tcp") == [1.0],
                         "a message that its connection cut off is counted", 20)
    with connect(them.server, "tcp") as wire:
        wire.sendall(b"<134>" + b"x" * 300_000 + b"\n" + lines([52])[0] + b"\n")
    them.expect("tcp", "what is whole arrives, what is too long is a dead letter", delivered=54, matched=53, dead_lettered=1)
    letter = books.dead_letters(them.server, them.arno)[-1]
    them.checks.expect("300005" in str(letter) and "262144" in str(letter), f"its length and the limit are told: {letter}")


def limits(them):
    held = [connect(them.server, "few") for _ in range(2)]
    them.server.wait_for(lambda: books.metric(them.server, "countersign_door_connections", source="few") == [2.0], "two are open")
    with connect(them.server, "few") as third:
        them.checks.expect(ended(third), "the third from one address is ended")
    them.expect_refused("few", "address_connections", 1, "the third from one address")
    begun = time.monotonic()
    them.checks.expect(all(ended(wire) for wire in held), "idle connections are ended")
    them.checks.expect(time.monotonic() - begun < 10, "after the time that the option says")
    them.expect_refused("few", "idle", 2, "idle connections")
    for wire in held:
        wire.close()
    with connect(them.server, "one"):
        them.server.wait_for(lambda: books.metric(them.server, "countersign_door_connections", source="one") == [1.0], "one is open")
        with connect(them.server, "one") as second:
            them.checks.expect(ended(second), "the second is ended")
        them.expect_refused("one", "connections", 1, "the second of one")
    them.server.wait_for(lambda: books.metric(them.server, "countersign_door_connections", source="one") == [0.0], "none is open")


def tls(them, pem):
    with doors.secure(connect(them.server, "tls"), pem / "ours-ca.pem") as wire:
        wire.sendall(doors.counted(lines(range(10))))
    them.expect("tls", "tls, octet counting", delivered=10, matched=10)
    with doors.secure(connect(them.server, "tls"), pem / "ours-ca.pem") as wire:
        wire.sendall(b"\n".join(lines(range(10, 20))) + b"\n")
    them.expect("tls", "tls, line feeds", delivered=20, matched=20)
    with connect(them.server, "tls") as wire:
        wire.sendall(b"<134>plain text\n")
        them.checks.expect(ended(wire), "plain text to TLS is ended")
    them.expect_refused("tls", "tls", 1, "plain text to TLS")
    try:
        doors.secure(connect(them.server, "tls"), pem / "theirs-ca.pem")
        them.checks.expect(False, "a client that trusts another authority must not connect")
    except ssl.SSLCertVerificationError:
        them.checks.passed += 1
    them.expect_refused("tls", "tls", 2, "a client that trusts another authority")
    them.server.wait_for(lambda: them.server.said("unknown ca"), "the log says what the client said", 20)

    with doors.secure(connect(them.server, "mutual"), pem / "ours-ca.pem", pem / "ours-client") as wire:
        wire.sendall(doors.counted(lines(range(10))))
    them.expect("mutual", "tls with a client certificate", delivered=10, matched=10)
    for number, client in enumerate([None, pem / "theirs-client"], 1):
        try:
            # With TLS 1.3 the client learns of it when it reads.
            with doors.secure(connect(them.server, "mutual"), pem / "ours-ca.pem", client) as wire:
                wire.sendall(doors.counted(lines([99])))
                them.checks.expect(ended(wire), f"client certificate {client}: ended")
        except OSError:
            them.checks.passed += 1
        them.expect_refused("mutual", "tls", number, f"client certificate {client}")
    them.checks.equal(them.counts("mutual")["delivered"], 10, "nothing came in without the right certificate")


def resident_mib(server):
    status = pathlib.Path(f"/proc/{server.pid}/status").read_text()
    return int(re.search(r"VmRSS:\s+(\d+)", status).group(1)) // 1024


def outrun(checks, installation, rules):
    """The store takes nothing: a sender over TCP is stopped, what it sent is bounded, datagrams are counted."""
    with Server(installation, "--rules", rules, "--source", "syslog-tcp:127.0.0.1:0?name=tcp", "--source",
                "syslog-udp:127.0.0.1:0?name=udp", environment={"COUNTERSIGN_DISK_INGEST_PAUSE_BYTES": "1000GiB"}) as server:
        before = resident_mib(server)
        payload = b"\n".join(lines(range(4_000))) + b"\n"
        with connect(server, "tcp") as wire:
            wire.setblocking(False)
            sent, moved = 0, time.monotonic()
            while sent < 1_000_000_000 and time.monotonic() < moved + 2:
                if select.select([], [wire], [], 0.1)[1]:
                    sent += wire.send(payload[sent % len(payload):])
                    moved = time.monotonic()
            checks.expect(sent < 120_000_000, f"the sender was stopped after {sent} bytes")
            checks.equal(books.metric(server, "countersign_door_paused_connections", source="tcp"), [1.0], "it is not read")
            grown = resident_mib(server) - before
            checks.expect(grown < 300, f"memory is bounded: {grown} MiB more")
            print(f"stopped after {sent} bytes; {grown} MiB more")
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
            wire.connect(doors.listens_at(server, "udp"))
            long = b"<134>" + b"y" * 60_000
            for _ in range(2_000):
                wire.send(long)
        server.wait_for(lambda: sum(books.metric(server, "countersign_door_dropped_datagrams_total", source="udp")) > 0,
                        "dropped datagrams are counted", 20)
        checks.equal(server.stop(), 0, "stops within 10 s all the same")


def wrong_starts(checks, installation, pem):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        cert, key = pem / "ours-server.pem", pem / "ours-server.key"
        for source, code, what in (
                (f"syslog-tcp:127.0.0.1:{port}", 75, f"cannot listen on 127.0.0.1:{port} (TCP): Address already in use"),
                ("syslog-tcp:firewall:514", 2, "firewall:514 is not an address"),
                ("syslog-udp:192.0.2.1:514", 75, "cannot listen on 192.0.2.1:514 (UDP)"),
                (f"syslog-tls:127.0.0.1:0?cert={cert}&key={pem}/none", 3, "none cannot be read: No such file"),
                (f"syslog-tls:127.0.0.1:0?cert={key}&key={key}", 2, "ours-server.key cannot be used"),
                (f"syslog-tls:127.0.0.1:0?cert={cert}&key={pem}/theirs-server.key", 2, "key values mismatch"),
                (f"syslog-tls:127.0.0.1:0?cert={cert}&key={key}&ca={key}", 2, "cannot be used")):
            done = cs.run(*installation.options("--source", source), timeout=60)
            checks.expect(done.returncode == code and what in done.stderr, f"{source}: {done.returncode} {done.stderr[-300:]}")


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory(prefix="countersign-doors-") as name:
        folder = pathlib.Path(name)
        installation = Installation(folder / "site")
        rules = doors.write_rule(folder / "rules")
        pem = doors.certificates(folder / "pem")
        server_pem = f"cert={pem}/ours-server.pem&key={pem}/ours-server.key"
        sources = ["syslog-tcp:127.0.0.1:0?name=tcp", "syslog-udp:127.0.0.1:0?name=udp",
                   "syslog-tcp:127.0.0.1:0?name=few&connections_per_address=2&idle=2", "syslog-tcp:127.0.0.1:0?name=one&connections=1",
                   f"syslog-tls:127.0.0.1:0?name=tls&{server_pem}",
                   f"syslog-tls:127.0.0.1:0?name=mutual&{server_pem}&ca={pem}/ours-ca.pem"]
        options = [word for source in sources for word in ("--source", source)]
        with Server(installation, "--rules", rules, *options) as server:
            them = Doors(checks, server, Person(server, "arno"))
            framings(them)
            bad_streams(them)
            limits(them)
            tls(them, pem)
            ledger = books.ledger(server, them.arno)
            checks.expect(ledger["balanced"], f"the books balance: {ledger['problems']}")
        outrun(checks, Installation(folder / "full"), rules)
        wrong_starts(checks, installation, pem)
        done = cs.run("store", "check", "--data", installation.data)
        checks.equal(done.returncode, 0, f"store check: {done.stdout}{done.stderr}")
    checks.exit()


if __name__ == "__main__":
    main()
