# SPDX-License-Identifier: Apache-2.0
"""Trouble with disks: a data folder that cannot be written, little room, no room at all, a file that shrinks under the
reader. The program goes on or says what is wrong; what it acknowledged is still there when the trouble is over.

Little room and no room are tried on a small file system of the test's own where mounting is permitted. Elsewhere little
room is made by the two settings and a large file beside the data. No room for a write is in any case also made by the
limit on the size of files, which every kernel offers to everybody."""
import contextlib
import ctypes
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

MIB = 2**20
CLONE_NEWNS, PR_CAPBSET_DROP, CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH = 0x20000, 24, 1, 2
LIBC = ctypes.CDLL(None, use_errno=True)
VIRUS = ('date=2025-11-03 time=08:00:00 devname="fw-1" devid="FGT1" eventtime={time} tz="+0000" logid="0211008192" '
         'type="utm" subtype="virus" eventtype="infected" level="warning" action="passthrough" virus="Test/{name}" '
         'filename="{name}.exe" srcip=10.1.2.3 dstip=198.51.100.7 user="{name}"\n')
DECISION = {"verdict": "true_positive", "reason_code": "confirmed_incident", "rationale": "the disk was full of it " * 200}


def write_events(path, count, people=100):
    with open(path, "w", encoding="ascii") as out:
        for number in range(count):
            out.write(VIRUS.format(time=1762128000 + number % 86400, name=f"u{number % people}"))
    return path


def obey_permissions():
    """For a child before it runs the program: root, too, may write only what the mode allows."""
    for capability in (CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH):
        LIBC.prctl(PR_CAPBSET_DROP, capability, 0, 0, 0)


class Work:
    """A person who opens and closes alerts, and keeps what the server acknowledged."""

    def __init__(self, checks, server):
        self.checks, self.person = checks, Person(server, "lena")
        self.closed = {}  # alert → seq of its last entry

    def do(self, server):
        """One alert opened and closed; returns the answer that was no success, or None."""
        made = self.person.call(server, "POST", "/api/v1/alerts", {"title": "x", "severity": "high"})
        if made.status != 201:
            return made
        alert = made.json["alert"]["id"]
        done = self.person.call(server, "POST", f"/api/v1/alerts/{alert}:close", DECISION, 1)
        if done.status != 200:
            return done
        self.closed[alert] = done.json["seq"]
        return None

    def do_until_it_ends(self, server):
        for _ in range(20_000):
            try:
                refused = self.do(server)
            except OSError:
                return
            except Exception as problem:  # http.client has many faces of a server that ended
                if type(problem).__module__ != "http.client":
                    raise
                return
            if refused:
                raise RuntimeError(f"refused, but the server goes on: {refused.status} {refused.text}")
        raise RuntimeError("20,000 decisions, and the disk is not full")

    def expect_kept(self, server, what):
        for alert, seq in self.closed.items():
            found = self.person.call(server, "GET", f"/api/v1/alerts/{alert}").json
            last = self.person.call(server, "GET", f"/api/v1/alerts/{alert}/history").json["items"][-1]
            self.checks.expect((found["status"], found["verdict"], last["seq"]) == ("closed", "true_positive", seq),
                               f"{what}: {alert} was acknowledged with entry {seq}: {found['status']} {last['seq']}")


def check_offline(checks, site, what):
    done = cs.run("store", "check", "--data", site.data)
    checks.equal(done.returncode, 0, f"{what}: store check: {done.stdout[-500:]}{done.stderr[-500:]}")
    with tempfile.TemporaryDirectory() as out:
        trust = pathlib.Path(out) / "trust"
        trust.write_text(site.vkey + "\n")
        done = cs.run("audit", "export", "--data", site.data, "--out", pathlib.Path(out) / "export", "--payloads")
        checks.equal(done.returncode, 0, f"{what}: audit export: {done.stderr}")
        done = cs.run("audit", "verify", pathlib.Path(out) / "export", "--trust", trust)
        checks.equal(done.stdout.splitlines()[-1:], ["VERIFIED"], f"{what}: audit verify: {done.stdout[-300:]}{done.stderr}")


# --- a data folder that cannot be written


def set_modes(folder, directory, file):
    for path in [folder, *folder.rglob("*")]:
        path.chmod(directory if path.is_dir() else file)


