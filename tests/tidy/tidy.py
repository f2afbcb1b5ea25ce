# SPDX-License-Identifier: Apache-2.0
"""Style that a machine can check (CONTRIBUTING.md names each check). Prints file:line: what, and what instead.

Usage: tidy.py [ROOT]. With COUNTERSIGN_BUILD_DIR set, also compares the tests in the sources with those registered.
"""
import os
import pathlib
import re
import subprocess
import sys

LINES_MAX = 500

# file → reason. An exception without a reason does not exist.
LONGER_FILES = {
    "core/case_folding_table.inc": "a generated table",
}

# Library folder → folders it may include (architecture.md, "Folders and who may include whom").
LAYERS = {
    "core": {"core"},
    "core/wire": {"core", "core/wire"},
    "rules": {"core", "rules"},
    "ingest": {"core", "core/wire", "rules", "ingest"},
    "store": {"core", "core/wire", "rules", "store"},
    "review-api": {"core", "rules", "store", "review-api"},
    "app": {"core", "core/wire", "rules", "ingest", "store", "review-api", "app"},
}
LIBRARIES = {
    "countersign_core": ("core", set(), {"tl::expected", "fmt::fmt", "OpenSSL::Crypto"}),
    "countersign_wire": ("core/wire", {"core"}, {"protobuf::libprotobuf", "fmt::fmt"}),
    "countersign_rules": ("rules", {"core"}, {"yaml-cpp", "PkgConfig::RE2", "PkgConfig::HS", "fmt::fmt"}),
    "countersign_ingest": ("ingest", {"core", "wire", "rules"},
                           {"PkgConfig::RDKAFKA", "PkgConfig::RE2", "simdjson::simdjson", "yaml-cpp", "zstd::libzstd_shared",
                            "ZLIB::ZLIB", "cctz::cctz", "EXPAT::EXPAT", "fmt::fmt", "Threads::Threads", "Boost::headers",
                            "OpenSSL::Crypto", "OpenSSL::SSL"}),
    "countersign_store": ("store", {"core", "wire", "rules"},
                          {"RocksDB::rocksdb-shared", "OpenSSL::Crypto", "PkgConfig::SODIUM", "PkgConfig::XXHASH",
                           "fmt::fmt", "Boost::json", "Boost::headers", "Threads::Threads", "protobuf::libprotobuf"}),
    "countersign_review_api": ("review-api", {"core", "rules", "store"},
                               {"Boost::headers", "Boost::json", "OpenSSL::Crypto", "OpenSSL::SSL", "PkgConfig::SODIUM",
                                "prometheus-cpp::core", "prometheus-cpp::pull", "fmt::fmt", "Threads::Threads"}),
    "countersign_app": ("app", {"core", "wire", "rules", "ingest", "store", "review_api"},
                        {"Boost::program_options", "Boost::json", "prometheus-cpp::core", "prometheus-cpp::pull",
                         "yaml-cpp", "spdlog::spdlog", "fmt::fmt", "Threads::Threads"}),
}

# Third-party headers, by include prefix.
THIRD_PARTY = ("boost/", "cctz/", "expat.h", "fmt/", "google/protobuf/", "hs/", "librdkafka/", "openssl/", "prometheus/", "re2/",
               "rocksdb/", "simdjson", "sodium", "spdlog/", "xxhash", "yaml-cpp/", "zlib.h", "zstd.h", "tl/")
HEADERS_ALLOWED_IN_HEADERS = ("tl/expected.hpp",)

BANNED = [
    (r"\bTODO\b|\bFIXME\b|\bXXX\b|\bHACK\b", "an issue, or the work itself"),
    (r"\bstd::cout\b(?=.*)", "only app writes to stdout"),
    (r"\bsleep_for\b|\bsleep_until\b|\busleep\(|\bsleep\(", "a condition with a deadline"),
    (r"\bEXPECT_TRUE\(true\)|\bSUCCEED\(\)|\bDISABLED_", "a test that can fail and runs"),
    (r"\busing namespace\b", "names, spelled out"),
    (r"\bstd::regex\b", "RE2"),
    (r"(?<!_)\bassert\(.*;|#include <cassert>", "invariant() of core/invariant.h"),
    (r"\brand\(\)|\bsrand\(", "RandomSource"),
    (r"\bsprintf\(|\bstrcpy\(|\bstrcat\(|\bgets\(", "fmt or std::string"),
    (r"\bblacklist|\bwhitelist", "blocklist, allowlist"),
]
BANNED_ONLY_IN = {r"\bstd::cout\b(?=.*)": ("core/", "rules/", "ingest/", "store/", "review-api/")}
BANNED_EVERYWHERE = [
    (r"/work/|/farm/|/root/\.", "no path of one machine"),
    (r"deb\.debian\.org|registry\.npmjs\.org|pypi\.org|files\.pythonhosted\.org|proxy\.golang\.org|repo1?\.maven\.",
     "no registry's host: ordinary clients know theirs"),
]

