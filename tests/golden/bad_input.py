# SPDX-License-Identifier: Apache-2.0
"""`match` on input that is wrong in every way we know: nothing is lost silently, nothing stops the rest. Each message is
an event or a dead letter; the counts add up."""
import gzip
import json
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402

GOOD = b'{"EventID":1102,"Channel":"Security","Hostname":"h"}'

# name → (bytes of the file, messages, events, dead letters)
FILES = {
    "empty": (b"", 0, 0, 0),
    "blank_lines_only": (b"\n \n\t\r\n\n", 0, 0, 0),
    "broken_json_does_not_swallow_the_next": (b'{"EventID":1\n' + GOOD + b"\n", 2, 1, 1),
    "invalid_utf8": (b'{"a":"\xff\xfe"}\n' + GOOD + b"\n", 2, 1, 1),
    "nul_bytes": (b"\0\0\0\n" + GOOD + b"\n", 2, 1, 1),
    "crlf": (GOOD + b"\r\n" + GOOD + b"\r\n", 2, 2, 0),
    "no_line_end_at_the_end": (GOOD + b"\n" + GOOD, 2, 2, 0),
    "byte_order_mark": (b"\xef\xbb\xbf" + GOOD + b"\n", 1, 1, 0),
    "nesting_10000": (b'{"a":' * 10_000 + b"1" + b"}" * 10_000 + b"\n" + GOOD + b"\n", 2, 1, 1),
    "duplicate_keys": (b'{"EventID":1,"EventID":1102,"Channel":"Security","Hostname":"h"}\n', 1, 1, 0),
    "numbers_beyond_64_bits": (b'{"a":123456789012345678901234567890,"b":1e400}\n' + GOOD + b"\n", 2, 2, 0),
    "scalars_are_no_events": (b'1\n"text"\nnull\ntrue\n' + GOOD + b"\n", 5, 1, 4),
    "array_in_a_line": (GOOD + b"\n[" + GOOD + b"," + GOOD + b",7]\n", 2, 3, 1),
    "array_over_lines": (b"[\n" + GOOD + b",\n" + GOOD + b"\n]\n", 2, 2, 0),
    "documents": (b'{\n "EventID": 1102\n}\n{\n "EventID": 1\n}\n', 2, 2, 0),
    "fifty_megabytes": (b'{"a":"' + b"x" * 50_000_000 + b'"}\n' + GOOD + b"\n", 2, 1, 1),
}


def count(path, *options, code=0):
    done = cs.run("match", "--count", *options, path)
    if done.returncode != code:
        sys.exit(f"match on {path} ended with {done.returncode}: {done.stderr}")
    return json.loads(done.stdout), done.stderr


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        for what, (content, messages, events, dead) in FILES.items():
            path = folder / f"{what}.ndjson"
            path.write_bytes(content)
            found, _ = count(path)
            checks.equal((found["messages"], found["events"], found["dead_letters"]), (messages, events, dead), what)
        good = folder / "good.ndjson"
        good.write_bytes((GOOD + b"\n") * 1000)
        compressed(checks, folder, good)
        opening(checks, folder, good)
    checks.exit()


def compressed(checks, folder, good):
    packed = folder / "good.ndjson.gz"
    packed.write_bytes(gzip.compress(good.read_bytes()))
    checks.equal(count(packed)[0]["events"], 1000, "gzip")
    subprocess.run(["zstd", "-q", good, "-o", folder / "good.ndjson.zst"], check=True)
    checks.equal(count(folder / "good.ndjson.zst")[0]["events"], 1000, "zstd")
    cut = folder / "cut.gz"
    cut.write_bytes(packed.read_bytes()[:-20])
    found, message = count(cut, code=1)
    checks.expect("cut.gz" in message, f"a cut gzip file is named: {message}")
    checks.expect(found["events"] + found["dead_letters"] > 0, "what could be read of a cut file is read")


def opening(checks, folder, good):
    done = cs.run("match", "--count", folder / "missing", good)
    checks.equal(done.returncode, 1, "one file of two is missing: exit code")
    checks.expect("missing" in done.stderr, f"it is named: {done.stderr}")
    checks.equal(json.loads(done.stdout)["events"], 1000, "the other is still read")
    done = cs.run("match", "--count", input="")
    checks.equal(json.loads(done.stdout)["messages"], 0, "empty standard input")
    done = cs.run("match", "--rules", folder / "no-rules", good)
    checks.expect(done.returncode == 3 and "no-rules" in done.stderr, f"rules that do not exist: {done.stderr}")


if __name__ == "__main__":
    main()
