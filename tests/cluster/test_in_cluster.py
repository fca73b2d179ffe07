# SPDX-License-Identifier: Apache-2.0
"""Where a speaker finds the API server: in a pod by environment and service account, or by its command line."""

import shutil

import pytest
from cluster import Cluster
from lab import wait_for

ADDRESS, OTHER = "192.0.2.10", "192.0.2.11"
# In mounts of its own, so that the machine has no such directory and other tests do not see it.
IN_POD = """
mount -t tmpfs none /run && mkdir -p /run/secrets/kubernetes.io &&
ln -s "$1" /run/secrets/kubernetes.io/serviceaccount &&
export KUBERNETES_SERVICE_HOST="$2" KUBERNETES_SERVICE_PORT="$3" && shift 3 && exec "$@"
"""
CONFIGURATION = "source: kubernetes\ninterfaces: [eth0]\nkubernetes: {kubeconfig: \"\", membership: none}\n"


@pytest.fixture(name="cluster", scope="module")
def _cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("api")) as cluster:
        yield cluster


class ServiceAccount:
    """The volume as the kubelet keeps it: links to ..data/NAME, and ..data is swapped to another folder."""

    def __init__(self, directory, authority):
        self.directory, self._authority, self._versions = directory, authority, 0
        for name in ("token", "ca.crt"):
            (directory / name).symlink_to(f"..data/{name}")

    def rotate(self, token):
        self._versions += 1
        fresh = self.directory / f"..{self._versions}"
        fresh.mkdir()
        (fresh / "token").write_text(token)
        shutil.copy(self._authority, fresh / "ca.crt")
        (self.directory / "..data_tmp").symlink_to(fresh.name)
        (self.directory / "..data_tmp").rename(self.directory / "..data")


def test_token_is_read_again_when_the_kubelet_has_rotated_it(cluster, tmp_path):
    api = cluster.api
    account = ServiceAccount(tmp_path, api.directory / "certificates" / "ca.crt")
    old, new = api.issue_token(), api.issue_token()
    account.rotate(old)
    cluster.service("web", ADDRESS)
    in_pod = ["unshare", "-m", "sh", "-c", IN_POD, "in-pod", account.directory, api.address, api.port]
    with cluster.speaker(CONFIGURATION, wrap=in_pod) as speaker:
        cluster.wait_answer(ADDRESS)
        api.revoke_token(old)
        account.rotate(new)
        # The watch under way outlives its token; the one after the restart has only the new one to show.
        api.stop_api(kill=True)
        wait_for(lambda: speaker.metric("isat_source_in_touch") == 0, 20, "the speaker noticing")
        api.start_api()
        api.patch_ingress("web", [ADDRESS, OTHER])
        cluster.wait_answer(OTHER, 30)
        assert cluster.answers(ADDRESS)
        assert "HTTP 401" not in speaker.log()


def test_the_command_line_wins_over_the_file(cluster):
    """Also when the file is read again: nobody is told that another kubeconfig needs a restart."""
    cluster.service("web", ADDRESS)
    configuration = cluster.configuration("/nowhere/kubeconfig")
    given = ["sh", "-c", 'exec "$@" --kubeconfig "$0"', cluster.api.kubeconfig()]
    with cluster.speaker(configuration, wrap=given) as speaker:
        cluster.wait_answer(ADDRESS)
        speaker.write(configuration + "log: {level: debug}\n")
        wait_for(lambda: "configuration applied" in speaker.log(), 5, "the edit")
        assert "needs a restart" not in speaker.log()
        assert cluster.answers(ADDRESS)
