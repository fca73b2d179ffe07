# SPDX-License-Identifier: Apache-2.0
"""Which Services an advertisement is for."""

import pytest
from election import holder
from resources import named, selector

V4, OTHER = "192.0.2.10", "192.0.2.11"
ALL = A, B, C = "node-a", "node-b", "node-c"
PUBLIC = [selector({"tier": "public"})]


@pytest.fixture(name="pools", autouse=True)
def _pools(lab):
    lab.resources.pool()


def known(lab, address=OTHER):
    """What was written before this is known to the speakers, once they answer for it."""
    lab.resources.service("marker", address, endpoints=[A], labels={"tier": "public"})
    lab.wait_holder(address, holder(address, ALL))


def test_only_services_that_match(lab):
    lab.resources.advertisement(serviceSelectors=PUBLIC)
    lab.resources.service("web", V4, endpoints=[A])
    known(lab)
    assert lab.who(V4) == []
    lab.resources.patch_service("web", {"metadata": {"labels": {"tier": "public"}}})
    lab.wait_holder(V4, holder(V4, ALL))
    lab.resources.patch_service("web", {"metadata": {"labels": {"tier": "private"}}})
    lab.wait_holder(V4)


def test_pool_and_service_must_both_match(lab):
    lab.resources.pool(addresses=["192.0.2.10/32"])
    lab.resources.pool("another", addresses=["192.0.2.11/32", "192.0.2.12/32"])
    lab.resources.advertisement(ipAddressPools=["another"], serviceSelectors=PUBLIC)
    lab.resources.service("wrong-pool", V4, endpoints=[A], labels={"tier": "public"})
    lab.resources.service("wrong-label", "192.0.2.12", endpoints=[A], labels={"tier": "private"})
    known(lab)
    assert lab.who(V4) == lab.who("192.0.2.12") == []


def test_two_that_match_are_one_holder(lab):
    lab.resources.advertisement(serviceSelectors=PUBLIC)
    lab.resources.advertisement("another", serviceSelectors=[selector({"app": "web"})])
    lab.resources.service("web", V4, endpoints=[A], labels={"tier": "public", "app": "web"})
    lab.wait_holder(V4, holder(V4, ALL))
    lab.stays_with(V4, holder(V4, ALL), seconds=1)


def test_service_here_and_node_there_is_no_match(lab):
    """One matches the Service and another the node; neither matches both."""
    lab.resources.advertisement(serviceSelectors=PUBLIC, nodeSelectors=[selector({"no": "such"})])
    lab.resources.advertisement("another", serviceSelectors=[selector({"app": "other"})], nodeSelectors=named(A, B, C))
    lab.resources.service("web", V4, endpoints=[A], labels={"tier": "public"})
    lab.resources.service("marker", OTHER, endpoints=[A], labels={"app": "other"})
    lab.wait_holder(OTHER, holder(OTHER, ALL))
    lab.stays_with(V4, seconds=0.5)


@pytest.mark.parametrize("labels", [{"tier": "public"}, {"app": "web"}])
def test_one_selector_or_the_other(lab, labels):
    lab.resources.advertisement(serviceSelectors=[*PUBLIC, {"matchExpressions": [
        {"key": "app", "operator": "In", "values": ["web", "shop"]}]}])
    lab.resources.service("web", V4, endpoints=[A], labels=labels)
    lab.wait_holder(V4, holder(V4, ALL))


@pytest.mark.parametrize("annotation", ["metallb.io/allow-shared-ip", "metallb.universe.tf/allow-shared-ip"])
def test_shared_address_with_service_selectors_is_never_announced(lab, annotation):
    lab.resources.advertisement(serviceSelectors=PUBLIC)
    lab.resources.service("web", V4, endpoints=[A], labels={"tier": "public"}, annotations={annotation: ""})
    known(lab)
    lab.stays_with(V4, seconds=0.3)
    lab.resources.patch_service("web", {"metadata": {"annotations": {annotation: None}}})
    lab.wait_holder(V4, holder(V4, ALL))
