# SPDX-License-Identifier: Apache-2.0
"""What a real API server says about Services is what the node answers, asked from the client."""

import itertools
import re
import time
from pathlib import Path

import pytest
from cluster import Cluster
from lab import wait_for

ADDRESS, OTHER, ADDRESS6, OTHER6 = "192.0.2.10", "192.0.2.11", "2001:db8::10", "2001:db8::11"


@pytest.fixture(name="cluster", scope="module")
def _cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("api")) as cluster:
        yield cluster


@pytest.fixture(name="speaker")
def _speaker(cluster):
    with cluster.speaker() as speaker:
        yield speaker


def test_assigned_is_answered(cluster, speaker):
    cluster.service("web")
    time.sleep(1)
    assert not cluster.answers(ADDRESS)
    begin = time.monotonic()
    cluster.api.patch_ingress("web", [ADDRESS])
    print(f"assignment to answer: {cluster.until_answer(ADDRESS, begin):.0f} ms")
    cluster.wait_answer(ADDRESS)
    cluster.api.delete_service("web")
    cluster.wait_silence(ADDRESS)
    assert speaker.status()["announcements"] == []


def test_dual_stack_and_change(cluster, speaker):
    cluster.service("web", ADDRESS, ADDRESS6, families=["IPv4", "IPv6"])
    cluster.wait_answer(ADDRESS)
    cluster.wait_answer(ADDRESS6)
    cluster.api.patch_ingress("web", [OTHER, OTHER6])
    cluster.wait_answer(OTHER)
    cluster.wait_answer(OTHER6)
    cluster.wait_silence(ADDRESS)
    cluster.wait_silence(ADDRESS6)
    cluster.api.patch_ingress("web", [OTHER6])
    cluster.wait_silence(OTHER)
    assert cluster.answers(OTHER6)
    assert [each["address"] for each in speaker.status()["announcements"]] == [OTHER6]


def test_shared_address_goes_with_the_last_service(cluster, speaker):
    cluster.service("one", ADDRESS)
    cluster.service("two", ADDRESS, OTHER)
    cluster.wait_answer(OTHER)  # so that both are known
    cluster.api.delete_service("one")
    cluster.service("after", "192.0.2.12")
    cluster.wait_answer("192.0.2.12")  # so that the deletion is known
    assert cluster.answers(ADDRESS) and cluster.answers(OTHER)
    cluster.api.delete_service("two")
    cluster.wait_silence(ADDRESS)
    assert speaker.metric("isat_announcements") == 1


@pytest.mark.usefixtures("speaker")
def test_other_type_is_withdrawn(cluster):
    cluster.service("web", ADDRESS)
    cluster.wait_answer(ADDRESS)
    cluster.patch("web", {"spec": {"type": "ClusterIP", "allocateLoadBalancerNodePorts": None}})
    cluster.wait_silence(ADDRESS)


def test_hostname_is_no_address(cluster, speaker):
    cluster.service("web")
    ingress = [{"hostname": "lb.example.com"}, {"ip": ADDRESS}]
    cluster.patch("web", {"status": {"loadBalancer": {"ingress": ingress}}}, "/status")
    cluster.wait_answer(ADDRESS)
    cluster.patch("web", {"status": {"loadBalancer": {"ingress": ingress[:1]}}}, "/status")
    cluster.wait_silence(ADDRESS)
    assert speaker.status()["announcements"] == []
    assert "warning" not in speaker.log()


def test_address_that_no_host_may_own_is_skipped(cluster, speaker):
    """The API server refuses what is no address at all, but takes these; the file source refuses them too."""
    cluster.service("web", "127.0.0.2", "224.0.0.9", "ff02::9", "0.0.0.0", ADDRESS)
    cluster.wait_answer(ADDRESS)
    assert [each["address"] for each in speaker.status()["announcements"]] == [ADDRESS]
    assert "skip an address of Service default/web" in speaker.log() and "127.0.0.2" in speaker.log()


def test_class_is_not_ours_by_default(cluster, speaker):
    cluster.service("foreign", ADDRESS, load_balancer_class="example.com/lb")
    cluster.service("plain", OTHER)
    cluster.wait_answer(OTHER)
    assert not cluster.answers(ADDRESS)
    assert [each["address"] for each in speaker.status()["announcements"]] == [OTHER]


def test_only_the_configured_class(cluster):
    with cluster.speaker(cluster.configuration(more=', load_balancer_class: "example.com/lb"')):
        cluster.service("plain", OTHER)
        cluster.service("another", "192.0.2.12", load_balancer_class="example.com/other")
        cluster.service("ours", ADDRESS, load_balancer_class="example.com/lb")
        cluster.wait_answer(ADDRESS)
        assert not cluster.answers(OTHER) and not cluster.answers("192.0.2.12")


@pytest.mark.parametrize("ca", ["file", "data"])
@pytest.mark.parametrize("kind", ["token", "token-file", "certificate", "certificate-data"])
def test_every_kind_of_kubeconfig(cluster, kind, ca):
    cluster.service("web", ADDRESS)
    with cluster.speaker(cluster.configuration(cluster.api.kubeconfig(kind, "speaker", ca))):
        cluster.wait_answer(ADDRESS)


def test_two_thousand_services(cluster, speaker):
    services = {f"web-{number}": [f"192.0.{2 + number // 250}.{1 + number % 250}"] for number in range(2000)}
    begin = time.monotonic()
    cluster.api.create_services(services)
    created = time.monotonic() - begin
    wait_for(lambda: speaker.metric("isat_announcements") == 2000, 30, "2,000 announcements")
    print(f"2,000 Services: created in {created:.1f} s, announced {time.monotonic() - begin - created:.2f} s later")
    assert {each["address"] for each in speaker.status()["announcements"]} == set(
        itertools.chain(*services.values()))
    assert cluster.answers(services["web-7"][0])

    speaker.stop(kill=True)
    begin = time.monotonic()
    speaker.start()
    wait_for(lambda: speaker.metric("isat_announcements") == 2000, 30, "2,000 announcements after the restart")
    print(f"2,000 Services: known again {time.monotonic() - begin:.2f} s after the start")

    cluster.api.delete_service("web-7")
    cluster.wait_silence(services["web-7"][0])
    left = {each["address"] for each in speaker.status()["announcements"]}
    assert left == set(itertools.chain(*services.values())) - set(services["web-7"])
    status = Path(f"/proc/{speaker.daemon.pid()}/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) // 1024
    print(f"2,000 Services: peak resident memory {peak} MiB")
    assert peak < 200
