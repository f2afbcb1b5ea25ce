# SPDX-License-Identifier: Apache-2.0
"""clang-tidy over the files named, one process for each core. Called by script/lint, in the project's folder.

A file without findings is remembered by the hash of all that decides the verdict: the file, our headers that it includes,
the configuration and the tool, so that the next run looks only at what changed.
"""
import concurrent.futures
import functools
import hashlib
import os
import pathlib
import re
import subprocess
import sys

TOOL = "clang-tidy-19"
INCLUDE = re.compile(rb'^\s*#\s*include\s+"([^"]+)"', re.MULTILINE)
MADE = pathlib.Path("build/lint")  # headers that the build makes


@functools.lru_cache(maxsize=None)
def read(path):
    return path.read_bytes()


def with_headers(source):
    """The file and the headers of ours that it includes, directly or not."""
    seen, left = set(), [source]
    while left:
        path = left.pop()
        if path in seen:
            continue
        seen.add(path)
        for name in INCLUDE.findall(read(path)):
            candidates = [folder / name.decode() for folder in (pathlib.Path(), path.parent, MADE, MADE / "core" / "wire")]
            left += [candidate for candidate in candidates if candidate.is_file()][:1]
    return sorted(seen)


def verdict_key(source, common):
    key = hashlib.sha256(common)
    for path in with_headers(source):
        key.update(f"{path}\0".encode() + hashlib.sha256(read(path)).digest())
    return key.hexdigest()


def check(source, common, cache):
    """What the tool says; empty when it finds nothing."""
    kept = cache / verdict_key(source, common)
    if kept.exists():
        return ""
    done = subprocess.run([TOOL, "--quiet", "-p", MADE, source], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    if done.returncode == 0:
        kept.touch()
        return ""
    return done.stdout.decode(errors="replace") or f"{source}: {TOOL} ended with {done.returncode}\n"


def main(names):
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    cache = pathlib.Path(base) / "countersign" / "clang-tidy"
    cache.mkdir(parents=True, exist_ok=True)
    version = subprocess.run([TOOL, "--version"], capture_output=True, check=True).stdout
    common = version + read(pathlib.Path(".clang-tidy")) + read(pathlib.Path("CMakePresets.json"))
    found = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for text in pool.map(lambda name: check(pathlib.Path(name), common, cache), names):
            found += text != ""
            print(text, end="", flush=True)
    print(f"{TOOL}: {len(names)} files, {found} with findings", flush=True)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
