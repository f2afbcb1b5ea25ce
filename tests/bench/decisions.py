# SPDX-License-Identifier: Apache-2.0
"""Decisions per second: 64 clients close alerts at once on one `serve`, each decision durable when it is acknowledged.

The alerts come in as events, one per person and virus. Each client has a connection of its own and sends its next closure
(verdict, reason code, rationale, If-Match) when the last one was answered. The clients share the machine with the server:
`cpus_busy` near the number of cores says that the machine and not the server is the limit, and then the server's own cost
is `server_ms_cpu`. Syncs are counted by count_syncs.cc, outside the program.
"""
import contextlib
import json
import mmap
import multiprocessing
import os
import pathlib
import selectors
import socket
import statistics
import struct
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

CLIENTS = 64
PROCESSES = 4
DECISIONS = int(os.environ.get("BENCH_DECISIONS", "5120"))  # of a round
VIRUS = ('date=2025-11-03 time={clock} devname="fw-1" devid="FGT1" eventtime={time} tz="+0000" logid="0211008192" type="utm" '
         'subtype="virus" eventtype="infected" level="warning" action="passthrough" virus="Test/V{name}" '
         'filename="f{name}.exe" srcip=10.{name_a}.{name_b}.3 dstip=198.51.100.7 user="u{name}"\n')
BODY = json.dumps({"verdict": "false_positive", "reason_code": "known_tool", "rationale": "Backup agent, change 4711."})


def write_events(path, count):
    with open(path, "w", encoding="ascii") as out:
        for number in range(count):
            second = number % 86_400
            clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
            out.write(VIRUS.format(clock=clock, time=1_762_128_000 + second, name=number, name_a=number // 250 % 250,
                                   name_b=number % 250))


class Syncs:
    """The numbers that count_syncs.cc keeps."""

    def __init__(self, folder):
        self.library = cs.ROOT / "build" / "release" / "tests" / "bench" / "libcount_syncs.so"
        if not self.library.exists():
            sys.exit(f"{self.library} is not built")
        self.path = folder / "syncs"
        self.path.write_bytes(bytes(16))
        with open(self.path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 16)

    def environment(self):
        return {"LD_PRELOAD": str(self.library), "SYNC_COUNTS": str(self.path)}

    def read(self):
        return struct.unpack("=2Q", self.memory[:])


def disk_syncs_per_second(folder):
    """What the disk itself can do: appends of 4 KiB, each made durable, one after another."""
    with open(folder / "yardstick", "wb", buffering=0) as out:
        begun, done = time.monotonic(), 0
        while time.monotonic() - begun < 1:
            out.write(bytes(4096))
            os.fdatasync(out.fileno())
            done += 1
        return done / (time.monotonic() - begun)


def closure(token, alert):
    return (f"POST /api/v1/alerts/1-000-{alert:06}:close HTTP/1.1\r\nHost: bench\r\nAuthorization: Bearer {token}\r\n"
            f'If-Match: "1"\r\nContent-Type: application/json\r\nContent-Length: {len(BODY)}\r\n\r\n{BODY}').encode()


