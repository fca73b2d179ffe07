# SPDX-License-Identifier: Apache-2.0
"""Which node answers for a Service, by its policy, its endpoints, its pool and who shares its address."""

import pytest
from election import addresses_held_by, holder, order
from resources import METALLB, POOLS, selector

V4, V6 = "192.0.2.10", "2001:db8::10"
A, B, C = ALL = ("node-a", "node-b", "node-c")


@pytest.fixture(name="everywhere", autouse=True)
def _everywhere(lab):
    lab.resources.pool()
    lab.resources.advertisement()


@pytest.mark.parametrize("address", [V4, V6, "192.0.2.11", "2001:db8::11"])
def test_cluster_policy_any_node_may_win(lab, address):
    lab.resources.service("web", address, endpoints=[B], families=["IPv6" if ":" in address else "IPv4"])
    lab.wait_holder(address, holder(address, ALL))
    lab.resources.delete_service("web")
    lab.wait_holder(address)


def test_dual_stack_goes_by_the_first_address(lab):
    lab.resources.service("web", V4, "2001:db8::77", endpoints=[B], families=["IPv4", "IPv6"])
    for address in (V4, "2001:db8::77"):
        lab.wait_holder(address, holder(V4, ALL))


def test_local_policy_only_nodes_with_an_endpoint(lab):
    first, second, third = order(V4, ALL)
    lab.resources.service("web", V4, endpoints=[second, third], local=True)
    lab.wait_holder(V4, second)
    lab.resources.endpoints("web", third)
    lab.wait_holder(V4, third)
    lab.resources.endpoints("web", first, second, third)
    lab.wait_holder(V4, first)
    lab.resources.endpoints("web")
    lab.wait_holder(V4)


@pytest.mark.parametrize("conditions, serves", [
    ({}, True), ({"ready": True}, True), ({"ready": False}, False), ({"ready": False, "serving": True}, True),
    ({"ready": False, "serving": True, "terminating": True}, True),
    ({"ready": False, "serving": False, "terminating": True}, False)])
def test_endpoint_that_serves(lab, conditions, serves):
    lab.resources.service("web", V4, endpoints=[(A, conditions)], local=True)
    lab.resources.service("other", V6, endpoints=[B], families=["IPv6"])
    lab.wait_holder(V6, holder(V6, ALL))  # so that what came before it is known
    lab.wait_holder(V4, *([A] if serves else []))


def test_without_an_endpoint_nobody_answers(lab):
    lab.resources.service("web", V4)
    lab.resources.service("other", "192.0.2.11", endpoints=[(None, {"ready": True})])
    lab.wait_holder("192.0.2.11", holder("192.0.2.11", ALL))
    lab.stays_with(V4, seconds=0.5)
    lab.resources.endpoints("web", C)
    lab.wait_holder(V4, holder(V4, ALL))


def test_mixed_protocols(lab):
    lab.resources.service("web", V4, endpoints=[A])
    lab.resources.patch_service("web", {"spec": {"ports": [
        {"name": "tcp", "port": 53, "protocol": "TCP"}, {"name": "udp", "port": 53, "protocol": "UDP"}]}})
    lab.wait_holder(V4, holder(V4, ALL))


@pytest.mark.parametrize("addresses", [["192.0.2.10-192.0.2.20"], ["192.0.2.0/28"], ["192.0.2.10 - 192.0.2.10"]])
@pytest.mark.parametrize("automatic", [True, False])
def test_pool_by_range_or_prefix(lab, addresses, automatic):
    lab.resources.pool(addresses=addresses, autoAssign=automatic)
    lab.resources.service("inside", V4, endpoints=[A])
    lab.resources.service("outside", "192.0.2.21", endpoints=[A])
    lab.wait_holder(V4, holder(V4, ALL))
    lab.stays_with("192.0.2.21", seconds=0.3)


def test_pool_of_another_namespace_is_not_read(lab):
    """MetalLB's webhook refuses one; without it, it allows nothing and is no error."""
    elsewhere = POOLS.replace(METALLB, "default")
    lab.resources.pool(addresses=["192.0.2.0/28"])
    lab.api.create(elsewhere, {"apiVersion": "metallb.io/v1beta1", "kind": "IPAddressPool",
                               "metadata": {"name": "astray"}, "spec": {"addresses": ["192.0.2.16/28"]}})
    try:
        lab.resources.service("astray", "192.0.2.21", endpoints=[A])
        lab.resources.service("web", V4, endpoints=[A])
        lab.wait_holder(V4, holder(V4, ALL))
        lab.stays_with("192.0.2.21", seconds=0.5)
        account = lab[A].speaker.status()["account"]
        assert account["problems"] == {}
        assert [each["reason"] for each in account["refusals"] if each["owner"] == "default/astray"] == ["ipNotAllowed"]
    finally:
        lab.api.delete(f"{elsewhere}/astray")


