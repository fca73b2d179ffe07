# SPDX-License-Identifier: Apache-2.0
"""The API server is away, forgets, refuses or stalls: the node answers on, and catches up when it is back."""

import time

import pytest
from api_client import ApiError
from cluster import SERVICES, Cluster
from lab import wait_for
from stalling_proxy import StallingProxy

ADDRESS, OTHER, THIRD = "192.0.2.10", "192.0.2.11", "192.0.2.12"
ON_OUR_OWN = "on our own, with the last view"
# The longest pause between two tries is 10 s.
CATCH_UP = 20


@pytest.fixture(name="cluster", scope="module")
def _cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("api")) as cluster:
        yield cluster


def lines(speaker, text):
    return [line for line in speaker.log().splitlines() if text in line]


def stays(cluster, speaker, address, times=5):
    """Answered each time, and the speaker does not call itself unready for it."""
    for _ in range(times):
        assert cluster.answers(address)
        assert speaker.ready()
        time.sleep(0.3)


def wait_own(speaker, seconds=CATCH_UP):
    wait_for(lambda: speaker.metric("isat_source_in_touch") == 0, seconds, "the speaker noticing")


def wait_in_touch(speaker, seconds=CATCH_UP):
    wait_for(lambda: speaker.metric("isat_source_in_touch") == 1, seconds, "the speaker being in touch again")


def test_api_stopped_and_started(cluster):
    cluster.service("web", ADDRESS)
    with cluster.speaker() as speaker:
        cluster.wait_answer(ADDRESS)
        cluster.api.stop_api(kill=True)
        wait_own(speaker)
        stays(cluster, speaker, ADDRESS)
        assert len(lines(speaker, ON_OUR_OWN)) == 1
        assert speaker.metric("isat_source_losses_total") == 1
        cluster.api.start_api()
        begin = time.monotonic()
        cluster.api.patch_ingress("web", [OTHER])
        cluster.wait_answer(OTHER, CATCH_UP)
        print(f"a change after the API server's restart is answered after {time.monotonic() - begin:.1f} s")
        cluster.wait_silence(ADDRESS)
        wait_in_touch(speaker)
        assert len(lines(speaker, ON_OUR_OWN)) == 1


def test_token_rotation(cluster):
    old, new = cluster.api.issue_token(), cluster.api.issue_token()
    kubeconfig = cluster.api.kubeconfig("token-file", "speaker", token=old)
    cluster.service("web", ADDRESS)
    with cluster.speaker(cluster.configuration(kubeconfig)) as speaker:
        cluster.wait_answer(ADDRESS)
        cluster.api.revoke_token(old)
        # A watch under way outlives its token; the next one must not.
        cluster.api.stop_api(kill=True)
        wait_own(speaker)
        cluster.api.start_api()
        wait_for(lambda: lines(speaker, "HTTP 401"), 30, "the refusal in the log")
        assert "check that it is this cluster's and has not expired" in lines(speaker, "HTTP 401")[0]
        stays(cluster, speaker, ADDRESS)
        cluster.api.write_token_file(new)
        cluster.api.patch_ingress("web", [ADDRESS, OTHER])
        cluster.wait_answer(OTHER, CATCH_UP)
        assert cluster.answers(ADDRESS)


def adopted(cluster, speaker, kubeconfig):
    """The speaker starts anew, with a kubeconfig that gets it no view: what an earlier one announced stays."""
    speaker.stop(kill=True)
    speaker.write(cluster.configuration(kubeconfig))
    before = len(speaker.log())
    speaker.start(wait=False)
    wait_for(lambda: "trying again" in speaker.log()[before:], 20, "the cause in the log")
    for _ in range(3):
        assert cluster.answers(ADDRESS)
        time.sleep(0.3)
    assert speaker.daemon.pid() is not None, speaker.log()
    assert len(speaker.status()["announcements"]) == 1
    return speaker.log()[before:]


