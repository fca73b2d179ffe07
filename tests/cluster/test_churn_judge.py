# SPDX-License-Identifier: Apache-2.0
"""What excuses a gap or an overlap in the churn, and what does not."""

import types

import pytest
from answers import Span
from churn import unsettled
from churn_judge import ChurnJudge
from election import order

ALWAYS, PASSING = "192.0.2.10", "192.0.2.200"
NODES = FIRST, SECOND, THIRD, LAST = order(ALWAYS, ("node-a", "node-b", "node-c", "node-d"))
NOBODY = ()


def answers_of(address, *events):
    """events: (time, holders) from then on, the last one the end."""
    return types.SimpleNamespace(spans={address: [
        Span(address, begin, end, holders, 200 * (end - begin))
        for (begin, holders), (end, _) in zip(events, events[1:])]})


def judge(*events, history=(), presences=None, address=ALWAYS):
    lab = types.SimpleNamespace(nodes=dict.fromkeys(NODES), history=list(history))
    return ChurnJudge(answers_of(address, *events), lab, presences or {})


def gap_of(**options):
    """Of 6 s, from the first holder to the second."""
    (gap,) = judge((0, (FIRST,)), (10, NOBODY), (16, (SECOND,)), (20, NOBODY), **options).gaps()
    return gap.lasts


def test_in_the_end_each_is_with_its_holder_alone_for_a_second():
    def faults(*events, holders):
        return unsettled(answers_of(ALWAYS, *events), holders)

    held = ((0, NOBODY), (5, (FIRST,)), (6, ()))
    assert not faults(*held, holders={ALWAYS: FIRST})
    for otherwise in (held[0], (5, (SECOND,)), (5, (FIRST, SECOND)), (5.5, (FIRST,))):
        assert len(faults((0, NOBODY), otherwise, (6, ()), holders={ALWAYS: FIRST})) == 1, otherwise
    assert len(faults(*held, holders={})) == 1, "its Service is gone"


def test_a_gap_counts_as_a_whole():
    assert gap_of() == 6


@pytest.mark.parametrize("what", [f"{FIRST} killed", f"{SECOND} unplugged from the LAN", f"{SECOND} started"])
def test_a_blow_to_the_holder_or_its_heir_begins_it_anew(what):
    assert gap_of(history=[(13, what)]) == 3


@pytest.mark.parametrize("what", [f"{THIRD} killed", f"{LAST} thawed", f"{PASSING} assigned", "everything mended"])
def test_nothing_else_does(what):
    assert gap_of(history=[(13, what)]) == 6


def test_what_happened_before_or_afterwards_is_no_excuse():
    assert gap_of(history=[(9, f"{FIRST} killed"), (17, f"{SECOND} killed")]) == 6


def test_blows_without_end_excuse_a_share_for_each_node_that_may_be_hit():
    history = [(when / 10, f"{SECOND} killed") for when in range(100, 160)]
    assert gap_of(history=history) == 6 / (len(NODES) - 1)


def test_nobody_until_the_end_makes_everybody_the_heir():
    (gap,) = judge((0, (FIRST,)), (10, NOBODY), (16, NOBODY), history=[(13, f"{LAST} killed")]).gaps()
    assert gap.lasts == 3


def test_an_overlap_is_judged_likewise():
    def lasts(what):
        (overlap,) = judge((0, (FIRST,)), (10, (FIRST, SECOND)), (16, (SECOND,)), (20, NOBODY),
                           history=[(13, what)]).overlaps()
        return overlap.lasts
    assert (lasts(f"{FIRST} thawed"), lasts(f"{THIRD} killed")) == (3, 6)


def test_two_and_then_three_are_one_overlap():
    (overlap,) = judge((0, (FIRST,)), (10, (FIRST, SECOND)), (12, (FIRST, SECOND, THIRD)), (16, (THIRD,)),
                       (20, NOBODY)).overlaps()
    assert (overlap.lasts, overlap.span.holders) == (6, tuple(sorted((FIRST, SECOND, THIRD))))


def test_a_service_that_came_and_was_never_answered_is_a_gap():
    (gap,) = judge((0, NOBODY), (20, NOBODY), presences={PASSING: [(14, float("inf"))]}, address=PASSING).gaps()
    assert (gap.lasts, gap.span.begin, gap.span.questions) == (6, 14, 1200)


def test_nobody_need_answer_for_a_service_that_is_not_there():
    def gaps(*presences):
        return [(gap.span.begin, gap.span.end) for gap in judge(
            (0, NOBODY), (10, (FIRST,)), (12, NOBODY), (20, NOBODY), presences={PASSING: list(presences)},
            address=PASSING).gaps()]
    assert gaps() == []
    assert gaps((10, 12)) == []
    assert gaps((9, 11), (15, 17)) == [(9, 10), (15, 17)]


def test_who_held_it_for_an_earlier_service_is_not_its_holder():
    first, *_, last = order(PASSING, NODES)
    (gap,) = judge((0, (last,)), (10, NOBODY), (16, (first,)), (20, NOBODY), history=[(13, f"{last} killed")],
                   presences={PASSING: [(5, 9), (11, float("inf"))]}, address=PASSING).gaps()
    assert gap.lasts == 5
