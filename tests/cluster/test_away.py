# SPDX-License-Identifier: Apache-2.0
"""A node whose speaker is away answers on for what it had: while its pod is replaced, and when it is killed, until another
has taken over."""

import time

import pytest
from election import addresses_held_by, order
from failover_case import LEASE

ALL = ("node-a", "node-b", "node-c")
HAD, NEW = addresses_held_by("node-a", ALL, 2)
HEIR = order(HAD, ALL)[1]


@pytest.fixture(name="had", autouse=True)
def _had(lab):
    lab.resources.pool()
    lab.resources.advertisement()
    lab.resources.service("had", HAD, endpoints=ALL)
    lab.wait_holder(HAD, "node-a")


def test_new_address_does_not_wait_for_a_node_that_is_away(lab):
    """What is new meanwhile goes to one whose speaker runs."""
    with lab.asker([HAD]) as asker:
        lab["node-a"].leave()
        lab.resources.service("new", NEW, endpoints=ALL)
        lab.wait_holder(NEW, order(NEW, ALL)[1], seconds=LEASE)
        lab.stays_with(HAD, "node-a", seconds=2 * LEASE)
        lab["node-a"].start()
        lab.wait_holder(NEW, "node-a")
        lab.stays_with(HAD, "node-a", seconds=1)
    answers = asker.answers
    assert (answers.gaps(), answers.overlaps(), answers.moves()) == ([], [], []), f"{answers}\n{lab.story()}"
    assert answers.repeats == 0, f"{answers}\n{lab.story()}"


def test_killed_it_answers_on_and_another_takes_over(lab):
    """The Lease lapses; the kernel of the killed one yields to the new holder's announcement."""
    with lab.asker([HAD]) as asker:
        lab["node-a"].kill()
        lab.wait_holder(HAD, HEIR, seconds=10)
    assert (asker.answers.lost, asker.answers.repeats) == (0, 0), f"{asker.answers}\n{lab.story()}"
    # Back between two that live: the loser answers until it hears the winner.
    with lab.asker([HAD]) as asker:
        lab["node-a"].start()
        lab.wait_holder(HAD, "node-a", seconds=10)
    assert (asker.answers.lost, asker.answers.repeats) == (0, 0), f"{asker.answers}\n{lab.story()}"


def test_killed_before_its_last_word_it_says_it_later(lab):
    """The one before hears it only past its deadline, and is frozen: no speaker of its own can end what it answers."""
    lab["node-a"].drain()
    lab.wait_holder(HAD, HEIR)
    with lab.asker([HAD]) as asker:
        time.sleep(0.5)
        lab[HEIR].freeze()
        lab["node-a"].undrain()
        time.sleep(0.8)
        lab["node-a"].kill()
        lab["node-a"].start()
        time.sleep(3 * LEASE)
        lab[HEIR].thaw()
    answers = asker.answers
    longest = max((overlap.seconds for overlap in answers.overlaps()), default=0)
    assert 0.5 < longest < LEASE + 1, f"{answers}\n{lab.story()}"
    assert answers.repeats == 0, f"{answers}\n{lab.story()}"


def test_back_from_an_outage_it_knows_what_came_meanwhile(lab):
    """Its watches are as late as the outage was long; others hand over to it as soon as it is a member."""
    lab["node-a"].cut_api()
    lab.wait_holder(HAD, HEIR, seconds=10)
    lab.resources.service("new", NEW, endpoints=ALL)
    lab.wait_holder(NEW, order(NEW, ALL)[1], seconds=10)
    with lab.asker([HAD, NEW]) as asker:
        time.sleep(4 * LEASE)
        lab["node-a"].mend_api()
        lab.wait_holder(NEW, "node-a", seconds=15)
        lab.wait_holder(HAD, "node-a", seconds=15)
    assert asker.answers.lost == 0, f"{asker.answers}\n{lab.story()}"


def test_back_on_a_lan_that_heard_another_it_says_so(lab):
    """A switch between died, and the API was behind it: the carrier stayed, and nothing is new to the map."""
    with lab.asker([HAD]) as asker:
        lab["node-a"].isolate()
        lab["node-a"].cut_api()
        lab.wait_holder(HAD, HEIR, seconds=10)
        time.sleep(4 * LEASE)  # all of its rounds, too
        back = time.monotonic()
        lab["node-a"].rejoin()
        lab["node-a"].mend_api()
        lab.wait_holder(HAD, "node-a", seconds=15)
    answers = asker.answers
    longest = max((overlap.seconds for overlap in answers.overlaps()), default=0)
    assert longest < LEASE, f"{answers}\n{lab.story()}"
    said = [host for when, _, host in answers.announcements(HAD) if when > back]
    assert "node-a" in said, f"{answers}\n{lab.story()}"