def test_pool_that_shrinks_and_grows(lab):
    lab.resources.service("web", V4, endpoints=[A])
    lab.wait_holder(V4, holder(V4, ALL))
    lab.resources.pool(addresses=["192.0.2.0/29"])
    lab.wait_holder(V4)
    lab.resources.pool(addresses=["192.0.2.0/29", "192.0.2.8/29"])
    lab.wait_holder(V4, holder(V4, ALL))
    lab.resources.delete_pool()
    lab.wait_holder(V4)


def test_one_pool_must_hold_all_addresses(lab):
    lab.resources.pool(addresses=["192.0.2.0/24"])
    lab.resources.pool("six", addresses=["2001:db8::/64"])
    lab.resources.service("both", V4, V6, endpoints=[A], families=["IPv4", "IPv6"])
    lab.resources.service("one", "192.0.2.11", endpoints=[A])
    lab.wait_holder("192.0.2.11", holder("192.0.2.11", ALL))
    assert lab.who(V4) == lab.who(V6) == []


def test_without_an_advertisement_nobody_answers(lab):
    lab.resources.service("web", V4, endpoints=[A])
    lab.wait_holder(V4, holder(V4, ALL))
    lab.resources.delete_advertisement()
    lab.wait_holder(V4)
    lab.resources.advertisement(ipAddressPools=["no such pool"])
    lab.stays_with(V4, seconds=0.5)
    lab.resources.advertisement(ipAddressPools=["pool"])
    lab.wait_holder(V4, holder(V4, ALL))


def test_pools_by_label(lab):
    lab.resources.pool(addresses=["192.0.2.0/24"], labels={"zone": "one"})
    lab.resources.pool("six", addresses=["2001:db8::/64"], labels={"zone": "two"})
    lab.resources.advertisement(ipAddressPoolSelectors=[selector({"zone": "one"})])
    lab.resources.service("web", V4, endpoints=[A])
    lab.resources.service("web6", V6, endpoints=[A], families=["IPv6"])
    lab.wait_holder(V4, holder(V4, ALL))
    assert lab.who(V6) == []
    lab.resources.advertisement(ipAddressPoolSelectors=[selector({"zone": "one"})], ipAddressPools=["six"])
    lab.wait_holder(V6, holder(V6, ALL))
    lab.wait_holder(V4, holder(V4, ALL))


@pytest.mark.parametrize("template, family", [("192.0.2.{}", "IPv4"), ("2001:db8::{}", "IPv6")])
def test_services_with_one_address_have_one_holder(lab, template, family):
    """Endpoints on different nodes; and their other addresses would be won by different nodes."""
    (shared,) = addresses_held_by(A, ALL, 1, template)
    sharing = {"families": [family], "annotations": {"metallb.io/allow-shared-ip": "x"}}
    lab.resources.service("one", shared, endpoints=[B], **sharing)
    lab.resources.service("two", shared, endpoints=[C], **sharing)
    lab.wait_holder(shared, A)
    lab.stays_with(shared, A, seconds=1)
    lab.resources.delete_service("one")
    lab.stays_with(shared, A, seconds=1)
    lab.resources.delete_service("two")
    lab.wait_holder(shared)


def test_services_connected_by_an_address_have_one_holder(lab):
    """MetalLB's fault (metallb.md 2h): each would be elected by its own first address, and two would answer for V6."""
    (by_a,), (by_b,) = (addresses_held_by(node, ALL, 1) for node in (A, B))
    shared = addresses_held_by(B, ALL, 1, "2001:db8::{}")[0]
    lab.resources.service("one", by_a, shared, endpoints=[A], families=["IPv4", "IPv6"])
    lab.wait_holder(shared, A)
    lab.resources.service("two", shared, endpoints=[A], families=["IPv6"])
    lab.resources.service("three", by_b, endpoints=[A])
    lab.wait_holder(by_b, B)
    for address in (by_a, shared):
        lab.stays_with(address, A, seconds=0.5)


def test_class_of_another_is_not_answered(lab):
    lab.resources.service("foreign", V4, endpoints=[A], load_balancer_class="foo")
    lab.resources.service("ours", "192.0.2.11", endpoints=[A])
    lab.wait_holder("192.0.2.11", holder("192.0.2.11", ALL))
    lab.stays_with(V4, seconds=0.5)


def test_address_that_changes_is_left_at_once(lab):
    (one,), (other,) = (addresses_held_by(node, ALL, 1) for node in (A, B))
    lab.resources.service("web", one, endpoints=[A])
    lab.wait_holder(one, A)
    lab.api.patch_ingress("web", [other])
    lab.wait_holder(other, B)
    lab.wait_holder(one)
