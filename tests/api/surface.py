# SPDX-License-Identifier: Apache-2.0
"""The HTTP surface of the real program, every answer judged by openapi.yaml: a review from sign-in to receipt, what each
role may do, hostile requests made from the schemas, a body of 1 GB, slow clients, many wrong passwords at once."""
import json
import pathlib
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from openapi import Description  # noqa: E402
from server import PASSWORD, Installation, Server, request  # noqa: E402

EVENTS = [
    'date=2026-11-02 time=08:00:0{0} devname="fw-{1}" devid="FGT1" eventtime=179360640{0} tz="+0000" logid="0211008192" '
    'type="utm" subtype="virus" eventtype="infected" level="warning" action="passthrough" virus="Test/Sample" '
    'filename="invoice.exe" srcip=10.1.2.{1} dstip=198.51.100.7 user="kim"'.format(second, host)
    for host in range(1, 5) for second in range(3)
] + ["this line is no event", '{"broken": ']

HOSTILE = ["", "0", "-1", "x" * 300, "\u202eabc", "<script>", "' OR 1=1 --", "../../etc/passwd", "%00", "{{7*7}}", "\U0001f600"]
WRONG_VALUES = [None, True, -1, 1e300, "", "x" * 20000, [], {}, [[]], {"$ref": "#"}, "\u0000", ["a"] * 1000]


class Client:
    """Calls the server and holds each answer against the description."""

    def __init__(self, checks, description, server):
        self.checks, self.description, self.server = checks, description, server
        self.seen = set()

    @property
    def address(self):
        return self.server.addresses["API"]

    def call(self, method, target, body=None, who=None, version=None, headers=None):
        headers = {**(who or {}), **(headers or {})}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        answer = request(self.address, method, target, body, headers, timeout=60)
        sent = b"" if body is None else json.dumps(body).encode()
        complaints = self.description.complaints(method, target, answer.status, answer.headers, answer.body)
        complaints += self.description.complaints_of_request(method, target, sent, answer.status)
        self.checks.expect(not complaints, f"{method} {target} {answer.status}: {complaints[:3]}")
        self.seen.add(answer.status)
        return answer

    def sign_in(self, login, channel="cli"):
        answer = self.call("POST", "/api/v1/session", {"login": login, "password": PASSWORD, "channel": channel})
        self.checks.equal(answer.status, 201, f"{login} signs in: {answer.text}")
        if channel == "cli":
            return {"Authorization": "Bearer " + answer.json["token"]}
        return {"Cookie": answer.headers["set-cookie"].split(";")[0], "X-Countersign-CSRF": answer.json["csrf_token"]}


def main():
    checks = cs.Checks()
    description = Description()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        events = folder / "events.log"
        events.write_text("\n".join(EVENTS) + "\n")
        site = Installation(folder / "site")
        with Server(site, "--source", f"file:{events}") as server:
            server.wait_until_read()
            client = Client(checks, description, server)
            people = {login: client.sign_in(login) for login in ("alice", "lena", "arno", "otto")}
            manual(checks, server)
            review(checks, client, people)
            browser(checks, client)
            books(checks, client, people)
            dead_letters(checks, client, people)
            roles(checks, client, people)
            hostile(checks, client, people)
            huge_body(checks, client)
            wrong_passwords(checks, client)
            slow_clients(checks, client, people["alice"])
            cursor = client.call("GET", "/api/v1/alerts?limit=1", who=people["alice"]).json["next_cursor"]
        with Server(site, "--source", f"file:{events}") as server:
            client = Client(checks, description, server)
            checks.equal(client.call("GET", "/api/v1/me", who=people["alice"]).status, 200, "a session outlives a restart")
            stale = client.call("GET", f"/api/v1/alerts?limit=1&cursor={cursor}", who=people["alice"])
            checks.equal(stale.json.get("type"), "/docs/api.md#bad-cursor", "a cursor from before the restart")
    checks.exit()


