# SPDX-License-Identifier: Apache-2.0
"""Addresses go from one live node to the next, and back, as a client sees it; and what announces nothing."""

import time

import pytest
from election import addresses_held_by, holder
from failover_case import LEASE

ALL = ("node-a", "node-b", "node-c")
ADDRESSES = (*addresses_held_by("node-a", ALL, 2), *addresses_held_by("node-a", ALL, 2, "2001:db8::{}"))
HEIRS = {address: holder(address, ALL[1:]) for address in ADDRESSES}
ROUNDS = 5        # seconds for which a new address is announced
GAP = 0.3         # from the moment that the node is told to go until the next answers
ANNOUNCED = 0.1   # from the first answer of the next to its first announcement, or the other way round

# name: (its configuration's further lines, what makes it go, what brings it back)
WAYS = {
    "drain": ("", lambda lab: lab["node-a"].drain(), lambda lab: lab["node-a"].undrain()),
    "SIGTERM with on_exit withdraw": ("on_exit: withdraw\n", lambda lab: lab["node-a"].leave(),
                                      lambda lab: lab["node-a"].start()),
    "exclude label": ("", lambda lab: lab.resources.label("node-a", exclude=""),
                      lambda lab: lab.resources.label("node-a", exclude=None)),
    "NetworkUnavailable": ("", lambda lab: lab.resources.network_unavailable("node-a", "True"),
                           lambda lab: lab.resources.network_unavailable("node-a", "False")),
}


def populate(lab):
    lab.resources.pool()
    lab.resources.advertisement()
    for number, address in enumerate(ADDRESSES):
        lab.resources.service(f"web-{number}", address, endpoints=ALL, families=["IPv6" if ":" in address else "IPv4"])
    lab.wait_all_held(dict.fromkeys(ADDRESSES, "node-a"))
    time.sleep(ROUNDS)


def moved(lab, act, holders):
    """What a client sees while act hands the addresses to their new holders: (its Asker, when act began)."""
    with lab.asker(ADDRESSES) as asker:
        time.sleep(0.3)
        begin = time.monotonic()
        act(lab)
        time.sleep(LEASE + 1)
    answers = asker.answers
    print(f"{answers}\n{lab.story()}")
    assert (answers.strays, answers.repeats) == (0, 0)
    assert {address: to for _, address, _, to in answers.moves()} == holders, f"{answers}\n{lab.story()}"
    assert len(answers.moves()) == len(holders), "once, and never to a third"
    for when, address, *_ in answers.moves():
        told = [(at, host) for at, _, host in answers.announcements(address) if at > begin]
        first = min((at for at, host in told if host == holders[address]), default=float("inf"))
        assert abs(first - when) < ANNOUNCED, f"{address} answered from {when:.3f} on: {told}\n{lab.story()}"
        assert {host for at, host in told if at >= first} == {holders[address]}, f"{address}: {told}\n{lab.story()}"
    return asker, begin


@pytest.mark.parametrize("way", WAYS)
def test_hand_over(lab, configured, way):
    top, go, come_back = WAYS[way]
    if top:
        configured("node-a", top=top)
    populate(lab)
    asker, begin = moved(lab, go, HEIRS)
    unseen = 2 * asker.longest_pause
    gaps, overlaps = asker.answers.gaps(), asker.answers.overlaps()
    print(f"{way}: gap until {max((gap.end - begin for gap in gaps), default=0) * 1000:.0f} ms,"
          f" overlap {max((each.seconds for each in overlaps), default=0) * 1000:.0f} ms")
    assert [gap for gap in gaps if gap.end - begin > GAP + unseen] == [], f"{asker.answers}\n{lab.story()}"
    assert [each for each in overlaps if each.seconds > LEASE + unseen] == [], f"{asker.answers}\n{lab.story()}"

    asker, _ = moved(lab, come_back, dict.fromkeys(ADDRESSES, "node-a"))
    overlaps = [each for each in asker.answers.overlaps() if each.seconds > LEASE + 2 * asker.longest_pause]
    assert (asker.answers.lost, overlaps) == (0, []), f"{asker.answers}\n{lab.story()}"


def test_nothing_is_announced_that_did_not_change(lab, configured):
    """Speakers that end and start in their turn, and objects that change where it does not matter."""
    configured(*ALL, top="announce: {refresh: 0s}\n")
    populate(lab)
    with lab.asker(ADDRESSES) as asker:
        for node in lab.nodes.values():
            node.leave()
            time.sleep(0.3)
            node.start()
        time.sleep(1)
        lab.note("objects touched")
        lab.resources.patch_service("web-0", {"metadata": {"annotations": {"example.com/touched": "yes"}}})
        lab.resources.endpoints("web-0", *ALL, "node-b")
        for node in ALL:
            lab.resources.label(node, **{"example.com/touched": "yes"})
        # Whoever answers for this one has seen what came before.
        lab.resources.service("marker", "192.0.2.250", endpoints=ALL)
        lab.wait_one_holder("192.0.2.250")
        time.sleep(1)
    answers = asker.answers
    assert answers.announcements() == [], f"{answers}\n{lab.story()}"
    assert (answers.gaps(), answers.overlaps(), answers.moves()) == ([], [], []), f"{answers}\n{lab.story()}"
