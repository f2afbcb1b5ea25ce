# SPDX-License-Identifier: Apache-2.0
"""Clients that mean no good, against a running `serve`: bodies without end, bytes one a second, broken framing, pipelines,
answers that nobody reads, a thousand idle connections, JSON that is none. Each is refused in words or cut off; the others
are served meanwhile, the memory stays small, nothing changes, and the server still stops when it is told to."""
import concurrent.futures
import contextlib
import json
import pathlib
import re
import resource
import select
import socket
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from openapi import Description  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

PATIENCE_S = 180  # for what the server does after its own limits; they are 10, 30 and 60 s
GROWTH_MAX = 64 * 2**20
DECISION = b'"verdict":"benign","reason_code":"known_tool"'


class Wire:
    """A connection of bytes."""

    def __init__(self, target, receive_bytes=None):
        host, port = target.server.addresses["API"].split(":")
        self.socket = socket.socket()
        if receive_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect((host, int(port)))
        self.rest = b""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def send(self, data):
        """False: the server has ended the connection."""
        try:
            self.socket.sendall(data)
            return True
        except (BrokenPipeError, ConnectionResetError):
            return False

    def _more(self):
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self.rest += data
        return bool(data)

    def answer(self):
        """(status, headers, body) of the next answer; None when the connection ends instead."""
        while b"\r\n\r\n" not in self.rest:
            if not self._more():
                return None
        head, self.rest = self.rest.split(b"\r\n\r\n", 1)
        lines = head.decode("ascii").split("\r\n")
        headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines[1:])}
        size = int(headers.get("content-length", 0))
        while len(self.rest) < size:
            if not self._more():
                return None
        body, self.rest = self.rest[:size], self.rest[size:]
        return int(lines[0].split()[1]), headers, body

    def ended(self):
        while self._more():
            pass
        return self.rest == b""


class Target:
    """The server, the alert that is aimed at, and a client with good manners."""

    def __init__(self, checks, server):
        self.checks, self.server = checks, server
        self.description = Description()
        self.alice = Person(server, "alice")
        made = Person(server, "lena").call(server, "POST", "/api/v1/alerts", {"title": "A phone call", "severity": "high"})
        self.alert = made.json["alert"]["id"]
        self.path = f"/api/v1/alerts/{self.alert}"
        self.close = (f"POST {self.path}:close HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {self.alice.token}\r\n"
                      'Content-Type: application/json\r\nIf-Match: "1"\r\n').encode()
        self.descriptors = self.open_descriptors()

    def status(self, name):
        text = pathlib.Path(f"/proc/{self.server.pid}/status").read_text()
        return 1024 * int(re.search(rf"{name}:\s+(\d+)", text).group(1))

    def forget_peak(self):
        with contextlib.suppress(OSError):  # where the kernel cannot, the peak since the start stands
            pathlib.Path(f"/proc/{self.server.pid}/clear_refs").write_text("5")
        return self.status("VmHWM")

    def open_descriptors(self):
        return len(list(pathlib.Path(f"/proc/{self.server.pid}/fd").iterdir()))

    def unharmed(self, what):
        seen = self.alice.call(self.server, "GET", self.path, timeout=PATIENCE_S)
        if self.checks.equal(seen.status, 200, f"{what}: somebody else is served"):
            self.checks.equal((seen.json["version"], seen.json["status"]), (1, "new"), f"{what}: the alert is untouched")

    def told(self, answer, status, what, method="POST", path=None):
        """The answer has the status and is as openapi.yaml says."""
        if not self.checks.expect(answer is not None and answer[0] == status, f"{what}: expected {status}, got {answer}"):
            return
        complaints = self.description.complaints(method, path or self.path + ":close", *answer)
        self.checks.expect(not complaints, f"{what}: {complaints[:3]}")


