# SPDX-License-Identifier: Apache-2.0
"""Certificates for a broker under test and its clients, made with the `openssl` command for the time of the test."""
import pathlib
import subprocess

DAYS = "2"


class Authority:
    """Signs what it makes. All files lie in `folder`, which is made."""

    def __init__(self, folder, name):
        self._folder = pathlib.Path(folder)
        self._folder.mkdir(parents=True)
        self._key, self.certificate = self._make(name, "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, *hosts):
        """The files of a private key (PKCS#8) and of its certificate, for `hosts` as `DNS:name` or `IP:address`."""
        alternatives = ("-addext", "subjectAltName=" + ",".join(hosts)) if hosts else ()
        return self._make(name, "-CA", self.certificate, "-CAkey", self._key, "-addext", "basicConstraints=critical,CA:false",
                          *alternatives)

    def _make(self, name, *extensions):
        key, certificate = self._folder / f"{name}.key", self._folder / f"{name}.crt"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-noenc",
                        "-days", DAYS, "-subj", f"/CN={name}", "-keyout", key, "-out", certificate, *extensions],
                       check=True, capture_output=True)
        return key, certificate


class BrokerCertificates:
    """What a broker needs for TLS: its own key and certificate in one file, and the authority that it trusts."""

    def __init__(self, folder):
        self.authority = Authority(folder, "authority")
        key, certificate = self.authority.issue("broker", "DNS:localhost", "IP:127.0.0.1")
        self.key_store = pathlib.Path(folder) / "broker.pem"
        self.key_store.write_text(key.read_text() + certificate.read_text(), encoding="ascii")

    @property
    def trust_store(self):
        return self.authority.certificate
