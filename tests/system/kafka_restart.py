# SPDX-License-Identifier: Apache-2.0
"""`serve` on a real Kafka broker, killed again and again in the middle of batches that the store does not have yet:
at the end the store's digest equals the one after reading the same messages from a file without any disturbance.

COUNTERSIGN_SEED=N repeats a run's choices.
"""
import os
import pathlib
import random
import shutil
import sys
import tempfile
import time

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / folder) for folder in ("support", "kafka")]
import books  # noqa: E402
import countersign as cs  # noqa: E402
import fortigate  # noqa: E402
from broker import Broker, missing_parts  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

TOPIC = "firewall"
PARTITIONS = 3
ROUNDS = 6  # of two kills each
PORTION = 5_000  # messages for each kill
LAST_PORTION = 120_000
LINES = 2 * ROUNDS * PORTION + LAST_PORTION + PARTITIONS
SECONDS = 300
PAUSE_BYTES = 2**40  # the largest value of disk.ingest_pause_bytes: the store takes nothing


class Feed:
    """The lines, as one file and cut into portions for the partitions of the topic."""

    def __init__(self, folder, broker, seed):
        self._folder, self._broker = folder, broker
        lines = list(fortigate.lines(LINES, seed, virus_each=20, broken_each=500))
        self.file = fortigate.write_lines(folder / "events.log", lines)
        choice = random.Random(seed)
        self._left = [(choice.randrange(PARTITIONS), line) for line in lines[:-PARTITIONS]]
        self._left += list(enumerate(lines[-PARTITIONS:]))
        self.produced = [[] for _ in range(PARTITIONS)]

    def produce(self, count):
        """Writes the next `count` lines to the topic and waits until the broker has them."""
        portion, self._left = self._left[:count], self._left[count:]
        assert len(portion) == count, "the feed is used up"
        for partition in range(PARTITIONS):
            lines = [line for place, line in portion if place == partition]
            self._broker.produce_lines(TOPIC, partition, fortigate.write_lines(self._folder / "portion", lines))
            self.produced[partition] += lines

    def ends(self):
        return [len(lines) for lines in self.produced]


def folder_with_little_room():
    """Where a store can be made to pause."""
    for place in (tempfile.gettempdir(), "/dev/shm"):
        if shutil.disk_usage(place).free < PAUSE_BYTES:
            return place
    sys.exit(f"neither the folder for temporary files nor /dev/shm has less than {PAUSE_BYTES} bytes free")


def taken(server):
    """Messages that this process has read and detected on, stored or not."""
    return sum(books.metric(server, "countersign_ingest_records_total", topic=TOPIC))


def processed(server):
    """When each partition's last report became durable, by partition."""
    name = "countersign_ingest_last_record_processed_timestamp_seconds"
    found = {partition: books.metric(server, name, topic=TOPIC, partition=str(partition)) for partition in range(PARTITIONS)}
    assert sum(map(len, found.values())) == len(books.metric(server, name)), "a series of no partition"
    return {partition: values[0] for partition, values in found.items() if values}


def lags(server):
    return books.metric(server, "countersign_ingest_consumer_lag_records", topic=TOPIC)


def stored(server, auditor):
    """Where each partition goes on, by what the store has made durable."""
    ends = [0] * PARTITIONS
    for row in books.ledger(server, auditor)["partitions"]:
        ends[row["partition"]] = row["end"]
    return ends


