# SPDX-License-Identifier: Apache-2.0
"""The evidence log before a stranger: Go's note and tlog packages verify what our C++ wrote, and refuse what was changed.

Usage: verifier.py SAMPLE, the program that writes the samples; COUNTERSIGN names the program itself. Skips (77) without
Go 1.19 or without its module.
"""
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import threading

MODULE = pathlib.Path(__file__).resolve().parent / "stranger"
ROOT = MODULE.parents[2]
SKIP = 77
DEMO_SECONDS_MAX = 120


def skip(reason):
    print(f"skipped: {reason}")
    sys.exit(SKIP)


def build_verifier(folder):
    if shutil.which("go") is None:
        skip("no Go compiler (Debian: golang-go)")
    module = subprocess.run(["go", "mod", "download"], cwd=MODULE, capture_output=True, text=True)
    if module.returncode != 0:
        skip(f"the module golang.org/x/mod cannot be had: {module.stderr.strip()}")
    program = folder / "verifier"
    subprocess.run(["go", "build", "-mod=readonly", "-buildvcs=false", "-o", program, "."], cwd=MODULE, check=True)
    return program


class Cases:
    def __init__(self, program):
        self.program = program
        self.failed = 0

    def check(self, name, arguments, says, accepted):
        run = subprocess.run([self.program, *arguments], capture_output=True, text=True)
        said = (run.stdout if accepted else run.stderr).strip()
        good = (run.returncode == 0) == accepted and says in said
        print(f"{'ok  ' if good else 'FAIL'} {name}: {run.stdout.strip()}{run.stderr.strip()}")
        self.failed += not good

    def accepted(self, name, arguments, says):
        self.check(name, arguments, says, True)

    def refused(self, name, arguments, says):
        self.check(name, arguments, says, False)




class Changed:
    """One change to a file, undone at the end of the block."""

    def __init__(self, file, old, new):
        self.file, self.old, self.new = file, old, new

    def __enter__(self):
        self.good = self.file.read_bytes()
        if self.good.count(self.old) < 1:
            raise ValueError(f"{self.file} does not hold what the test changes")
        self.file.write_bytes(self.good.replace(self.old, self.new, 1))

    def __exit__(self, *_):
        self.file.write_bytes(self.good)


def run_cases(cases, folder):
    export = folder / "export"
    known = folder / "known-300"
    receipt = ["receipt", export / "vkeys", folder / "receipt.tlog-proof", folder / "entry"]
    cases.accepted("the export", ["export", export], "verified 700 entries and 5 older checkpoints")
    cases.accepted("with a checkpoint kept outside", ["export", export, known], "and 6 older checkpoints")
    cases.accepted("the receipt of one decision", receipt, "entry 276 is in test.example/log")

    bundle = export / "tile/entries/001"
    with Changed(bundle, b'"verdict":"benign"', b'"verdict":"bening"'):
        cases.refused("an altered entry", ["export", export], "the entries give the root")
    with Changed(export / "tile/0/001", (export / "tile/0/001").read_bytes()[:32], b"\0" * 32):
        cases.refused("an altered tile", ["export", export], "invalid transparency proof")
    with Changed(export / "checkpoint", b"\n700\n", b"\n699\n"):
        cases.refused("another size in the checkpoint", ["export", export], "invalid signature")
    with Changed(folder / "entry", b"benign", b"bening"):
        cases.refused("the receipt with another entry", receipt, "invalid transparency proof")

    rewritten = folder / "rewritten"
    cases.accepted("a history signed again with the real key", ["export", rewritten], "verified 700 entries")
    cases.refused("the same against the checkpoint kept outside", ["export", rewritten, known],
                  "invalid transparency proof")


def demo_export(program, folder):
    """The export of the real program after a short demo that was stopped cleanly."""
    paths = ["--rules", ROOT / "rules/library", "--packs", ROOT / "ingest/packs"]
    demo = subprocess.Popen([program, "demo", "--data", folder / "demo", "--listen", "127.0.0.1:0", "--metrics",
                             "127.0.0.1:0", *paths], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    watchdog = threading.Timer(DEMO_SECONDS_MAX, demo.kill)
    watchdog.start()
    try:
        said = []
        for line in demo.stdout:
            said.append(line)
            if "sign in as" in line:
                break
        demo.terminate()
        said.extend(demo.stdout)
        if demo.wait() != 0:
            raise RuntimeError(f"the demo ended with {demo.returncode}: {''.join(said)}")
    finally:
        watchdog.cancel()
    export = folder / "demo-export"
    subprocess.run([program, "audit", "export", "--data", folder / "demo/store", "--out", export, "--payloads"],
                   check=True, stdout=subprocess.DEVNULL)
    return export


def run_program_cases(cases, program, folder):
    export = demo_export(program, folder)
    cases.accepted("the log of the program itself", ["export", export], "older checkpoints of demo")
    ours = subprocess.run([program, "audit", "verify", export], capture_output=True, text=True)
    good = ours.returncode == 0 and ours.stdout.endswith("SELF-CONSISTENT, NOT AUTHENTICATED\n")
    print(f"{'ok  ' if good else 'FAIL'} audit verify says the same: {ours.stdout.splitlines()[-1:]}")
    cases.failed += not good


def main():
    if len(sys.argv) != 2:
        print(__doc__)
        return 2
    with tempfile.TemporaryDirectory(prefix="countersign-verifier-") as name:
        folder = pathlib.Path(name)
        program = build_verifier(folder)
        subprocess.run([sys.argv[1], folder], check=True)
        cases = Cases(program)
        run_cases(cases, folder)
        run_program_cases(cases, os.environ["COUNTERSIGN"], folder)
    return 1 if cases.failed else 0


if __name__ == "__main__":
    sys.exit(main())
