# SPDX-License-Identifier: Apache-2.0
"""The shipped packs on raw samples of real products: each must be known by the product's own pack, with the time, the
reporting device, the addresses and the action that evidently stand in it. Which pack that is, how many samples are
decoded right, and every exception with its reason stand in vendor_products*.py. Lines of text must mean the same when
shippers and syslog daemons have put JSON around them, and taken the first word for a tag.

  vendor_samples.py                    the test
  vendor_samples.py --show PRODUCT     what is wrong with the samples of a product
  vendor_samples.py --ecs              how far our names agree with the ECS documents of others (a report, no test)

`--packs PATH` takes other packs than ingest/packs.
"""
import collections
import datetime
import importlib
import ipaddress
import json
import pathlib
import re
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402

PACKS = cs.ROOT / "ingest" / "packs"
TABLES = ["vendor_products", "vendor_products_endpoint"]
SAMPLES = ["vendors/logscale-parser-samples.ndjson", "vendors/panther-rule-tests.ndjson",
           "copyleft/wazuh4-ruletests.ndjson", "copyleft/wazuh5-ecs-expected.ndjson"]
# Files of bare events: what product they are.
EVENTS = {"ocsf/ocsf-samples.ndjson": "ocsf", "copyleft/wazuh4-ocsf.ndjson": "ocsf",
          "network/zeek-apt29-day1.ndjson.zst": "zeek/apt29"}
CORE_RATE = 0.95

IP = r"((?:\d{1,3}\.){3}\d{1,3}|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4})"
# Not the colons of an ARN, nor the numbers of a version.
ALONE = r"(?<![\w:.-])((?:\d{1,3}\.){3}\d{1,3}(?![\w.]\w)|(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![\w:]))"
LABEL = r"\"?\s*[=:]+\s*\"?"
SOURCE = [rf"\b(?:src|srcip|src_ip|sourceip|source_ip|sip|SrcIP|SRC|id\.orig_h){LABEL}{IP}\b"]
DESTINATION = [rf"\b(?:dst|dstip|dst_ip|destinationip|dest_ip|dip|DstIP|DST|id\.resp_h){LABEL}{IP}\b"]
ACTION = [rf"\b(?:action|act|fw_action){LABEL}([A-Za-z][\w-]*)"]
STAMP = r"(?:[A-Z][a-z]{2} +\d{1,2}(?: \d{4})? \d\d:\d\d:\d\d(?:\.\d+)?|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\S*)"
REPORTER = [rf"^(?:<\d+>)?(?:1 )?[*.]?{STAMP} ([A-Za-z0-9][\w.-]*[\w]) ", rf"\b(?:devname|device_name|dvchost|devid){LABEL}([\w.-]+)"]
REPORTER_NAMES = ["observer.name", "host.name", "observer.serial_number", "observer.ip", "host.ip", "host.hostname"]

DATE = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ](\d{1,2}):(\d\d):(\d\d)")
WRITTEN = re.compile(r"(?:^|[ =\"])[*.]?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) +[1-3]?\d (?:\d{4} )?\d\d:\d\d:\d\d")
EPOCH_KEY = re.compile(r"\b(?:eventtime|timestamp|ts|time|rt|start)\"?\s*[=:]\s*\"?1[0-9]{9}")


class Sample:
    def __init__(self, place, product, raw, ecs=None):
        self.place, self.product, self.raw, self.ecs = place, product, raw, ecs

    def line(self):
        """The sample as one line. One of several lines is put into JSON, as a shipper does."""
        if "\n" not in self.raw.strip():
            return self.raw.strip()
        try:
            return json.dumps(json.loads(self.raw), separators=(",", ":"))
        except ValueError:
            return json.dumps({"message": self.raw})


def products():
    table = {}
    for name in TABLES:
        if (pathlib.Path(__file__).parent / f"{name}.py").exists():
            for product, entry in importlib.import_module(name).PRODUCTS.items():
                if product in table:
                    sys.exit(f"{product} stands in two tables")
                table[product] = entry
    return table


def samples():
    for path in SAMPLES:
        for number, line in enumerate(cs.open_lines(cs.DATA / path), 1):
            record = json.loads(line)
            raw = record.get("raw") or (json.dumps(record["event"]) if record.get("event") else None)
            if raw:
                yield Sample(f"{stem(path)}:{number}", record["product"], raw, record.get("ecs"))
    for path, product in EVENTS.items():
        for number, line in enumerate(cs.open_lines(cs.DATA / path), 1):
            record = json.loads(line)
            event = record.get("event") or {key: value for key, value in record.items() if not key.startswith("_")}
            yield Sample(f"{stem(path)}:{number}", product, json.dumps(event))


def stem(path):
    return pathlib.Path(path).name.split(".")[0]


