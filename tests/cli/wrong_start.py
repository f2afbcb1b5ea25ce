# SPDX-License-Identifier: Apache-2.0
"""What goes wrong when the server starts, and what it says: each problem is named with the thing it is about."""
import pathlib
import socket
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))
import countersign as cs  # noqa: E402
from server import Installation, Server  # noqa: E402


def serve(installation, *more):
    return cs.run(*installation.options(*more), timeout=30)


def main():
    checks = cs.Checks()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        missing_settings(checks)
        two_processes(checks, folder)
        port_in_use(checks, folder)
        key_file(checks, folder)
        last_signed(checks, folder)
        data_folder(checks, folder)
        sources(checks, folder)
        values(checks, folder)
    checks.exit()


def missing_settings(checks):
    done = cs.run("serve")
    checks.equal(done.returncode, 2, "serve without settings: exit code")
    for word in ("--data", "--origin", "--key", "--last-signed"):
        checks.expect(word in done.stderr, f"serve without settings names {word}: {done.stderr}")
    done = cs.run("serv")
    checks.expect(done.returncode == 2 and "did you mean serve" in done.stderr, f"a misspelt command: {done.stderr}")
    done = cs.run("serve", "--dtaa", "x")
    checks.expect(done.returncode == 2 and "--data" in done.stderr, f"a misspelt option: {done.stderr}")


def two_processes(checks, folder):
    site = Installation(folder / "two")
    with Server(site):
        done = serve(site)
        checks.equal(done.returncode, 75, f"second process on one folder: {done.stderr}")
        checks.expect(str(site.data) in done.stderr, f"it names the folder: {done.stderr}")


def port_in_use(checks, folder):
    site = Installation(folder / "port")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        for option in ("--listen", "--metrics"):
            options = [str(o) for o in site.options()]
            options[options.index(option) + 1] = f"127.0.0.1:{port}"
            done = cs.run(*options, timeout=30)
            checks.expect(done.returncode != 0 and str(port) in done.stderr, f"{option} in use: {done.returncode} {done.stderr}")


def key_file(checks, folder):
    site = Installation(folder / "key")
    site.key.chmod(0o644)
    done = serve(site)
    checks.equal(done.returncode, 5, f"key open to others: {done.stderr}")
    checks.expect(str(site.key) in done.stderr and "644" in done.stderr, f"it names file and mode: {done.stderr}")
    site.key.chmod(0o600)
    site.key.write_text("no key\n")
    done = serve(site)
    checks.expect(done.returncode == 1 and str(site.key) in done.stderr, f"a broken key: {done.returncode} {done.stderr}")
    site.key.unlink()
    done = serve(site)
    checks.expect(done.returncode == 3 and str(site.key) in done.stderr, f"no key: {done.returncode} {done.stderr}")


def last_signed(checks, folder):
    site = Installation(folder / "last-signed")
    with Server(site):
        pass
    kept = site.last_signed.read_bytes()
    site.last_signed.unlink()
    done = serve(site)
    checks.expect(done.returncode == 1 and str(site.last_signed) in done.stderr, f"last-signed lost: {done.returncode} {done.stderr}")
    site.last_signed.write_bytes(kept)
    with Server(site):
        pass


def data_folder(checks, folder):
    target = folder / "no-folder"
    target.write_text("a file where the folder should be\n")
    site = Installation(folder / "data", people=False)
    site.data = target / "data"
    done = serve(site)
    checks.expect(done.returncode != 0 and str(site.data) in done.stderr, f"a data folder that cannot be: {done.returncode} {done.stderr}")


def sources(checks, folder):
    site = Installation(folder / "sources")
    for spec, code, word in (("file:/no/such/file", 3, "/no/such/file"), ("fiel:x", 2, "fiel"), ("file:x?colour=red", 2, "colour"),
                             ("kafka:topic", 2, "kafka.brokers")):
        done = serve(site, "--source", spec)
        checks.expect(done.returncode == code and word in done.stderr, f"source {spec}: {done.returncode} {done.stderr}")
    rules = folder / "broken.yml"
    rules.write_text("title: x\nlogsource: {product: windows}\ndetection: {selection: {a|nope: b}, condition: selection}\n")
    with Server(site, "--rules", rules) as server:
        checks.expect(any("nope" in line for line in server.log), "a broken rule is named and the rest works")


def values(checks, folder):
    site = Installation(folder / "values")
    for options, environment in ((("--values", folder / "none.yaml"), {}), ((), {"COUNTERSIGN_RULE_VALUES": str(folder / "none.yaml")})):
        done = cs.run(*site.options(*options), timeout=30, env={**cs.clean_environment(), **environment})
        checks.expect(done.returncode == 3 and "none.yaml" in done.stderr, f"no file of values: {done.returncode} {done.stderr}")


if __name__ == "__main__":
    main()
