# SPDX-License-Identifier: Apache-2.0
"""A second implementation's matches of the shared rules on the shared events. It is no authority: each difference is
zero, or stands in EXPLAINED with the heading of docs/sigma.md that explains it."""
import collections
import json
import pathlib
import sys
import tempfile

import yaml

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402

# (rule id, "missing" or "more") → heading in docs/sigma.md
EXPLAINED = {}


def rules_in_scope():
    """Rules for product windows with a category or service that the second opinion maps; not placeholder rules."""
    mapped = yaml.safe_load((cs.DATA / "sigma" / "thor-logsources.yml").read_text())["logsources"].values()
    categories = {entry["category"] for entry in mapped if "category" in entry}
    services = {entry["service"] for entry in mapped if "service" in entry}
    scope = set()
    for folder in cs.SIGMAHQ:
        if folder == "rules-placeholder":
            continue
        for path in (cs.DATA / "sigma" / folder).rglob("*.yml"):
            rule = next(yaml.safe_load_all(path.read_text()))
            source = rule["logsource"]
            if source.get("product") != "windows" or source.get("category") in ("antivirus", "file_access", "file_rename"):
                continue
            if source.get("category") in categories or ("category" not in source and source.get("service") in services):
                scope.add(rule["id"])
    return scope


def main():
    cs.need_data()
    checks = cs.Checks()
    expected = collections.defaultdict(set)
    for line in cs.open_lines(cs.DATA / "sigma" / "second-opinion-matches.ndjson.zst"):
        row = json.loads(line)
        expected[row["file"]].add((row["line"], row["rule_id"]))
    events = sorted(p for pattern in ("windows/*.zst", "windows/otrf/*.zst", "bulk/*.zst", "copyleft/*.zst")
                    for p in cs.DATA.glob(pattern))
    events.append(cs.DATA / "sigma" / "regression-events.ndjson")
    scope = rules_in_scope()
    sigma = cs.ROOT / "docs" / "sigma.md"
    explanations = sigma.read_text() if sigma.exists() else ""
    differences = collections.Counter()
    examples = {}
    for path in events:
        name = str(path.relative_to(cs.DATA))
        with tempfile.TemporaryDirectory() as folder:
            copy = cs.stripped_copy(path, pathlib.Path(folder) / "events.ndjson")
            found = {(row["line"], row["rule_id"]) for row in cs.match([copy], "--jobs", "2", *cs.sigmahq_options())
                     if row["rule_id"] in scope}
        for kind, rows in (("missing", expected[name] - found), ("more", found - expected[name])):
            for line, rule in rows:
                differences[rule, kind] += 1
                examples.setdefault((rule, kind), f"{name}:{line}")
        checks.expect(True, name)
    checks.equal(sum(len(rows) for rows in expected.values()), 3383, "matches of the second opinion")
    for key, count in sorted(differences.items()):
        heading = EXPLAINED.get(key)
        checks.expect(heading is not None and heading in explanations,
                      f"{key[0]}: {count} {key[1]}, for example {examples[key]}: not explained in docs/sigma.md")
    print(f"{sum(differences.values())} differences in {len(differences)} groups")
    checks.exit()


if __name__ == "__main__":
    main()