class Clients:
    """Some of the clients, in a process of their own."""

    def __init__(self, address, token, rounds):
        host, port = address.split(":")
        self.selector = selectors.EpollSelector()
        self.connections = []
        for _ in range(CLIENTS // PROCESSES):
            connection = socket.create_connection((host, int(port)))
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.selector.register(connection, selectors.EVENT_READ)
            self.connections.append(connection)
        self.rounds = [[closure(token, alert) for alert in alerts] for alerts in rounds]

    def run(self, number):
        """One round; returns start, end, CPU seconds and the time of each decision in seconds."""
        waiting = self.rounds[number]
        waiting.reverse()
        sent, received, times = {}, {}, []
        cpu = time.process_time()
        begun = time.monotonic()

        def send(connection):
            if waiting:
                sent[connection] = time.monotonic()
                received[connection] = b""
                connection.sendall(waiting.pop())

        for connection in self.connections:
            send(connection)
        while sent:
            for key, _ in self.selector.select():
                connection = key.fileobj
                data = received[connection] + connection.recv(65536)
                received[connection] = data
                head = data.find(b"\r\n\r\n")
                if head < 0:
                    continue
                size = int(data[data.index(b"Content-Length: ") + 16:].split(b"\r", 1)[0])
                if len(data) < head + 4 + size:
                    continue
                if not data.startswith(b"HTTP/1.1 200 "):
                    raise RuntimeError(f"refused: {data[:2000]!r}")
                times.append(time.monotonic() - sent.pop(connection))
                send(connection)
        return begun, time.monotonic(), time.process_time() - cpu, times


def client_process(pipe, address, token, rounds):
    clients = Clients(address, token, rounds)
    pipe.send("ready")
    for number in range(len(rounds)):
        pipe.recv()
        pipe.send(clients.run(number))


@contextlib.contextmanager
def client_processes(server, rounds):
    """Pipes to the processes; alerts are numbered from 1 and dealt to them in turn."""
    context = multiprocessing.get_context("fork")
    tokens = [Person(server, login).token for login in ("alice", "lena")]
    pipes, processes = [], []
    for number in range(PROCESSES):
        shares = [range(1 + r * DECISIONS + number, 1 + (r + 1) * DECISIONS, PROCESSES) for r in range(rounds)]
        ours, theirs = context.Pipe()
        process = context.Process(target=client_process, daemon=True,
                                  args=[theirs, server.addresses["API"], tokens[number % len(tokens)], shares])
        process.start()
        theirs.close()
        pipes.append(ours)
        processes.append(process)
    for pipe in pipes:
        pipe.recv()
    yield pipes
    for process in processes:
        process.join(60)


def server_cpu_seconds(server):
    fields = pathlib.Path(f"/proc/{server.pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def one_round(server, syncs, pipes):
    before, cpu = syncs.read(), server_cpu_seconds(server)
    for pipe in pipes:
        pipe.send("go")
    results = [pipe.recv() for pipe in pipes]
    journal, others = (now - then for now, then in zip(syncs.read(), before))
    times = sorted(t for _, _, _, ts in results for t in ts)
    seconds = max(end for _, end, _, _ in results) - min(start for start, _, _, _ in results)
    server_cpu, client_cpu = server_cpu_seconds(server) - cpu, sum(cpu for _, _, cpu, _ in results)
    assert len(times) == DECISIONS
    return {"rate": DECISIONS / seconds, "journal": journal / DECISIONS, "others": others / DECISIONS,
            "server_cpu": server_cpu / DECISIONS, "client_cpu": client_cpu / DECISIONS,
            "busy": (server_cpu + client_cpu) / seconds, "median": times[len(times) // 2], "p99": times[len(times) * 99 // 100]}


def open_alerts(server, status):
    return sum(float(line.rsplit(" ", 1)[1]) for line in server.metrics().splitlines()
               if line.startswith("countersign_alerts_open{") and f'status="{status}"' in line)


def bench(rounds):
    wanted = DECISIONS * rounds
    with tempfile.TemporaryDirectory(dir=cs.ROOT / "build") as name:  # on a disk, where a sync costs something
        folder = pathlib.Path(name)
        syncs = Syncs(folder)
        write_events(folder / "events.log", wanted)
        source = f"file:{folder / 'events.log'}"
        disk = [disk_syncs_per_second(folder)]
        with Server(Installation(folder / "site"), "--source", source, environment=syncs.environment()) as server:
            server.wait_until_read(600)
            if open_alerts(server, "new") != wanted:
                sys.exit(f"decisions: {open_alerts(server, 'new')} alerts are open, {wanted} are needed")
            with client_processes(server, rounds) as pipes:
                runs = [one_round(server, syncs, pipes) for _ in range(rounds)]
            if open_alerts(server, "new") != 0:
                sys.exit("decisions: acknowledged, but not closed")
        disk.append(disk_syncs_per_second(folder))

    def best(key):
        return min(run[key] for run in runs)

    return [{"name": f"decisions, {CLIENTS} clients, 1 serve", "rounds": rounds, "decisions": wanted,
             "decisions_per_second_best": round(max(run["rate"] for run in runs)),
             "decisions_per_second_median": round(statistics.median(run["rate"] for run in runs)),
             "journal_syncs_per_decision": round(statistics.median(run["journal"] for run in runs), 4),
             "other_syncs_per_decision": round(statistics.median(run["others"] for run in runs), 4),
             "server_ms_cpu": round(1000 * best("server_cpu"), 3), "client_ms_cpu": round(1000 * best("client_cpu"), 3),
             "cpus_busy": round(statistics.median(run["busy"] for run in runs), 2),
             "ms_median": round(1000 * best("median"), 1), "ms_p99": round(1000 * best("p99"), 1),
             "disk_syncs_per_second": round(statistics.median(disk))}]
