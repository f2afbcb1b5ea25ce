# SPDX-License-Identifier: Apache-2.0
"""rsyslog and syslog-ng of Debian as plain processes of a test. Debian lets only one of them be installed, so syslog-ng is
unpacked from its packages into the build folder. None of them reads or writes anything of the system."""
import fcntl
import os
import pathlib
import shutil
import subprocess
import sys

import countersign as cs

TOOLS = cs.ROOT / "build" / "test-tools" / "syslog-ng"


def need_rsyslog():
    for place in ("/usr/sbin/rsyslogd", "/sbin/rsyslogd"):
        if os.access(place, os.X_OK):
            return place
    print("skipped: rsyslogd is not installed (script/bootstrap)")
    sys.exit(cs.SKIPPED)


def need_rsyslog_kafka():
    need_rsyslog()
    if not any(pathlib.Path("/usr/lib").glob("*/rsyslog/omkafka.so")):
        print("skipped: rsyslog-kafka is not installed (script/bootstrap)")
        sys.exit(cs.SKIPPED)


def unpack(package, file):
    """Downloads `package` and unpacks it into TOOLS, unless its `file` is there."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    with open(TOOLS / "lock", "w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # two tests may begin at once
        if any(TOOLS.glob(file)):
            return
        done = subprocess.run(["apt-get", "download", "-qq", package], cwd=TOOLS, capture_output=True, text=True)
        packages = sorted(TOOLS.glob(f"{package}_*.deb"))
        if not packages:
            print(f"skipped: {package} cannot be downloaded: {done.stderr.strip()[-200:]}")
            sys.exit(cs.SKIPPED)
        subprocess.run(["dpkg-deb", "-x", packages[-1], TOOLS], check=True)


def need_syslog_ng():
    """The program's path."""
    installed = shutil.which("syslog-ng", path="/usr/sbin:/usr/bin")
    if installed:
        return installed
    unpack("syslog-ng-core", "usr/sbin/syslog-ng")
    return str(TOOLS / "usr" / "sbin" / "syslog-ng")


def need_syslog_ng_kafka():
    if not need_syslog_ng().startswith(str(TOOLS)):
        if not any(pathlib.Path("/usr/lib/syslog-ng").glob("*/libkafka.so")):
            print("skipped: syslog-ng-mod-rdkafka is not installed")
            sys.exit(cs.SKIPPED)
        return
    unpack("syslog-ng-mod-rdkafka", "usr/lib/syslog-ng/*/libkafka.so")


class Daemon:
    """A process that writes what it says to `log`; ended by its process id."""

    def __init__(self, command, log, environment=None):
        self.log = log
        with open(log, "w", encoding="utf-8") as out:
            self.process = subprocess.Popen(list(map(str, command)), stdout=out, stderr=out, stdin=subprocess.DEVNULL,
                                            env={**os.environ, **(environment or {})})

    def said(self):
        return pathlib.Path(self.log).read_text(errors="replace")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.terminate()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


def rsyslog(folder, configuration, environment=None):
    """`configuration` is RainerScript; modules are those of the package."""
    program = need_rsyslog()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "rsyslog.conf"
    path.write_text(f'global(workDirectory="{folder}")\n' + configuration)
    return Daemon([program, "-n", "-f", path, "-i", folder / "rsyslog.pid"], folder / "rsyslog.log",
                  environment)


def syslog_ng(folder, configuration, environment=None):
    program = need_syslog_ng()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "syslog-ng.conf"
    path.write_text("@version: 3.38\noptions { stats-freq(0); keep-hostname(yes); };\n" + configuration)
    command = [program, "-F", "-e", "--no-caps", "-f", path, "-R", folder / "persist", "-p", folder / "pid", "-c", folder / "ctl"]
    environment = dict(environment or {})
    if program.startswith(str(TOOLS)):
        modules = next((TOOLS / "usr" / "lib" / "syslog-ng").iterdir())
        libraries = [next((TOOLS / "usr" / "lib").rglob("libsyslog-ng-3*.so*")).parent]
        environment["LD_LIBRARY_PATH"] = ":".join(map(str, libraries))
        command += ["--module-path", modules]
    return Daemon(command, folder / "syslog-ng.log", environment)
