# SPDX-License-Identifier: Apache-2.0
"""Reference pages that the program makes are those that the repository shows. With --renew, writes the page of the rule
library anew instead."""
import json
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402

LIBRARY = cs.ROOT / "rules" / "library"
LIBRARY_PAGE = cs.ROOT / "docs" / "reference" / "rule-library.md"
ABOUT_LIBRARY = """# The rules that ship

{count} rules of our own lie in [`rules/library/`](../../rules/library), each with test events beside it;
[rule-authors.md](../rule-authors.md) says how they are used and replaced. The description in each file tells what a match
means and what to look at first. A rule sees only events of its log source ([packs](../packs.md)).

This page is made from the folder: `python3 tests/cli/reference_pages.py --renew`.
"""


def library_page():
    """The page of the rule library, from what the program says that it loads, and how many rules there are."""
    done = cs.run("rules", "list", "--json", LIBRARY)
    rules = [json.loads(line) for line in done.stdout.splitlines()]
    folders = {}
    for rule in rules:
        file = pathlib.Path(rule["file"]).relative_to(LIBRARY)
        source = " / ".join(rule[part] for part in ("product", "category", "service") if rule[part])
        folders.setdefault(file.parts[0], []).append(
            f"| [{rule['title']}](../../rules/library/{file.as_posix()}) | {source} | {rule['level']} |\n")
    page = ABOUT_LIBRARY.format(count=len(rules))
    for folder, rows in sorted(folders.items()):
        page += f"\n## {folder}\n\n| rule | log source | level |\n| --- | --- | --- |\n" + "".join(sorted(rows))
    return page, len(rules)


def main():
    if sys.argv[1:] == ["--renew"]:
        LIBRARY_PAGE.write_text(library_page()[0])
        return
    checks = cs.Checks()
    page = cs.ROOT / "docs" / "reference" / "configuration.md"
    done = cs.run("config", "reference")
    checks.equal(done.stdout, page.read_text(), f"{page.relative_to(cs.ROOT)}; renew it: countersign config reference > {page.name}")
    made, count = library_page()
    checks.equal(made, LIBRARY_PAGE.read_text(), f"{LIBRARY_PAGE.relative_to(cs.ROOT)}; renew it: {pathlib.Path(__file__).name} --renew")
    checks.expect(f" {count} of our own " in (cs.ROOT / "README.md").read_text(), f"the README says another number of rules than {count}")
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
