# SPDX-License-Identifier: Apache-2.0
"""`match_subnet: true`: a node is a candidate only for addresses of a subnet of its own interfaces."""

import pytest
from election import order

V4 = "192.0.2.10"
ALL = "node-a", "node-b", "node-c"
FIRST, SECOND, THIRD = order(V4, ALL)


@pytest.fixture(name="judged", autouse=True)
def _judged(lab):
    lab.resources.pool()
    lab.resources.advertisement()
    for node in lab.nodes.values():
        node.leave()
        node.start(lab.configuration(node, kubernetes=", match_subnet: true"))
    lab.resources.service("web", V4, endpoints=ALL)
    yield
    for node in lab.nodes.values():
        node.host.ip("address flush dev eth0 scope global")


def test_it_follows_the_subnet(lab):
    lab.wait_holder(V4)  # no node has an address there
    lab.network.address(lab[SECOND].host, "192.0.2.102/24")
    lab.wait_holder(V4, SECOND)
    lab.network.address(lab[FIRST].host, "198.51.100.1/24")
    lab.stays_with(V4, SECOND, seconds=1)
    lab.network.address(lab[FIRST].host, "192.0.2.101/24")
    lab.wait_holder(V4, FIRST)
    lab[FIRST].host.ip("address del 192.0.2.101/24 dev eth0")
    lab.wait_holder(V4, SECOND)
