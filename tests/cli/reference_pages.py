# SPDX-License-Identifier: Apache-2.0
"""Reference pages that the program makes are those that the repository shows."""
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402


def main():
    checks = cs.Checks()
    page = cs.ROOT / "docs" / "reference" / "configuration.md"
    done = cs.run("config", "reference")
    checks.equal(done.stdout, page.read_text(), f"{page.relative_to(cs.ROOT)}; renew it: countersign config reference > {page.name}")
    helped = cs.run("help")
    checks.equal(helped.returncode, 0, "help")
    for line in helped.stdout.split("commands:\n")[1].split("\n\n")[0].splitlines():
        command = line.split()[0]
        if command in ("help", "version"):
            continue
        done = cs.run(command, "--help")
        checks.expect(done.returncode == 0 and done.stdout.startswith("usage: countersign " + command),
                      f"{command} --help: {done.returncode} {done.stdout[:80]}")
    checks.exit()


if __name__ == "__main__":
    main()