SOURCE_SUFFIXES = {".cc", ".h", ".py", ".go", ".ts", ".tsx", ".proto", ".cmake"}
CODE_SUFFIXES = {".cc", ".h"}


class Findings:
    def __init__(self):
        self.lines = []

    def add(self, path, line, what):
        self.lines.append(f"{path}:{line}: {what}")


def files_of(root):
    listed = subprocess.run(["git", "ls-files", "--cached", "--others", "--exclude-standard"], cwd=root, check=True,
                            capture_output=True, text=True).stdout.split("\n")
    return [pathlib.PurePosixPath(name) for name in listed if name and (root / name).is_file()]


def layer_of(path):
    text = str(path)
    for folder in sorted(LAYERS, key=len, reverse=True):
        if text.startswith(folder + "/"):
            return folder
    return None


def check_size_and_licence(root, path, text, findings):
    lines = text.split("\n")
    if path.suffix in SOURCE_SUFFIXES | {".inc"} and len(lines) > LINES_MAX + 1 and str(path) not in LONGER_FILES:
        findings.add(path, len(lines), f"{len(lines) - 1} lines, {LINES_MAX} are allowed: split the file")
    script = text.startswith("#!")
    if path.suffix in SOURCE_SUFFIXES or path.name == "CMakeLists.txt" or script:
        if "SPDX-License-Identifier: Apache-2.0" not in "\n".join(lines[:3]):
            findings.add(path, 1, "the first line (after #!) must be the SPDX line: SPDX-License-Identifier: Apache-2.0")


def strip_strings(line):
    return re.sub(r'"(?:[^"\\]|\\.)*"', '""', line)


def check_words(path, text, findings):
    code = path.suffix in SOURCE_SUFFIXES or text.startswith("#!")
    checker = str(path).startswith("tests/tidy/")
    for number, line in enumerate(text.split("\n"), 1):
        if not checker:
            for pattern, instead in BANNED_EVERYWHERE:
                if re.search(pattern, line):
                    findings.add(path, number, f"banned: {re.search(pattern, line).group(0)}; instead: {instead}")
        if not code or checker:
            continue
        for pattern, instead in BANNED:
            places = BANNED_ONLY_IN.get(pattern)
            if places and not str(path).startswith(places):
                continue
            if path.suffix == ".py" and "sleep" in pattern:
                continue
            if re.search(pattern, strip_strings(line)):
                findings.add(path, number, f"banned: {re.search(pattern, strip_strings(line)).group(0)}; instead: {instead}")


def check_includes(root, path, text, findings):
    layer = layer_of(path)
    includes = re.findall(r'^#include\s+([<"])([^>"]+)[>"]', text, re.M)
    third_party = [name for _, name in includes if name.startswith(THIRD_PARTY)]
    for number, line in enumerate(text.split("\n"), 1):
        match = re.match(r'#include\s+([<"])([^>"]+)[>"]', line)
        if not match:
            continue
        name = match.group(2)
        if path.suffix == ".h" and layer and name.startswith(THIRD_PARTY) and name not in HEADERS_ALLOWED_IN_HEADERS:
            findings.add(path, number, f"third-party header {name} in a header: only .cc files include it")
        if layer and match.group(1) == '"':
            folder = layer_of(pathlib.PurePosixPath(name))
            if folder is None and "/" in name:
                findings.add(path, number, f"include {name}: not a folder of the project")
            elif folder is not None and folder not in LAYERS[layer]:
                findings.add(path, number, f"{layer} may not include {folder} ({name})")
    if layer and layer != "app" and re.search(r"\bcatch \(", text) and not third_party and path.suffix == ".cc":
        line = text[:re.search(r"\bcatch \(", text).start()].count("\n") + 1
        findings.add(path, line, "an exception is caught in a file that calls no third-party library")


