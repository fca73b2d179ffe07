# SPDX-License-Identifier: Apache-2.0
"""MetalLB's resources, nodes and endpoints decide what one node answers: from a real API server to the wire."""

import json
import socket
import time

import manifests
import pytest
from cluster import Cluster
from lab import ISAT, wait_for

ADDRESS, OUTSIDE = "192.0.2.10", "203.0.113.10"
NODE = f"/api/v1/nodes/{socket.gethostname()}"
METALLB = "/apis/metallb.io/v1beta1/namespaces/metallb-system"
EXCLUDE = "node.kubernetes.io/exclude-from-external-load-balancers"
_MERGE = "application/merge-patch+json"
KINDS = {"ipaddresspools": "IPAddressPool", "l2advertisements": "L2Advertisement"}


@pytest.fixture(name="cluster", scope="module")
def _cluster(tmp_path_factory):
    with Cluster(tmp_path_factory.mktemp("api")) as cluster:
        yield cluster


def make(api, plural, name, **spec):
    body = {"apiVersion": "metallb.io/v1beta1", "kind": KINDS[plural], "metadata": {"name": name}, "spec": spec}
    return api.create(f"{METALLB}/{plural}", body)


def account(speaker):
    return speaker.status()["account"]


def refusal(speaker, service="default/web"):
    found = [each["reason"] for each in account(speaker)["refusals"] if each["owner"] == service]
    return found[0] if found else None


def explained(speaker, address=ADDRESS):
    """(broken link, cause) as `isat explain` names them; ("", "") when this node answers."""
    result = speaker.host.run(ISAT, "explain", "--pin", speaker.pin, "-o", "json", address, check=False)
    explanation = json.loads(result.stdout)
    assert result.returncode == (0 if explanation["answers"] else 1)
    assert explanation["answers"] or explanation["mend"]
    return next((each["link"] for each in explanation["links"] if each["state"] == "broken"), ""), explanation["cause"]


def test_metallb_installed_under_a_running_speaker(cluster):
    """In one piece, since a resource once defined stays: without, with half of it, with all."""
    api = cluster.api
    cluster.service("web", ADDRESS)
    cluster.service("outside", OUTSIDE)
    with cluster.speaker() as speaker:
        cluster.wait_answer(ADDRESS)
        cluster.wait_answer(OUTSIDE)
        assert "MetalLB's resources are not installed" in account(speaker)["remarks"][0]
        (first, second) = account(speaker)["addresses"]
        assert (first["address"], first["holder"], first["owners"]) == (ADDRESS, socket.gethostname(), ["default/web"])
        assert second["why"] == "the only candidate"

        manifests.apply(api, "deploy/crds")
        cluster.wait_silence(ADDRESS, 30)  # asked for again every 10 s
        wait_for(lambda: account(speaker)["remarks"] == [], 15, "both resources")
        assert refusal(speaker) == "ipNotAllowed"
        assert explained(speaker) == ("pool", f"default/web: no IPAddressPool has {ADDRESS}")

        make(api, "ipaddresspools", "lan", addresses=["192.0.2.0/24"])
        wait_for(lambda: refusal(speaker) == "noMatchingAdvertisement", 5, "the pool")
        assert explained(speaker) == ("advertisement", "default/web: no L2Advertisement covers IPAddressPool lan")
        begin = time.monotonic()
        make(api, "l2advertisements", "all")
        print(f"advertisement to answer: {cluster.until_answer(ADDRESS, begin):.0f} ms")
        assert explained(speaker) == ("", "")
        assert explained(speaker, "192.0.2.99")[0] == "assigned"
        assert not cluster.answers(OUTSIDE)
        assert refusal(speaker, "default/outside") == "ipNotAllowed"
        assert speaker.metric("metallb_speaker_announced", service="default/web", protocol="layer2",
                              node=socket.gethostname(), ip=ADDRESS) == 1
        assert speaker.metric("metallb_speaker_announced", ip=OUTSIDE) == 0

        moves(cluster, speaker, api)
        invalid(cluster, speaker, api)


def moves(cluster, speaker, api):
    """Whatever takes the node out of the running, and puts it back."""
    def node(subresource="", **body):
        api.request("PATCH", NODE + subresource, body, _MERGE)

    def endpoints(conditions):
        slices = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/web"
        api.request("PATCH", slices, {"endpoints": [{"addresses": ["10.244.0.1"], "conditions": conditions}]}, _MERGE)

    def advertisement(**spec):
        api.request("PATCH", f"{METALLB}/l2advertisements/all", {"spec": spec}, _MERGE)

    condition = {"type": "NetworkUnavailable", "reason": "Test", "message": "a test"}
    for leave, come_back, reason, link, cause in (
            (lambda: node(metadata={"labels": {EXCLUDE: ""}}), lambda: node(metadata={"labels": {EXCLUDE: None}}),
             "notOwner", "node eligible", f"has the label {EXCLUDE}"),
            (lambda: node("/status", status={"conditions": [{**condition, "status": "True"}]}),
             lambda: node("/status", status={"conditions": [{**condition, "status": "Unknown"}]}), "notOwner", "node eligible",
             "has the condition NetworkUnavailable"),
            (lambda: endpoints({"ready": False}), lambda: endpoints({"ready": False, "serving": True}), "notOwner",
             "endpoint", "no endpoint of the Service can serve"),
            (lambda: advertisement(nodeSelectors=[{"matchLabels": {"rack": "1"}}]),
             lambda: advertisement(nodeSelectors=None), "noMatchingAdvertisement", "advertisement", "selects node"),
            (lambda: advertisement(serviceSelectors=[{"matchLabels": {"tier": "front"}}]),
             lambda: advertisement(serviceSelectors=None), "noMatchingAdvertisement", "advertisement",
             "selects the Service")):
        leave()
        cluster.wait_silence(ADDRESS)
        assert refusal(speaker) == reason
        found = explained(speaker)
        assert found[0] == link and cause in found[1], found
        come_back()
        cluster.wait_answer(ADDRESS)
    advertisement(interfaces=["eth7"])
    cluster.wait_silence(ADDRESS)
    advertisement(interfaces=["eth0"])
    cluster.wait_answer(ADDRESS)


def invalid(cluster, speaker, api):
    api.request("PATCH", f"{METALLB}/ipaddresspools/lan", {"spec": {"addresses": ["192.0.2.0/33"]}}, _MERGE)
    wait_for(lambda: account(speaker)["problems"], 5, "the problem in status")
    (problem,) = account(speaker)["problems"].items()
    assert problem[0] == "IPAddressPool metallb-system/lan" and "spec.addresses[0]: invalid CIDR" in problem[1]
    assert cluster.answers(ADDRESS)  # as it was last valid
    assert speaker.metric("metallb_k8s_client_config_stale_bool") == 1
    api.request("PATCH", f"{METALLB}/ipaddresspools/lan", {"spec": {"addresses": ["198.51.100.0/24"]}}, _MERGE)
    cluster.wait_silence(ADDRESS)
    assert account(speaker)["problems"] == {}
    assert "invalid CIDR" in speaker.log()
