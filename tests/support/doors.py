# SPDX-License-Identifier: Apache-2.0
"""What tests of the doors share: tokens, requests that send events, where a syslog door listens, events that alert."""
import http.client
import json
import re
import ssl
import subprocess

import countersign as cs

RULE = """title: Denied
id: 00000000-0000-4000-8000-000000000001
status: test
level: high
logsource: {product: fortigate}
countersign: {group_by: [srcip]}
detection:
  s: {action: deny}
  condition: s
"""


def line(number, action="deny", more=""):
    """A FortiGate line whose address and srcport say its number."""
    return (f'date=2025-11-03 time=08:00:00 devname="fw-1" devid="FGT1" eventtime=1762156800 tz="+0000" logid="0000000013" '
            f'type="traffic" subtype="forward" level="notice" srcip=10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255} '
            f'srcport={number % 60000} dstip=198.51.100.7 action="{action}"{more}')


def write_rule(folder):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "denied.yml").write_text(RULE)
    return folder


def token(installation, scope="send"):
    done = cs.run("token", "create", "--data", installation.data, "--name", "sender", "--scope", scope)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


class Sender:
    """One connection of a client that sends events."""

    def __init__(self, address, secret, timeout=60):
        self.connection = http.client.HTTPConnection(address, timeout=timeout)
        self.secret = secret

    def post(self, body, content_type="application/x-ndjson", path="/api/v1/events", **headers):
        """Status, headers, and the answer as JSON."""
        all_headers = {"Authorization": "Bearer " + self.secret, "Content-Type": content_type, **headers}
        self.connection.request("POST", path, body, all_headers)
        response = self.connection.getresponse()
        data = response.read()
        return response.status, {k.lower(): v for k, v in response.getheaders()}, json.loads(data) if data else None

    def close(self):
        self.connection.close()


def listens_at(server, source):
    """(host, port) of a syslog door, as the log says it."""
    for text in server.log:
        found = re.search(rf'the source is read .*source="{re.escape(source)}" address="(\S+):(\d+)"', text)
        if found:
            return found.group(1), int(found.group(2))
    raise RuntimeError(f"the log does not say where {source} listens:\n" + "".join(server.log))


def certificates(folder):
    """Two authorities (`ours`, `theirs`) with a server's and a client's certificate each, as PEM files of `folder`."""
    folder.mkdir(parents=True, exist_ok=True)

    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=folder)

    for name in ("ours", "theirs"):
        openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                f"/CN={name}", "-keyout", f"{name}-ca.key", "-out", f"{name}-ca.pem")
        for role in ("server", "client"):
            openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={role}.example",
                    "-keyout", f"{name}-{role}.key", "-out", f"{name}-{role}.csr")
            (folder / "names").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
            openssl("x509", "-req", "-in", f"{name}-{role}.csr", "-CA", f"{name}-ca.pem", "-CAkey", f"{name}-ca.key", "-days",
                    "2", "-extfile", "names", "-out", f"{name}-{role}.pem")
    return folder


def secure(wire, authority, client=None):
    """TLS over `wire` to a server that `authority` signed; `client` is the stem of a certificate and its key."""
    context = ssl.create_default_context(cafile=authority)
    if client:
        context.load_cert_chain(f"{client}.pem", f"{client}.key")
    return context.wrap_socket(wire, server_hostname="127.0.0.1")


def counted(lines):
    """Octet counting (RFC 6587 §3.4.1)."""
    return b"".join(b"%d %s" % (len(text), text) for text in lines)
