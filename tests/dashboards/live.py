# SPDX-License-Identifier: Apache-2.0
"""The real parts of the live test: the program with its demo feed, and a Prometheus that scrapes it."""
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

import boards

STARTED_WITHIN_S = 60
MATCHED_WITHIN_S = 180
STOPPED_WITHIN_S = 15


def wait_for(what, condition, seconds=STARTED_WITHIN_S):
    """The first truthy result of condition; an AssertionError that says what never came."""
    deadline = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < deadline, f"not within {seconds} s: {what}"
        time.sleep(0.1)


def get(url):
    try:
        with urllib.request.urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()
    except OSError:
        return 0, ""


def own_environment(home):
    """Without COUNTERSIGN_… variables, which the program would take as settings, and with a home of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("COUNTERSIGN", "XDG_"))}
    return {**kept, "HOME": str(home)}


class Process:
    """A server of ours: output to a file, stopped by SIGTERM and waited for."""

    def __init__(self, log, command, env=None):
        self.log = log
        with open(log, "wb") as out:
            self.process = subprocess.Popen([str(word) for word in command], stdout=out, stderr=subprocess.STDOUT,
                                            stdin=subprocess.DEVNULL, env=env)

    def output(self):
        return self.log.read_text(errors="replace")

    def find(self, pattern):
        match = re.search(pattern, self.output())
        if match is None and self.process.poll() is not None:
            raise AssertionError(f"{self.log.name} ended with {self.process.returncode}:\n{self.output()[-2000:]}")
        return match

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOPPED_WITHIN_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


class Program(Process):
    def __init__(self, folder):
        self.folder = folder
        super().__init__(folder / "countersign.log", [
            os.environ["COUNTERSIGN"], "demo", "--data", folder / "data", "--listen", "127.0.0.1:0", "--metrics",
            "127.0.0.1:0"], own_environment(folder))
        self.metrics = wait_for("the metrics address", lambda: self.find(r"127\.0\.0\.1:\d+(?=/metrics)")).group()
        self.api = wait_for("the API address", lambda: self.find(r"http://127\.0\.0\.1:\d+(?![\d/])")).group()

    def cli(self, *arguments, stdin=None):
        done = subprocess.run([os.environ["COUNTERSIGN"], *arguments, "--server", self.api], input=stdin, text=True,
                              capture_output=True, env=own_environment(self.folder))
        assert done.returncode == 0, f"countersign {' '.join(arguments)}: {done.stderr}"
        return done.stdout


class Prometheus(Process):
    def __init__(self, folder, target):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            address = f"127.0.0.1:{free.getsockname()[1]}"
        config = folder / "prometheus.yml"
        config.write_text(json.dumps({
            "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
            "rule_files": [str(boards.ALERTS)],
            "scrape_configs": [{"job_name": "countersign", "static_configs": [{"targets": [target]}]}],
        }), encoding="utf-8")
        super().__init__(folder / "prometheus.log", [
            "prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder / 'tsdb'}",
            f"--web.listen-address={address}", "--log.level=warn"])
        self.url = f"http://{address}"
        wait_for("Prometheus is ready", lambda: self.find("") and get(self.url + "/-/ready")[0] == 200)

    def ask(self, path, **parameters):
        status, text = get(f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}")
        answer = json.loads(text) if text.startswith("{") else {"status": "error", "error": text}
        assert status == 200 and answer["status"] == "success", f"{path} {parameters}: {status} {answer.get('error')}"
        return answer["data"]

    def query(self, expression):
        return self.ask("query", query=expression)["result"]

    def range(self, expression, seconds=60):
        now = time.time()
        return self.ask("query_range", query=expression, start=now - seconds, end=now, step=5)["result"]

    def value(self, expression):
        """Of one sample, or None."""
        result = self.query(expression)
        return float(result[0]["value"][1]) if result else None
