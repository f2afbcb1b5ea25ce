# SPDX-License-Identifier: Apache-2.0
"""The suite `chart`: Helm renders the chart, Kubernetes' schemas and the program judge what comes out.

Exit 0 passed, 77 a part is missing (named), else failed.
"""
import sys
import unittest

import chart

HERE = chart.pathlib.Path(__file__).resolve().parent


def main():
    try:
        chart.tool(chart.ROOT / "script" / "tools" / "helm")
        chart.tool(chart.ROOT / "script" / "tools" / "venv", HERE / "requirements.txt")
    except chart.Missing as missing:
        print(f"skipped, missing: {missing}")
        return 77
    suite = unittest.defaultTestLoader.loadTestsFromNames(["render_test", "values_test", "image_test"])
    result = unittest.TextTestRunner(verbosity=2).run(suite)
    for _, reason in result.skipped:
        print(f"skipped, missing: {reason}")
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    return 77 if result.skipped else 0


if __name__ == "__main__":
    sys.exit(main())
