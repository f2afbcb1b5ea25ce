# SPDX-License-Identifier: Apache-2.0
"""Helm as the tests use it: rendering to parsed objects, and what it said."""
import json
import os
import pathlib
import subprocess
from dataclasses import dataclass

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "countersign"
VALUES = pathlib.Path(__file__).resolve().parent / "values"
MONITORING = "monitoring.coreos.com/v1"
OLDEST, NEWEST = "1.27.0", "1.37.0"


class Missing(Exception):
    """A part that the suite needs is not to be had here; the text names it."""


def tool(*command):
    """Runs a script of ours that prints a path, once per process."""
    if command not in tool.known:
        done = subprocess.run([str(part) for part in command], capture_output=True, text=True)
        if done.returncode != 0:
            raise Missing((done.stderr.strip().splitlines() or ["no output"])[-1])
        tool.known[command] = done.stdout.strip()
    return tool.known[command]


tool.known = {}


def helm(*arguments, stdin=None):
    # Helm reads and writes nothing of the user's.
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "HELM_CACHE_HOME": "/nonexistent",
           "HELM_CONFIG_HOME": "/nonexistent", "HELM_DATA_HOME": "/nonexistent"}
    command = [tool(ROOT / "script" / "tools" / "helm"), *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, env=env, input=stdin)


@dataclass
class Rendering:
    objects: list

    def all(self, kind):
        return [thing for thing in self.objects if thing["kind"] == kind]

    def one(self, kind, suffix=""):
        found = [thing for thing in self.all(kind) if thing["metadata"]["name"].endswith(suffix)]
        assert len(found) == 1, f"{len(found)} objects of kind {kind} end in {suffix!r}"
        return found[0]

    @property
    def pod(self):
        return self.one("StatefulSet")["spec"]["template"]

    @property
    def container(self):
        containers = self.pod["spec"]["containers"]
        assert len(containers) == 1
        return containers[0]

    @property
    def config_text(self):
        return self.one("ConfigMap")["data"]["countersign.yaml"]

    @property
    def config(self):
        return yaml.safe_load(self.config_text)


def values_of(name):
    return yaml.safe_load((VALUES / f"{name}.yaml").read_text(encoding="utf-8"))


def merged(base, changes):
    """changes over base; None removes."""
    if not isinstance(base, dict) or not isinstance(changes, dict):
        return changes
    result = dict(base)
    for key, value in changes.items():
        result[key] = merged(base.get(key), value) if isinstance(value, dict) else value
    return result


def template(values, *, release="r", namespace="security", version=NEWEST, apis=(MONITORING,)):
    arguments = ["template", release, CHART, "--namespace", namespace, "--kube-version", version, "--values", "-"]
    for api in apis:
        arguments += ["--api-versions", api]
    return helm(*arguments, stdin=json.dumps(values))


def render(values, **more):
    done = template(values, **more)
    assert done.returncode == 0, done.stderr
    return Rendering([thing for thing in yaml.safe_load_all(done.stdout) if thing])


def schema_problems(objects, version):
    python = tool(ROOT / "script" / "tools" / "venv", pathlib.Path(__file__).resolve().parent / "requirements.txt")
    done = subprocess.run([python, pathlib.Path(__file__).resolve().parent / "validate.py", version],
                          input=json.dumps(objects), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def program():
    """The built program, or None. It refuses COUNTERSIGN_… variables that it does not know."""
    path = os.environ.get("COUNTERSIGN", "")
    return path if path and os.access(path, os.X_OK) else None


def run_program(*arguments):
    env = {name: value for name, value in os.environ.items() if not name.startswith("COUNTERSIGN")}
    return subprocess.run([program(), *map(str, arguments)], capture_output=True, text=True, env=env)
