# SPDX-License-Identifier: Apache-2.0
"""Mistakes that authors of rules make: for each, `rules check` says where it is and what to do, and what it says mends it."""
import pathlib
import sys
import tempfile
import textwrap

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402

RULE = """title: Whoami
id: 5f0e0c5e-0000-4000-8000-000000000001
status: test
level: high
logsource:
  category: process_creation
  product: windows
detection:
  selection:
    Image|endswith: '\\whoami.exe'
    CommandLine|contains: '/all'
  condition: selection
"""
DETECTION = RULE.split("detection:\n")[1]

# What is right → what an author writes instead; where it is found; what is said. What is said is mended by undoing it.
MISTAKES = [
    ("    Image|endswith: '\\whoami.exe'", "\tImage|endswith: '\\whoami.exe'", ":10:", "yaml.syntax", "indent with blanks: YAML does not take tabs"),
    ("    CommandLine", "   CommandLine", ":11:", "yaml.syntax", "keys of one map begin in the same column"),
    ("'/all'", "*all*", ":11:", "yaml.syntax", "put a value that begins with `*` in single quotes"),
    ("'\\whoami.exe'", '"\\whoami.exe"', ":10:", "yaml.syntax", "in double quotes `\\` begins an escape: use single quotes"),
    ("'/all'", "whoami: all", ":11:", "yaml.syntax", "put a value that holds `: ` in single quotes"),
    ("'/all'", "'it's all'", ":11:", "yaml.syntax", "inside single quotes a single quote is written twice"),
    ("endswith", "endwith", ":10:11:", "modifier.unknown", "did you mean `endswith`?"),
    ("condition: selection", "condition: selektion", ":12:14:", "condition.unknown", "did you mean `selection`?"),
    ("condition: selection", "condition: selection and not filter", ":12:32:", "condition.unknown", "there are `selection`"),
    ("  condition: selection\n", "", ":9:3:", "detection.condition_missing", "`condition: selection and not filter`"),
    ("condition: selection", "condition: selection | count() > 5", ":12:24:", "condition.pipe", "write a correlation document"),
    (DETECTION, textwrap.dedent(DETECTION), ":8:1:", "detection.shape", "indent selections and condition below `detection:`"),
    ("CommandLine|contains: '/all'", "CommandLine|re: '(all'", ":11:", "value.regex", "missing )"),
    ("CommandLine|contains", "Image|endswith", ":11:5:", "yaml.duplicate_key", "merge the two or rename one"),
    ("level: high", "level: hihg", ":4:8:", "rule.level", "informational, low, medium, high or critical"),
    ("category: process_creation", "category: process_creatoin", ":1:0:", "logsource.no_events",
     "did you mean `product: windows, category: process_creation`?"),
]


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        file = pathlib.Path(name) / "rule.yml"
        file.write_text(RULE)
        done = cs.run("rules", "check", file)
        checks.equal((done.returncode, done.stderr, done.stdout), (0, "", "1 files, 1 rules: 1 loaded, 0 refused, 0 skipped\n"), "the rule as it should be")
        for right, wrong, place, code, hint in MISTAKES:
            assert RULE.count(right) == 1, right
            file.write_text(RULE.replace(right, wrong))
            done = cs.run("rules", "check", file)
            first = done.stderr.splitlines()[0] if done.stderr else ""
            checks.expect(f"rule.yml{place}" in first and f"[{code}]" in first and hint in first, f"{wrong!r}: {done.stderr}{done.stdout}")
            checks.equal(done.returncode, 0 if "warning" in first else 1, f"{wrong!r}: exit code")
    checks.exit()


if __name__ == "__main__":
    main()
