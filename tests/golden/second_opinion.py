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

# Heading in docs/sigma.md → the event (file:line) and the rules that differ there for its reason.
EXPLAINED = {
    "JSON inside a text": ("windows/otrf/sysmon_log4shell_cve2021_44228_java_serialized_object.ndjson.zst:28", {
        "2617e7ed-adb7-40ba-b0f3-8f9945fe6c09", "87e3c4e8-a6a8-4ad9-bb4f-46e7ff99a180",
        "c86133ad-4725-4bd0-8170-210788e0a7ba", "d0d28567-4b9a-45e2-8bbc-fb1b66a1f7f6",
        "f4bbd493-b796-416e-bbf2-121235348529", "fb843269-508c-4b76-8b8d-88679db22ce7",
        "fdb62a13-9a81-4e5c-a38f-ea93a16f6d7c"}),
}


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
    sigma = (cs.ROOT / "docs" / "sigma.md").read_text()
    differences = set()
    for path in events:
        name = str(path.relative_to(cs.DATA))
        with tempfile.TemporaryDirectory() as folder:
            copy = cs.stripped_copy(path, pathlib.Path(folder) / "events.ndjson")
            found = {(row["line"], row["rule_id"]) for row in cs.match([copy], "--jobs", "2", *cs.sigmahq_options())
                     if row["rule_id"] in scope}
        differences |= {("missing", f"{name}:{line}", rule) for line, rule in expected[name] - found}
        differences |= {("more", f"{name}:{line}", rule) for line, rule in found - expected[name]}
    checks.equal(sum(len(rows) for rows in expected.values()), 3383, "matches of the second opinion")
    explained = set()
    for heading, (event, rules) in EXPLAINED.items():
        checks.expect(f"### {heading}\n" in sigma, f"docs/sigma.md has the heading {heading}")
        explained |= {("more", event, rule) for rule in rules}
    checks.equal(sorted(explained - differences), [], "explained differences that are none any more")
    for difference in sorted(differences):
        checks.expect(difference in explained, f"{difference}: explained in docs/sigma.md")
    print(f"{len(differences)} differences")
    checks.exit()


if __name__ == "__main__":
    main()