def check_libraries(root, findings):
    for cmake in root.glob("**/CMakeLists.txt"):
        relative = cmake.relative_to(root)
        if relative.parts[0] in ("build", "tests"):
            continue
        for name, body in re.findall(r"countersign_library\((\w+)([^)]*)\)", cmake.read_text()):
            if name not in LIBRARIES:
                findings.add(relative, 1, f"library {name} has no line in the layering table of tidy.py")
                continue
            folder, depends, third = LIBRARIES[name]
            if str(relative.parent) != folder:
                findings.add(relative, 1, f"library {name} belongs to {folder}/")
            words = body.split()
            part, seen = None, {"DEPENDS": set(), "THIRD_PARTY": set(), "THIRD_PARTY_PUBLIC": set(), "SOURCES": set()}
            for word in words:
                if word in seen:
                    part = word
                elif part:
                    seen[part].add(word)
            for wrong in {d.removeprefix("countersign_") for d in seen["DEPENDS"]} - depends:
                findings.add(relative, 1, f"{name} may not depend on {wrong}")
            for wrong in (seen["THIRD_PARTY"] | seen["THIRD_PARTY_PUBLIC"]) - third:
                findings.add(relative, 1, f"{name} may not use {wrong}: see docs/architecture.md, or argue in an ADR")
            if seen["THIRD_PARTY_PUBLIC"] - {"tl::expected"}:
                findings.add(relative, 1, f"{name}: only tl::expected may be public")


def check_compiled(root, files, findings):
    """Each .cc is listed in the CMakeLists.txt of its folder or of one above."""
    for path in files:
        if path.suffix != ".cc":
            continue
        folder = path.parent
        while True:
            cmake = root / folder / "CMakeLists.txt"
            inner = str(path.relative_to(folder)) if str(folder) != "." else str(path)
            if cmake.exists() and re.search(rf"(?<![\w/]){re.escape(inner)}(?!\w)", cmake.read_text()):
                break
            if str(folder) == ".":
                findings.add(path, 1, "no CMakeLists.txt lists this file")
                break
            folder = folder.parent


def check_links(root, path, text, findings):
    for number, line in enumerate(text.split("\n"), 1):
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", line):
            if "://" in target or target.startswith("mailto:"):
                continue
            if not (root / path.parent / target).exists():
                findings.add(path, number, f"link to {target}: no such file")


def programs_with(root, path):
    """Names of the programs that the CMakeLists.txt beside `path` makes of it."""
    cmake = root / path.parent / "CMakeLists.txt"
    text = cmake.read_text() if cmake.exists() else ""
    return [name for name, sources in re.findall(r"add_executable\((\S+)([^)]*)\)", text) if path.name in sources.split()]


def check_registered(root, files, build, findings):
    """Every TEST in a *_test.cc is a ctest test of this build."""
    listed = subprocess.run(["ctest", "--test-dir", build, "-N"], capture_output=True, text=True, check=True).stdout
    registered = set(re.findall(r"Test\s+#\d+: (\S+)", listed))
    for path in files:
        if not path.name.endswith("_test.cc"):
            continue
        text = (root / path).read_text()
        for kind, suite, name in re.findall(r"^(TEST|TEST_F|TEST_P)\((\w+),\s*(\w+)\)", text, re.M):
            full = f"{suite}.{name}"
            found = full in registered if kind != "TEST_P" else any(f"{full}/" in r for r in registered)
            external = any(name in registered for name in programs_with(root, path))  # run by a script
            if not found and not external:
                line = text[:text.find(f"{suite}, {name}")].count("\n") + 1
                findings.add(path, line, f"{full} is not registered: ctest -N does not list it")


def check_suites(root, files, findings):
    """Every suite that a test names is one that script/test runs."""
    runner = root / "script" / "lib" / "run_tests.py"
    known = set(re.findall(r'^ {4}"(\w+)": \(', runner.read_text(), re.M)) if runner.exists() else set()
    for path in files:
        if path.name != "CMakeLists.txt" or path.parts[0] != "tests":
            continue
        for suite in re.findall(r"\bSUITE (\w+)", (root / path).read_text()):
            if suite not in known:
                findings.add(path, 1, f"suite {suite} is not one of script/lib/run_tests.py: nothing would run it")


def check(root, build=None):
    findings = Findings()
    files = files_of(root)
    for path in files:
        try:
            text = (root / path).read_text()
        except UnicodeDecodeError:
            continue
        if path.name == "LICENSE":
            continue
        check_size_and_licence(root, path, text, findings)
        check_words(path, text, findings)
        if path.suffix in CODE_SUFFIXES:
            check_includes(root, path, text, findings)
        if path.suffix == ".md":
            check_links(root, path, text, findings)
    check_libraries(root, findings)
    check_compiled(root, files, findings)
    check_suites(root, files, findings)
    if build:
        check_registered(root, files, build, findings)
    return sorted(findings.lines)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
    lines = check(root, os.environ.get("COUNTERSIGN_BUILD_DIR"))
    print("\n".join(lines))
    print(f"tidy: {len(lines)} findings")
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
