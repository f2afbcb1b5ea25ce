# SPDX-License-Identifier: Apache-2.0
"""Runs the test suites and adds up what they say. Called by script/test.

A suite is a label of ctest; its tests are built with one preset. `COUNTERSIGN_LONG=1` chooses the long form of tests
that have one. Each suite's log stays in build/test-logs/<suite>.log.
"""
import os
import pathlib
import subprocess
import sys
import time
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
LOGS = ROOT / "build" / "test-logs"

# suite → (preset, ctest label, what it is). Sanitizer presets build the tests of their label alone. The order is the order of running: quick answers first.
SUITES = {
    "tidy": ("release", "tidy", "style, layering, sizes, registration"),
    "unit": ("release", "unit", "libraries, in process"),
    "golden": ("release", "golden", "the program against real rules and events"),
    "api": ("release", "api", "HTTP surface against openapi.yaml"),
    "cli": ("release", "cli", "the command line, as a user types it"),
    "system": ("release", "system", "serve on a real Kafka broker and on the bulk corpus"),
    "crash": ("release", "crash", "kill -9 and faults, oracle outside the process"),
    "verifier": ("release", "verifier", "the evidence log checked by software that is not ours"),
    "dashboards": ("release", "dashboards", "boards and alerts against a real Prometheus"),
    "chart": ("release", "chart", "the Helm chart, rendered by Helm"),
    "asan": ("asan", "unit-bytes", "tests on bytes from outside, under AddressSanitizer and UndefinedBehaviorSanitizer"),
    "tsan": ("tsan", "unit-threads", "tests in which threads meet, under ThreadSanitizer"),
    "fuzz": ("fuzz", "fuzz", "libFuzzer on rules, conditions, messages and the cache of patterns"),
    "lint": (None, None, "clang-format 19; the program under clang 19's warnings and clang-tidy 19"),
}

# Suites that run only when they are named: not seen green as a whole yet (issue 4 is open).
ON_REQUEST = {"fuzz"}


class Count:
    def __init__(self, passed=0, failed=0, skipped=0):
        self.passed, self.failed, self.skipped = passed, failed, skipped

    def __str__(self):
        return f"{self.passed} passed, {self.failed} failed, {self.skipped} skipped"

    def add(self, other):
        self.passed += other.passed
        self.failed += other.failed
        self.skipped += other.skipped


def logged(log, command, **more):
    with open(log, "ab") as out:
        out.write(("$ " + " ".join(map(str, command)) + "\n").encode())
        out.flush()
        return subprocess.run(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT, **more).returncode


def tail(log, lines=60):
    text = log.read_text(errors="replace").splitlines()
    print("\n".join(text[-lines:]), flush=True)


def build(preset, label, log):
    targets = [f"countersign_{label}_tests"] if preset != "release" else []
    return logged(log, [ROOT / "script" / "build", preset, *targets]) == 0


def run_labelled(preset, label, log):
    """Runs the tests of one label and counts them from ctest's JUnit report."""
    report = log.with_suffix(".xml")
    report.unlink(missing_ok=True)
    command = ["ctest", "--test-dir", ROOT / "build" / preset, "-L", f"^{label}(-threads|-bytes)?$", "--output-on-failure",
               "--no-tests=error", "--output-junit", report, "-j", "1" if not label.startswith("unit") else str(os.cpu_count() or 1)]
    environment = {**os.environ, "TSAN_OPTIONS": f"suppressions={ROOT / 'script' / 'lib' / 'tsan.supp'}"}
    code = logged(log, command, env=environment)
    if not report.exists():
        return Count(failed=1), ["no test of this suite is registered"]
    suite = xml.etree.ElementTree.parse(report).getroot()
    count, names = Count(), []
    for case in suite.iter("testcase"):
        status = case.get("status")
        if status == "run":
            count.passed += 1
        elif status in ("notrun", "disabled"):
            count.skipped += 1
            names.append(f"skipped: {case.get('name')}")
        else:
            count.failed += 1
            names.append(f"failed: {case.get('name')}")
    if code != 0 and count.failed == 0 and count.skipped == 0:
        return Count(failed=1), [f"ctest ended with {code}"]
    return count, names


def run_lint(log):
    code = logged(log, [ROOT / "script" / "lint"])
    return (Count(passed=1), []) if code == 0 else (Count(failed=1), ["script/lint"])


def run_suite(name, built):
    preset, label, _ = SUITES[name]
    log = LOGS / f"{name}.log"
    log.unlink(missing_ok=True)
    if preset is None:
        return *run_lint(log), log
    if preset not in built:
        built[preset] = build(preset, label, log)
    if not built[preset]:
        tail(log)
        return Count(failed=1), [f"preset {preset} does not build"], log
    count, names = run_labelled(preset, label, log)
    return count, names, log


def main(arguments):
    unknown = [name for name in arguments if name not in SUITES]
    if unknown:
        known = "\n".join(f"  {name:11} {text}" for name, (_, _, text) in SUITES.items())
        print(f"script/test: no suite {', '.join(unknown)}; suites:\n{known}", file=sys.stderr)
        return 2
    LOGS.mkdir(parents=True, exist_ok=True)
    if not (ROOT.parent / "shared" / "data" / "README.md").exists():
        print("script/test: ../shared/data is not here: tests on real rules and events are skipped", flush=True)
    total, built = Count(), {}
    for name in arguments or [name for name in SUITES if name not in ON_REQUEST]:
        start = time.monotonic()
        print(f"== {name}: {SUITES[name][2]}", flush=True)
        count, names, log = run_suite(name, built)
        for line in names:
            print(f"   {line}", flush=True)
        if count.failed:
            tail(log, 120)
        print(f"   {name}: {count} ({time.monotonic() - start:.0f} s, {log.relative_to(ROOT)})", flush=True)
        total.add(count)
    failed = total.failed > 0
    if os.environ.get("CI") == "true" and total.skipped > 0:
        print(f"script/test: CI=true and {total.skipped} skipped: what .ci/run promises must run", flush=True)
        failed = True
    print(total, flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