def manual(checks, server):
    """The manual's first session, typed as it stands."""
    text = (cs.ROOT / "docs" / "api.md").read_text(encoding="utf-8")
    lines = re.search(r"```sh\n(.*?)```", text, re.S).group(1)
    checks.expect("http://127.0.0.1:8080" in lines, "the manual's address is the default")
    done = subprocess.run(["bash", "-eu", "-c", lines.replace("http://127.0.0.1:8080", server.url)], input=PASSWORD + "\n",
                          capture_output=True, text=True, timeout=60)
    checks.equal(done.returncode, 0, f"the manual's example: {done.stderr}")
    checks.expect('"status": "available"' in done.stdout, f"the manual's example ends with a receipt: {done.stdout}")


def review(checks, client, people):
    alice, lena = people["alice"], people["lena"]
    rows = client.call("GET", "/api/v1/alerts?filter=" + urllib.parse.quote("status:open is:unreviewed kind:rule"), who=alice).json["items"]
    checks.equal(len(rows), 3, "three open alerts of rules besides the one of the manual")
    alert = f"/api/v1/alerts/{rows[0]['id']}"
    checks.equal(client.call("GET", alert, who=alice).headers["etag"], '"1"', "ETag")
    checks.equal(client.call("POST", alert + ":take", who=alice).status, 428, "take without If-Match")
    checks.equal(client.call("POST", alert + ":take", who=alice, version=1).json["version"], 2, "take")
    checks.equal(client.call("POST", alert + ":take", who=lena, version=1).json["version"], 2, "stale: the current version")
    refused = client.call("POST", alert + ":close", {}, who=alice, version=2)
    checks.equal(refused.status, 422, "closing without a decision")
    fields = {error["field"] for error in refused.json["errors"]}
    checks.expect({"verdict", "reason_code"} <= fields, f"the refusal names what is missing: {fields}")
    decision = {"verdict": "true_positive", "reason_code": "confirmed_incident", "rationale": "host cleaned, SEC-17"}
    closed = client.call("POST", alert + ":close?wait=proof", decision, who=alice, version=2,
                         headers={"Idempotency-Key": "close-1"})
    checks.equal(closed.json["alert"]["status"], "closed", "close")
    checks.equal(closed.json["proof"]["status"], "available", "the receipt")
    again = client.call("POST", alert + ":close?wait=proof", decision, who=alice, version=2,
                        headers={"Idempotency-Key": "close-1"})
    checks.equal(again.headers.get("idempotency-replayed"), "true", "the same request again")
    for part in ("/history", "/events", "/explain", "/proof"):
        checks.equal(client.call("GET", alert + part, who=alice).status, 200, part)
    made = client.call("POST", "/api/v1/alerts", {"title": "A phone call", "severity": "low"}, who=lena)
    checks.equal(made.status, 201, "a manual alert")
    checks.equal(client.call("GET", made.headers["location"], who=lena).json["kind"], "manual", "its kind")


def browser(checks, client):
    cookie = client.sign_in("lena", "console")
    made = {"title": "From a browser", "severity": "low"}
    alone = {"Cookie": cookie["Cookie"]}
    checks.equal(client.call("POST", "/api/v1/alerts", made, who=alone).json["type"], "/docs/api.md#cross-site", "a cookie alone")
    foreign = {"Origin": "https://evil.example"}
    checks.equal(client.call("POST", "/api/v1/alerts", made, who=cookie, headers=foreign).status, 403, "another origin")
    checks.equal(client.call("POST", "/api/v1/alerts", made, who=cookie).status, 201, "with its token")
    checks.equal(client.call("DELETE", "/api/v1/session", who=cookie).status, 204, "signing out")
    checks.equal(client.call("GET", "/api/v1/me", who=cookie).status, 401, "after signing out")


