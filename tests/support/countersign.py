# SPDX-License-Identifier: Apache-2.0
"""What test programs in Python share: where the program and the real data are, and how to run it."""
import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
SKIPPED = 77
# Taken out of the environment: the program refuses variables of its prefix that are no settings.
BUILD = pathlib.Path(os.environ.pop("COUNTERSIGN_BUILD_DIR", ROOT / "build" / "release"))

# SigmaHQ's rules that are meant to be run; deprecated and unsupported ones are not among them.
SIGMAHQ = ["rules", "rules-compliance", "rules-emerging-threats", "rules-placeholder", "rules-threat-hunting"]


def program():
    path = os.environ.get("COUNTERSIGN", str(ROOT / "build" / "release" / "countersign"))
    if not pathlib.Path(path).exists():
        sys.exit(f"the program {path} is not built")
    return path


def need_data():
    """Ends the test as skipped when the real data is not beside the project."""
    if not (DATA / "README.md").exists():
        print("skipped: ../shared/data is not here")
        sys.exit(SKIPPED)


def rule_options(*folders):
    options = []
    for folder in folders:
        options += ["--rules", str(folder)]
    return options


def sigmahq_options():
    return rule_options(*[DATA / "sigma" / folder for folder in SIGMAHQ])


def clean_environment():
    """The environment without what is meant for the tests: the program refuses COUNTERSIGN_ variables it does not know."""
    return {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN")}


def run(*arguments, **more):
    """Runs the program; returns the completed process with text output."""
    more.setdefault("env", clean_environment())
    return subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True, **more)


def without_provenance(line):
    """An event of the shared data without the keys that say where it came from (they start with `_`)."""
    event = json.loads(line)
    return json.dumps({key: value for key, value in event.items() if not key.startswith("_")}, separators=(",", ":"))


def open_lines(path):
    """The lines of a plain or zstd file, as text."""
    if str(path).endswith(".zst"):
        with subprocess.Popen(["zstd", "-dcq", str(path)], stdout=subprocess.PIPE) as process:
            for raw in process.stdout:
                yield raw.decode()
    else:
        with open(path, encoding="utf-8") as file:
            yield from file


def stripped_copy(path, target):
    """Writes the events of `path` without provenance to `target`; line numbers stay."""
    with open(target, "w", encoding="utf-8") as out:
        for line in open_lines(path):
            out.write(without_provenance(line) + "\n")
    return target


def match(files, *options, expect=(0,)):
    """Runs `match`; returns its matches as dictionaries."""
    done = run("match", *options, *files)
    if done.returncode not in expect:
        sys.exit(f"match ended with {done.returncode}: {done.stderr[-2000:]}")
    return [json.loads(line) for line in done.stdout.splitlines()]


class Checks:
    """Counts expectations and prints those that fail; exit() ends the test program."""

    def __init__(self):
        self.passed = 0
        self.failures = []

    def expect(self, condition, what):
        if condition:
            self.passed += 1
        else:
            self.failures.append(what)
            print(f"FAILED: {what}", flush=True)
        return bool(condition)

    def equal(self, actual, expected, what):
        return self.expect(actual == expected, f"{what}: expected {expected!r}, got {actual!r}")

    def exit(self):
        print(f"{self.passed} expectations held, {len(self.failures)} failed")
        if self.passed + len(self.failures) == 0:
            sys.exit("nothing was checked")
        sys.exit(1 if self.failures else 0)
