# SPDX-License-Identifier: Apache-2.0
"""The configuration file: every mistake is named with line and column; environment and flags override; nothing else."""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402

# (file, what the message must hold)
MISTAKES = [
    ("dta: x\n", ["1:1", "dta"]),
    ("log: {origin: x, orign: y}\n", ["1:18", "log.orign"]),
    ("listen: nonsense\n", ["1:9", "ADDRESS:PORT"]),
    ("listen: 127.0.0.1:70000\n", ["1:9", "70000", "65535"]),
    ("review: {session: 5s}\n", ["1:19", "5s", "300"]),
    ("review: {session: [1h]}\n", ["1:19", "one value", "a list"]),
    ("rules: one\n", ["1:8", "a list", "one value"]),
    ("rule_values: [a]\n", ["1:14", "one value", "a list"]),
    ("rules_lenient: yes\n", ["1:16", "yes", "true, false"]),
    ("kafka: {start: middle}\n", ["1:16", "middle", "beginning, end"]),
    ("ingest: {message_bytes_max: 1TiB}\n", ["1:29", "1TiB"]),
    ("ingest: {message_bytes_max: 1GiB}\n", ["1:29", "1GiB", "67108864"]),
    ("data: a\ndata: b\n", ["2:1", "data", "twice"]),
    ("data: [unclosed\n", ["2:", "config.yaml"]),
    ("- a list\n", ["1:1", "map"]),
]


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        file = pathlib.Path(name) / "countersign.yaml"
        for text, words in MISTAKES:
            file.write_text(text)
            done = cs.run("config", "check", "--config", file)
            checks.equal(done.returncode, 1, f"exit code for {text!r}: {done.stderr}")
            for word in words:
                checks.expect(word in done.stderr, f"{text!r}: {word!r} in {done.stderr!r}")
        file.write_text("data: store\nlog:\n  origin: example/log\nlisten: 127.0.0.1:9000\nrules: [a, /b]\nrule_values: v.yaml\n")
        done = cs.run("config", "show", "--config", file, "--origin",
                      env={**cs.clean_environment(), "COUNTERSIGN_LISTEN": "127.0.0.1:9001"})
        checks.equal(done.returncode, 0, f"a sound file: {done.stderr}")
        lines = dict(line.split(" = ", 1) for line in done.stdout.splitlines())
        checks.equal(lines["data"], f"{name}/store    # {file}:1:7", "a relative path is relative to the file")
        checks.equal(lines["listen"], "127.0.0.1:9001    # environment COUNTERSIGN_LISTEN", "the environment overrides")
        checks.equal(lines["rules"], f"{name}/a, /b    # {file}:5:8", "a list of paths")
        checks.equal(lines["rule_values"], f"{name}/v.yaml    # {file}:6:14", "a path of the file")
        checks.equal(lines["rules_lenient"], "false    # default", "strict by default")
        checks.equal(lines["review.session"], "12h    # default", "a default")
        done = cs.run("config", "check", env={**cs.clean_environment(), "COUNTERSIGN_LISTNE": "x"})
        checks.expect(done.returncode == 1 and "COUNTERSIGN_LISTNE" in done.stderr, f"an unknown variable: {done.stderr}")
        done = cs.run("config", "check", "--config", f"{name}/missing.yaml")
        checks.expect(done.returncode == 1 and "missing.yaml" in done.stderr, f"a missing file: {done.stderr}")
    checks.exit()


if __name__ == "__main__":
    main()
