# SPDX-License-Identifier: Apache-2.0
"""Whatever goes wrong with the credentials: what the speaker logs at its most talkative, and what the commands print,
names no token and no key.
"""

import base64
import re
from pathlib import Path

import pytest
from cluster import Cluster
from lab import ISAT, wait_for

ADDRESS, OTHER = "192.0.2.10", "192.0.2.11"
DEBUG = "log: {level: debug}\n"


@pytest.fixture(name="cluster", scope="module")
def _cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("api")) as cluster:
        yield cluster


class Secrets:
    """What must not be seen; a part of one is too much already."""

    def __init__(self, *, tokens=(), key=None):
        # Of a JWT the header is no secret; the claims and the signature are.
        self._parts = []
        for token in tokens:
            self._parts += token.split(".")[1:] if token.count(".") == 2 else [token]
        if key is not None:
            text = Path(key).read_text()
            self._parts += [line for line in text.splitlines() if line and not line.startswith("-----")]
            self._parts += re.findall(".{32}", base64.b64encode(text.encode()).decode())
        assert self._parts and all(len(part) >= 16 for part in self._parts)

    def assert_unseen(self, speaker):
        """In the log, and in what each command prints, for people and for machines."""
        log = speaker.log()
        assert " debug " in log, "not at that level"
        seen = {"log": log, "metrics": speaker.http("/metrics")[1]}
        for form in ("text", "json"):
            status = speaker.host.run(ISAT, "status", "--pin", speaker.pin, "-o", form)
            explain = speaker.host.run(ISAT, "explain", "--config", speaker.configuration, "-o", form, ADDRESS,
                                       check=False)
            check = speaker.host.run(ISAT, "check", "--config", speaker.configuration)
            seen |= {f"status {form}": status.stdout + status.stderr, "check": check.stdout + check.stderr,
                     f"explain {form}": explain.stdout + explain.stderr}
        for where, text in seen.items():
            assert text, where
            found = [part for part in self._parts if part in text]
            assert not found, f"in {where}: {found}\n{text}"


def without_a_view(cluster, kubeconfig, cause, secrets):
    """A speaker that gets none, by the cause that its log names."""
    cluster.service("web", ADDRESS)
    with cluster.speaker(cluster.configuration(kubeconfig, top=DEBUG), wait=False) as speaker:
        wait_for(lambda: cause in speaker.log(), 20, f"{cause} in the log")
        wait_for(lambda: speaker.http("/metrics")[0] == 200, 5, "the endpoint")
        secrets.assert_unseen(speaker)


def test_unknown_token(cluster):
    token = "isat-test-unknown-token-0123456789"
    kubeconfig = cluster.api.kubeconfig("token", "speaker", token=token)
    without_a_view(cluster, kubeconfig, "HTTP 401", Secrets(tokens=[token]))


def test_token_without_rights(cluster):
    without_a_view(cluster, cluster.api.kubeconfig("token", "nobody"), "HTTP 403",
                   Secrets(tokens=[cluster.api.tokens["nobody"]]))


@pytest.mark.parametrize("kind", ["certificate", "certificate-data"])
def test_certificate_without_rights(cluster, kind):
    kubeconfig = cluster.api.kubeconfig(kind, "nobody")
    without_a_view(cluster, kubeconfig, "HTTP 403", Secrets(key=cluster.api.directory / "certificates/user-nobody.key"))


def test_wrong_authority(cluster):
    cause = "certificate is not trusted by"
    without_a_view(cluster, cluster.api.kubeconfig("token", "speaker", "wrong"), cause,
                   Secrets(tokens=[cluster.api.tokens["speaker"]]))
    without_a_view(cluster, cluster.api.kubeconfig("certificate-data", "speaker", "wrong"), cause,
                   Secrets(key=cluster.api.directory / "certificates/user-speaker.key"))


def test_key_that_is_none(cluster):
    """What does not parse is what an error is tempted to quote."""
    kubeconfig = cluster.api.kubeconfig("certificate-data", "speaker")
    key = cluster.api.directory / "not-a.key"
    key.write_text("not a key but as secret as one\n" * 4)
    text = re.sub("client-key-data: .*", f"client-key-data: {base64.b64encode(key.read_bytes()).decode()}",
                  kubeconfig.read_text())
    kubeconfig = kubeconfig.with_name("kubeconfig-not-a-key")
    kubeconfig.write_text(text)
    without_a_view(cluster, kubeconfig, "trying again", Secrets(key=key))


def test_rotation(cluster):
    old, new = cluster.api.issue_token(), cluster.api.issue_token()
    kubeconfig = cluster.api.kubeconfig("token-file", "speaker", token=old)
    cluster.service("web", ADDRESS)
    with cluster.speaker(cluster.configuration(kubeconfig, top=DEBUG)) as speaker:
        cluster.wait_answer(ADDRESS)
        cluster.api.revoke_token(old)
        # A watch under way outlives its token; the next one must not.
        cluster.api.stop_api(kill=True)
        wait_for(lambda: speaker.metric("isat_source_in_touch") == 0, 20, "the speaker noticing")
        cluster.api.start_api()
        wait_for(lambda: "HTTP 401" in speaker.log(), 30, "the refusal in the log")
        Secrets(tokens=[old]).assert_unseen(speaker)
        cluster.api.write_token_file(new)
        cluster.api.patch_ingress("web", [ADDRESS, OTHER])
        cluster.wait_answer(OTHER, 20)
        Secrets(tokens=[old, new]).assert_unseen(speaker)
