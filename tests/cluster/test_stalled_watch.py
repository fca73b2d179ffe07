# SPDX-License-Identifier: Apache-2.0
"""Watches that are open and silent while writes succeed: nobody vouches for what it cannot see."""

import time

import pytest
from election import addresses_held_by, order
from failover_case import LEASE
from watch_proxy import WatchProxy

ALL = ("node-a", "node-b", "node-c")
(V4,) = addresses_held_by("node-a", ALL, 1)
FIRST, SECOND, THIRD = order(V4, ALL)


@pytest.fixture(name="stalling")
def _stalling(lab):
    """Puts a proxy between a node and the API, for one test; the node's speaker is started anew behind it."""
    proxies = []

    def behind(name):
        node = lab[name]
        proxy = WatchProxy(lab.api, node.host)
        proxies.append((proxy.__enter__(), node))
        node.leave()
        node.start(lab.configuration(node, server=proxy.server))
        return proxy

    lab.resources.pool()
    lab.resources.advertisement()
    lab.resources.service("web", V4, endpoints=ALL)
    lab.wait_holder(V4, FIRST)
    yield behind
    for proxy, node in proxies:
        proxy.release()
        node.leave()
        node.start(lab.configuration(node))
        proxy.__exit__()


def bounded(asker, lab, loss=0.0):
    answers, unseen = asker.answers, 2 * asker.longest_pause
    print(f"{answers}\n{lab.story()}")
    overlaps = [each for each in answers.overlaps() if each.seconds > LEASE + unseen]
    assert not overlaps, f"{answers}\n{lab.story()}"
    assert answers.repeats == 0, f"{answers}\n{lab.story()}"
    assert not [each for each in answers.gaps() if each.seconds > loss + unseen], f"{answers}\n{lab.story()}"


@pytest.mark.parametrize("paths", ["", "/leases"])
def test_holder_that_sees_nothing_is_replaced(lab, stalling, paths):
    """It would never learn that it is excluded. Its writes succeed, and it must not believe them."""
    proxy = stalling(FIRST)
    lab.wait_holder(V4, FIRST)
    with lab.asker([V4]) as asker:
        time.sleep(0.5)
        lab.note("watches stalled")
        proxy.hold(paths)
        lab.resources.label(FIRST, exclude="")
        lab.wait_holder(V4, SECOND, seconds=4 * LEASE)
        lab.stays_with(V4, SECOND, seconds=LEASE)
        lab.note("watches released")
        proxy.release()
        lab.stays_with(V4, SECOND, seconds=LEASE)
    bounded(asker, lab)


def test_observer_that_sees_nothing_takes_nothing(lab, stalling):
    """The holder is alive, and the observer does not hear of it any more."""
    proxy = stalling(SECOND)
    lab.wait_holder(V4, FIRST)
    with lab.asker([V4]) as asker:
        lab.note("watches stalled")
        proxy.hold()
        lab.stays_with(V4, FIRST, seconds=3 * LEASE)
    bounded(asker, lab)


def test_next_holder_that_sees_nothing_is_passed_over(lab, stalling):
    """The holder goes while the next one is blind: the third must take over."""
    proxy = stalling(SECOND)
    lab.wait_holder(V4, FIRST)
    lab.note("watches stalled")
    proxy.hold()
    time.sleep(2 * LEASE)
    with lab.asker([V4]) as asker:
        lab[FIRST].drain()
        lab.wait_holder(V4, THIRD, seconds=4 * LEASE)
        lab.note("watches released")
        proxy.release()
        lab.wait_holder(V4, SECOND, seconds=4 * LEASE)
    bounded(asker, lab, loss=LEASE + 1)


def test_newcomer_whose_view_comes_late_is_waited_for(lab, stalling):
    """It is alive and elected before it knows what it is to answer for: until it says so, the old one answers."""
    proxy = stalling(FIRST)
    lab[FIRST].reboot()
    lab.wait_holder(V4, SECOND, seconds=4 * LEASE)
    proxy.hold("/services", lists=True)
    with lab.asker([V4]) as asker:
        lab[FIRST].start(wait=False)
        time.sleep(LEASE / 2)
        lab.note("lists released")
        proxy.release()
        lab.wait_holder(V4, FIRST)
    bounded(asker, lab)
    assert asker.answers.lost == 0, f"{asker.answers}\n{lab.story()}"