class Interrupted:
    """One store over many processes."""

    def __init__(self, installation, feed, bootstrap):
        self.installation, self.feed = installation, feed
        self._environment = {"COUNTERSIGN_KAFKA_BROKERS": bootstrap, "COUNTERSIGN_INGEST_WORKERS": "2"}
        self.auditor = None

    def start(self, *options, **settings):
        server = Server(self.installation, "--source", f"kafka:{TOPIC}", *options,
                        environment={**self._environment, **settings})
        if self.auditor is None:
            self.auditor = Person(server, "arno")
        return server

    def start_paused(self):
        """The store takes nothing: what is read stays a batch that is not committed."""
        server = self.start(COUNTERSIGN_DISK_INGEST_PAUSE_BYTES=str(PAUSE_BYTES))
        server.wait_for(lambda: any("reading pauses" in line for line in server.log), "a report that is not taken", SECONDS)
        return server

    def wait_until_read(self, server):
        server.wait_for(lambda: stored(server, self.auditor) == self.feed.ends(), "the end of all partitions", SECONDS)

    def kill_while_reading(self, choice):
        """Returns how many messages the process had taken."""
        server = self.start()
        self.feed.produce(PORTION)
        goal = choice.randrange(1, PORTION)
        count = server.wait_for(lambda: taken(server) >= goal and taken(server), f"{goal} messages", SECONDS)
        server.kill()
        return count

    def kill_with_batch_in_hand(self, checks, context):
        """Returns what the store had at its start."""
        self.feed.produce(PORTION)
        server = self.start_paused()
        before = stored(server, self.auditor)
        checks.expect(taken(server) > 0, f"{context}: messages are in hand")
        checks.equal(stored(server, self.auditor), before, f"{context}: and not stored")
        server.kill()
        return before


def kill_often(checks, run, choice):
    in_hand = 0
    kept_before = 0
    for number in range(ROUNDS):
        count = run.kill_while_reading(choice)
        kept = sum(run.kill_with_batch_in_hand(checks, f"kill {number}"))
        in_hand += count > kept - kept_before
        kept_before = kept
    print(f"killed {2 * ROUNDS} times; with a batch in hand {ROUNDS} on purpose, {in_hand} by chance", flush=True)


def check_lag(checks, run):
    run.feed.produce(LAST_PORTION)
    server = run.start_paused()
    checks.expect(taken(server) > 0, "messages are in hand")
    server.wait_for(lambda: books.metric(server, "countersign_stage_queue_records", stage="detect")[0] > 0, "messages that wait")
    checks.equal(processed(server), {}, "partitions of which this process made something durable, while the store pauses")
    unstored = [end - place for end, place in zip(run.feed.ends(), stored(server, run.auditor))]
    server.wait_for(lambda: lags(server) == unstored, f"a lag of what is not stored, {unstored}", SECONDS)
    checks.equal(server.stop(SECONDS), 0, "SIGTERM with a batch in hand ends with 0")
    with run.start() as server:
        run.wait_until_read(server)
        server.wait_for(lambda: lags(server) == [0] * PARTITIONS, "no lag", SECONDS)


def check_positions(checks, run, broker):
    """Every message is stored; the next process reads what comes then, and nothing else. Returns the alerts."""
    with run.start() as server:
        run.feed.produce(PARTITIONS)
        run.wait_until_read(server)
        checks.equal(taken(server), PARTITIONS, "messages read after a restart at the end: one of each partition")
        server.wait_for(lambda: lags(server) == [0] * PARTITIONS, "no lag", SECONDS)
        ages = [time.time() - when for when in processed(server).values()]
        checks.expect(len(ages) == PARTITIONS and all(0 <= age < SECONDS for age in ages), f"when each was stored, s ago: {ages}")
        checks.equal(broker.consumer_groups(), [], "consumer groups at the broker: positions are the store's alone")
        check_books(checks, run, server)
        return look_at(server, run.auditor)


