#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A real Kafka broker (KRaft, one node, on 127.0.0.1) for tests. Needs Java 17 and kcat; Maven fetches it once.

    with Broker() as broker:
        broker.create_topic("events", partitions=4)
        … broker.bootstrap …
        broker.kill(); broker.start()          # same data, same ports

    with Broker(secure=True) as broker:        # beside the plaintext listener two with TLS
        … broker.sasl_ssl …                    # PLAIN or SCRAM-SHA-512, broker.USER with broker.PASSWORD
        … broker.ssl …                         # takes certificates that broker.authority has issued

    broker.py fetch                            # only fills the cache
    broker.py run [--topic NAME[:PARTITIONS]]… # prints the bootstrap address, runs until SIGINT or SIGTERM

The jars are kept in ${XDG_CACHE_HOME:-~/.cache}/countersign/kafka-VERSION.
"""
import argparse
import ctypes
import fcntl
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

from broker_certificates import BrokerCertificates

VERSION = "4.3.1"
POM = pathlib.Path(__file__).resolve().parent / "pom.xml"
START_SECONDS = 240  # 6 s on an idle machine, 60 s were seen on a busy one
STOP_SECONDS = 60
TOOL_SECONDS = 120
RECORD_BYTES_MAX = 67_108_864
# Not random: an id that begins with "-" is taken for an option by the formatting tool.
CLUSTER_ID = "CountersignTests000001"
LOG4J = """\
status = error
appender.out.type = Console
appender.out.name = out
appender.out.target = SYSTEM_ERR
appender.out.layout.type = PatternLayout
appender.out.layout.pattern = %d %p %m (%c)%n
rootLogger.level = info
rootLogger.appenderRef.out.ref = out
"""
PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}{secure}
advertised.listeners=PLAINTEXT://127.0.0.1:{port}{secure}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL,SSL:SSL
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
log.segment.bytes=67108864
message.max.bytes={record}
delete.topic.enable=true
"""
SECURITY = """\
ssl.keystore.type=PEM
ssl.keystore.location={key_store}
ssl.truststore.type=PEM
ssl.truststore.location={trust_store}
listener.name.ssl.ssl.client.auth=required
sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-512
listener.name.sasl_ssl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required \
  user_{user}="{password}";
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
"""


class BrokerError(Exception):
    pass


def cache_folder():
    base = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return pathlib.Path(base) / "countersign" / f"kafka-{VERSION}"


def missing_parts(secure=False):
    """What this machine lacks to run a broker; empty when it can."""
    parts = []
    if shutil.which("java") is None:
        parts.append("java (package default-jdk-headless)")
    if not cache_folder().is_dir() and shutil.which("mvn") is None:
        parts.append("mvn (package maven)")
    if shutil.which("kcat") is None:
        parts.append("kcat")
    if secure and shutil.which("openssl") is None:
        parts.append("openssl")
    return parts


def fetch():
    """The folder of the jars, filled by Maven on the first call."""
    folder = cache_folder()
    folder.parent.mkdir(parents=True, exist_ok=True)
    with open(folder.parent / "kafka.lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two test programs may begin at once
        if folder.is_dir():
            return folder
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix="kafka-new-") as made:
            jars = pathlib.Path(made) / "jars"
            done = subprocess.run(
                ["mvn", "-q", "-B", "-f", str(POM), "dependency:copy-dependencies", "-DincludeScope=runtime",
                 f"-DoutputDirectory={jars}"], capture_output=True, text=True, check=False)
            if done.returncode != 0:
                raise BrokerError(f"mvn could not fetch Kafka {VERSION}:\n{(done.stdout + done.stderr)[-4000:]}")
            jars.rename(folder)  # whole or not at all
    return folder


def free_ports(count):
    sockets = [socket.socket() for _ in range(count)]
    try:
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in sockets]
    finally:
        for one in sockets:
            one.close()


def die_with_parent():
    """In the child: the broker ends when the test program is killed."""
    set_death_signal = 1  # PR_SET_PDEATHSIG of linux/prctl.h
    ctypes.CDLL(None).prctl(set_death_signal, signal.SIGKILL)


