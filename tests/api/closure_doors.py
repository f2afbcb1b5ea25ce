# SPDX-License-Identifier: Apache-2.0
"""The two doors through which people act on alerts, HTTP and the command line, with one face for the test of the closure
rule: an attempt has an outcome, and the alert is looked at afterwards."""
import collections
import dataclasses
import http.client
import json
import os
import re
import subprocess

import countersign as cs
from openapi import Description
from server import PASSWORD, Person, request

# Times that pass while nobody does anything.
UNSTEADY = ("overdue",)


@dataclasses.dataclass
class Outcome:
    kind: str  # done, denied, conflict, stale, unversioned, incomplete, not_offered
    fields: set  # that the refusal names
    text: str


class World:
    """The server, its people and what became of the alerts."""

    ROLES = {"alice": "analyst", "lena": "lead", "mona": "manager", "arno": "auditor", "otto": "operator",
             "rita": "rule_author"}

    def __init__(self, checks, server, folder):
        self.checks, self.server, self.folder = checks, server, folder
        self.description = Description()
        self.closed = 0
        self.exports = 0
        self.connection = http.client.HTTPConnection(server.addresses["API"], timeout=60)
        self.operator = Person(server, "otto")
        for login in ("mona", "rita", "dora"):
            person = {"login": login, "name": login.capitalize(), "roles": [self.ROLES.get(login, "lead")],
                      "password": PASSWORD}
            made = self.operator.call(server, "POST", "/api/v1/users", person)
            checks.equal(made.status, 201, f"{login} is added: {made.text}")
        self.secrets = {role: Person(server, login).token for login, role in self.ROLES.items()}
        self._tokens()
        self._spoilt(made.json["id"])
        self.reader = {"Authorization": "Bearer " + self.secrets["auditor"]}

    def _tokens(self):
        for name, scopes in (("token", ["read", "note"]), ("reader", ["read"])):
            wanted = {"name": name, "scopes": scopes, "expires_at": self._in_a_month()}
            made = self.operator.call(self.server, "POST", "/api/v1/tokens", wanted)
            self.checks.equal(made.status, 201, f"{name} is made: {made.text}")
            self.secrets[name] = made.json["token"]

    def _spoilt(self, dora):
        """Sessions that were good once, and a cookie."""
        self.secrets["disabled"] = Person(self.server, "dora").token
        changed = self.operator.call(self.server, "PATCH", f"/api/v1/users/{dora}", {"disabled": True})
        self.checks.equal(changed.status, 200, f"dora is disabled: {changed.text}")
        gone = Person(self.server, "lena")
        self.checks.equal(gone.call(self.server, "DELETE", "/api/v1/session").status, 204, "lena signs out")
        self.secrets["signed_out"] = gone.token
        answer = request(self.server.addresses["API"], "POST", "/api/v1/session", {"login": "lena", "password": PASSWORD})
        self.cookie = answer.headers["set-cookie"].split(";")[0]
        self.csrf = answer.json["csrf_token"]

    def _in_a_month(self):
        now = request(self.server.addresses["API"], "GET", "/healthz").headers["date"]
        year = int(re.search(r"\d{4}", now).group())
        month = 1 + ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"].index(now[8:11])
        return f"{year + month // 12}-{month % 12 + 1:02}-15T00:00:00Z"

    def call(self, method, target, body=None, headers=None):
        self.connection.request(method, target, None if body is None else json.dumps(body).encode(),
                                {"Content-Type": "application/json", **(headers or {})})
        response = self.connection.getresponse()
        return response, response.read()

    def read(self, target):
        response, body = self.call("GET", target, headers=self.reader)
        if response.status != 200:
            raise RuntimeError(f"GET {target}: {response.status} {body[:500]!r}")
        return json.loads(body)

    def state(self, alert):
        """All that can be read of an alert and its history."""
        found = self.read(f"/api/v1/alerts/{alert['id']}")
        rows = self.read(f"/api/v1/alerts/{alert['id']}/history?limit=200")["items"]
        return {name: value for name, value in found.items() if name not in UNSTEADY}, rows

    def open(self, severity):
        response, body = self.call("POST", "/api/v1/alerts", {"title": "A phone call", "severity": severity},
                                   {"Authorization": "Bearer " + self.secrets["lead"]})
        assert response.status == 201, body
        return json.loads(body)["alert"]

    def done(self, actor, action, alert, fields):
        """An action that leads up to the one that is tried; it must succeed."""
        response, body = self.call("POST", f"/api/v1/alerts/{alert['id']}:{action}", fields,
                                   {"Authorization": "Bearer " + self.secrets[actor], "If-Match": f'"{alert["version"]}"'})
        if response.status != 200:
            raise RuntimeError(f"{action} on the way: {response.status} {body!r}")
        after = json.loads(body)["alert"]
        self.closed += action == "close"
        return after

    def expect_complete(self, alert, what):
        closed = alert["status"] == "closed"
        self.checks.equal(alert["closed_at"] is not None, closed, f"{what}: a closure time: {alert}")
        if not closed:
            return
        decision = alert["decision"] or collections.defaultdict(lambda: None)
        whole = (alert["owner"] and alert["owner"]["id"].startswith("p-") and alert["verdict"] and alert["decided_at"]
                 and decision["verdict"] == alert["verdict"] and decision["reason_code"] and decision["decided_at"]
                 and decision["decider"]["kind"] == "human")
        whole = whole and (decision["rationale"] or alert["severity"] in ("informational", "low", "medium"))
        self.checks.expect(whole, f"{what}: closed, but incomplete: {alert}")

    def log_entries(self):
        """The evidence log as the program exports it beside the running server."""
        self.exports += 1
        out = self.folder / f"export-{self.exports}"
        done = cs.run("audit", "export", "--data", self.server.installation.data, "--out", out)
        self.checks.equal(done.returncode, 0, f"audit export: {done.stderr}")
        bundles = {}
        for path in (out / "tile" / "entries").rglob("*"):
            if path.is_file():
                number = re.sub(r"\D", "", str(path.relative_to(out / "tile" / "entries")).split(".p")[0])
                bundles.setdefault(int(number), []).append(path.read_bytes())
        for _, versions in sorted(bundles.items()):
            bundle = max(versions, key=len)
            while bundle:
                size = int.from_bytes(bundle[:2], "big")
                yield bundle[2:2 + size]
                bundle = bundle[2 + size:]


