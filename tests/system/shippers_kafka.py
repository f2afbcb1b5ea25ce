# SPDX-License-Identifier: Apache-2.0
"""The configurations of docs/operators/inputs.md that bring syslog into Kafka, as they stand there: rsyslog and syslog-ng
take lines of devices, of a file and of their own machine, and `serve` reads them from the broker with the right pack, host
and time. What comes while the broker is away arrives when it is back.

Usage: shippers_kafka.py rsyslog|syslog_ng
"""
import datetime
import json
import pathlib
import re
import socket
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / folder) for folder in ("support", "kafka")]
import books  # noqa: E402
import countersign as cs  # noqa: E402
import syslog_daemons  # noqa: E402
from broker import Broker, free_ports, missing_parts  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

PAGE = cs.ROOT / "docs" / "operators" / "inputs.md"
TOPIC = "syslog"
SECONDS = 180
RELAYED_FROM = "127.0.0.2"  # an address that is not left out as the relay's own
HOST = "web-1"
ZONE = datetime.timezone(datetime.timedelta(hours=-5))  # of the daemon: a time taken for UTC is 5 hours off
EVENT_TIME = "2025-11-03T08:00:00"

RULES = {
    "FortiGate": ("{product: fortigate, category: firewall, service: traffic}", "action: deny",
                  "[observer.name, relay.ip, source.ip]"),
    "ASA": ("{product: cisco, category: firewall, service: asa}", "event.action: Deny", "[observer.name, source.ip]"),
    "sshd": ("{product: linux, service: sshd}", "event.outcome: failure", "[host.name, source.ip, user.name]"),
    "Suricata": ("{product: suricata, service: dns}", "dns.rrname: example.net", "[source.ip]"),
}
RULE = """title: {title}
id: 00000000-0000-4000-8000-00000000000{number}
status: test
level: high
logsource: {logsource}
countersign: {{group_by: {group_by}}}
detection:
  s: {{{selection}}}
  condition: s
"""


def write_rules(folder):
    folder.mkdir()
    for number, (title, (logsource, selection, group_by)) in enumerate(RULES.items()):
        text = RULE.format(title=title, number=number, logsource=logsource, selection=selection, group_by=group_by)
        (folder / f"{number}.yml").write_text(text)
    return folder


class Places:
    """Where the daemon of this test takes its lines from."""

    def __init__(self, folder):
        self.port, = free_ports(1)
        self.socket = folder / "dev-log"
        self.file = folder / "eve.json"
        self.file.touch()

    def ready(self):
        """Whether datagrams to the port and to the socket arrive, and connections are taken."""
        ports = pathlib.Path("/proc/net/udp").read_text().splitlines()[1:]
        if f"{self.port:04X}" not in {line.split()[1].split(":")[1] for line in ports} or not self.socket.exists():
            return False
        try:
            socket.create_connection(("127.0.0.1", self.port)).close()
        except OSError:
            return False
        return True


def configuration(daemon, places, bootstrap, folder):
    """What the page says, with the addresses and paths of this test."""
    name = daemon.replace("_", "-")
    text = re.search(rf"^```{name}\n(.*?)^```$", PAGE.read_text(), re.S | re.M).group(1)
    replacements = {"kafka-0.example.com:9092": bootstrap, "/var/log/suricata/eve.json": str(places.file)}
    if daemon == "rsyslog":  # Debian's own configuration, which the page adds to, reads /dev/log
        local = f'module(load="imuxsock" SysSock.Use="off")\ninput(type="imuxsock" Socket="{places.socket}")\n'
        text = f'global(localHostname="{HOST}")\n{local}{text}'
        replacements |= {'port="514"': f'address="127.0.0.1" port="{places.port}"', "/var/spool/rsyslog": str(folder)}
    else:
        replacements |= {'ip("0.0.0.0") port(514)': f'ip("127.0.0.1") port({places.port})',
                         "disk-buffer(": f'disk-buffer(dir("{folder}") ',
                         "system()": f'unix-dgram("{places.socket}" host-override("{HOST}"))'}
    for old, new in replacements.items():
        assert old in text, f"{PAGE.name} does not say {old}"
        text = text.replace(old, new)
    return text


