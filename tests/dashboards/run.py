# SPDX-License-Identifier: Apache-2.0
"""The suite `dashboards`:  run.py static|live

static: lint, generation, promtool. live: the real program, a real Prometheus that scrapes it, every query of the boards
and every rule. Exit 0 passed, 77 a part is missing (named), else failed.
"""
import importlib
import sys
import unittest


def main(arguments):
    if arguments not in (["static"], ["live"]):
        print(__doc__, file=sys.stderr)
        return 2
    module = importlib.import_module(f"{arguments[0]}_test")
    missing = module.missing_parts()
    if missing:
        print(f"skipped, missing: {', '.join(missing)}")
        return 77
    result = unittest.TextTestRunner(verbosity=2).run(unittest.defaultTestLoader.loadTestsFromModule(module))
    for _, reason in result.skipped:
        print(f"skipped, missing: {reason}")
    if not result.wasSuccessful() or result.testsRun == 0:
        return 1
    return 77 if result.skipped else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
