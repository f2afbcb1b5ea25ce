# SPDX-License-Identifier: Apache-2.0
"""Runs one fuzzer: run_fuzzer.py NAME PROGRAM. 20 seconds of processor time, a minute for what reads messages from
outside; with COUNTERSIGN_LONG=1, 24 minutes and 2 hours.

Begins with the seeds and with what earlier runs found worth keeping (build/test-logs/fuzz/NAME/corpus). A finding is kept
beside it, and the command that repeats it is printed.
"""
import math
import os
import pathlib
import re
import resource
import subprocess
import sys
import tempfile

import seeds

FOLDER = pathlib.Path(__file__).resolve().parent
LOGS = FOLDER.parents[1] / "build" / "test-logs" / "fuzz"
DECODERS = {"door", "event", "text"}
INPUT_BYTES_MAX = {"rule_yaml": 4096, "condition": 256, "door": 2048, "event": 8192, "plan_cache": 512, "text": 2048}


def cpu_seconds():
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def main(name, program):
    seconds = 60 if name in DECODERS else 20
    if os.environ.get("COUNTERSIGN_LONG"):
        seconds = 120 * 60 if name in DECODERS else 24 * 60
    kept = LOGS / name
    corpus = kept / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    inputs = 0
    with tempfile.TemporaryDirectory() as temporary:
        start = pathlib.Path(temporary) / "seeds"
        count = seeds.write(name, start)
        # max_total_time is the clock's: on a busy machine the processor's needs another round.
        while (left := seconds - cpu_seconds()) > 1:
            done = subprocess.run(
                [program, f"-max_total_time={math.ceil(left)}", f"-max_len={INPUT_BYTES_MAX[name]}", "-timeout=300",
                 "-report_slow_units=300", "-rss_limit_mb=2048", "-print_final_stats=1", f"-dict={FOLDER / 'sigma.dict'}",
                 f"-artifact_prefix={kept}/", corpus, start],
                env={**os.environ, "TMPDIR": temporary, "ASAN_SYMBOLIZER_PATH": "/usr/bin/addr2line"}, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            text = done.stdout.decode(errors="replace")
            if done.returncode != 0:
                return report(name, program, kept, text)
            inputs += int(re.search(r"stat::number_of_executed_units: (\d+)", text).group(1))
    print(f"{name}: {inputs} inputs in {cpu_seconds():.0f} s of processor time from {count} seeds, no finding")
    return 0


def report(name, program, kept, text):
    print(text[-20_000:])
    found = re.search(r"Test unit written to (\S+)", text)
    if found is None:
        print(f"{name}: the fuzzer ended and left no input behind")
        return 1
    print(f"{name}: a finding. The input is kept as {found.group(1)}; this repeats it:\n  {program} {found.group(1)}")
    return 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
