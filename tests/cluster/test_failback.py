# SPDX-License-Identifier: Apache-2.0
"""`failback: false`: a node that comes back takes nothing from who holds it now."""

import pytest
from election import order
from failover_case import LEASE

V4 = "192.0.2.10"
ALL = "node-a", "node-b", "node-c"
FIRST, SECOND, THIRD = order(V4, ALL)


@pytest.fixture(name="sticky", autouse=True)
def _sticky(lab):
    lab.resources.pool()
    lab.resources.advertisement()
    for node in lab.nodes.values():
        node.leave()
        node.start(lab.configuration(node, kubernetes=", failback: false"))
    lab.resources.service("web", V4, endpoints=ALL)
    lab.wait_holder(V4, FIRST)  # nobody held it before: the order decides


def test_it_stays_until_its_holder_goes(lab):
    lab[FIRST].drain()
    lab.wait_holder(V4, SECOND)
    with lab.asker([V4]) as asker:
        lab[FIRST].undrain()
        lab.stays_with(V4, SECOND, seconds=LEASE)
        assert "it holds it already, and failback is off" in lab[FIRST].status()
        lab[SECOND].leave()  # restarts are no reason either
        lab.stays_with(V4, SECOND, seconds=0.5)
        lab[SECOND].start()
        lab.stays_with(V4, SECOND, seconds=LEASE)
    assert asker.answers.lost == 0, f"{asker.answers}\n{lab.story()}"
    assert not asker.answers.moves()
    lab[SECOND].kill()
    lab.wait_holder(V4, FIRST)
    lab[SECOND].start()
    lab.stays_with(V4, FIRST, seconds=LEASE)
