# SPDX-License-Identifier: Apache-2.0
"""A certificate authority for one test cluster, by the openssl command line."""

import subprocess


def _openssl(*arguments):
    result = subprocess.run(["openssl", *map(str, arguments)], capture_output=True, text=True)
    if result.returncode != 0:
        raise RuntimeError(f"openssl {arguments[0]}: {result.stderr.strip()}")


class Authority:
    """Keeps NAME.crt and NAME.key for itself and for all that it signs in one directory; what exists is kept."""

    _KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30")

    def __init__(self, directory, name="ca"):
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.certificate = directory / f"{name}.crt"
        self._key = directory / f"{name}.key"
        if not self.certificate.exists():
            _openssl("req", "-x509", *self._KEY, "-subj", f"/CN=isat test {name}", "-keyout", self._key,
                     "-out", self.certificate, "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, name, subject, alternative_names=()):
        """(certificate, key): paths. subject as openssl writes it: /O=GROUP/CN=USER."""
        certificate, key = self.directory / f"{name}.crt", self.directory / f"{name}.key"
        if not certificate.exists():
            names = ("-addext", "subjectAltName=" + ",".join(alternative_names)) if alternative_names else ()
            _openssl("req", "-x509", "-CA", self.certificate, "-CAkey", self._key, *self._KEY, "-subj", subject,
                     "-keyout", key, "-out", certificate, "-addext", "basicConstraints=critical,CA:FALSE",
                     "-addext", "extendedKeyUsage=serverAuth,clientAuth", *names)
        return certificate, key


def signing_key(path):
    """An RSA key pair for service account tokens: (private key, public key), as paths."""
    public = path.with_suffix(".pub")
    if not public.exists():
        _openssl("genrsa", "-out", path, "2048")
        _openssl("rsa", "-in", path, "-pubout", "-out", public)
    return path, public
