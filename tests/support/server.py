# SPDX-License-Identifier: Apache-2.0
"""A running `countersign serve` for tests: started on free ports, killed or stopped by its process id."""
import http.client
import json
import pathlib
import re
import signal
import subprocess
import threading
import time

import countersign as cs

PASSWORD = "correct horse battery"


class Installation:
    """A data folder with key and last-signed file outside it, and people: alice (analyst), lena (lead), arno (auditor),
    otto (operator)."""

    PEOPLE = {"alice": "analyst", "lena": "lead", "arno": "auditor", "otto": "operator"}

    def __init__(self, folder, origin="test.example/log", people=True):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.data = self.folder / "data"
        self.origin = origin
        self.key = self.folder / "log.key"
        self.last_signed = self.folder / "last-signed"
        if not self.key.exists():
            done = cs.run("key", "generate", self.key, "--origin", origin)
            assert done.returncode == 0, done.stderr
            self.vkey = done.stdout.strip()
        if people:
            for login, role in self.PEOPLE.items():
                done = cs.run("user", "add", "--data", self.data, "--login", login, "--role", role, "--name",
                              login.capitalize(), input=PASSWORD + "\n")
                assert done.returncode == 0, done.stderr

    def options(self, *more):
        return ["serve", "--data", self.data, "--origin", self.origin, "--key", self.key, "--last-signed",
                self.last_signed, "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0", *more]


class Server:
    """The process. `with Server(installation, "--source", "file:x") as server: …` stops it cleanly at the end."""

    def __init__(self, installation, *options, environment=None, ready_seconds=60, wait=True, stdin=subprocess.DEVNULL):
        self.installation = installation
        command = [cs.program(), *map(str, installation.options(*options))]
        self.process = subprocess.Popen(command, stdin=stdin, stdout=subprocess.DEVNULL,
                                        stderr=subprocess.PIPE, text=True, env={**cs.clean_environment(), **(environment or {})})
        self.log = []
        self.addresses = {}
        self._known = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        if wait:
            self.wait_until_ready(ready_seconds)

    def wait_until_ready(self, seconds=60):
        deadline = time.monotonic() + seconds
        with self._known:
            while len(self.addresses) < 2 and self.process.poll() is None and time.monotonic() < deadline:
                self._known.wait(0.05)
        if len(self.addresses) < 2:
            self.kill()
            raise RuntimeError("the server did not start:\n" + "".join(self.log))

    def said(self, text):
        return any(text in line for line in self.log)

    def _read(self):
        for line in self.process.stderr:
            self.log.append(line)
            found = re.match(r"countersign: (API|metrics) at http://([^/\s]+)", line)
            if found:
                with self._known:
                    self.addresses[found.group(1)] = found.group(2)
                    self._known.notify_all()

    @property
    def pid(self):
        return self.process.pid

    @property
    def url(self):
        return "http://" + self.addresses["API"]

    def metrics(self):
        return request(self.addresses["metrics"], "GET", "/metrics").text

    def wait_for(self, condition, what, seconds=60):
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            value = condition()
            if value:
                return value
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended while waiting for {what}:\n" + "".join(self.log[-20:]))
            time.sleep(0.02)
        raise RuntimeError(f"{what} did not happen within {seconds} s:\n" + "".join(self.log[-20:]))

    def wait_until_read(self, seconds=120):
        self.wait_for(lambda: any("read to its end" in line for line in self.log), "the end of the source", seconds)

    def kill(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self, seconds=10):
        """SIGTERM; the program promises to end within 10 s."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(seconds)
        self._reader.join(5)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop(30)


class Answer:
    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode()

    @property
    def json(self):
        return json.loads(self.body)


def request(address, method, path, body=None, headers=None, timeout=30):
    connection = http.client.HTTPConnection(address, timeout=timeout)
    try:
        data = None if body is None else json.dumps(body).encode()
        all_headers = dict(headers or {})
        if data is not None:
            all_headers.setdefault("Content-Type", "application/json")
        connection.request(method, path, data, all_headers)
        response = connection.getresponse()
        return Answer(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
    finally:
        connection.close()


class Person:
    """Somebody signed in over HTTP with a CLI session, which outlives restarts of the server."""

    def __init__(self, server, login):
        self.login = login
        answer = request(server.addresses["API"], "POST", "/api/v1/session",
                         {"login": login, "password": PASSWORD, "channel": "cli"})
        assert answer.status == 201, answer.text
        self.token = answer.json["token"]

    def call(self, server, method, path, body=None, version=None, headers=None, timeout=30):
        all_headers = {"Authorization": "Bearer " + self.token, **(headers or {})}
        if version is not None:
            all_headers["If-Match"] = f'"{version}"'
        return request(server.addresses["API"], method, path, body, all_headers, timeout)