class Broker:
    """One broker with a data folder of its own. Used by one thread; close() removes everything."""

    USER = "countersign"
    PASSWORD = "correct broker battery"

    def __init__(self, topics=(), secure=False):
        """`topics`: (name, partitions) to create after the first start. `secure`: listeners with TLS too."""
        self._folder = pathlib.Path(tempfile.mkdtemp(prefix="countersign-kafka-"))
        self._topics = topics
        self._process = None
        self._started = threading.Event()
        self._reader = None
        self.port = None
        self._secure_ports = None
        self._certificates = BrokerCertificates(self._folder / "certificates") if secure else None
        self.log = []  # the lines of the current run

    @property
    def bootstrap(self):
        return f"127.0.0.1:{self.port}"

    @property
    def sasl_ssl(self):
        return f"127.0.0.1:{self._secure_ports[0]}"

    @property
    def ssl(self):
        return f"127.0.0.1:{self._secure_ports[1]}"

    @property
    def authority(self):
        """Signed the broker's certificate; its clients' too."""
        return self._certificates.authority

    def __enter__(self):
        try:
            self.start()
            for name, partitions in self._topics:
                self.create_topic(name, partitions)
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(self, *_):
        self.close()

    def _java(self, main, *arguments, options=()):
        return ["java", "-cp", f"{fetch()}/*", f"-Dlog4j2.configurationFile={self._folder}/log4j2.properties",
                "-Xmx512m", "-XX:+UseSerialGC", *options, main, *arguments]

    def _format(self):
        self.port, controller, *self._secure_ports = free_ports(4)
        data = self._folder / "data"
        shutil.rmtree(data, ignore_errors=True)
        (self._folder / "log4j2.properties").write_text(LOG4J, encoding="utf-8")
        secure = f",SASL_SSL://{self.sasl_ssl},SSL://{self.ssl}" if self._certificates else ""
        properties = PROPERTIES.format(port=self.port, controller=controller, secure=secure, data=data,
                                       record=RECORD_BYTES_MAX)
        if self._certificates:
            properties += SECURITY.format(key_store=self._certificates.key_store, user=self.USER, password=self.PASSWORD,
                                          trust_store=self._certificates.trust_store)
        (self._folder / "server.properties").write_text(properties, encoding="utf-8")
        scram = ["--add-scram", f"SCRAM-SHA-512=[name={self.USER},password={self.PASSWORD}]"] if self._certificates else []
        self._run(self._java("kafka.tools.StorageTool", "format", "--cluster-id", CLUSTER_ID, "--config",
                             str(self._folder / "server.properties"), *scram))

    def _run(self, command):
        done = subprocess.run(command, capture_output=True, text=True, timeout=TOOL_SECONDS, check=False)
        if done.returncode != 0:
            raise BrokerError(f"{' '.join(command[-6:])} ended with {done.returncode}:\n"
                              f"{(done.stdout + done.stderr)[-4000:]}")
        return done.stdout

    def start(self):
        """Starts on the data and ports of the last run, or formats anew. Returns when the broker serves."""
        if (self._folder / "data" / "meta.properties").exists():
            return self._launch()
        for attempt in range(3):  # a port may be taken between looking and binding
            self._format()
            try:
                return self._launch()
            except BrokerError as error:
                if "Address already in use" not in str(error) or attempt == 2:
                    raise
        raise AssertionError("unreachable")

    def _launch(self):
        if self._process is not None:
            raise BrokerError("the broker runs already")
        self.log = []
        self._started.clear()
        self._process = subprocess.Popen(  # pylint: disable=consider-using-with
            self._java("kafka.Kafka", str(self._folder / "server.properties"),
                       options=("-XX:+ExitOnOutOfMemoryError",)),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", preexec_fn=die_with_parent)
        self._reader = threading.Thread(target=self._read_log, args=(self._process.stdout,), daemon=True)
        self._reader.start()
        deadline = time.monotonic() + START_SECONDS
        while not self._started.wait(0.1):
            ended = self._process.poll() is not None
            if ended or time.monotonic() > deadline:
                self.kill()
                what = "ended before it served" if ended else f"did not serve within {START_SECONDS} s"
                raise BrokerError(f"the broker {what}:\n" + "".join(self.log[-40:]))

    def _read_log(self, stream):
        for line in stream:
            self.log.append(line)
            if "Kafka Server started" in line:
                self._started.set()

    def _reap(self, signal_number, seconds):
        """Ends the process and waits until it is gone (not only a zombie: wait() reaps it)."""
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(signal_number)
        try:
            process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        self._reader.join()
        process.stdout.close()

    def stop(self):
        self._reap(signal.SIGTERM, STOP_SECONDS)

    def kill(self):
        self._reap(signal.SIGKILL, STOP_SECONDS)

    def close(self):
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _topic_command(self, *arguments):
        return self._run(self._java("org.apache.kafka.tools.TopicCommand", "--bootstrap-server", self.bootstrap,
                                    *arguments))

    def create_topic(self, name, partitions=1, **config):
        """`config`: topic settings with `_` for `.`."""
        settings = [word for key, value in config.items() for word in ("--config", f"{key.replace('_', '.')}={value}")]
        self._topic_command("--create", "--topic", name, "--partitions", str(partitions), *settings)

    def delete_topic(self, name):
        self._topic_command("--delete", "--topic", name)

    def consumer_groups(self):
        """Names of the groups that have committed offsets or members."""
        return self._run(self._java("org.apache.kafka.tools.consumer.group.ConsumerGroupCommand", "--bootstrap-server",
                                    self.bootstrap, "--list")).split()

    def _kcat(self, topic, partition, *arguments, data=b""):
        """Returns when the broker has acknowledged everything, in order and once."""
        command = ["kcat", "-P", "-b", self.bootstrap, "-t", topic, "-p", str(partition), "-X", "enable.idempotence=true",
                   "-X", f"message.max.bytes={RECORD_BYTES_MAX}", *map(str, arguments)]
        done = subprocess.run(command, input=data, capture_output=True, timeout=TOOL_SECONDS, check=False)
        if done.returncode != 0:
            raise BrokerError(f"kcat ended with {done.returncode}: {done.stderr.decode(errors='replace')[-2000:]}")

    def produce_lines(self, topic, partition, path):
        """One record for each line of the file."""
        self._kcat(topic, partition, "-l", path)

    def produce(self, topic, partition, *values):
        """One record for each value: any bytes, or None for a record without a value."""
        for value in values:
            if value:
                file = self._folder / "value"
                file.write_bytes(value)
                self._kcat(topic, partition, file)
            else:  # kcat skips an empty line, unless it has a key
                self._kcat(topic, partition, "-K", ":", *(["-Z"] if value is None else []), data=b"key:\n")


def run(topics):
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    with Broker(topics) as broker:
        print(broker.bootstrap, flush=True)
        stopped.wait()
    return 0


def topic_argument(text):
    name, _, partitions = text.partition(":")
    return name, int(partitions or 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=["fetch", "run"])
    parser.add_argument("--topic", action="append", default=[], type=topic_argument, metavar="NAME[:PARTITIONS]")
    arguments = parser.parse_args()
    missing = missing_parts()
    if missing:
        sys.exit("missing: " + ", ".join(missing))
    try:
        if arguments.command == "fetch":
            print(fetch())
            return 0
        return run(arguments.topic)
    except BrokerError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    sys.exit(main())