def read_only_folder(checks, folder):
    site = Installation(folder / "read-only")
    with Server(site) as server:
        work = Work(checks, server)
        checks.equal(work.do(server), None, "a decision before")
    set_modes(site.data, 0o500, 0o400)
    done = cs.run(*site.options(), timeout=60, preexec_fn=obey_permissions)
    checks.expect(done.returncode not in (0, 2) and str(site.data) in done.stderr and "ermission denied" in done.stderr,
                  f"a data folder that cannot be written: {done.returncode} {done.stderr}")
    set_modes(site.data, 0o700, 0o600)
    with Server(site) as server:
        work.expect_kept(server, "after a read-only folder")
    above = folder / "above"
    above.mkdir(mode=0o500)
    lost = Installation(folder / "nowhere", people=False)
    lost.data = above / "data"
    done = cs.run(*lost.options(), timeout=60, preexec_fn=obey_permissions)
    checks.expect(done.returncode not in (0, 2) and str(lost.data) in done.stderr and "ermission denied" in done.stderr,
                  f"a data folder that cannot be made: {done.returncode} {done.stderr}")


# --- little room


class Volume:
    """A place for data whose free room the test decides. Sizes in bytes."""

    def __init__(self, folder, own):
        self.folder, self.own = folder, own
        free = os.statvfs(folder).f_bavail * os.statvfs(folder).f_frsize
        step = 128 * MIB if own else 1024 * MIB  # others write to a shared disk meanwhile
        self.pause = free - step
        self.refuse = free - 2 * step
        self.ballast_bytes = 3 * step
        self.ballast = folder / "ballast"
        if self.pause > 1024**4:
            sys.exit(f"{folder} has {free} bytes free, more than the settings can name, and mounting is not permitted")

    def environment(self):
        return {"COUNTERSIGN_DISK_INGEST_PAUSE_BYTES": str(self.pause), "COUNTERSIGN_DISK_ACTIONS_REFUSE_BYTES": str(self.refuse)}

    def fill(self, size):
        with open(self.ballast, "wb") as out:
            os.posix_fallocate(out.fileno(), 0, size)

    def fill_to_the_last(self):
        with open(self.ballast, "ab", buffering=0) as out, contextlib.suppress(OSError):
            while True:
                out.write(bytes(65536))

    def empty(self):
        self.ballast.unlink()


@contextlib.contextmanager
def volume(folder):
    """A file system of its own, in a namespace that ends with this process, or else a folder."""
    place = folder / "volume"
    place.mkdir()
    mounted = False
    if LIBC.unshare(CLONE_NEWNS) == 0:
        private = subprocess.run(["mount", "--make-rprivate", "/"], capture_output=True).returncode == 0
        mounted = private and subprocess.run(["mount", "-t", "tmpfs", "-o", "size=640m", "countersign-test", place],
                                             capture_output=True).returncode == 0
    print(f"the data lies on {'a file system of its own' if mounted else 'the disk of everybody: mounting is not permitted'}")
    try:
        yield Volume(place, mounted)
    finally:
        if mounted:
            subprocess.run(["umount", "-l", place], check=False)


def little_room(checks, disk):
    """Reading and looking go on, actions and ingest wait, and nobody has to start anything again."""
    events = write_events(disk.folder / "events.log", 500)
    site = Installation(disk.folder / "site")
    with Server(site) as server:
        work = Work(checks, server)
        checks.equal(work.do(server), None, "a decision before")
    disk.fill(disk.ballast_bytes)
    with Server(site, "--source", f"file:{events}", environment=disk.environment()) as server:
        refused = work.do(server)
        checks.expect(refused is not None and refused.status == 507, f"an action on a full disk: {refused and refused.text}")
        if refused:
            checks.expect(refused.json["type"].endswith("#insufficient-storage") and "bytes free" in refused.json["detail"],
                          f"the refusal says what is missing: {refused.text}")
        work.expect_kept(server, "looking at alerts on a full disk")
        server.wait_for(lambda: 'countersign_ingest_paused_partitions{topic=' in server.metrics()
                        and any(line.startswith("countersign_ingest_paused_partitions{") and line.endswith(" 1")
                                for line in server.metrics().splitlines()), "a paused source")
        disk.empty()
        server.wait_until_read()
        checks.equal(work.do(server), None, "a decision once there is room again")
        ledger = Person(server, "arno").call(server, "GET", "/api/v1/ledger").json
        delivered = sum(row["counts"]["delivered"] for row in ledger["partitions"])
        checks.expect(ledger["balanced"] and delivered == 500, f"the ledger: {ledger}")
        work.expect_kept(server, "once there is room again")
    check_offline(checks, site, "after little room")


# --- no room


