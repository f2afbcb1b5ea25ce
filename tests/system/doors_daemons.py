# SPDX-License-Identifier: Apache-2.0
"""What senders are set up with in docs/operators/syslog.md: rsyslog (TCP with octet counting, TCP with line feeds, UDP, TLS)
and syslog-ng (TLS with octet counting and with line feeds, TCP) forward a log file to `serve`; each line is an event once.

Usage: doors_daemons.py rsyslog|syslog_ng
"""
import pathlib
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import books  # noqa: E402
import countersign as cs  # noqa: E402
import doors  # noqa: E402
import syslog_daemons  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

LINES = 500

RSYSLOG_INPUT = """module(load="imfile" mode="polling" pollingInterval="1")
input(type="imfile" File="{log}" Tag="fortigate" ruleset="forward")
"""
RSYSLOG = {
    "tcp": """ruleset(name="forward") {{
  action(type="omfwd" Target="{host}" Port="{port}" Protocol="tcp" TCP_Framing="octet-counted"
         Template="RSYSLOG_SyslogProtocol23Format" action.resumeRetryCount="-1")
}}
""",
    "lines": """ruleset(name="forward") {{
  action(type="omfwd" Target="{host}" Port="{port}" Protocol="tcp" action.resumeRetryCount="-1")
}}
""",
    "udp": """ruleset(name="forward") {{
  action(type="omfwd" Target="{host}" Port="{port}" Protocol="udp" Template="RSYSLOG_SyslogProtocol23Format")
}}
""",
    "tls": """global(DefaultNetstreamDriver="ossl" DefaultNetstreamDriverCAFile="{pem}/ours-ca.pem"
       DefaultNetstreamDriverCertFile="{pem}/ours-client.pem" DefaultNetstreamDriverKeyFile="{pem}/ours-client.key")
ruleset(name="forward") {{
  action(type="omfwd" Target="{host}" Port="{port}" Protocol="tcp" TCP_Framing="octet-counted"
         Template="RSYSLOG_SyslogProtocol23Format" StreamDriver="ossl" StreamDriverMode="1"
         StreamDriverAuthMode="x509/name" StreamDriverPermittedPeers="localhost" action.resumeRetryCount="-1")
}}
""",
}
SYSLOG_NG = """source s {{ file("{log}" follow-freq(1) flags(no-parse)); }};
destination d {{ {destination} }};
log {{ source(s); destination(d); flags(flow-control); }};
"""
SYSLOG_NG_DESTINATIONS = {
    "tls": """syslog("{host}" port({port}) transport("tls")
    tls(ca-file("{pem}/ours-ca.pem") cert-file("{pem}/ours-client.pem") key-file("{pem}/ours-client.key")
        peer-verify(required-trusted)));""",
    "lines": """network("{host}" port({port}) transport("tls")
    tls(ca-file("{pem}/ours-ca.pem") cert-file("{pem}/ours-client.pem") key-file("{pem}/ours-client.key")
        peer-verify(required-trusted)));""",
    "tcp": """network("{host}" port({port}) transport("tcp"));""",
}


def configurations(daemon, log, pem, places):
    for way, (host, port) in places.items():
        words = {"log": log, "pem": pem, "host": host, "port": port}
        if daemon == "rsyslog":
            yield way, RSYSLOG_INPUT.format(**words) + RSYSLOG[way].format(**words)
        else:
            yield way, SYSLOG_NG.format(destination=SYSLOG_NG_DESTINATIONS[way].format(**words), **words)


def main():
    daemon = sys.argv[1]
    start = getattr(syslog_daemons, daemon)
    getattr(syslog_daemons, f"need_{daemon}")()
    checks = cs.Checks()
    with tempfile.TemporaryDirectory(prefix="countersign-doors-") as name:
        folder = pathlib.Path(name)
        pem = doors.certificates(folder / "pem")
        log = folder / "fortigate.log"
        log.write_text("".join(doors.line(number) + "\n" for number in range(LINES)))
        mutual = f"cert={pem}/ours-server.pem&key={pem}/ours-server.key&ca={pem}/ours-ca.pem"
        kinds = ({"tcp": "syslog-tcp", "lines": "syslog-tcp", "udp": "syslog-udp", "tls": "syslog-tls"} if daemon == "rsyslog" else
                 {"tls": "syslog-tls", "lines": "syslog-tls", "tcp": "syslog-tcp"})
        options = []
        for way, kind in kinds.items():
            options += ["--source", f"{kind}:127.0.0.1:0?name={way}" + (f"&{mutual}" if kind == "syslog-tls" else "")]
        installation = Installation(folder / "site")
        with Server(installation, "--rules", doors.write_rule(folder / "rules"), *options) as server:
            arno = Person(server, "arno")
            places = {way: doors.listens_at(server, way) for way in kinds}

            def counts(way):
                rows = [row["counts"] for row in books.ledger(server, arno)["partitions"] if row["source"] == way]
                return (rows[0]["delivered"], rows[0]["matched"]) if rows else (0, 0)

            for way, configuration in configurations(daemon, log, pem, places):
                with start(folder / way, configuration) as sender:
                    try:
                        server.wait_for(lambda way=way: counts(way)[0] >= LINES, f"{daemon} over {way}", 40)
                    except RuntimeError as error:
                        checks.expect(False, f"{error}\n{sender.said()[-2000:]}")
                checks.equal(counts(way), (LINES, LINES), f"{daemon} over {way}: delivered and matched")
            print([line for line in server.metrics().splitlines()
                   if line.startswith("countersign_door") and not line.endswith(" 0")])
    checks.exit()


if __name__ == "__main__":
    main()
