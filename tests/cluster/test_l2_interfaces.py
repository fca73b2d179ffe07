# SPDX-License-Identifier: Apache-2.0
"""On which of a node's interfaces it answers: two on one LAN, told apart by their MACs."""

import pytest
from election import holder
from resources import STATUSES, named

INTERFACES = ("eth0", "eth1")
V4 = "192.0.2.10"
ALL = A, B, C = "node-a", "node-b", "node-c"
FIRST = holder(V4, ALL)
BOTH = (FIRST, f"{FIRST}.eth1")


@pytest.fixture(name="web", autouse=True)
def _web(lab):
    lab.resources.pool()
    lab.resources.advertisement()
    lab.resources.service("web", V4, endpoints=[A])
    lab.wait_holder(V4, *BOTH)


def interfaces(lab):
    return [[each["name"] for each in status.get("interfaces", [])] for status in lab.resources.statuses()
            if status.get("serviceName") == "web"]


@pytest.mark.parametrize("interface, answering", [("eth0", BOTH[0]), ("eth1", BOTH[1])])
def test_only_the_chosen_one_answers(lab, interface, answering):
    lab.resources.advertisement(interfaces=[interface])
    lab.wait_holder(V4, answering)
    lab.stays_with(V4, answering, seconds=0.5)


def test_chosen_one_changes(lab):
    lab.resources.advertisement(interfaces=["eth0"])
    lab.wait_holder(V4, BOTH[0])
    lab.resources.advertisement(interfaces=["eth1"])
    lab.wait_holder(V4, BOTH[1])
    lab.resources.advertisement(interfaces=["eth0", "eth1"])
    lab.wait_holder(V4, *BOTH)


def test_interface_that_does_not_exist(lab):
    lab.resources.advertisement(interfaces=["no-such"])
    lab.wait_holder(V4)
    lab.stays_with(V4, seconds=0.5)


def test_interface_that_does_not_exist_is_told(lab):
    lab.resources.advertisement(interfaces=["no-such"])
    lab.wait_event("announceFailed", f'the interfaces specified by LB IP "{V4}" doesn\'t exist in assigned node'
                                     f' "{FIRST}" with protocol "layer2"')


def test_two_advertisements_are_a_union(lab):
    lab.resources.advertisement(interfaces=["eth0"])
    lab.resources.advertisement("another", interfaces=["eth1"])
    lab.wait_holder(V4, *BOTH)
    lab.resources.delete_advertisement("another")
    lab.wait_holder(V4, BOTH[0])


def test_one_without_interfaces_is_all(lab):
    lab.resources.advertisement(interfaces=["eth1"])
    lab.wait_holder(V4, BOTH[1])
    lab.resources.advertisement("another")
    lab.wait_holder(V4, *BOTH)


@pytest.mark.parametrize("node", ALL)
def test_interface_and_node_selector(lab, node):
    lab.resources.advertisement(interfaces=["eth1"], nodeSelectors=named(node))
    lab.wait_holder(V4, f"{node}.eth1")


def test_union_is_of_the_advertisements_of_this_node(lab):
    other = next(node for node in ALL if node != FIRST)
    lab.resources.advertisement(interfaces=["eth0"], nodeSelectors=named(FIRST))
    lab.resources.advertisement("another", interfaces=["eth1"], nodeSelectors=named(other))
    lab.wait_holder(V4, BOTH[0])


def test_status_names_the_interfaces_when_they_are_chosen(lab):
    lab.wait(lambda: interfaces(lab) == [[]], "a status without interfaces")
    lab.resources.advertisement(interfaces=["eth0"])
    lab.wait(lambda: interfaces(lab) == [["eth0"]], "eth0 in the status")
    lab.resources.advertisement(interfaces=["eth0", "eth1"])
    lab.wait(lambda: sorted(interfaces(lab)[0]) == ["eth0", "eth1"], "both in the status")
    assert len(lab.api.request("GET", STATUSES)["items"]) == 1


def test_the_other_carrier_is_lost(lab):
    """It still holds the address, on the interface that is left."""
    lab[FIRST].unplug("eth1")
    lab.wait_holder(V4, BOTH[0])
    lab[FIRST].plug("eth1")
    lab.wait_holder(V4, *BOTH)