class Door:
    def __init__(self, world):
        self.world, self.checks = world, world.checks
        self.count = collections.Counter()
        self._known = {}

    def refused(self, outcome, kind, alert, what, fields=None):
        """The attempt was refused in the right words, and nothing happened to the alert."""
        self.checks.equal(outcome.kind, kind, f"{what}: {outcome.text[:400]}")
        if fields is not None:
            self.checks.equal(outcome.fields, fields, f"{what}: what the refusal names")
        before = self.look(alert)
        after = self.world.state(alert)
        self.checks.expect(after == before, f"{what}: refused, but the alert changed: {before} → {after}")

    def accepted(self, outcome, status, alert, what):
        if not self.checks.equal(outcome.kind, "done", f"{what}: {outcome.text[:400]}"):
            return
        after, rows = self.world.state(alert)
        self.checks.equal((after["status"], after["version"]), (status, alert["version"] + 1), what)
        self.checks.expect(rows[-1]["status_after"] == status and rows[-1]["version"] == after["version"],
                           f"{what}: the history ends with it: {rows[-1]}")
        if status == "closed" and alert["status"] != "closed":
            self.world.closed += 1
        self.world.expect_complete(after, what)

    def look(self, alert):
        """The alert as it was before the first attempt on it."""
        key = (alert["id"], alert["version"])
        if key not in self._known:
            self._known.clear()
            self._known[key] = self.world.state(alert)
        return self._known[key]