def options(name, default):
    """The values that follow `name` on our own command line, each with the name in front."""
    given = [value for key, value in zip(sys.argv, sys.argv[1:]) if key == name] or default
    return [part for value in given for part in (name, value)]


def explain(found):
    """What the program says of each sample, in order."""
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="utf-8") as file:
        # The first line says that the file holds lines: one that begins with a bracket would make it JSON.
        file.write("lines\n" + "".join(sample.line() + "\n" for sample in found))
        file.flush()
        done = cs.run("packs", "explain", "--json", *options("--packs", [str(PACKS)]), file.name)
    out = [json.loads(line) for line in done.stdout.splitlines()[1:]]
    if len(out) != len(found):
        sys.exit(f"{found[0].product}: {len(found)} samples, {len(out)} answers; {done.stderr[-500:]}")
    return out


def flat(value, prefix=""):
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from flat(inner, f"{prefix}.{key}" if prefix else key)
    elif isinstance(value, list):
        for inner in value:
            yield from flat(inner, prefix)
    else:
        yield prefix, str(value)


def names_of(event, raw):
    out = collections.defaultdict(list)
    for name in event["names"]:
        out[name["name"]].append(name["value"])
    try:
        for name, value in flat(json.loads(raw)):
            out[name].append(value)
    except ValueError:
        pass
    return out


def address(text):
    try:
        found = ipaddress.ip_address(text)
    except ValueError:
        return None
    return None if found.is_unspecified else text


def first(patterns, text, accept=lambda value: value):
    for pattern in patterns:
        for found in re.finditer(pattern, text):
            if accept(found.group(1)):
                return found.group(1)
    return None


def says_time(raw):
    for parts in DATE.findall(raw):
        try:
            datetime.datetime(*map(int, parts))
            return True
        except ValueError:
            continue
    return bool(WRITTEN.search(raw) or EPOCH_KEY.search(raw))


def wrongs(sample, answer, entry):
    """Everything that is not as it should be with one sample."""
    if answer["dead_letters"] or not answer["events"]:
        return [f"dead letter {answer['dead_letters']}"]
    packs = entry["pack"] if isinstance(entry["pack"], list) else [entry["pack"]]
    out = []
    raw = sample.raw
    for event in answer["events"]:
        if event["pack"] not in packs:
            return [f"pack {event['pack']} in place of {entry['pack']}"]
        names = names_of(event, sample.line())
        if says_time(raw) and event["time_source"] != "event":
            out.append("no time")
        out += wrong_addresses(raw, names, entry)
        if first(entry.get("action", ACTION), raw) and not names.get("event.action"):
            out.append("no event.action")
        if first(entry.get("reporter", REPORTER), raw) and not any(names.get(name) for name in REPORTER_NAMES):
            out.append("no host or observer")
    return out


def wrong_addresses(raw, names, entry):
    out = []
    labelled = False
    for name, patterns in (("source.ip", entry.get("source", SOURCE)), ("destination.ip", entry.get("destination", DESTINATION))):
        found = first(patterns, raw, address)
        labelled = labelled or found is not None
        if found and found not in names.get(name, []):
            out.append(f"{name} is {names.get(name)}, not {found}")
    if not labelled and entry.get("addresses", True):
        there = {found for found in re.findall(ALONE, raw) if address(found)}
        named = {value for name, values in names.items() if name.endswith((".ip", "_ip")) or name == "observer.name" for value in values}
        if there and not there & named:
            out.append(f"none of {sorted(there)[:4]} is named")
    return out


def tagged(raw):
    """A line as a syslog daemon cuts it: the device, what it takes for the tag, and the rest with its blank."""
    header = re.match(rf"^(?:<\d+>)?{STAMP} +([\w.-]+) +(.*)$", raw, re.S)
    host, text = header.groups() if header else ("device9", re.sub(r"^<\d+>", "", raw))
    tag, rest = re.match(r"([^\s:\[<]{0,32}(?:\[\w+\])?:?)(.*)$", text, re.S).groups()
    return host, tag, rest


def wrapped(raw):
    """The line inside of what stands around it in Kafka."""
    host, tag, rest = tagged(raw)
    program = re.sub(r"(\[\w+\])?:?$", "", tag)
    time = "2025-12-30T10:00:00Z"
    yield "Beats", {"@timestamp": time, "agent": {"type": "filebeat"}, "ecs": {"version": "8.0.0"},
                    "input": {"type": "udp"}, "host": {"name": "relay9"}, "message": raw}
    yield "a container", {"log": raw + "\n", "stream": "stdout", "time": time}
    yield "OTLP", {"resourceLogs": [{"scopeLogs": [{"logRecords": [{"timeUnixNano": "1767088800000000000",
                                                                      "body": {"stringValue": raw}}]}]}]}
    yield "jsonmesg without rawmsg", {"msg": rest, "syslogtag": tag, "hostname": host, "timereported": time,
                                      "programname": program}
    yield "a list template", {"@timestamp": time, "host": host, "severity": "info", "program": program, "message": rest}
    yield "syslog-ng", {"PROGRAM": program, "MESSAGE": rest.lstrip(), "HOST": host, "ISODATE": time}