def books(checks, client, people):
    ledger = client.call("GET", "/api/v1/ledger", who=people["arno"]).json
    checks.expect(ledger["balanced"], f"the ledger balances: {ledger['problems']}")
    rules = client.call("GET", "/api/v1/rules?limit=5", who=people["alice"])
    checks.equal(len(rules.json["items"]), 5, "a page of rules")
    checks.expect(rules.headers.get("link", "").endswith('rel="next"'), "a link to the next page")
    checkpoint = client.call("GET", "/log/checkpoint").text.split("\n")
    checks.equal(checkpoint[0], client.server.installation.origin, "the checkpoint's origin")
    size = int(checkpoint[1])
    checks.equal(len(client.call("GET", f"/log/tile/0/000.p/{size}").body), 32 * size, "the hash tile")
    entries = client.call("GET", f"/log/tile/entries/000.p/{size}", who=people["arno"])
    checks.expect(b'"type":"alert.closed"' in entries.body, "the auditor reads entries")


def dead_letters(checks, client, people):
    otto, letters = people["otto"], "/api/v1/dead-letters"
    items = client.call("GET", letters + "?state=dead&since=-1d", who=otto).json["items"]
    checks.equal([item["reason"] for item in items], ["truncated", "no_pack"], "dead letters, newest first")
    one = f"{letters}/{items[1]['number']}"
    checks.equal(client.call("GET", one, who=otto).json, items[1], "one of them")
    checks.equal(client.call("GET", one + "/bytes", who=otto).body, EVENTS[-2].encode(), "its bytes")
    checks.equal(client.call("GET", one + "/explain", who=otto).json["decodes"], False, "it cannot be read today either")
    checks.equal(len(client.call("GET", letters + "/summary", who=otto).json["items"]), 2, "two reasons")
    checks.equal(client.call("GET", letters + "/top?limit=1", who=otto).json["shapes"], 2, "two shapes")
    request = {"letters": [item["number"] for item in items], "rationale": "to see what happens"}
    checks.equal(client.call("POST", letters + ":replay", request, who=people["alice"]).status, 403, "analysts do not replay")
    begun = client.call("POST", letters + ":replay", request, who=otto)
    checks.equal(begun.status, 202, f"a replay: {begun.text}")
    done = client.server.wait_for(lambda: next((state for state in [client.call("GET", begun.headers["location"], who=otto).json]
                                                if state["finished_at"]), None), "the end of the replay")
    checks.equal((done["decoded"], done["failed"]), (0, 2), "both fail again")
    checks.equal(client.call("GET", one, who=otto).json["last_replay"]["reason"], "no_pack", "and say why")
    nobody = {"source": "nobody", "rationale": "none"}
    checks.equal(client.call("POST", letters + ":replay", nobody, who=otto).status, 200, "nothing to do")


def roles(checks, client, people):
    for operation in client.description.operations:
        target = re.sub(r"\{\w+\}", "1-000-000001", operation.path)
        if "security" in operation.body or operation.path == "/api/v1/session":
            continue
        checks.equal(client.call(operation.method, target).status, 401, f"{operation.name} without signing in")
        for login in ("arno", "otto"):
            if operation.path.endswith((":close", ":decide", ":take", ":reopen", ":hold", ":note")):
                answer = client.call(operation.method, target, who=people[login], version=1)
                checks.equal(answer.status, 403, f"{operation.name} by {login}")


