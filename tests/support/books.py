# SPDX-License-Identifier: Apache-2.0
"""What a store says about itself: over the API (ledger, alerts, dead letters), in /metrics, and offline."""
import re
import sys

import countersign as cs


def pages(server, person, path):
    """The items of all pages of a list."""
    cursor = ""
    while cursor is not None:
        answer = person.call(server, "GET", f"{path}{'&' if '?' in path else '?'}limit=200{cursor}")
        assert answer.status == 200, answer.text
        yield from answer.json["items"]
        next_cursor = answer.json["next_cursor"]
        cursor = f"&cursor={next_cursor}" if next_cursor else None


def alerts(server, person):
    """Every alert of a rule in full, by (rule, group key, generation); fails when two have one. Verdicts of products are
    alerts of their own, beside those of rules."""
    found = {}
    for row in pages(server, person, "/api/v1/alerts?sort=created&filter=kind:rule"):
        full = person.call(server, "GET", f"/api/v1/alerts/{row['id']}").json
        group = tuple((part["field"], part["value"]) for part in full["group_key"])
        key = (full["rule"]["id"], group, full["generation"])
        assert key not in found, f"alert doubled: {key}"
        found[key] = full
    return found


def ledger(server, person):
    answer = person.call(server, "GET", "/api/v1/ledger")
    assert answer.status == 200, answer.text
    return answer.json


def total(books):
    """The counts of a ledger, added up over its partitions."""
    out = {}
    for row in books["partitions"]:
        for name, count in row["counts"].items():
            out[name] = out.get(name, 0) + count
    return out


def dead_letters(server, person):
    """Oldest first."""
    return list(pages(server, person, "/api/v1/dead-letters"))[::-1]


def metric(server, name, **labels):
    """The values of the series of `name` that have these labels."""
    values = []
    for line in server.metrics().splitlines():
        found = re.fullmatch(r"(\w+)(?:\{(.*)\})? (\S+)", line)
        if found and found.group(1) == name:
            having = dict(re.findall(r'(\w+)="((?:[^"\\]|\\.)*)"', found.group(2) or ""))
            if labels.items() <= having.items():
                values.append(float(found.group(3)))
    return values


def digest(installation):
    done = cs.run("store", "digest", "--data", installation.data)
    if done.returncode != 0:
        sys.exit(f"store digest: {done.stderr}")
    return done.stdout.split()[0]


def check_offline(checks, installation, folder):
    """The store against itself, its export under the stranger's eyes, and its journal replayed."""
    done = cs.run("store", "check", "--data", installation.data)
    checks.equal(done.returncode, 0, f"store check: {done.stdout[-500:]}{done.stderr[-500:]}")
    export = folder / "export"
    done = cs.run("audit", "export", "--data", installation.data, "--out", export, "--payloads")
    checks.equal(done.returncode, 0, f"audit export: {done.stderr}")
    done = cs.run("audit", "verify", export)
    checks.equal(done.stdout.strip().splitlines()[-1], "SELF-CONSISTENT, NOT AUTHENTICATED", f"audit verify: {done.stdout}")
    trust = folder / "trust"
    trust.write_text(installation.vkey + "\n")
    done = cs.run("audit", "verify", export, "--trust", trust)
    checks.equal(done.stdout.strip().splitlines()[-1], "VERIFIED", f"audit verify --trust: {done.stdout}")
    replayed = cs.run("store", "replay", "--data", installation.data, "--into", folder / "replayed")
    checks.equal(replayed.returncode, 0, f"store replay: {replayed.stderr}")
    original = cs.run("store", "digest", "--data", installation.data, "--root")
    checks.equal(replayed.stdout, original.stdout, "digest and root of the replayed journal")
