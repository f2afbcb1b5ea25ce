# SPDX-License-Identifier: Apache-2.0
"""The benchmark `match`: rules over real events, against a bare simdjson walk over the same bytes.

In each round every measurement is taken once, in turns forwards and backwards, so that what the machine does besides
falls on all alike.
"""
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

import countersign as cs
from rows import row

MEMORY = "/dev/shm" if os.path.isdir("/dev/shm") else None
LONG = 4  # how often workers side by side read the corpus: what each learns at its start must not decide
CREATIONS = 40_000  # process creations in their file: the real ones, again and again with new command lines


def walk(path):
    binary = cs.ROOT / "build" / "release" / "tests" / "bench" / "simdjson_walk"
    return json.loads(subprocess.run([binary, path], check=True, capture_output=True, text=True).stdout)


def match_stats(path, options, times=1):
    done = cs.run("match", "--count", "--stats", *options, *[path] * times)
    if done.returncode != 0:
        sys.exit(f"match ended with {done.returncode}: {done.stderr}")
    count = json.loads(done.stdout)
    return {**json.loads(done.stderr.strip().splitlines()[-1]), **count}


def match_beside_itself(path, options, times):
    """Two processes at once, each over all events: what two cores of this machine can do."""
    with ThreadPoolExecutor(2) as pool:
        runs = list(pool.map(lambda _: match_stats(path, options, times), range(2)))
    return max(runs, key=lambda run: run["wall_seconds"])


def is_creation(line):
    event = json.loads(line)
    channel, number = str(event.get("Channel", "")).lower(), str(event.get("EventID", ""))
    return (channel, number) in (("microsoft-windows-sysmon/operational", "1"), ("security", "4688"))


def write_creations(target):
    """No command line comes twice: what the program remembers of values must not help more than in life."""
    events = []
    for path in sorted((cs.DATA / "windows" / "otrf").glob("*.zst")):
        events += [json.loads(cs.without_provenance(line)) for line in cs.open_lines(path) if is_creation(line)]
    with open(target, "w", encoding="utf-8") as out:
        for number in range(CREATIONS):
            event = dict(events[number % len(events)])
            for name in ("CommandLine", "ParentCommandLine"):
                if name in event:
                    event[name] = f"{event[name]} {number:x}"
            out.write(json.dumps(event, separators=(",", ":"), ensure_ascii=False) + "\n")


def copy_half(target):
    """A random half of the rules, the same in every run."""
    chosen = random.Random(4)
    for folder in cs.SIGMAHQ:
        for path in sorted((cs.DATA / "sigma" / folder).rglob("*.yml")):
            if chosen.random() < 0.5:
                shutil.copy(path, target / path.name)


def bench(rounds):
    if not (cs.DATA / "README.md").exists():
        return [{"name": "match", "skipped": "../shared/data is not here"}]
    with tempfile.TemporaryDirectory(dir=MEMORY) as name:
        folder = pathlib.Path(name)
        bulk, creations, half = folder / "bulk.ndjson", folder / "creations.ndjson", folder / "half"
        with open(bulk, "wb") as out:
            subprocess.run(["zstd", "-dcq", cs.DATA / "bulk" / "windows-otrf-bulk.ndjson.zst"], stdout=out, check=True)
        write_creations(creations)
        half.mkdir()
        copy_half(half)
        rules = cs.sigmahq_options()
        measured = {
            "walk": lambda: walk(bulk),
            "all": lambda: match_stats(bulk, ["--jobs", "1", *rules]),
            "half": lambda: match_stats(bulk, ["--jobs", "1", "--rules", half]),
            "creations": lambda: match_stats(creations, ["--jobs", "1", *rules]),
            "one": lambda: match_stats(bulk, ["--jobs", "1", *rules], LONG),
            "two": lambda: match_stats(bulk, ["--jobs", "2", *rules], LONG),
            "beside": lambda: match_beside_itself(bulk, ["--jobs", "1", *rules], LONG),
        }
        runs = {name: [] for name in measured}
        for number in range(rounds):
            order = list(measured) if number % 2 == 0 else list(reversed(measured))
            for name in order:
                runs[name].append(measured[name]())
    return rows_of(runs)


def rows_of(runs):
    everything = row(f"match, {runs['all'][0]['rules_loaded']} rules, bulk corpus", runs["all"])
    walked = row("simdjson walk, bulk corpus", runs["walk"])
    half = row(f"match, {runs['half'][0]['rules_loaded']} rules, bulk corpus", runs["half"])
    everything["ratio_to_walk"] = round(
        everything["events_per_cpu_second_best"] / walked["events_per_cpu_second_best"], 4)
    everything["cost_to_half_the_rules"] = round(everything["ns_per_event"] / half["ns_per_event"], 3)
    everything["peak_rss_mib"] = round(max(run["peak_rss_bytes"] for run in runs["all"]) / 2**20, 1)
    everything["load_cpu_seconds"] = round(min(run["load_cpu_seconds"] for run in runs["all"]), 3)
    everything["matches"] = runs["all"][0]["matches"]
    two = row("match, two workers, bulk corpus", runs["two"])
    fastest = {name: min(run["wall_seconds"] for run in runs[name]) for name in ("one", "two", "beside")}
    two["speed_to_one_worker"] = round(fastest["one"] / fastest["two"], 2)
    two["speed_to_two_processes"] = round(fastest["beside"] / 2 / fastest["two"], 2)
    return [walked, everything, half, row("match, process creations", runs["creations"]), two]