def hostile(checks, client, people):
    """Every operation with every parameter and field wrong in turn: refused in words, never a failure of ours."""
    rows = client.call("GET", "/api/v1/alerts?filter=status:new", who=people["alice"]).json["items"]
    alert = rows[0]["id"]
    for operation in client.description.operations:
        if operation.path == "/api/v1/session":
            continue
        who = people["otto" if "/users" in operation.path or "/tokens" in operation.path else "lena"]
        plain = re.sub(r"\{\w+\}", alert, operation.path)
        targets = [plain + "?no_such=1"]
        for value in HOSTILE:
            quoted = urllib.parse.quote(value, safe="")
            if "{" in operation.path and value:
                targets.append(re.sub(r"\{\w+\}", lambda _, q=quoted: q, operation.path))
            for parameter in map(client.description.resolve, operation.parameters):
                if parameter["in"] == "query":
                    targets.append(f"{plain}?{parameter['name']}={quoted}")
        for target in targets:
            answer = client.call(operation.method, target, who=who, version=999)
            checks.expect(answer.status < 500, f"{operation.method} {target}: {answer.status}")
        schema = client.description.request_schema(operation)
        if schema is None:
            continue
        schema = client.description.resolve(schema)
        bodies = [{"no_such_field": 1}, [], "text", 7]
        bodies += [{name: value} for name in schema.get("properties", {}) for value in WRONG_VALUES]
        for body in bodies:
            answer = client.call(operation.method, plain, body, who=who, version=1)
            valid = not client.description.complaints_of_schema(body, schema)
            checks.expect(answer.status < 500 and (valid or answer.status >= 400),
                          f"{operation.name} with {str(body)[:80]}: {answer.status}")
    unchanged = client.call("GET", f"/api/v1/alerts/{alert}", who=people["alice"]).json
    checks.expect(unchanged["status"] != "closed", "no hostile request closed the alert")


def resident_bytes(server):
    return float(re.search(r"^process_resident_memory_bytes (\S+)", server.metrics(), re.M).group(1))


def huge_body(checks, client):
    before = resident_bytes(client.server)
    host, port = client.address.split(":")
    for framing in (b"Content-Length: 1000000000\r\n\r\n", b"Transfer-Encoding: chunked\r\n\r\n3b9aca00\r\n"):
        with socket.create_connection((host, int(port)), 20) as wire:
            wire.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + framing)
            sent, piece = 0, b"x" * 65536
            try:
                while sent < 1_000_000_000:
                    sent += wire.send(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass
            checks.expect(sent < 100_000_000, f"the body was cut off after {sent} bytes")
        with socket.create_connection((host, int(port)), 20) as wire:
            wire.sendall(b"POST /api/v1/session HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n" + framing)
            answer = wire.recv(65536)
            checks.expect(answer.startswith(b"HTTP/1.1 413 "), f"a body of 1 GB: {answer[:80]}")
    grown = resident_bytes(client.server) - before
    checks.expect(grown < 64e6, f"memory grew by {grown} bytes")


def wrong_passwords(checks, client):
    """While somebody guesses, everybody else is served; then the guessing is stopped."""
    statuses = []

    def guess():
        for _ in range(6):
            body = {"login": "otto", "password": "not the password"}
            statuses.append(request(client.address, "POST", "/api/v1/session", body, timeout=60).status)

    threads = [threading.Thread(target=guess) for _ in range(8)]
    for thread in threads:
        thread.start()
    slowest = 0.0
    while any(thread.is_alive() for thread in threads):
        begun = time.monotonic()
        checks.equal(request(client.address, "GET", "/healthz", timeout=60).status, 200, "health while passwords are judged")
        slowest = max(slowest, time.monotonic() - begun)
    for thread in threads:
        thread.join()
    checks.equal(sorted(set(statuses)), [401, 429], "guessing")
    checks.equal(statuses.count(401), 10, "judged guesses")
    checks.expect(slowest < 5, f"the slowest other answer took {slowest:.1f} s")
    client.call("POST", "/api/v1/session", {"login": "otto", "password": PASSWORD})
    checks.expect(429 in client.seen, "even the right password waits")


def slow_clients(checks, client, who):
    host, port = client.address.split(":")
    wires = [socket.create_connection((host, int(port)), 30) for _ in range(50)]
    for wire in wires:
        wire.sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ")
    begun = time.monotonic()
    checks.equal(client.call("GET", "/api/v1/alerts", who=who).status, 200, "beside fifty slow clients")
    checks.expect(time.monotonic() - begun < 5, "beside fifty slow clients: in time")
    for wire in wires:
        checks.expect(wire.recv(4096).startswith(b"HTTP/1.1 408 "), "a slow client is told")
        wire.close()
    checks.expect(5 < time.monotonic() - begun < 20, "after about ten seconds")


main()
