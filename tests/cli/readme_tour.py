# SPDX-License-Identifier: Apache-2.0
"""The README's tour, typed as it stands against a demo of its own, answers as the README shows them. Times, hashes and
counts differ from run to run; a line of the README that is only an ellipsis stands for any lines."""
import os
import pathlib
import re
import shlex
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402

ALERT = "FortiGate recognised a virus and let the file pass"
VARYING = [
    (r"\d{4}-\d\d-\d\dT[\d:.]+Z", "TIME"),
    (r"\b[0-9a-f]{64}\b", "HASH"),
    (r"\b1-000-\d{6}\b", "ALERT"),
    (r"http://[\d.]+:\d+", "SERVER"),
    (r"entry \d+", "entry N"),
    (r"\d+ (entries|checkpoints)", r"N \1"),
    (r"–\s+\d+  ", "–  COUNT  "),
]


def tour():
    """(command, the lines it answers) in the order of the README."""
    text = (cs.ROOT / "README.md").read_text()
    block = re.search(r"```\n(\$ countersign login.*?)```", text, re.S).group(1)
    steps = []
    for line in block.splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        elif line:
            steps[-1][1].append(line)
    return steps


def shape(line):
    for pattern, instead in VARYING:
        line = re.sub(pattern, instead, line)
    return line.rstrip()


def fits(shown, answered):
    """Whether the answer is what is shown, where `…` stands for any lines."""
    pattern = "".join("(?:.*\\n)*" if line == "…" else re.escape(shape(line)) + "\\n" for line in shown)
    return re.fullmatch(pattern, "".join(shape(line) + "\n" for line in answered if line)) is not None


class Demo:
    def __init__(self, folder):
        self.process = subprocess.Popen(
            [cs.program(), "demo", "--data", folder / "demo", "--listen", "127.0.0.1:0", "--metrics", "127.0.0.1:0"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=cs.clean_environment())
        text = ""
        while "Ctrl-C stops" not in text:
            line = self.process.stdout.readline()
            assert line, f"the demo ended: {text}"
            text += line
        self.api = re.search(r"API +(\S+)", text).group(1)
        self.metrics = re.search(r"metrics +(\S+)", text).group(1)
        self.password = re.search(r"alice +(\S+)", text).group(1)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(20)


def typed(command, demo, folder, alert):
    """What the visitor types, at the addresses and places of this run."""
    if alert:
        command = re.sub(r"\b1-000-\d{6}\b", alert, command)
    command = command.replace("http://127.0.0.1:9464/metrics", demo.metrics)
    command = command.replace("build/demo/store", str(folder / "demo" / "store")).replace("/tmp/evidence", str(folder / "evidence"))
    if command.startswith(("countersign login", "countersign alerts")):
        command += f" --server {demo.api}"
    command = re.sub(r"^countersign", shlex.quote(str(cs.program())), command)
    return subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=cs.clean_environment(),
                          input=demo.password + "\n")


def wait_for_alert(demo, folder):
    """The alert of the tour, once the demo's feed has come to it: its id."""
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        listed = typed("countersign alerts list", demo, folder, None).stdout
        found = re.search(rf"^(1-000-\d{{6}}) .*{ALERT}$", listed, re.M)
        if found and "Memory of the logon process" in listed:
            return found.group(1)
        time.sleep(0.5)
    raise AssertionError(f"the demo did not raise the alert of the tour: {listed}")


def main():
    checks = cs.Checks()
    steps = tour()
    checks.equal(len(steps), 9, "commands in the tour")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        os.environ["XDG_CONFIG_HOME"] = str(folder / "config")
        with Demo(folder) as demo:
            alert = None
            for command, shown in steps:
                if command.startswith("countersign alerts list"):
                    alert = wait_for_alert(demo, folder)
                done = typed(command, demo, folder, alert)
                deadline = time.monotonic() + 30
                while "export again in a second" in done.stderr and time.monotonic() < deadline:  # as a reader would
                    time.sleep(1)
                    done = typed(command, demo, folder, alert)
                answered = [line for line in (done.stdout + done.stderr).splitlines() if not line.startswith("password:")]
                checks.expect(fits(shown, answered), f"{command}: the README shows {shown}, the program says {answered}")
    checks.exit()


if __name__ == "__main__":
    main()
