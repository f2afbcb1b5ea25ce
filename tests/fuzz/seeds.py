# SPDX-License-Identifier: Apache-2.0
"""The inputs that each fuzzer starts from, made of the rules that ship and the events beside them."""
import json
import pathlib
import re

ROOT = pathlib.Path(__file__).resolve().parents[2]
LIBRARY = ROOT / "rules" / "library"

# What the rules that ship do not use.
RULES = [
    "title: t\nlogsource: {category: c}\ndetection:\n  s:\n    - f|endswith: '\\a.exe'\n    - g: \"b\\\\*.exe\"\n"
    "  k: ['abc*def', 17, null]\n  condition: s or 1 of k*\n",
    "title: t\nlogsource: {category: c}\ndetection:\n  s:\n    f|windash|contains|all: [' -enc ', &a 'x?']\n"
    "    g|re|i: '^(ab|c)+$'\n    h|cidr: ['10.0.0.0/8', 'fe80::/10']\n    i|base64offset|contains: 'http://'\n"
    "    j|gte: 5\n    k: [1, 1.5, true, null, '', *a]\n  condition: all of them\n",
    "title: t\nlogsource: {category: c}\ndetection:\n  s:\n    l|hour|lt: 6\n    m|fieldref: f\n    n|exists: false\n"
    "    o|neq: x\n    p|wide|base64: y\n    q|cased: Z\n  condition: s and not s\n",
    "title: a\nname: a\nlogsource: {category: c}\ndetection:\n  s: {f: 1}\n  condition: s\n---\n"
    "title: C\nlevel: low\ncorrelation:\n  type: value_count\n  rules: [a]\n  group-by: [f]\n  timespan: 5m\n"
    "  condition: {field: g, gte: 3}\n---\ntitle: F\nlogsource: {category: c}\nfilter:\n  rules: [a]\n  s: {u: x}\n"
    "  condition: not s\n",
]
CONDITIONS = ["a", "not a", "a and b or not b", "1 of sel_*", "all of sel_*", "any of them", "all of them", "1 of _own",
              "(a or (b and not filter-x)) and 1 of sel_1", "NOT a AND (B)", "a | count() > 5", "not not not a", "2 of them"]
MESSAGES = [
    '{"a":{"b":[1,{"c":null},"\\u00e9\\ud83d\\ude00"]},"a.b":true,"n":-1.5e300,"big":18446744073709551615}',
    '[{"EventID":1,"Channel":"Security"},{"EventID":4688},7]',
    "<14>Nov 25 09:14:01 host sshd[411]: Accepted password for root from 203.0.113.7 port 4711 ssh2",
    "<134>1 2026-11-25T09:14:01Z host app 411 ID47 [x@1 a=\"b\"] text",
    "CEF:0|vendor|product|1|100|name|5|src=10.0.0.1 dst=10.0.0.2 msg=a\\=b",
    "LEEF:2.0|vendor|product|1|100|^|src=10.0.0.1^dst=10.0.0.2",
    "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='Microsoft-Windows-Sysmon'/>"
    "<EventID>1</EventID><Channel>Microsoft-Windows-Sysmon/Operational</Channel><Computer>h</Computer></System>"
    "<EventData><Data Name='Image'>C:\\Windows\\cmd.exe</Data><Data Name='CommandLine'>cmd /c whoami &amp;</Data></EventData></Event>",
    "\x16\x03\x01", "", "{", "a=1 b=\"c d\" e=",
]


def events():
    for path in sorted(LIBRARY.rglob("*.tests.ndjson")):
        for line in path.read_text().splitlines():
            if line.strip():
                message = json.loads(line)["message"]
                yield message if isinstance(message, str) else json.dumps(message, ensure_ascii=False)


def rule_yaml():
    yield from RULES
    for path in sorted(LIBRARY.rglob("*.yml")):
        yield path.read_text()


def condition():
    yield from CONDITIONS
    for path in sorted(LIBRARY.rglob("*.yml")):
        for text in re.findall(r"^ +condition: (.+)$", path.read_text(), re.M):
            # The selections of the fuzzer are other ones.
            yield re.sub(r"\b(?!and\b|or\b|not\b|of\b|all\b|any\b|them\b|1\b)\w+(?!\*)\b", "a", text)


def event():
    for text in [*MESSAGES, *events()]:
        yield "\0" + text  # any pack


def text():
    lines = [*MESSAGES, "Jan  2 03:04:05 host su[7]: failed", "<166>Jan 02 2026 03:04:05: %ASA-6-1: x", "1,\"a \"\"b\"\"\",,3", "a: b, c d: e, f",
             "[action:\"Accept\"; src:\"192.0.2.1\"]", "%d/%b/%Y:%H:%M:%S %z|02/Jan/2026:03:04:05 +0100", "login from 192.0.2.1", "+02:00",
             "%I:%M:%S.%f %p|03:04:05.123 pm", "132223104000000001"]
    for number, line in enumerate([*lines, *events()]):
        yield chr(number % 16) + line


def door():
    streams = ["5 hello3 abc", "<13>a\n<14>b\r\n", "<13>a\0<14>b\0", "30 <13>0123456789012345678901233 abc", "5 hello0 x",
               "<13>" + "x" * 40 + "\n<14>b\n", "99999999999 a"]
    for at in (0, 1, 3, 8):
        yield from (f"\0{chr(at)}{text}" for text in streams)
    bodies = ['{"a":1}\n{"b":2}\n', '[{"a":1},{"b":2}]', '{"a":\n[1]}\n{"b":2}', "\ufeffx\r\n\r\n", "[]", '"open', "\x1f\x08"]
    for how in (1, 3, 5, 7):
        yield from (f"{chr(how)}\0{text}" for text in bodies)


def plan_cache():
    for how in range(4):
        yield from (chr(how), chr(how) + "countersign cache 2\n" + "x" * 40, chr(how) + "\0\4\0", chr(how) + "\0\0\xff\1")
    yield from ("\2\0" + chr(at) + "\xff" for at in range(64))  # a change of vectorscan's head


def write(name, folder):
    """Writes the seeds of one fuzzer, each a file; returns how many."""
    folder.mkdir(parents=True, exist_ok=True)
    encoding = "latin-1" if name == "plan_cache" else "utf-8"
    seeds = list(dict.fromkeys(globals()[name]()))
    for number, text in enumerate(seeds):
        (folder / f"{number:04}").write_bytes(text.encode(encoding))
    return len(seeds)
