# SPDX-License-Identifier: Apache-2.0
"""Hayabusa's rules on their authors' own sample events: each sample that is marked true must match its rule."""
import json
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402


# Lines whose rule names another log source than its event has: the rule says service security and asks for the channel
# OAlerts. Sigma's log source decides first, so it cannot match.
OTHER_LOG_SOURCE = {1}


def main():
    cs.need_data()
    checks = cs.Checks()
    source = cs.DATA / "sigma-extra" / "hayabusa-sample-events.ndjson"
    samples = [json.loads(line) for line in cs.open_lines(source)]
    with tempfile.TemporaryDirectory() as folder:
        events = cs.stripped_copy(source, pathlib.Path(folder) / "events.ndjson")
        found = {(row["line"], row["rule_id"])
                 for row in cs.match([events], *cs.rule_options(cs.DATA / "sigma-extra" / "hayabusa-rules"))}
    marked = [(line, sample) for line, sample in enumerate(samples, 1) if sample["_second_opinion_match"] is True]
    checks.equal(len(marked), 70, "samples marked true")
    for line, sample in marked:
        checks.equal((line, sample["_rule_id"]) in found, line not in OTHER_LOG_SOURCE, f"line {line}: {sample['_rule_title']} ({sample['_rule_path']})")
    checks.exit()


if __name__ == "__main__":
    main()
