# SPDX-License-Identifier: Apache-2.0
"""Which nodes may answer: selectors, conditions and labels of Nodes, and nodes that come and go."""

import pytest
from election import addresses_held_by, holder, order
from resources import named

V4 = "192.0.2.10"
ALL = A, B, C = "node-a", "node-b", "node-c"
FIRST, SECOND, THIRD = order(V4, ALL)


@pytest.fixture(name="web", autouse=True)
def _web(lab):
    lab.resources.pool()
    lab.resources.advertisement()
    lab.resources.service("web", V4, endpoints=[A, B, C])
    lab.wait_holder(V4, FIRST)


def test_network_unavailable_moves_and_comes_back(lab):
    lab.resources.network_unavailable(FIRST, "True")
    lab.wait_holder(V4, SECOND)
    lab.resources.network_unavailable(FIRST, "False")
    lab.wait_holder(V4, FIRST)


def test_network_unknown_is_available(lab):
    lab.resources.network_unavailable(FIRST, "Unknown")
    lab.stays_with(V4, FIRST, seconds=1)


@pytest.mark.parametrize("value", ["true", "false", ""])
def test_exclude_label_moves_whatever_its_value(lab, value):
    lab.resources.label(FIRST, exclude=value)
    lab.wait_holder(V4, SECOND)
    lab.resources.label(FIRST, exclude=None)
    lab.wait_holder(V4, FIRST)


def test_exclude_label_can_be_ignored(lab, configured):
    configured(*ALL, kubernetes=", ignore_exclude_lb: true")
    lab.resources.label(FIRST, exclude="")
    lab.resources.service("marker", "192.0.2.99", endpoints=[A])
    lab.wait_holder("192.0.2.99", holder("192.0.2.99", ALL))
    lab.stays_with(V4, FIRST, seconds=1)


def test_every_node_excluded_is_nobody(lab):
    for node in ALL:
        lab.resources.label(node, exclude="")
    lab.wait_holder(V4)
    lab.resources.label(THIRD, exclude=None)
    lab.wait_holder(V4, THIRD)


def test_cordon_and_taint_move_nothing(lab):
    """MetalLB tried it for a release, and took it back: a cordoned node still carries traffic."""
    lab.resources.cordon(FIRST, "example.com/maintenance")
    lab.stays_with(V4, FIRST, seconds=1)


@pytest.mark.parametrize("status", ["False", "Unknown"])
def test_node_that_is_not_ready_moves_nothing(lab, status):
    """What its kubelet says is no news of its kernel, which answers."""
    lab.resources.conditions(FIRST, {"Ready": status})
    lab.stays_with(V4, FIRST, seconds=1)


@pytest.mark.parametrize("node", ALL)
def test_node_selector_selects_one(lab, node):
    lab.resources.advertisement(nodeSelectors=named(node))
    lab.wait_holder(V4, node)


def test_advertisements_add_up(lab):
    lab.resources.patch_service("web", {"spec": {"externalTrafficPolicy": "Local"}})
    lab.resources.endpoints("web", SECOND)
    lab.wait_holder(V4, SECOND)
    lab.resources.advertisement(nodeSelectors=named(FIRST))
    lab.wait_holder(V4)
    lab.resources.advertisement("another", nodeSelectors=named(SECOND, THIRD))
    lab.wait_holder(V4, SECOND)


def test_node_that_matches_later(lab):
    lab.resources.advertisement(nodeSelectors=[{"matchLabels": {"edge": "yes"}}])
    lab.wait_holder(V4)
    lab.resources.label(THIRD, edge="yes")
    lab.wait_holder(V4, THIRD)
    lab.resources.label(THIRD, edge=None)
    lab.wait_holder(V4)


def test_selector_by_expression(lab):
    lab.resources.advertisement(nodeSelectors=[{"matchExpressions": [
        {"key": "kubernetes.io/hostname", "operator": "NotIn", "values": [FIRST]}]}])
    lab.wait_holder(V4, SECOND)


def test_node_object_that_is_gone_is_no_candidate_by_label(lab):
    lab.resources.advertisement(nodeSelectors=named(FIRST, SECOND))
    lab.api.delete(f"/api/v1/nodes/{FIRST}")
    lab.wait_holder(V4, SECOND)


def test_node_that_reboots_is_replaced_and_takes_back(lab):
    lab[FIRST].reboot()
    lab.wait_holder(V4, SECOND, seconds=10)
    lab[FIRST].start()
    lab.wait_holder(V4, FIRST, seconds=10)


def test_unplugged_node_is_not_eligible(lab):
    """Its API link is well, so its Lease says itself that the carrier is gone."""
    lab[FIRST].unplug()
    lab.wait_holder(V4, SECOND, seconds=3)
    lab[FIRST].plug()
    lab.wait_holder(V4, FIRST)


def test_drained_node_holds_nothing(lab):
    lab[FIRST].drain()
    lab.wait_holder(V4, SECOND, seconds=3)
    lab.resources.service("another", *addresses_held_by(FIRST, ALL, 2)[1:], endpoints=[A])
    address = addresses_held_by(FIRST, ALL, 2)[1]
    lab.wait_holder(address, holder(address, [each for each in ALL if each != FIRST]))
    lab[FIRST].undrain()
    lab.wait_holder(V4, FIRST)
    lab.wait_holder(address, FIRST)


def test_everybody_drained_is_nobody(lab):
    for node in ALL:
        lab[node].drain()
    lab.wait_holder(V4)
    lab[THIRD].undrain()
    lab.wait_holder(V4, THIRD)