def meaning(answer):
    """What must not depend on the wrapper."""
    if not answer["events"]:
        return None
    event = answer["events"][0]
    names = names_of(event, "")
    alert = (event["vendor_alert"] or {}).get("title")
    return event["pack"], names["source.ip"], names["destination.ip"], names["user.name"], alert


def wrong_wrappers(results):
    """The samples of text of one product that mean something else inside of a wrapper."""
    bare = [(sample, meaning(answer)) for sample, answer, wrong in results
            if not wrong and sample.raw[0] not in "{[<" and "\n" not in sample.raw.strip()]
    inside = [(sample, expected, name, Sample(sample.place, sample.product, json.dumps(value)))
              for sample, expected in bare for name, value in wrapped(sample.raw)]
    answers = explain([each[3] for each in inside]) if inside else []
    return [f"{sample.place} inside of {name}: {meaning(answer)}, not {expected}"
            for (sample, expected, name, _), answer in zip(inside, answers) if meaning(answer) != expected]


def judged(table):
    groups = collections.defaultdict(list)
    for sample in samples():
        if sample.product in table:
            groups[sample.product].append(sample)
    for product in sorted(groups):
        answers = explain(groups[product])
        yield product, [(sample, answer, wrongs(sample, answer, table[product]))
                        for sample, answer in zip(groups[product], answers)]


def test():
    table = products()
    checks = cs.Checks()
    core_right = core_all = 0
    for product, results in judged(table):
        entry = table[product]
        exceptions = entry.get("exceptions", {})
        right = 0
        for sample, _, wrong in results:
            right += not wrong
            if wrong and sample.place not in exceptions:
                checks.expect(False, f"{product} {sample.place}: {'; '.join(wrong)}")
            elif not wrong:
                checks.expect(sample.place not in exceptions, f"{product} {sample.place} is no exception any more")
        print(f"{product}: {right} / {len(results)}", flush=True)
        for wrong in wrong_wrappers(results) if entry.get("wrapped") else []:
            checks.expect(False, f"{product} {wrong}")
        checks.expect(right >= entry["decoded"], f"{product}: {right} decoded right, {entry['decoded']} recorded")
        if entry.get("core"):
            core_right += right
            core_all += len(results)
    if core_all:
        checks.expect(core_right >= CORE_RATE * core_all, f"core products: {core_right} of {core_all} decoded right")
        print(f"core products: {core_right} / {core_all}")
    checks.exit()


def show(product):
    table = products()
    table = {name: entry for name, entry in table.items() if name.startswith(product)}
    for name, results in judged(table):
        print(f"{name}: {sum(not wrong for _, _, wrong in results)} / {len(results)}")
        for sample, _, wrong in results:
            if wrong:
                print(f"  {sample.place}: {'; '.join(wrong)}")


def ecs():
    """Of the fields in an expected document that a pack could give: how many have the same value."""
    compared = collections.Counter()
    same = collections.Counter()
    differs = collections.Counter()
    prefixes = ("source.", "destination.", "user.", "network.", "rule.", "url.", "dns.question.", "http.request.method",
                "observer.name", "observer.vendor", "observer.product", "observer.serial_number", "event.action",
                "event.outcome", "event.code", "event.kind", "file.", "process.", "host.hostname", "user_agent.original", "message")
    for product, results in judged(products()):
        for sample, answer, _ in results:
            if sample.ecs is None or not answer["events"]:
                continue
            names = names_of(answer["events"][0], sample.line())
            for name, value in flat(sample.ecs):
                if not name.startswith(prefixes):
                    continue
                compared[product] += 1
                ours = {each.casefold() for each in names.get(name, [])}
                if value.casefold() in ours:
                    same[product] += 1
                else:
                    differs[f"{product} {name}" + ("" if ours else " (none)")] += 1
    for product in sorted(compared):
        print(f"{product}: {same[product]} of {compared[product]} fields agree ({100 * same[product] // compared[product]} %)")
    print("most frequent differences:")
    for what, count in differs.most_common(40):
        print(f"  {count} {what}")


def main():
    cs.need_data()
    if "--ecs" in sys.argv:
        return ecs()
    if "--show" in sys.argv:
        return show(sys.argv[sys.argv.index("--show") + 1])
    return test()


if __name__ == "__main__":
    main()