def check_books(checks, run, server):
    ledger = books.ledger(server, run.auditor)
    checks.expect(ledger["balanced"], f"the ledger balances: {ledger['problems']}")
    rows = {row["partition"]: row for row in ledger["partitions"]}
    checks.equal(sorted(rows), list(range(PARTITIONS)), "one row for each partition")
    for partition, end in enumerate(run.feed.ends()):
        row = rows[partition]
        seen = [row[name] for name in ("source", "topic", "incarnation", "start", "end", "gaps", "dropped_reports")]
        checks.equal(seen, [TOPIC, TOPIC, 0, 0, end, {}, 0], f"range of partition {partition}")
        checks.equal((row["counts"]["delivered"], row["counts"]["repeated"]), (end, 0), f"messages of partition {partition}")
    letters = books.dead_letters(server, run.auditor)
    places = sorted((letter["partition"], letter["offset"], letter["data"]) for letter in letters)
    expected = [(partition, offset, line) for partition, lines in enumerate(run.feed.produced)
                for offset, line in enumerate(lines) if line.startswith("line ")]
    checks.expect(len(expected) > 0 and places == expected,
                  f"dead letters, each once and where it was: {len(places)} of {len(expected)}")


def look_at(server, auditor):
    """What a file and a topic must show alike."""
    alerts = {key: [alert[name] for name in ("count", "first_event_at", "last_event_at", "severity")]
              for key, alert in books.alerts(server, auditor).items()}
    return books.total(books.ledger(server, auditor)), alerts


def read_file(checks, installation, file):
    with Server(installation, "--source", f"file:{file}") as server:
        server.wait_until_read(SECONDS)
        auditor = Person(server, "arno")
        totals, alerts = look_at(server, auditor)
        checks.equal(totals["delivered"], LINES, "messages of the file")
        checks.expect(totals["dead_lettered"] > 0 and totals["attached"] > 0 and len(alerts) > 100,
                      f"the file has something of everything: {totals}")
        return totals, alerts


def rows_of(ledger):
    return {(row["source"], row["partition"]): row for row in ledger["partitions"]}


def check_backfill(checks, run):
    """A part of the topic again: books of its own, beside those that stand."""
    first, last = 2_000, 4_000
    with run.start() as server:
        before = {place: row["end"] for place, row in rows_of(books.ledger(server, run.auditor)).items()}
    with run.start("--source", f"kafka:{TOPIC}?backfill=again&from={first}&to={last}") as server:
        server.wait_for(lambda: server.said("read to its end"), "the end of the backfill", SECONDS)
        ledger = books.ledger(server, run.auditor)
        checks.expect(ledger["balanced"], f"the ledger balances with a backfill: {ledger['problems']}")
        again = {place: row for place, row in rows_of(ledger).items() if place[0] == "backfill:again"}
        checks.equal({place[1]: (row["start"], row["end"]) for place, row in again.items()},
                     {partition: (first, last) for partition in range(PARTITIONS)}, "what the backfill read")
        checks.equal({place: row["end"] for place, row in rows_of(ledger).items() if place not in again}, before,
                     "where the topic's own source stands")


def main():
    missing = missing_parts()
    if missing:
        print("skipped: no Kafka broker can run here; missing: " + ", ".join(missing))
        sys.exit(cs.SKIPPED)
    seed = int(os.environ.get("COUNTERSIGN_SEED", random.SystemRandom().randrange(2**31)))
    print(f"seed {seed} (COUNTERSIGN_SEED={seed} repeats its choices)", flush=True)
    checks = cs.Checks()
    with tempfile.TemporaryDirectory(prefix="countersign-system-", dir=folder_with_little_room()) as name, \
            Broker([(TOPIC, PARTITIONS)]) as broker:
        folder = pathlib.Path(name)
        feed = Feed(folder, broker, seed)
        calm = Installation(folder / "calm")
        from_file = read_file(checks, calm, feed.file)

        run = Interrupted(Installation(folder / "killed"), feed, broker.bootstrap)
        kill_often(checks, run, random.Random(seed))
        check_lag(checks, run)
        from_topic = check_positions(checks, run, broker)
        checks.equal(from_topic[0], from_file[0], "sums of the ledger, topic and file")
        checks.expect(from_topic[1] == from_file[1], "alerts of the topic and of the file are alike")
        checks.equal(books.digest(run.installation), books.digest(calm), "store digest, topic with kills and file without")
        check_backfill(checks, run)
        books.check_offline(checks, run.installation, folder)
    checks.exit()


if __name__ == "__main__":
    main()
