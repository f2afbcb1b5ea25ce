# SPDX-License-Identifier: Apache-2.0
"""The image's recipe (helm/Containerfile): it names exactly the packages whose libraries the program is linked to."""
import re
import subprocess
import unittest

import chart

# In debian:12-slim already, because apt needs them.
IN_THE_BASE = {"libc6", "libgcc-s1", "libstdc++6"}
# Needed without being linked: the authorities that TLS trusts, and the zones of times.
NOT_LINKED = {"ca-certificates", "tzdata"}


def output(*command):
    return subprocess.run([str(word) for word in command], capture_output=True, text=True, check=True).stdout


def package_of(path):
    """dpkg knows a library by one of its two names: /lib is a link to /usr/lib."""
    for name in (path, f"/usr{path}", path.removeprefix("/usr")):
        done = subprocess.run(["dpkg-query", "--search", name], capture_output=True, text=True)
        if done.returncode == 0:
            return done.stdout.split(":")[0]
    return f"no package has {path}"


class Image(unittest.TestCase):
    def test_the_image_has_the_libraries_that_the_program_is_linked_to_and_no_others(self):
        if chart.program() is None:
            self.skipTest("the program ($COUNTERSIGN)")
        needed = re.findall(r"\(NEEDED\).*\[(.*)\]", output("readelf", "--dynamic", chart.program()))
        places = dict(re.findall(r"^\s*(\S+) => (\S+) \(", output("ldd", chart.program()), re.M))
        linked = {package_of(places[name]) for name in needed if name in places}
        recipe = (chart.ROOT / "helm" / "Containerfile").read_text(encoding="utf-8")
        installed = set(re.findall(r"^ {6}([a-z0-9.+-]+) \\$", recipe, re.M))
        self.assertEqual(installed - NOT_LINKED, linked - IN_THE_BASE)
