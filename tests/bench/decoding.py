# SPDX-License-Identifier: Apache-2.0
"""`decode`: how fast lines of each format become events on one core, and what as many further packs cost."""
import json
import pathlib
import subprocess

import countersign as cs
from rows import row

PROGRAM = cs.BUILD / "tests" / "bench" / "decode_bench"
PACKS = cs.ROOT / "ingest" / "packs"
SECONDS = "1.0"


def one(form, foreign):
    done = subprocess.run([PROGRAM, form, PACKS, str(foreign), SECONDS], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def bench(rounds):
    shipped = len(list(pathlib.Path(PACKS).glob("*.yml")))
    rows = []
    for form in ("json", "key_value", "cef", "csv"):
        runs = {0: [], shipped: []}
        for _ in range(rounds):
            for foreign in runs:
                runs[foreign].append(one(form, foreign))
        alone, twice = row(f"decode {form}", runs[0]), row(f"decode {form}, {shipped} further packs", runs[shipped])
        twice["cost_ratio"] = round(twice["ns_per_event"] / alone["ns_per_event"], 3)
        rows += [alone, twice]
    return rows
