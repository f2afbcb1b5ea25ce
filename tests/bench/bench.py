# SPDX-License-Identifier: Apache-2.0
"""The benchmarks of script/bench: `match` (matching.py), `decode` (decoding.py), `decisions` (decisions.py) and `doors`
(doors_bench.py).

Method (performance.md §6): A and B alternate in one run over the same input in memory; figures are process CPU time,
the least of the rounds and the median, and ratios of A and B of the same run. Never a single wall time: a rate per second
is given with its rounds, the CPU time behind it and what the disk can do.
"""
import json
import os
import pathlib
import platform
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
import decisions  # noqa: E402
import decoding  # noqa: E402
import doors_bench  # noqa: E402
import matching  # noqa: E402

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
BENCHES = {"match": lambda: matching.bench(ROUNDS), "decode": lambda: decoding.bench(ROUNDS), "decisions": lambda: decisions.bench(ROUNDS),
           "doors": lambda: doors_bench.bench(ROUNDS)}


def main(names):
    unknown = [name for name in names if name not in BENCHES]
    if unknown:
        sys.exit(f"script/bench: no benchmark {', '.join(unknown)}; known: {', '.join(BENCHES)}")
    rows = [line for name in names or BENCHES for line in BENCHES[name]()]
    revision = subprocess.run(["git", "rev-parse", "--short=12", "HEAD"], cwd=cs.ROOT, capture_output=True, text=True).stdout
    result = {"date": time.strftime("%Y-%m-%d"), "revision": revision.strip(), "machine": platform.machine(),
              "cores": os.cpu_count(), "rows": rows}
    target = cs.ROOT / "build" / "bench.json"
    target.write_text(json.dumps(result, indent=1) + "\n")
    for line in rows:
        print("  ".join(f"{key}={value}" for key, value in line.items()))
    print(f"written to {target.relative_to(cs.ROOT)}")


if __name__ == "__main__":
    main(sys.argv[1:])
