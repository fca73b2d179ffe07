# SPDX-License-Identifier: Apache-2.0
"""The text of a kubeconfig file, laid out as kubectl writes it."""

import base64
from pathlib import Path


def _base64(path):
    return base64.b64encode(Path(path).read_bytes()).decode()


def cluster(server, authority, inline):
    """The cluster's fields. inline: the authority's certificate as base64 data instead of its path."""
    name, value = ("certificate-authority-data", _base64(authority)) if inline else ("certificate-authority", authority)
    return {name: value, "server": server}


def certificate_user(certificate, key, inline):
    if inline:
        return {"client-certificate-data": _base64(certificate), "client-key-data": _base64(key)}
    return {"client-certificate": certificate, "client-key": key}


def text(cluster_fields, user_fields):
    def indented(fields):
        return "\n".join(f"    {name}: {value}" for name, value in fields.items())

    return f"""apiVersion: v1
clusters:
- cluster:
{indented(cluster_fields)}
  name: isat-test
contexts:
- context:
    cluster: isat-test
    user: isat-test
  name: isat-test
current-context: isat-test
kind: Config
preferences: {{}}
users:
- name: isat-test
  user:
{indented(user_fields)}
"""