# Framing that cannot be trusted: one answer, then the connection ends, so that what follows is no request.
BROKEN = [
    ("both lengths", b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("both lengths, turned", b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n", 400),
    ("two lengths", b"Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}", 400),
    ("a signed length", b"Content-Length: +2\r\n\r\n{}", 400),
    ("a negative length", b"Content-Length: -1\r\n\r\n", 400),
    ("a hexadecimal length", b"Content-Length: 0x2\r\n\r\n{}", 400),
    ("a length beyond 64 bits", b"Content-Length: 99999999999999999999999\r\n\r\n", 400),
    ("a length of 1 GB", b"Content-Length: 1000000000\r\n\r\n", 413),
    ("a length of 1 GB, asked first", b"Expect: 100-continue\r\nContent-Length: 1000000000\r\n\r\n", 413),
    ("an unknown coding", b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400),
    ("a coding besides chunked", b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400),
    ("chunked, but not last", b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n", 400),
    ("chunked twice", b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400),
    ("a space before the colon", b"Content-Length : 2\r\n\r\n{}", 400),
    ("a NUL in a header", b"X-A: \0\r\nContent-Length: 2\r\n\r\n{}", 400),
    ("a CR in a header", b"X-A: a\rb\r\nContent-Length: 2\r\n\r\n{}", 400),
    ("a second Host", b"Host: y\r\nContent-Length: 2\r\n\r\n{}", 400),
    ("10,000 header lines", b"X-A: b\r\n" * 10_000 + b"\r\n", 431),
    ("a header of 1 MB", b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n", 431),
]
CHUNKED = b"Transfer-Encoding: chunked\r\n\r\n"
BROKEN += [(f"chunk: {name}", CHUNKED + chunks, status) for name, chunks, status in [
    ("no size", b"\r\n{}\r\n0\r\n\r\n", 400),
    ("a size that is no number", b"zz\r\n{}\r\n0\r\n\r\n", 400),
    ("a negative size", b"-2\r\n{}\r\n0\r\n\r\n", 400),
    ("a size with a prefix", b"0x2\r\n{}\r\n0\r\n\r\n", 400),
    ("a size beyond 64 bits", b"ffffffffffffffffff\r\n{}\r\n", 400),
    ("a size just below 64 bits", b"fffffffffffffffe\r\n{}\r\n", 413),
    ("1 GB", b"3b9aca00\r\n{}\r\n", 413),
    ("shorter than it says", b"5\r\n{}\r\n0\r\n\r\n", 400),
    ("longer than it says", b"1\r\n{}\r\n0\r\n\r\n", 400),
    ("no line end after it", b"2\r\n{}0\r\n\r\n", 400),
    ("an endless extension", b"2;a=" + b"x" * 200_000, 400),
    ("10,000 trailer lines", b"2\r\n{}\r\n0\r\n" + b"X-A: b\r\n" * 10_000 + b"\r\n", 400),
]]


NO_HTTP = [("noise", bytes(range(128, 256)) * 20), ("TLS", bytes.fromhex("160301020001") + b"\0" * 512),
           ("HTTP/2", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), ("HTTP/0.9", b"GET /healthz\r\n\r\n")]


def broken_framing(target):
    def one(what, data, status):
        with Wire(target) as wire:
            wire.send(data + b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            return what, status, wire.answer(), wire.ended()

    cases = [(what, target.close + rest, status) for what, rest, status in BROKEN]
    cases += [(what, data, 400) for what, data in NO_HTTP]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:  # each end takes the server a second
        for what, status, answer, ended in pool.map(lambda case: one(*case), cases):
            target.told(answer, status, what)
            target.checks.expect(ended, f"{what}: the connection ends after the answer")
    for size, status in ((8_000, 404), (9_000, 414), (1_000_000, 431)):
        with Wire(target) as wire:
            wire.send(b"GET /" + b"x" * size + b" HTTP/1.1\r\nHost: x\r\n\r\n")
            target.told(wire.answer(), status, f"an address of {size} bytes", "GET", "/x")
    with Wire(target) as wire:
        wire.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n" + b"".join(b"%x:\r\n" % n for n in range(2_000)) + b"\r\n")
        target.told(wire.answer(), 200, "2,000 short header lines", "GET", "/healthz")
    target.unharmed("broken framing")


def endless_bodies(target):
    """Whoever goes on sending is cut off, and nothing of it is kept."""
    before = target.forget_peak()
    for what, framing, piece in (("1 GB", b"Content-Length: 1000000000\r\n\r\n", b" " * 65536),
                                 ("one chunk of 1 GB", CHUNKED + b"3b9aca00\r\n", b" " * 65536),
                                 ("chunks without end", CHUNKED, b"10000\r\n" + b" " * 65536 + b"\r\n"),
                                 ("tiny chunks without end", CHUNKED, b"1\r\n \r\n" * 10_000)):
        with Wire(target) as wire:
            wire.send(target.close + framing)
            sent = 0
            while sent < 1_000_000_000 and wire.send(piece):
                sent += len(piece)
            target.checks.expect(sent < 100_000_000, f"{what}: cut off after {sent} bytes")
    grown = target.status("VmHWM") - before
    target.checks.expect(grown < GROWTH_MAX, f"endless bodies: the memory grew by {grown} bytes")
    target.unharmed("endless bodies")


def many_bodies(target):
    """Bodies that are allowed one by one are not allowed all at once."""
    before = target.forget_peak()
    wires = [Wire(target) for _ in range(100)]
    for wire in wires:
        wire.send(target.close + b"Content-Length: 1048576\r\n\r\n" + b" " * 1_000_000)
    poll = select.poll()
    for wire in wires:
        poll.register(wire.socket, select.POLLIN)
    target.server.wait_for(lambda: len(poll.poll(0)) >= 30, "the refusal of bodies", PATIENCE_S)
    target.unharmed("many bodies")
    ready = {descriptor for descriptor, _ in poll.poll(0)}
    for wire in wires:
        if wire.socket.fileno() in ready:
            target.told(wire.answer(), 503, "a body too many")
    target.checks.expect(len(ready) <= 40, f"of 100 bodies of 1 MiB 64 have room: {len(ready)} were refused")
    for wire in wires:
        wire.socket.close()
    grown = target.status("VmHWM") - before
    target.checks.expect(grown < 2 * GROWTH_MAX, f"many bodies: the memory grew by {grown} bytes")


def pipelines(target):
    """A thousand requests in one go are answered in their order; a decision in the middle is judged like any other."""
    with Wire(target) as wire:
        requests = [b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Request-Id: n%d\r\n\r\n" % n for n in range(1_000)]
        requests[500] = target.close + b"X-Request-Id: n500\r\nContent-Length: 2\r\n\r\n{}"
        sender = threading.Thread(target=wire.send, args=[b"".join(requests)])
        sender.start()
        answers = [wire.answer() for _ in requests]
        sender.join()
    target.checks.equal([a and a[1]["x-request-id"] for a in answers], [f"n{n}" for n in range(1_000)], "the order of answers")
    target.checks.equal([a[0] for a in answers if a and a[0] != 200], [422], "a closure without a decision in a pipeline")
    target.unharmed("pipelines")


BODIES = [
    ("a NUL", b'{%s,"rationale":"a\0b"}' % DECISION, 400),
    ("a NUL, escaped", b'{%s,"rationale":"a\\u0000b"}' % DECISION, 422),
    ("a NUL after the end", b'{%s,"rationale":"ab"}\0' % DECISION, 400),
    ("a byte that is no UTF-8", b'{%s,"rationale":"a\xffb"}' % DECISION, 400),
    ("an overlong form", b'{%s,"rationale":"a\xc0\xafb"}' % DECISION, 400),
    ("a surrogate in UTF-8", b'{%s,"rationale":"a\xed\xa0\x80b"}' % DECISION, 400),
    ("half a surrogate pair", b'{%s,"rationale":"a\\ud800b"}' % DECISION, 400),
    ("UTF-16", '{"verdict":"benign"}'.encode("utf-16"), 400),
    ("a key twice", b'{%s,"rationale":"ab","verdict":"true_positive"}' % DECISION, 400),
    ("a key twice, escaped", b'{%s,"rationale":"ab","v\\u0065rdict":"true_positive"}' % DECISION, 400),
    ("something behind it", b'{%s,"rationale":"ab"}{}' % DECISION, 400),
    ("a comment", b'{%s,/**/"rationale":"ab"}' % DECISION, 400),
    ("10,000 lists", b"[" * 10_000 + b"]" * 10_000, 400),
    ("10,000 objects", b'{"a":' * 10_000 + b"1" + b"}" * 10_000, 400),
    ("a million lists without end", b"[" * 1_000_000, 400),
    ("a number of 100,000 digits", b'{"verdict":' + b"9" * 100_000 + b"}", 422),
    ("a number beyond all bounds", b'{"verdict":1e999999}', 422),
    ("90,000 fields", b"{" + b",".join(b'"k%d":1' % n for n in range(90_000)) + b"}", 422),
    ("not a number", b'{"verdict":NaN}', 400),
]


def strange_json(target):
    before = target.forget_peak()
    with Wire(target) as wire:  # one connection: a body that is wrong does not end it
        for what, body, status in BODIES:
            wire.send(target.close + b"Content-Length: %d\r\n\r\n" % len(body) + body)
            answer = wire.answer()
            target.told(answer, status, what)
            if not target.checks.expect(answer and len(answer[2]) < 65_536, f"{what}: the refusal is short: {len(answer[2])}"):
                continue
            if "twice" in what:
                target.checks.expect("`verdict` twice" in json.loads(answer[2])["detail"], f"{what}: the key is named")
    grown = target.status("VmHWM") - before
    target.checks.expect(grown < GROWTH_MAX, f"strange JSON: the memory grew by {grown} bytes")
    target.unharmed("strange JSON")


def thousand_idle(target):
    """A thousand connections that say nothing; one client more is served. Beyond the limit some are told, all are cut."""
    with Wire(target) as known:
        wires = [Wire(target) for _ in range(900)]
        for wire in wires[::3]:
            wire.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Half: ")
        target.unharmed("900 idle connections")
        late = [Wire(target) for _ in range(300)]
        wires += late
        poll = select.poll()
        for wire in late:
            poll.register(wire.socket, select.POLLIN)
        target.checks.equal(late[-1].answer(), None, "the last of 1,200 connections")
        ready = {descriptor for descriptor, _ in poll.poll(0)}
        answers = [wire.answer() for wire in late[:-1] if wire.socket.fileno() in ready]
        told = [answer for answer in answers if answer]
        for answer in told:
            target.told(answer, 503, "a connection too many")
        target.checks.expect(told and len(answers) < 200, f"beyond the limit: {len(answers)} are cut, {len(told)} told why")
        known.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
        target.told(known.answer(), 200, "who was there before is served", "GET", "/healthz")
        for wire in wires:
            wire.socket.close()
    target.server.wait_for(lambda: target.open_descriptors() < target.descriptors + 50, "the end of idle connections", PATIENCE_S)
    target.unharmed("1,200 connections")


def drip(target, start, piece):
    """Sends a piece a second until the server says something; returns that."""
    with Wire(target) as wire:
        wire.send(start)
        deadline = time.monotonic() + PATIENCE_S
        while time.monotonic() < deadline:
            if select.select([wire.socket], [], [], 1)[0]:
                return wire.answer()
            if not wire.send(piece):
                return wire.answer()
    return None


def never_reads(target):
    """Asks for much and takes nothing; returns whether the server ended it."""
    with Wire(target, receive_bytes=4096) as wire:
        wire.socket.setblocking(False)
        request = b"GET /api/v1/openapi.json HTTP/1.1\r\nHost: x\r\n\r\n"
        try:
            for _ in range(1_000):
                wire.socket.send(request * 100)
        except BlockingIOError:
            pass
        poll = select.poll()
        poll.register(wire.socket, 0)  # reports only that it is over
        return bool(poll.poll(1000 * PATIENCE_S))


class Background:
    """Clients that take as long as the server lets them."""

    def __init__(self, target):
        self.target, self.results = target, {}
        head = b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: "
        jobs = {
            "slow header": lambda: drip(target, head, b"a"),
            "slow request line": lambda: drip(target, b"G", b"E"),
            "slow body": lambda: drip(target, target.close + b"Content-Length: 1000\r\n\r\n{", b" "),
            "slow chunks": lambda: drip(target, target.close + CHUNKED, b"1\r\n \r\n"),
            "slow line ends": lambda: drip(target, target.close + CHUNKED + b"2\n{}\n0\n", b"\n"),
            "never reads": lambda: never_reads(target),
        }
        self.threads = [threading.Thread(target=self._run, args=[name, job]) for name, job in jobs.items()]
        for thread in self.threads:
            thread.start()

    def _run(self, name, job):
        self.results[name] = job()

    def end(self):
        for thread in self.threads:
            thread.join()
        checks = self.target.checks
        checks.expect(self.results.pop("never reads"), "who never reads is cut off")
        checks.equal(len(self.results), 5, "slow clients")
        for name, answer in self.results.items():
            self.target.told(answer, 408, name, "GET" if name in ("slow header", "slow request line") else "POST", "/x")
        self.target.unharmed("slow clients")


def main():
    checks = cs.Checks()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(max(soft, 4096), hard), hard))
    with tempfile.TemporaryDirectory() as name:
        with Server(Installation(pathlib.Path(name) / "site")) as server:
            target = Target(checks, server)
            slow = Background(target)
            broken_framing(target)
            endless_bodies(target)
            many_bodies(target)
            pipelines(target)
            strange_json(target)
            slow.end()
            thousand_idle(target)
            checks.expect(not any("error" in line.split()[1:2] for line in server.log), f"the log: {server.log[-5:]}")
            left = [Wire(target) for _ in range(100)]
            for wire in left:
                wire.send(target.close + b"Content-Length: 1000\r\n\r\n{")
            checks.equal(server.stop(60), 0, "SIGTERM while a hundred bodies are on their way")
    checks.exit()


if __name__ == "__main__":
    main()
