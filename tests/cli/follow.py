# SPDX-License-Identifier: Apache-2.0
"""`serve` follows a log file as logrotate leaves it: renamed, cut, both while nobody read. Every line that still lies there is an
event once, and the books balance."""
import json
import os
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
import doors  # noqa: E402
from server import PASSWORD, Installation, Server, request  # noqa: E402

def line(number):
    return (f'date=2026-11-02 time=08:00:00 devname="fw-1" devid="FGT1" eventtime=1793606400 tz="+0000" logid="0000000013" '
            f'type="traffic" subtype="forward" level="notice" srcip=10.0.0.{number} action="deny"\n')


def write(path, numbers, mode="a"):
    with open(path, mode, encoding="utf-8") as out:
        out.writelines(line(number) for number in numbers)


class Follow:
    def __init__(self, checks, folder):
        self.checks = checks
        self.log = folder / "firewall.log"
        rules = doors.write_rule(folder / "rules")
        self.installation = Installation(folder / "site")
        self.options = ("--rules", rules, "--source", f"file:{self.log}?follow=1")

    def server(self):
        server = Server(self.installation, *self.options)
        cs.run("login", "--server", server.url, "--login", "alice", input=PASSWORD + "\n")
        return server

    def seen(self, server):
        """How often each line is an event: matches by address."""
        rows = [json.loads(row) for row in cs.run("alerts", "list", "--server", server.url, "--all", "--json").stdout.splitlines()]
        addresses = [next(entity["value"] for entity in row["entities"] if entity["field"] == "source.ip") for row in rows]
        return {int(address.rsplit(".", 1)[1]): row["count"] for address, row in zip(addresses, rows)}

    def expect(self, server, numbers, what):
        wanted = {number: 1 for number in numbers}
        try:
            server.wait_for(lambda: self.seen(server) == wanted, what, 30)
        except RuntimeError as error:
            self.checks.expect(False, f"{what}: {self.seen(server)}: {error}")
        else:
            self.checks.expect(True, what)

    def ledger(self, server):
        session = json.loads((pathlib.Path(os.environ["XDG_CONFIG_HOME"]) / "countersign" / "sessions.json").read_text())
        secret = session[server.url]["secret"]
        return request(server.addresses["API"], "GET", "/api/v1/ledger", headers={"Authorization": "Bearer " + secret}).json


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        follow = Follow(checks, folder)
        with follow.server() as server:
            server.wait_for(lambda: server.said("is not there yet"), "a file that does not exist is waited for", 10)
            write(follow.log, [1, 2])
            follow.expect(server, [1, 2], "the file appears")
            with open(follow.log, "a", encoding="utf-8") as out:
                out.write(line(3)[:40])
                out.flush()
                follow.expect(server, [1, 2], "half a line is none")
                out.write(line(3)[40:])
            follow.expect(server, [1, 2, 3], "the other half")
            os.rename(follow.log, folder / "firewall.log.1")
            write(follow.log, [5])
            write(folder / "firewall.log.1", [4])
            follow.expect(server, [1, 2, 3, 4, 5], "renamed; the writer was late")
            write(follow.log, [6], "w")
            follow.expect(server, [1, 2, 3, 4, 5, 6], "cut (copytruncate)")
            checks.expect(server.said("was cut or written anew"), f"the log says what may be lost: {server.log[-3:]}")
        write(follow.log, [7])
        os.rename(follow.log, folder / "firewall.log.1")
        write(follow.log, [8])
        with follow.server() as server:
            follow.expect(server, range(1, 9), "rotated while nobody read")
            server.kill()
        write(follow.log, [9])
        with follow.server() as server:
            follow.expect(server, range(1, 10), "after kill -9")
            ledger = follow.ledger(server)
            checks.expect(ledger["balanced"], f"the books balance: {ledger['problems']}")
            checks.equal([(row["incarnation"], row["counts"]["delivered"]) for row in ledger["partitions"]],
                         [(0, 4), (1, 1), (2, 2), (3, 2)], "one incarnation a file")
        done = cs.run("store", "check", "--data", follow.installation.data)
        checks.equal(done.returncode, 0, f"store check: {done.stdout}{done.stderr}")
    checks.exit()


if __name__ == "__main__":
    main()