def test_wrong_authority_keeps_what_was_adopted(cluster):
    cluster.service("web", ADDRESS)
    with cluster.speaker() as speaker:
        cluster.wait_answer(ADDRESS)
        log = adopted(cluster, speaker, cluster.api.kubeconfig("token", "speaker", "wrong"))
        (line,) = [line for line in log.splitlines() if "trying again" in line]
        assert "certificate is not trusted by" in line and "wrong-ca" in line


def test_no_rights_keeps_what_was_adopted(cluster):
    cluster.service("web", ADDRESS)
    with cluster.speaker() as speaker:
        cluster.wait_answer(ADDRESS)
        log = adopted(cluster, speaker, cluster.api.kubeconfig("token", "nobody"))
        (line,) = [line for line in log.splitlines() if "trying again" in line]
        assert "HTTP 403" in line and "grant list and watch on" in line and "to this account" in line


def test_api_away_at_start_keeps_what_was_adopted(cluster):
    cluster.service("web", ADDRESS)
    with cluster.speaker() as speaker:
        cluster.wait_answer(ADDRESS)
        cluster.api.stop_api(kill=True)
        assert "connect" in adopted(cluster, speaker, cluster.api.kubeconfig("token", "speaker"))
        cluster.api.start_api()
        cluster.api.delete_service("web")
        cluster.wait_silence(ADDRESS, CATCH_UP)


def test_deleted_while_the_speaker_was_dead(cluster):
    cluster.service("web", ADDRESS)
    cluster.service("stays", OTHER)
    with cluster.speaker() as speaker:
        cluster.wait_answer(ADDRESS)
        cluster.wait_answer(OTHER)
        speaker.stop(kill=True)
        cluster.api.delete_service("web")
        cluster.service("fresh", THIRD)
        assert cluster.answers(ADDRESS)
        speaker.start()
        cluster.wait_silence(ADDRESS)
        cluster.wait_answer(THIRD)
        assert cluster.answers(OTHER)


def through(cluster, proxy):
    """A kubeconfig whose server is the proxy; the certificate is for 127.0.0.1, whatever the port."""
    direct = cluster.api.kubeconfig("token", "speaker")
    kubeconfig = direct.with_name(f"kubeconfig-proxy-{proxy.port}")
    kubeconfig.write_text(direct.read_text().replace(f":{cluster.api.port}\n", f":{proxy.port}\n"))
    return kubeconfig


def test_changes_missed_and_forgotten_are_found_by_a_list(cluster):
    """410: what the watch knew last is compacted away before it can ask again."""
    cluster.service("goes", ADDRESS)
    cluster.service("stays", OTHER)
    with (StallingProxy(cluster.api.port, cluster.node.namespace) as proxy,
          cluster.speaker(cluster.configuration(through(cluster, proxy))) as speaker):
        cluster.wait_answer(ADDRESS)
        cluster.wait_answer(OTHER)
        known = cluster.api.request("GET", SERVICES)["metadata"]["resourceVersion"]
        proxy.stall()
        cluster.api.delete_service("goes")
        cluster.service("comes", THIRD)
        cluster.api.stop_api(kill=True)
        cluster.api.compact()
        cluster.api.start_api()
        with pytest.raises(ApiError, match="410"):
            list(cluster.api.watch(SERVICES, known, timeout=2))
        assert cluster.answers(ADDRESS) and cluster.answers(OTHER) and not cluster.answers(THIRD)
        proxy.drop()
        proxy.resume()
        cluster.wait_answer(THIRD, CATCH_UP)
        cluster.wait_silence(ADDRESS)
        stays(cluster, speaker, OTHER, 1)


def test_stalled_connection(cluster):
    cluster.service("web", ADDRESS)
    with (StallingProxy(cluster.api.port, cluster.node.namespace) as proxy,
          cluster.speaker(cluster.configuration(through(cluster, proxy))) as speaker):
        cluster.wait_answer(ADDRESS)
        proxy.stall()
        cluster.api.patch_ingress("web", [OTHER])
        stays(cluster, speaker, ADDRESS)
        assert not cluster.answers(OTHER)
        proxy.resume()
        cluster.wait_answer(OTHER)
        cluster.wait_silence(ADDRESS)
