# SPDX-License-Identifier: Apache-2.0
"""Every rule file of SigmaHQ loads, or is refused with a code that says why; the numbers add up (contract.md §2)."""
import collections
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402

# Why a rule of SigmaHQ may be refused: a placeholder without a list of values, a pipe of the old syntax.
ALLOWED_CODES = {"value.placeholder"}


def main():
    cs.need_data()
    checks = cs.Checks()
    folders = [cs.DATA / "sigma" / folder for folder in cs.SIGMAHQ]
    done = cs.run("rules", "check", *folders, "--json")
    result = json.loads(done.stdout)
    files = sum(1 for folder in folders for _ in folder.rglob("*.yml"))
    checks.equal(result["files"], files, "files")
    checks.equal(result["rules"], result["loaded"] + result["refused"] + result["skipped"], "rules = loaded + refused + skipped")
    checks.equal(done.returncode, 1 if result["refused"] else 0, "exit code")
    errors = [finding for finding in result["findings"] if finding["severity"] == "error"]
    refused_files = {finding["file"] for finding in errors}
    checks.expect(len(refused_files) <= result["refused"] or result["refused"] == 0, "a refused rule has an error")
    for finding in errors:
        checks.expect(finding["code"] in ALLOWED_CODES, f"{finding['file']}:{finding['line']}: {finding['code']}: {finding['message']}")
        checks.expect(finding["line"] > 0 and finding["column"] > 0, f"{finding['file']}: place of {finding['code']}")
    print({key: result[key] for key in ("files", "rules", "loaded", "refused", "skipped")},
          dict(collections.Counter(finding["code"] for finding in result["findings"])))
    checks.exit()


if __name__ == "__main__":
    main()
