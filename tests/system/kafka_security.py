# SPDX-License-Identifier: Apache-2.0
"""`serve` on a real Kafka broker over TLS: with user and password, and with a client certificate. What is set wrong is
named in the log with the broker, and nothing is lost: once it is right, a restart reads everything.
"""
import ctypes
import pathlib
import sys
import tempfile

sys.path[:0] = [str(pathlib.Path(__file__).resolve().parents[1] / folder) for folder in ("support", "kafka")]
import books  # noqa: E402
import countersign as cs  # noqa: E402
import fortigate  # noqa: E402
from broker import Broker, missing_parts  # noqa: E402
from broker_certificates import Authority  # noqa: E402
from server import Installation, Person, Server  # noqa: E402

TOPIC = "firewall"
PARTITIONS = 2
PORTION = 50  # messages, each an alert of its own
SECONDS = 120
SCRAM_WORKS = 0x020601ff  # against Kafka 4, from librdkafka 2.6.1 on
WRONG_PASSWORD = "incorrect broker battery"


class Reader:
    """One store that reads the topic with changing settings."""

    def __init__(self, checks, broker, folder):
        self._checks, self._broker, self._folder = checks, broker, folder
        self.installation = Installation(folder / "site")
        self._auditor = None
        self._produced = 0

    def produce(self):
        """One portion more, over the listener that needs no security."""
        for partition in range(PARTITIONS):
            numbers = range(self._produced + partition, self._produced + PORTION, PARTITIONS)
            lines = [fortigate.virus(number, number) for number in numbers]
            self._broker.produce_lines(TOPIC, partition, fortigate.write_lines(self._folder / "portion", lines))
        self._produced += PORTION

    def _start(self, brokers, settings):
        environment = {f"COUNTERSIGN_KAFKA_{name.upper()}": str(value) for name, value in settings.items()}
        server = Server(self.installation, "--source", f"kafka:{TOPIC}",
                        environment={"COUNTERSIGN_KAFKA_BROKERS": brokers, **environment})
        if self._auditor is None:
            self._auditor = Person(server, "arno")
        return server

    def _delivered(self, server):
        return books.total(books.ledger(server, self._auditor)).get("delivered", 0)

    def reads(self, what, brokers, settings):
        with self._start(brokers, settings) as server:
            server.wait_for(lambda: self._delivered(server) == self._produced, f"all messages, {what}", SECONDS)
            ledger = books.ledger(server, self._auditor)
            self._checks.expect(ledger["balanced"], f"{what}: the ledger balances: {ledger['problems']}")
            self._checks.equal([row["end"] for row in ledger["partitions"]], [self._produced / PARTITIONS] * PARTITIONS,
                               f"{what}: ends of the partitions")
            self._checks.equal(len(books.alerts(server, self._auditor)), self._produced, f"{what}: alerts")

    def is_refused(self, what, brokers, settings, *words):
        """The log says so in one line with the broker and these words; the program goes on and stores nothing."""
        with self._start(brokers, settings) as server:
            before = self._delivered(server)
            server.wait_for(lambda: any(all(word in line for word in (brokers, *words)) for line in server.log),
                            f"a line that says: {what}", SECONDS)
            self._checks.equal(self._delivered(server), before, f"{what}: messages stored")
            self._checks.equal(server.stop(), 0, f"{what}: SIGTERM ends with 0")
            for secret in (Broker.PASSWORD, WRONG_PASSWORD):
                self._checks.expect(not server.said(secret), f"{what}: no password in the log")


def check_password(reader, broker, foreign, folder):
    good, wrong = folder / "password", folder / "wrong-password"
    good.write_text(Broker.PASSWORD + "\n")
    wrong.write_text(WRONG_PASSWORD + "\n")
    settings = {"security_protocol": "sasl_ssl", "sasl_username": Broker.USER, "sasl_password_file": good,
                "ssl_ca_file": broker.authority.certificate}
    reader.produce()
    reader.is_refused("a wrong password", broker.sasl_ssl, {**settings, "sasl_password_file": wrong},
                      "Authentication failed: Invalid username or password", "kafka.sasl_password_file")
    reader.is_refused("an authority that did not sign", broker.sasl_ssl, {**settings, "ssl_ca_file": foreign.certificate},
                      "certificate verify failed", "kafka.ssl_ca_file")
    unnamed = broker.sasl_ssl.replace("127.0.0.1", "127.1")  # the same address, but no name of the certificate
    reader.is_refused("a host that the certificate does not name", unnamed, settings,
                      "certificate verify failed", "must name its host")
    reader.reads("PLAIN over TLS", broker.sasl_ssl, settings)
    reader.produce()
    scram = {**settings, "sasl_mechanism": "SCRAM-SHA-512"}
    if ctypes.CDLL("librdkafka.so.1").rd_kafka_version() < SCRAM_WORKS:
        reader.is_refused("SCRAM by an old library", broker.sasl_ssl, scram, "SCRAM", "librdkafka 2.6.1 or newer")
        reader.reads("PLAIN over TLS, with a position", broker.sasl_ssl, settings)
    else:
        reader.reads("SCRAM over TLS, with a position", broker.sasl_ssl, scram)


def check_certificate(reader, broker, foreign):
    def client(authority):
        key, certificate = authority.issue("countersign")
        return {"ssl_certificate_file": certificate, "ssl_key_file": key}
    settings = {"security_protocol": "ssl", "ssl_ca_file": broker.authority.certificate}
    reader.produce()
    reader.is_refused("no client certificate", broker.ssl, settings, "alert", "kafka.ssl_certificate_file")
    reader.is_refused("a client certificate that the broker does not trust", broker.ssl, {**settings, **client(foreign)},
                      "alert", "kafka.ssl_certificate_file")
    reader.reads("mutual TLS", broker.ssl, {**settings, **client(broker.authority)})
    reader.produce()
    reader.reads("mutual TLS, with a position", broker.ssl, {**settings, **client(broker.authority)})


def main():
    missing = missing_parts(secure=True)
    if missing:
        print("skipped: no Kafka broker can run here; missing: " + ", ".join(missing))
        sys.exit(cs.SKIPPED)
    checks = cs.Checks()
    with tempfile.TemporaryDirectory(prefix="countersign-system-") as name, \
            Broker([(TOPIC, PARTITIONS)], secure=True) as broker:
        folder = pathlib.Path(name)
        foreign = Authority(folder / "foreign", "foreign")
        reader = Reader(checks, broker, folder)
        check_password(reader, broker, foreign, folder)
        check_certificate(reader, broker, foreign)
        books.check_offline(checks, reader.installation, folder)
    checks.exit()


if __name__ == "__main__":
    main()