def send(places, part):
    """One line of each kind; `part` tells those of one call from those of another. Returns the alerts that should come:
    rule, group key → time of the event."""
    now = datetime.datetime.now(datetime.timezone.utc)
    fortigate = (f'<189>date=2025-11-03 time=09:00:00 devname="fw-1" devid="FGT1" eventtime=1762156800 tz="+0100" '
                 f'logid="0000000013" type="traffic" subtype="forward" level="notice" srcip=10.0.{part}.1 srcport=5 '
                 f'dstip=198.51.100.7 action="deny"')
    asa = (f'<164>Nov 03 2025 08:00:00 asa-1 : %ASA-4-106023: Deny tcp src outside:10.0.{part}.2/4321 dst '
           f'inside:192.0.2.9/22 by access-group "outside_in"')
    relayed = f"<86>1 2025-11-03T09:00:00+01:00 web-2 sshd 812 - - Failed password for eve from 10.0.{part}.3 port 4322 ssh2"
    local = f"<86>{now.astimezone(ZONE):%b %e %H:%M:%S} sshd[813]: Failed password for root from 10.0.{part}.4 port 4322 ssh2"
    suricata = {"timestamp": "2025-11-03T08:00:00.000000+0000", "event_type": "dns", "src_ip": f"10.0.{part}.5",
                "dest_ip": "192.0.2.9", "dns": {"type": "query", "rrname": "example.net", "rrtype": "A"}}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.bind((RELAYED_FROM, 0))
        datagrams.sendto(fortigate.encode(), ("127.0.0.1", places.port))
    with socket.create_connection(("127.0.0.1", places.port)) as stream:
        stream.sendall(f"{asa}\n{relayed}\n".encode())
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as datagrams:
        datagrams.connect(str(places.socket))
        datagrams.send(local.encode())
    with open(places.file, "a", encoding="utf-8") as file:
        file.write(json.dumps(suricata) + "\n")
    written = datetime.datetime.fromisoformat(EVENT_TIME + "+00:00")
    return {("FortiGate", "fw-1", RELAYED_FROM, f"10.0.{part}.1"): written,
            ("ASA", "asa-1", f"10.0.{part}.2"): written,
            ("sshd", "web-2", f"10.0.{part}.3", "eve"): written,
            ("sshd", HOST, f"10.0.{part}.4", "root"): now,
            ("Suricata", f"10.0.{part}.5"): written}


def found(server, person):
    """The alerts as send() says them."""
    return {(alert["title"], *(part["value"] for part in alert["group_key"])):
            datetime.datetime.fromisoformat(alert["first_event_at"].replace("Z", "+00:00"))
            for alert in books.alerts(server, person).values() if alert["title"] in RULES}


def check(checks, server, person, sender, expected, what):
    try:
        server.wait_for(lambda: expected.keys() <= found(server, person).keys(), f"the alerts, {what}", SECONDS)
    except RuntimeError as error:
        checks.expect(False, f"{error}\nthe daemon said: {sender.said()[-2000:]}")
    times = found(server, person)
    for alert, time in expected.items():
        off = abs(times[alert] - time).total_seconds() if alert in times else None
        checks.expect(off is not None and off <= 60, f"{what}: {alert} at {time}: {off} s off")
    checks.equal(times.keys() - expected.keys(), set(), f"{what}: other alerts")


def main():
    daemon = sys.argv[1]
    getattr(syslog_daemons, f"need_{daemon}_kafka")()
    missing = missing_parts()
    if missing:
        print("skipped: no Kafka broker can run here; missing: " + ", ".join(missing))
        sys.exit(cs.SKIPPED)
    checks = cs.Checks()
    with tempfile.TemporaryDirectory(prefix="countersign-shippers-") as name, Broker([(TOPIC, 2)]) as broker:
        folder = pathlib.Path(name)
        places = Places(folder)
        with Server(Installation(folder / "site"), "--rules", write_rules(folder / "rules"), "--source", f"kafka:{TOPIC}",
                    environment={"COUNTERSIGN_KAFKA_BROKERS": broker.bootstrap}) as server:
            arno = Person(server, "arno")
            start = getattr(syslog_daemons, daemon)
            with start(folder / "daemon", configuration(daemon, places, broker.bootstrap, folder), {"TZ": "EST5"}) as sender:
                server.wait_for(places.ready, f"{daemon} to listen:\n{sender.said()}")
                expected = send(places, 1)
                check(checks, server, arno, sender, expected, "broker there")
                broker.stop()
                expected |= send(places, 2)
                broker.start()
                check(checks, server, arno, sender, expected, "broker was away")
            counts = books.total(books.ledger(server, arno))
            checks.equal((counts["delivered"] >= 10, counts.get("dead_lettered", 0)), (True, 0), f"ledger {counts}")
    checks.exit()


if __name__ == "__main__":
    main()