class HttpDoor(Door):
    name = "HTTP"
    # Roles come with a CLI session; `lead` once more with a cookie.
    actors = ["analyst", "lead", "manager", "auditor", "operator", "rule_author", "token", "reader", "nobody",
              "cookie_alone", "cookie_as_bearer", "disabled", "signed_out"]
    no_versions = [None, "*", "1", 'W/"1"', '"x"', '""', '"1", "2"', "' '"]
    KINDS = {200: "done", 201: "done", 401: "denied", 403: "denied", 409: "conflict", 412: "stale", 428: "unversioned",
             422: "incomplete", 404: "not_offered", 405: "not_offered"}

    def __init__(self, world):
        super().__init__(world)
        self.connection = http.client.HTTPConnection(world.server.addresses["API"], timeout=60)
        self.turns = 0

    def headers_of(self, actor):
        if actor == "nobody":
            return {}
        if actor == "lead":  # by cookie and by CLI session in turn
            self.turns += 1
            if self.turns % 2:
                return {"Cookie": self.world.cookie, "X-Countersign-CSRF": self.world.csrf}
        if actor == "cookie_alone":
            return {"Cookie": self.world.cookie}
        if actor == "cookie_as_bearer":
            return {"Authorization": "Bearer " + self.world.cookie.split("=", 1)[1]}
        return {"Authorization": "Bearer " + self.world.secrets[actor]}

    def attempt(self, actor, action, alert, fields, version=0):
        """`version`: that of the alert; a number; or the text of If-Match, None for no such header."""
        self.look(alert)
        version = alert["version"] if version == 0 else version
        return self.call(actor, "POST", f"/api/v1/alerts/{alert['id']}:{action}", fields, version)

    def call(self, actor, method, target, body, version=None):
        headers = {"Content-Type": "application/json", **self.headers_of(actor)}
        if version is not None:
            headers["If-Match"] = f'"{version}"' if isinstance(version, int) else version
        self.connection.request(method, target, json.dumps(body).encode(), headers)
        response = self.connection.getresponse()
        body = response.read()
        kind = self.KINDS.get(response.status, f"status {response.status}")
        self.count[kind] += 1
        problem = {} if response.status < 300 else json.loads(body)
        if kind == "stale":
            self.checks.equal(f'"{problem["version"]}"', response.headers["ETag"], "a stale attempt is told the version")
        if kind == "unversioned":
            self.checks.expect("If-Match" in problem["detail"], f"what is missing is named: {problem}")
        return Outcome(kind, {error["field"] for error in problem.get("errors", [])}, body.decode())


class CliDoor(Door):
    name = "CLI"
    actors = ["analyst", "lead", "auditor", "token", "nobody", "cookie_as_bearer", "signed_out"]
    no_versions = []  # without --version the program asks for the alert first
    KINDS = {0: "done", 2: "incomplete", 3: "not_offered", 4: "conflict", 5: "denied"}
    OPTIONS = {"verdict": "--verdict", "reason_code": "--reason", "rationale": "--rationale", "text": "--text",
               "reason": "--reason", "wake": "--wake", "assignee": "--to"}
    LOGINS = {"analyst": "alice", "lead": "lena", "auditor": "arno"}

    def __init__(self, world):
        super().__init__(world)
        for actor in self.actors:
            home = world.folder / "home" / actor / "countersign"
            home.mkdir(parents=True)
            if actor in self.LOGINS:
                done = cs.run("login", "--server", world.server.url, "--login", self.LOGINS[actor],
                              input=PASSWORD + "\n", env=self._environment(actor))
                self.checks.equal(done.returncode, 0, f"{actor} signs in: {done.stderr}")
            elif actor != "nobody":  # a secret put where a session's belongs
                secret = world.cookie.split("=", 1)[1] if actor == "cookie_as_bearer" else world.secrets[actor]
                session = {"secret": secret, "login": "lena", "expires_at": "2999-01-01T00:00:00.000Z"}
                (home / "sessions.json").write_text(json.dumps({world.server.url: session}))
                (home / "sessions.json").chmod(0o600)

    def _environment(self, actor):
        return {**cs.clean_environment(), "XDG_CONFIG_HOME": str(self.world.folder / "home" / actor)}

    def attempt(self, actor, action, alert, fields, version=0, more=()):
        self.look(alert)
        command = [cs.program(), "alerts", action, alert["id"], "--server", self.world.server.url, *more]
        for field, value in fields.items():
            command += [self.OPTIONS[field], value]
        if version:
            command += ["--version", str(version)]
        done = subprocess.run(command, capture_output=True, text=True, env=self._environment(actor), timeout=60)
        kind = self.KINDS.get(done.returncode, f"exit code {done.returncode}")
        if kind == "conflict" and re.search(r"is at version \d+, not \d+", done.stderr):
            kind = "stale"
        self.count[kind] += 1
        return Outcome(kind, set(re.findall(r"^  (\w+): ", done.stderr, re.M)), done.stdout + done.stderr)
