# SPDX-License-Identifier: Apache-2.0
"""SigmaHQ's own regression cases under the criterion of SigmaHQ's runner: a rule matches at least min_matches of its
case's events. (Where SigmaHQ names a count it is that minimum: three cases hold further matching events.)"""
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
    checks.exit()


if __name__ == "__main__":
    main()
