# SPDX-License-Identifier: Apache-2.0
"""Events that were acknowledged over HTTP are there after kill -9. The clients' own record is the oracle: which offsets and
which events were answered with 200. What was not is sent again, as a client does.

After each start, before anything is sent: the ledger's position covers every acknowledged offset, and no offset was given out
twice. At the end: each event that was acknowledged has its alert, the books balance, the log verifies.

COUNTERSIGN_LONG=1: 50 kills instead of 5. COUNTERSIGN_SEED=N repeats a run's choices.
"""
import http.client
import os
import pathlib
import random
import sys
import tempfile
import threading

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import books  # noqa: E402
import countersign as cs  # noqa: E402
import doors  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

KILLS = 50 if os.environ.get("COUNTERSIGN_LONG") == "1" else 5
CLIENTS = 3
EVENTS = 200  # of a request; the first is denied and opens an alert


class Clients:
    """Each sends its next batch when the last was acknowledged, and the same again when it was not."""

    def __init__(self, secret):
        self.secret = secret
        self.lock = threading.Lock()
        self.next_batch = 0
        self.again = []           # batches without an answer
        self.acknowledged = {}    # batch → (first offset, last offset)
        self.unexpected = []
        self.stop = threading.Event()
        self.threads = []

    def start(self, server):
        self.stop.clear()
        address = server.addresses["API"]
        self.threads = [threading.Thread(target=self._work, args=(address,)) for _ in range(CLIENTS)]
        for thread in self.threads:
            thread.start()

    def end(self):
        self.stop.set()
        for thread in self.threads:
            thread.join()

    def _take(self):
        with self.lock:
            if self.again:
                return self.again.pop()
            self.next_batch += 1
            return self.next_batch

    def _work(self, address):
        sender = doors.Sender(address, self.secret, timeout=20)
        while not self.stop.is_set():
            batch = self._take()
            body = "\n".join([doors.line(batch)] + [doors.line(batch, "accept")] * (EVENTS - 1))
            try:
                status, _, answer = sender.post(body)
            except (OSError, http.client.HTTPException, ValueError):
                status, answer = 0, None
                self.stop.set()
            with self.lock:
                if status == 200:
                    self.acknowledged[batch] = (answer["first_offset"], answer["last_offset"])
                else:
                    self.again.append(batch)
                if status not in (0, 200, 503):
                    self.unexpected.append((status, answer))


def check_position(checks, server, reader, clients, context):
    rows = books.ledger(server, reader)["partitions"]
    position = rows[0]["end"] if rows else 0
    last = max((last for _, last in clients.acknowledged.values()), default=-1)
    checks.expect(position > last, f"{context}: acknowledged up to offset {last}, the store holds {position}")
    ranges = sorted(clients.acknowledged.values())
    twice = [(a, b) for a, b in zip(ranges, ranges[1:]) if b[0] <= a[1]]
    checks.expect(not twice, f"{context}: offsets acknowledged twice: {twice[:3]}")


def check_alerts(checks, server, person, clients):
    seen = {}
    for row in books.pages(server, person, "/api/v1/alerts?sort=created"):
        address = next(entity["value"] for entity in row["entities"] if entity["field"] == "source.ip")
        parts = [int(part) for part in address.split(".")]
        seen[parts[1] << 16 | parts[2] << 8 | parts[3]] = row["count"]
    lost = [batch for batch in clients.acknowledged if batch not in seen]
    checks.expect(not lost, f"acknowledged events without their alert: {lost[:5]} of {len(lost)}")
    again = sum(count - 1 for count in seen.values())
    print(f"{len(clients.acknowledged) * EVENTS} events acknowledged, {len(seen)} alerts, {again} batches came twice", flush=True)


def main():
    seed = int(os.environ.get("COUNTERSIGN_SEED", random.SystemRandom().randrange(2**31)))
    print(f"seed {seed} (COUNTERSIGN_SEED={seed} repeats its choices)", flush=True)
    choice = random.Random(seed)
    checks = cs.Checks()
    with tempfile.TemporaryDirectory(prefix="countersign-doors-") as name:
        folder = pathlib.Path(name)
        installation = Installation(folder / "site")
        clients = Clients(doors.token(installation))
        options = ("--rules", doors.write_rule(folder / "rules"), "--source", "http:agents")
        people = {}
        for number in range(KILLS + 1):
            server = Server(installation, *options)
            people = people or {login: Person(server, login) for login in ("alice", "arno")}
            check_position(checks, server, people["arno"], clients, f"start {number}")
            if number == KILLS:
                break
            before = len(clients.acknowledged)
            clients.start(server)
            wanted = before + choice.randrange(1, 12)
            server.wait_for(lambda: len(clients.acknowledged) >= wanted, "acknowledgements", 60)
            threading.Event().wait(choice.uniform(0, 0.05))
            server.kill()
            clients.end()
        with server:
            check_alerts(checks, server, people["alice"], clients)
            ledger = books.ledger(server, people["arno"])
            checks.expect(ledger["balanced"], f"the ledger balances: {ledger['problems']}")
            checks.expect(books.total(ledger)["delivered"] >= len(clients.acknowledged) * EVENTS, "all that was acknowledged")
        checks.equal(clients.unexpected, [], "answers other than 200 and 503")
        checks.expect(len(clients.acknowledged) > KILLS, "something was acknowledged between the kills")
        books.check_offline(checks, installation, folder)
    checks.exit()


if __name__ == "__main__":
    main()
