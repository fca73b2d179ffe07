# SPDX-License-Identifier: Apache-2.0
"""Preferred nodes: weights come before the hash, and never add a node."""

import pytest
from election import holder, order
from resources import named, selector

V4, OTHER = "192.0.2.10", "192.0.2.11"
ALL = "node-a", "node-b", "node-c"
FIRST, SECOND, THIRD = order(V4, ALL)
EDGE = selector({"edge": "yes"})


def prefers(*weighed):
    return {"preferredNodeSelectors": [{"weight": weight, "preference": preference} for weight, preference in weighed]}


def by_name(*nodes):
    return {"matchExpressions": [{"key": "kubernetes.io/hostname", "operator": "In", "values": list(nodes)}]}


@pytest.fixture(name="web", autouse=True)
def _web(lab):
    lab.resources.pool()
    lab.resources.service("web", V4, endpoints=ALL)


def test_labelled_node_and_back(lab):
    lab.resources.advertisement(**prefers((50, EDGE)))
    lab.wait_holder(V4, FIRST)
    lab.resources.label(THIRD, edge="yes")
    lab.wait_holder(V4, THIRD)
    lab.resources.label(THIRD, edge=None)
    lab.wait_holder(V4, FIRST)


def test_nobody_preferred_is_the_hash(lab):
    lab.resources.advertisement(**prefers((100, selector({"no": "such"}))))
    lab.wait_holder(V4, FIRST)


def test_preferred_node_leaves_and_returns(lab):
    lab.resources.advertisement(**prefers((100, by_name(THIRD))))
    lab.wait_holder(V4, THIRD)
    lab.resources.label(THIRD, exclude="")
    lab.wait_holder(V4, FIRST)
    lab.resources.label(THIRD, exclude=None)
    lab.wait_holder(V4, THIRD)


def test_preference_changes(lab):
    for node in (THIRD, SECOND, FIRST):
        lab.resources.advertisement(**prefers((10, by_name(node))))
        lab.wait_holder(V4, node)


def test_selectors_are_hard_and_preferences_order_within(lab):
    lab.resources.advertisement(nodeSelectors=named(FIRST, SECOND),
                                **prefers((100, by_name(THIRD)), (1, by_name(SECOND))))
    lab.wait_holder(V4, SECOND)


def test_preferred_outside_of_the_selectors_is_nobody(lab):
    lab.resources.advertisement(nodeSelectors=named(SECOND), **prefers((100, by_name(THIRD))))
    lab.wait_holder(V4, SECOND)


def test_weights_add_up_over_advertisements(lab):
    lab.resources.advertisement(**prefers((60, by_name(SECOND))))
    lab.wait_holder(V4, SECOND)
    lab.resources.advertisement("another", **prefers((40, by_name(THIRD)), (30, EDGE)))
    lab.stays_with(V4, SECOND, seconds=0.5)
    lab.resources.label(THIRD, edge="yes")
    lab.wait_holder(V4, THIRD)  # 70 > 60


def test_advertisement_counts_only_for_its_own_nodes(lab):
    lab.resources.advertisement(**prefers((10, by_name(SECOND))))
    lab.resources.advertisement("another", nodeSelectors=named(FIRST), **prefers((100, by_name(THIRD))))
    lab.wait_holder(V4, SECOND)


def test_preference_is_for_the_services_selected(lab):
    lab.resources.advertisement()
    lab.resources.advertisement("special", serviceSelectors=[selector({"app": "special"})],
                                **prefers((100, by_name(order(OTHER, ALL)[2]))))
    lab.resources.service("special", OTHER, endpoints=ALL, labels={"app": "special"})
    lab.wait_holder(OTHER, order(OTHER, ALL)[2])
    lab.wait_holder(V4, holder(V4, ALL))


def test_equal_weights_are_the_hash(lab):
    lab.resources.advertisement(**prefers((100, by_name(SECOND, THIRD))))
    lab.wait_holder(V4, SECOND)
