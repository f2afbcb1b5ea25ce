# SPDX-License-Identifier: Apache-2.0
"""Plants one violation of each check in a small tree; tidy must name each, and nothing in the clean tree."""
import pathlib
import subprocess
import sys
import tempfile

import tidy

SPDX = "// SPDX-License-Identifier: Apache-2.0\n"
CMAKE = "# SPDX-License-Identifier: Apache-2.0\n"

# (file, content, part of the finding that it must cause)
PLANTED = [
    ("core/a.cc", SPDX + '#include "store/store.h"\n', "core may not include store"),
    ("ingest/a.cc", SPDX + '#include "store/store.h"\n', "ingest may not include store"),
    ("store/a.h", SPDX + "#include <rocksdb/db.h>\n", "third-party header rocksdb/db.h in a header"),
    ("core/a.cc", SPDX + "int x;  // TODO\n", "banned: TODO"),
    ("core/a.cc", "int x;\n", "SPDX"),
    ("core/a.cc", SPDX + "int x;\n" * 501, "502 lines, 500"),
    ("core/a.cc", SPDX + "void f() { try { g(); } catch (...) {} }\n", "an exception is caught"),
    ("core/a.cc", SPDX + "void f() { std::this_thread::sleep_for(x); }\n", "banned: sleep_for"),
    ("core/a.cc", SPDX + "#include <cassert>\n", "banned: #include <cassert>"),
    ("core/b.cc", SPDX, "no CMakeLists.txt lists this file"),
    ("docs/a.md", "[x](missing.md)\n", "no such file"),
    ("tests/CMakeLists.txt", CMAKE + "countersign_test(a SUITE nowhere SOURCES a.cc)\n", "suite nowhere is not one of"),
    ("core/CMakeLists.txt", CMAKE + "countersign_library(countersign_core SOURCES a.cc DEPENDS countersign_store)\n",
     "may not depend on store"),
    ("core/CMakeLists.txt", CMAKE + "countersign_library(countersign_core SOURCES a.cc THIRD_PARTY RocksDB::rocksdb)\n",
     "may not use RocksDB::rocksdb"),
]


def tree(folder):
    root = pathlib.Path(folder)
    subprocess.run(["git", "init", "-q", root], check=True)
    for name, text in [("core/a.cc", SPDX), ("ingest/a.cc", SPDX), ("store/a.h", SPDX), ("docs/a.md", "text\n"),
                       ("core/CMakeLists.txt", CMAKE + "countersign_library(countersign_core SOURCES a.cc)\n"),
                       ("ingest/CMakeLists.txt", CMAKE + "countersign_library(countersign_ingest SOURCES a.cc)\n")]:
        (root / name).parent.mkdir(exist_ok=True)
        (root / name).write_text(text)
    return root


def main():
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        clean = tidy.check(tree(folder))
        if clean:
            print(f"the clean tree has findings: {clean}")
            failed += 1
    for name, text, expected in PLANTED:
        with tempfile.TemporaryDirectory() as folder:
            root = tree(folder)
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text(text)
            found = tidy.check(root)
            if not any(expected in line for line in found):
                print(f"planted in {name}, expected '{expected}', found {found}")
                failed += 1
    print(f"tidy_canary: {len(PLANTED) + 1 - failed} of {len(PLANTED) + 1} as expected")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
