# SPDX-License-Identifier: Apache-2.0
"""SigmaHQ's own regression cases under SigmaHQ's own criterion: matches ≥ min_matches (and equal to the expected count
where SigmaHQ gives one), each rule on its own events, through `countersign match`."""
import collections
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402


def main():
    cs.need_data()
    checks = cs.Checks()
    cases = [json.loads(line) for line in cs.open_lines(cs.DATA / "sigma" / "regression-expected.ndjson")]
    checks.equal(len(cases), 152, "number of cases")
    with tempfile.TemporaryDirectory() as folder:
        events = cs.stripped_copy(cs.DATA / "sigma" / "regression-events.ndjson", pathlib.Path(folder) / "events.ndjson")
        matched = collections.Counter()
        for found in cs.match([events], *cs.sigmahq_options()):
            matched[found["rule_id"], found["line"]] += 1
    for case in cases:
        lines = range(case["first_line"], case["last_line"] + 1)
        count = sum(matched[case["rule_id"], line] for line in lines)
        checks.expect(count >= case["min_matches"],
                      f"{case['case']} ({case['rule_id']}): {count} matches, at least {case['min_matches']} expected")
        if case["expected_match_count"] is not None:
            checks.equal(count, case["expected_match_count"], f"{case['case']} ({case['rule_id']})")
    checks.exit()


if __name__ == "__main__":
    main()