def no_room(checks, site, full, roomy, words, what):
    """`full(server)` takes the room away, `roomy()` gives it back."""
    with Server(site, environment={"COUNTERSIGN_DISK_ACTIONS_REFUSE_BYTES": "0", "COUNTERSIGN_DISK_INGEST_PAUSE_BYTES": "0"}) as server:
        work = Work(checks, server)
        checks.equal(work.do(server), None, f"{what}: a decision before")
        full(server)
        work.do_until_it_ends(server)
        server.process.wait(60)
        checks.expect(server.stop() != 0, f"{what}: exit code {server.process.returncode}")
        checks.expect(any(words in line and "countersign: " in line for line in server.log),
                      f"{what}: it says why it ended: {server.log[-3:]}")
    roomy()
    with Server(site) as server:
        work.expect_kept(server, what)
        checks.equal(work.do(server), None, f"{what}: a decision afterwards")
    print(f"{what}: {len(work.closed)} decisions were acknowledged")
    check_offline(checks, site, what)


def no_larger_files(server):
    size = max(path.stat().st_size for path in server.installation.data.rglob("*") if path.is_file())
    resource.prlimit(server.pid, resource.RLIMIT_FSIZE, (size + 2 * MIB, resource.RLIM_INFINITY))


def start_without_room(checks, folder):
    site = Installation(folder / "no-start")
    with Server(site):
        pass
    done = cs.run(*site.options(), timeout=60,
                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, resource.RLIM_INFINITY)))
    word = done.stderr.splitlines()[-1] if done.stderr else ""
    checks.expect(done.returncode not in (0, 2) and word.startswith("countersign: ") and str(site.data) in word
                  and "File too large" in word, f"a start without room: {done.returncode} {done.stderr}")
    with Server(site):
        pass
    check_offline(checks, site, "after a start without room")


# --- a file that shrinks


def stop_in_the_middle(process, path):
    """Halts the process while it reads `path`; returns how far it is."""
    size = path.stat().st_size
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        for link in pathlib.Path(f"/proc/{process.pid}/fd").iterdir():
            with contextlib.suppress(OSError):
                if os.readlink(link) != str(path):
                    continue
                text = (link.parent.parent / "fdinfo" / link.name).read_text()
                at = int(text.split("pos:")[1].split()[0])
                if size // 50 < at < size:
                    process.send_signal(signal.SIGSTOP)
                    return at
    raise RuntimeError(f"{path} was never seen half read")


def shrinking_file(checks, folder):
    path = write_events(folder / "shrinking.log", 300_000).resolve()
    site = Installation(folder / "shrinking")
    with Server(site, "--source", f"file:{path}") as server:
        at = stop_in_the_middle(server.process, path)
        os.truncate(path, at // 2)
        server.process.send_signal(signal.SIGCONT)
        server.wait_until_read()
        server.wait_for(lambda: any("shrank" in line and str(path) in line for line in server.log), "a word about the file")
        ledger = Person(server, "arno").call(server, "GET", "/api/v1/ledger").json
        checks.expect(ledger["balanced"] and 0 < ledger["partitions"][0]["end"] < 300_000, f"the ledger: {ledger}")
        checks.equal(Work(checks, server).do(server), None, "a decision beside a file that shrank")
    done = cs.run(*site.options("--source", f"file:{path}"), timeout=60)
    checks.expect(done.returncode == 4 and str(path) in done.stderr and "shrank" in done.stderr,
                  f"a start on a file that shrank: {done.returncode} {done.stderr}")
    check_offline(checks, site, "after a file that shrank")

    write_events(path, 300_000)
    process = subprocess.Popen([cs.program(), "match", "--count", path], stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               text=True, env=cs.clean_environment())
    at = stop_in_the_middle(process, path)
    os.truncate(path, at // 2)
    process.send_signal(signal.SIGCONT)
    out, messages = process.communicate(timeout=60)
    checks.expect(process.returncode == 1 and "shrank" in messages and str(path) in messages,
                  f"match on a file that shrank: {process.returncode} {messages}")
    checks.expect(0 < json.loads(out)["messages"] < 300_000, f"match on a file that shrank: {out}")


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        read_only_folder(checks, folder)
        shrinking_file(checks, folder)
        start_without_room(checks, folder)
        no_room(checks, Installation(folder / "limit"), no_larger_files, lambda: None, "File too large", "a limit on files")
        with volume(folder) as disk:
            little_room(checks, disk)
            if disk.own:
                no_room(checks, Installation(disk.folder / "full"), lambda _: disk.fill_to_the_last(), disk.empty,
                        "No space left", "a full disk")
    checks.exit()


if __name__ == "__main__":
    main()
