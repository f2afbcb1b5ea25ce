# SPDX-License-Identifier: Apache-2.0
"""kill -9 at random moments, at least 5 in each phase, with the clients' own record of what was acknowledged as oracle.

With decisions: no acknowledged decision is lost, no alert is doubled, the books balance, the log verifies, and replaying
the journal into an empty store gives the same digest and root. Without decisions: the digest equals the undisturbed run.

COUNTERSIGN_LONG=1: 500 kills instead of 50. COUNTERSIGN_SEED=N repeats a run's choices.
"""
import itertools
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
CALM_KILLS = KILLS // 3  # without decisions
PHASES = ["ingest", "sync", "checkpoint", "decision"]
EACH_AT_LEAST = KILLS // 10
LINES_A_RUN = 20_000  # added to the file before each start, so that every run has something to read


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


def phase_of(server, deciders):
    """Where the process is now."""
    syncing = sync_phase(server.pid, server.installation.data)
    if syncing is not None:
        return syncing
    if deciders is not None and deciders.in_flight > 0:
        return "decision"
    return "ingest" if server.said("the source is read source") and not server.said("read to its end") else "idle"


def wait_for_phase(phase, server, deciders, choice):
    """Waits for the phase, at most a few seconds, and in a long one a random while; returns where the process was seen last.
    Whoever calls kills at once: a sync is over within a millisecond, and a second look would come too late."""
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and server.process.poll() is None:
        if phase_of(server, deciders) == phase:
            if phase != "ingest":
                return phase
            break
    if phase == "ingest":
        moment = time.monotonic() + choice.uniform(0, 0.1)
        while time.monotonic() < moment and not server.said("read to its end"):
            time.sleep(0.001)
    return phase_of(server, deciders)


def check_acknowledged(checks, server, deciders, alerts, context):
    lost = []
    for alert in alerts:
        version, seq, verdict = deciders.acknowledged[alert]
        answer = deciders.person.call(server, "GET", f"/api/v1/alerts/{alert}")
        found = answer.json if answer.status == 200 else None
        sound = (found is not None and found["version"] >= version and found["status"] == "closed"
                 and found["verdict"] == verdict and found["decision"]["seq"] <= seq)
        if not sound:
            lost.append((alert, version, seq, verdict, found and found["version"], found and found["status"]))
    checks.expect(not lost, f"{context}: acknowledged decisions lost: {lost[:3]}")


class Feed:
    """A file that is `runs` portions of LINES_A_RUN lines in the end."""

    def __init__(self, path, runs, seed):
        self.path, self.lines = path, runs * LINES_A_RUN
        self.rest = fortigate.lines(self.lines, seed, hosts=20_000)
        self.path.touch()

    @property
    def source(self):
        return f"file:{self.path}"

    def grow(self, lines=LINES_A_RUN):
        with open(self.path, "a", encoding="ascii") as out:
            for line in itertools.islice(self.rest, lines):
                out.write(line + "\n")

    def complete(self):
        self.grow(self.lines)
        return self


def kill_loop(checks, installation, feed, with_decisions, kills, seed):
    choice = random.Random(seed)
    counts = dict.fromkeys(PHASES + ["idle"], 0)
    phases = [p for p in PHASES if with_decisions or p != "decision"]
    deciders, new = None, []
    for number in range(kills):
        feed.grow()
        phase = choice.choice([phase for phase in phases if counts[phase] < EACH_AT_LEAST] or phases)
        # Ingestion begins before the API answers.
        early = phase in ("ingest", "sync") and choice.randrange(4) > 0
        server = Server(installation, "--source", feed.source, wait=not early)
        if with_decisions and not early:
            if deciders is None:
                deciders = Deciders(Person(server, "alice"))
            old = dict.fromkeys(deciders.acknowledged)
            check_acknowledged(checks, server, deciders, new + choice.sample(list(old), min(len(old), 50)), f"kill {number}")
            deciders.start(server)
        running = None if early else deciders
        killed_in = wait_for_phase(phase, server, running, choice)
        server.kill()
        counts[killed_in] += 1
        if running is not None:
            deciders.end()
            new = [alert for alert in deciders.acknowledged if alert not in old]
    print(f"killed {sum(counts.values())} times, by phase: {counts}; seed {seed}", flush=True)
    return deciders, counts


def finish(checks, installation, feed, deciders):
    """The last run goes to its end; returns the number of alerts."""
    with Server(installation, "--source", feed.complete().source) as server:
        server.wait_until_read(300)
        if deciders is not None:
            check_acknowledged(checks, server, deciders, deciders.acknowledged, "at the end")
        reader = deciders.person if deciders is not None else Person(server, "alice")
        ledger = books.ledger(server, Person(server, "arno"))
        checks.expect(ledger["balanced"], f"the ledger balances: {ledger}")
        checks.equal(books.total(ledger)["delivered"], feed.lines, "messages delivered")
        checks.expect(server.metrics(), "metrics")
        return len(books.alerts(server, reader))


def main():
    seed = int(os.environ.get("COUNTERSIGN_SEED", random.SystemRandom().randrange(2**31)))
    print(f"seed {seed} (COUNTERSIGN_SEED={seed} repeats its choices)", flush=True)
    checks = cs.Checks()
    with tempfile.TemporaryDirectory(prefix="countersign-crash-") as name:
        folder = pathlib.Path(name)
        calm = Installation(folder / "calm")
        calm_alerts = finish(checks, calm, Feed(folder / "calm.log", CALM_KILLS, seed), None)
        checks.expect(calm_alerts > 100, f"the events open alerts: {calm_alerts}")

        crashed = Installation(folder / "crashed")
        feed = Feed(folder / "crashed.log", CALM_KILLS, seed)
        kill_loop(checks, crashed, feed, False, CALM_KILLS, seed)
        checks.equal(finish(checks, crashed, feed, None), calm_alerts, "alerts after kills without decisions")
        checks.equal(books.digest(crashed), books.digest(calm), "digest after kills without decisions")

        decided = Installation(folder / "decided")
        feed = Feed(folder / "decided.log", KILLS, seed)
        deciders, counts = kill_loop(checks, decided, feed, True, KILLS, seed + 1)
        for phase in PHASES:
            checks.expect(counts[phase] >= EACH_AT_LEAST, f"kills in phase {phase}: {counts[phase]} of at least {EACH_AT_LEAST}")
        print(f"{len(deciders.acknowledged)} decisions acknowledged", flush=True)
        checks.expect(len(deciders.acknowledged) >= KILLS, "the clients decided something between the kills")
        finish(checks, decided, feed, deciders)
        books.check_offline(checks, decided, folder)
    checks.exit()


if __name__ == "__main__":
    main()
