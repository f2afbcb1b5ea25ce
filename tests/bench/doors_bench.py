# SPDX-License-Identifier: Apache-2.0
"""Events per second through each door of one `serve`: the same FortiGate lines (one in 200 is a virus that alerts) as a file,
over HTTP (bodies of just under 1 MiB, four clients, each sends its next when the last was acknowledged), over syslog TCP in
both framings, TLS, and UDP.

The time ends when the last event is durable, by the ledger's own position. Clients share the machine with the server:
`events_per_cpu_second` is by the server's CPU time alone, what one core gives; `events_per_second` by the clock. For UDP the
lost datagrams are in `lost`, and the rate is of those that arrived.
"""
import os
import pathlib
import re
import socket
import ssl
import statistics
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
import doors  # noqa: E402
import fortigate  # noqa: E402
from server import Installation, Server, request  # noqa: E402

EVENTS = int(os.environ.get("BENCH_DOOR_EVENTS", "400000"))
CLIENTS = 4
BODY_BYTES = 1_000_000


def cpu_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def peak_mib(pid):
    return int(re.search(r"VmHWM:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)) // 1024


def bodies(lines):
    out, size = [[]], 0
    for line in lines:
        if size + len(line) + 1 > BODY_BYTES:
            out.append([])
            size = 0
        out[-1].append(line)
        size += len(line) + 1
    return [b"\n".join(part) for part in out]


def over_http(server, secret, parts):
    rest, lock = list(parts), threading.Lock()

    def client():
        sender = doors.Sender(server.addresses["API"], secret)
        while True:
            with lock:
                if not rest:
                    return
                body = rest.pop()
            while True:
                status, headers, answer = sender.post(body)
                if status == 200:
                    break
                if status != 503:
                    sys.exit(f"HTTP {status}: {answer}")
                time.sleep(float(headers.get("retry-after", 1)) / 10)

    threads = [threading.Thread(target=client) for _ in range(CLIENTS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def over_stream(address, payload, wrap=lambda wire: wire):
    with wrap(socket.create_connection(address)) as wire:
        wire.sendall(payload)


def over_udp(address, lines):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.connect(address)
        for line in lines:
            wire.send(line)


def certificate(folder):
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                    folder / "key.pem", "-out", folder / "cert.pem", "-subj", "/CN=localhost", "-days", "2", "-addext",
                    "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
    return f"cert={folder}/cert.pem&key={folder}/key.pem"


def counted(lines):
    return b"".join(b"%d %s" % (len(line), line) for line in lines)


def ways(folder, lines):
    """Name → (source, what sends)."""
    options = certificate(folder)
    trust = ssl.create_default_context(cafile=folder / "cert.pem")

    def secure(wire):
        return trust.wrap_socket(wire, server_hostname="127.0.0.1")

    def stream(payload, wrap=lambda wire: wire):
        return lambda server, _: over_stream(doors.listens_at(server, "bench"), payload, wrap)

    text, packed = b"\n".join(lines) + b"\n", counted(lines)
    parts = bodies(lines)
    return {
        "file": (f"file:{folder}/events.log", lambda server, _: None),
        "http": ("http:bench", lambda server, secret: over_http(server, secret, parts)),
        "tcp, line feeds": ("syslog-tcp:127.0.0.1:0?name=bench", stream(text)),
        "tcp, octet counting": ("syslog-tcp:127.0.0.1:0?name=bench", stream(packed)),
        "tls, octet counting": (f"syslog-tls:127.0.0.1:0?name=bench&{options}", stream(packed, secure)),
        "udp": ("syslog-udp:127.0.0.1:0?name=bench", lambda server, _: over_udp(doors.listens_at(server, "bench"), lines)),
    }


def delivered(server, secret):
    """Messages that are durable."""
    answer = request(server.addresses["API"], "GET", "/api/v1/ledger", headers={"Authorization": "Bearer " + secret})
    return sum(row["counts"]["delivered"] for row in answer.json["partitions"])


def measure(folder, source, send):
    installation = Installation(folder, people=False)
    sender, reader = doors.token(installation), doors.token(installation, "read")
    with Server(installation, "--source", source) as server:
        begun, cpu = time.monotonic(), cpu_seconds(server.pid)
        send(server, sender)
        seen, changed = -1, time.monotonic()
        while seen < EVENTS and time.monotonic() < changed + 3:
            now = delivered(server, reader)
            if now != seen:
                seen, changed = now, time.monotonic()
            time.sleep(0.02)
        return {"events": seen, "seconds": changed - begun, "cpu_seconds": cpu_seconds(server.pid) - cpu,
                "peak_mib": peak_mib(server.pid), "lost": EVENTS - seen}


def bench(rounds):
    """Rows, one a door."""
    lines = [line.encode() for line in fortigate.lines(EVENTS, 1)]
    size = sum(map(len, lines)) / len(lines)
    runs = {}
    with tempfile.TemporaryDirectory(prefix="countersign-doors-") as top:
        shared = pathlib.Path(top)
        (shared / "events.log").write_bytes(b"\n".join(lines) + b"\n")
        doors_to_try = ways(shared, lines)
        for number in range(rounds):
            for name, (source, send) in doors_to_try.items():
                folder = shared / f"{number}-{name.replace(', ', '-').replace(' ', '-')}"
                runs.setdefault(name, []).append(measure(folder, source, send))
    for name, of_door in runs.items():
        by_cpu = [run["events"] / run["cpu_seconds"] for run in of_door]
        by_clock = [run["events"] / run["seconds"] for run in of_door]
        yield {"name": f"door {name}", "rounds": len(of_door), "events": EVENTS, "bytes_per_event": round(size),
               "events_per_cpu_second_best": round(max(by_cpu)), "events_per_cpu_second_median": round(statistics.median(by_cpu)),
               "events_per_second_best": round(max(by_clock)), "events_per_second_median": round(statistics.median(by_clock)),
               "peak_mib": max(run["peak_mib"] for run in of_door), "lost": max(run["lost"] for run in of_door)}
