# SPDX-License-Identifier: Apache-2.0
"""The benchmarks of script/bench: `match` and `decisions` (decisions.py).

Method (performance.md §6): A and B alternate in one run over the same input in memory; figures are process CPU time,
the least of the rounds and the median, and ratios of A and B of the same run. Never a single wall time: a rate per second
is given with its rounds, the CPU time behind it and what the disk can do.
"""
import json
import os
import pathlib
import platform
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
import decisions  # noqa: E402

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None


def walk(path):
    binary = cs.ROOT / "build" / "release" / "tests" / "bench" / "simdjson_walk"
    return json.loads(subprocess.run([binary, path], check=True, capture_output=True, text=True).stdout)


def match_stats(path, options):
    done = cs.run("match", "--count", "--stats", *options, path)
    if done.returncode != 0:
        sys.exit(f"match ended with {done.returncode}: {done.stderr}")
    count = json.loads(done.stdout)
    return {**json.loads(done.stderr.strip().splitlines()[-1]), **count}


def bench_match():
    """The bulk corpus: a bare simdjson walk over all values against `match` with all SigmaHQ rules, one core."""
    if not (cs.DATA / "README.md").exists():
        return [{"name": "match", "skipped": "../shared/data is not here"}]
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        path = pathlib.Path(folder) / "bulk.ndjson"
        with open(path, "wb") as out:
            subprocess.run(["zstd", "-dcq", cs.DATA / "bulk" / "windows-otrf-bulk.ndjson.zst"], stdout=out, check=True)
        walks, matches = [], []
        for round_number in range(ROUNDS):
            order = [lambda: walks.append(walk(path)),
                     lambda: matches.append(match_stats(path, ["--jobs", "1", *cs.sigmahq_options()]))]
            for step in order if round_number % 2 == 0 else reversed(order):
                step()
    rows = []
    walk_best = max(w["events"] / w["cpu_seconds"] for w in walks)
    rows.append(row("simdjson walk, bulk corpus", walks))
    rows.append(row(f"match, {matches[0]['rules_loaded']} rules, bulk corpus", matches))
    rows[-1]["ratio_to_walk"] = round(rows[-1]["events_per_cpu_second_best"] / walk_best, 4)
    rows[-1]["peak_rss_mib"] = round(max(m["peak_rss_bytes"] for m in matches) / 2**20, 1)
    rows[-1]["load_cpu_seconds"] = round(min(m["load_cpu_seconds"] for m in matches), 3)
    rows[-1]["matches"] = matches[0]["matches"]
    return rows


def row(name, runs):
    rates = [run["events"] / run["cpu_seconds"] for run in runs]
    return {"name": name, "rounds": len(runs), "events": runs[0]["events"],
            "events_per_cpu_second_best": round(max(rates)),
            "events_per_cpu_second_median": round(statistics.median(rates)),
            "ns_per_event": round(1e9 / max(rates)),
            "mb_per_cpu_second": round(max(run["bytes"] / run["cpu_seconds"] for run in runs) / 1e6, 1)}


BENCHES = {"match": bench_match, "decisions": lambda: decisions.bench(ROUNDS)}


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
