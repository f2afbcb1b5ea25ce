# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments, at least 5 in each phase, with the clients' own record of what was acknowledged as oracle.

With decisions: no acknowledged decision is lost, no alert is doubled, the books balance, the log verifies, and replaying
the journal into an empty store gives the same digest and root. Without decisions: the digest equals the undisturbed run.

COUNTERSIGN_LONG=1: 500 kills instead of 50. COUNTERSIGN_SEED=N repeats a run's choices.
"""
import json
import os
import pathlib
import random
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import books  # noqa: E402
import countersign as cs  # noqa: E402
import fortigate  # noqa: E402
from phases import sync_phase  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

LONG = os.environ.get("COUNTERSIGN_LONG") == "1"
KILLS = 500 if LONG else 50
PHASES = ["ingest", "sync", "checkpoint", "decision"]
EACH_AT_LEAST = KILLS // 10
LINES = 2_000_000 if LONG else 400_000


class Deciders:
    """Clients that take and close open alerts, and write down what the server acknowledged. The oracle."""

    def __init__(self, person, count=4):
        self.person, self.count = person, count
        self.acknowledged = {}  # alert id → (version, seq, verdict)
        self.lock = threading.Lock()
        self.in_flight = 0
        self.stop = threading.Event()
        self.threads = []

    def start(self, server):
        self.stop = threading.Event()
        self.threads = [threading.Thread(target=self._work, args=(server, self.stop, i)) for i in range(self.count)]
        for thread in self.threads:
            thread.start()

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _work(self, server, stop, number):
        choice = random.Random(number)
        while not stop.is_set():
            try:
                page = self.person.call(server, "GET", "/api/v1/alerts?filter=state:open&limit=50", timeout=5)
                items = page.json["items"] if page.status == 200 else []
                if not items:
                    stop.wait(0.02)
                    continue
                self._decide(server, choice.choice(items), choice)
            except (OSError, json.JSONDecodeError, ValueError):
                stop.wait(0.02)
            except Exception as problem:  # http.client has many faces of a killed server
                if type(problem).__module__ != "http.client":
                    raise
                stop.wait(0.02)

    def _decide(self, server, item, choice):
        verdict = choice.choice(["true_positive", "benign", "false_positive"])
        body = {"verdict": verdict, "reason_code": "known_tool", "rationale": "tested by the crash suite"}
        with self.lock:
            self.in_flight += 1
        try:
            answer = self.person.call(server, "POST", f"/api/v1/alerts/{item['id']}:close", body, item["version"], timeout=5)
        finally:
            with self.lock:
                self.in_flight -= 1
        if answer.status == 200:
            with self.lock:
                self.acknowledged[item["id"]] = (answer.json["version"], answer.json["seq"], verdict)


def wait_for_phase(phase, server, deciders, choice):
    """Waits for the phase, at most a few seconds; returns the phase in which the process is then killed."""
    pid, data = server.pid, server.installation.data
    end = time.monotonic() + choice.uniform(0.02, 0.6)
    while time.monotonic() < end and server.process.poll() is None:
        time.sleep(0.001)
    end = time.monotonic() + 4
    while time.monotonic() < end:
        seen = sync_phase(pid, data)
        if seen == phase:
            return phase
        if phase == "decision" and deciders is not None and deciders.in_flight > 0 and seen is None:
            return phase
        if phase == "ingest" and seen is None and not any("read to its end" in line for line in server.log):
            return phase
    return sync_phase(pid, data) or ("decision" if deciders is not None and deciders.in_flight > 0 else "idle")


def check_acknowledged(checks, server, deciders, context):
    lost = []
    for alert, (version, seq, verdict) in deciders.acknowledged.items():
        answer = deciders.person.call(server, "GET", f"/api/v1/alerts/{alert}")
        found = answer.json if answer.status == 200 else None
        sound = (found is not None and found["version"] >= version and found["status"] == "closed"
                 and found["verdict"] == verdict and found["decision"]["seq"] <= seq)
        if not sound:
            lost.append((alert, version, seq, verdict, found and found["version"], found and found["status"]))
    checks.expect(not lost, f"{context}: acknowledged decisions lost: {lost[:3]}")


def kill_loop(checks, installation, source, with_decisions, kills, seed):
    choice = random.Random(seed)
    counts = dict.fromkeys(PHASES + ["idle"], 0)
    phases = [p for p in PHASES if with_decisions or p != "decision"]
    deciders = None
    for number in range(kills):
        server = Server(installation, "--source", source)
        if with_decisions:
            if deciders is None:
                deciders = Deciders(Person(server, "alice"))
            check_acknowledged(checks, server, deciders, f"kill {number}")
            deciders.start(server)
        behind = [phase for phase in phases if counts[phase] < EACH_AT_LEAST]
        killed_in = wait_for_phase(choice.choice(behind or phases), server, deciders, choice)
        server.kill()
        counts[killed_in] += 1
        if deciders is not None:
            deciders.end()
    print(f"killed {sum(counts.values())} times, by phase: {counts}; seed {seed}", flush=True)
    return deciders, counts


def finish(checks, installation, source, deciders):
    """The last run goes to its end; returns the number of alerts."""
    with Server(installation, "--source", source) as server:
        server.wait_until_read(300)
        if deciders is not None:
            check_acknowledged(checks, server, deciders, "at the end")
        reader = deciders.person if deciders is not None else Person(server, "alice")
        ledger = books.ledger(server, Person(server, "arno"))
        checks.expect(ledger["balanced"], f"the ledger balances: {ledger}")
        checks.equal(books.total(ledger)["delivered"], LINES, "messages delivered")
        checks.expect(server.metrics(), "metrics")
        return len(books.alerts(server, reader))


def main():
    seed = int(os.environ.get("COUNTERSIGN_SEED", random.SystemRandom().randrange(2**31)))
    print(f"seed {seed} (COUNTERSIGN_SEED={seed} repeats its choices)", flush=True)
    checks = cs.Checks()
    with tempfile.TemporaryDirectory(prefix="countersign-crash-") as name:
        folder = pathlib.Path(name)
        events = folder / "events.log"
        fortigate.write_lines(events, fortigate.lines(LINES, seed))
        source = f"file:{events}"

        calm = Installation(folder / "calm")
        calm_alerts = finish(checks, calm, source, None)
        checks.expect(calm_alerts > 100, f"the events open alerts: {calm_alerts}")

        crashed = Installation(folder / "crashed")
        kill_loop(checks, crashed, source, False, KILLS // 3, seed)
        checks.equal(finish(checks, crashed, source, None), calm_alerts, "alerts after kills without decisions")
        checks.equal(books.digest(crashed), books.digest(calm), "digest after kills without decisions")

        decided = Installation(folder / "decided")
        deciders, counts = kill_loop(checks, decided, source, True, KILLS, seed + 1)
        for phase in PHASES:
            checks.expect(counts[phase] >= EACH_AT_LEAST, f"kills in phase {phase}: {counts[phase]} of at least {EACH_AT_LEAST}")
        print(f"{len(deciders.acknowledged)} decisions acknowledged", flush=True)
        checks.expect(len(deciders.acknowledged) >= KILLS, "the clients decided something between the kills")
        finish(checks, decided, source, deciders)
        books.check_offline(checks, decided, folder)
    checks.exit()


if __name__ == "__main__":
    main()
