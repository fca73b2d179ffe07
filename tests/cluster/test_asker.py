# SPDX-License-Identifier: Apache-2.0
"""What churn and failover are judged by: the asker sees every question nobody answers, and every one that two do."""

import time

import pytest
from node_lab import NodeLab

ADDRESSES = [f"192.0.2.{number}" for number in range(10, 35)] + [f"2001:db8::{number}" for number in range(10, 35)]
OTHER, OTHER6 = ADDRESSES[0], ADDRESSES[-1]


def configuration(addresses):
    listed = ", ".join(f'"{address}"' for address in addresses)
    return f"source: file\ninterfaces: [eth0]\naddresses: [{listed}]\nannounce: {{rounds: 1, refresh: 0s}}\n"


@pytest.fixture(name="lab")
def _lab():
    with NodeLab(nodes=2, api=False) as lab:
        yield lab


def test_one_holder_is_no_fault(lab):
    lab["node-a"].start(configuration(ADDRESSES))
    lab["node-b"].start(configuration(["192.0.2.99"]))
    with lab.asker(ADDRESSES) as asker:
        time.sleep(3)
    answers = asker.answers
    print(f"{answers}; longest pause {asker.longest_pause * 1000:.1f} ms")
    assert answers.asked > 2.5 * 200 * len(ADDRESSES), "the rate that was asked for"
    assert (answers.lost, answers.repeats, answers.strays) == (0, 0, 0)
    assert answers.gaps() == [] and answers.overlaps() == [] and answers.moves() == []
    assert {name for address in ADDRESSES for name in answers.holders(address)} == {"node-a"}


def test_two_answerers_are_an_overlap(lab):
    lab["node-a"].start(configuration(ADDRESSES))
    lab["node-b"].start(configuration([OTHER, OTHER6]))
    with lab.asker(ADDRESSES) as asker:
        time.sleep(1)
    assert {(each.address, each.holders) for each in asker.answers.overlaps()} == {
        (OTHER, ("node-a", "node-b")), (OTHER6, ("node-a", "node-b"))}
    assert all(each.questions > 150 for each in asker.answers.overlaps())
    assert asker.answers.lost == 0


def test_silence_is_a_gap_of_its_length(lab):
    node = lab["node-a"]
    node.start(configuration(ADDRESSES))
    with lab.asker(ADDRESSES) as asker:
        time.sleep(0.5)
        node.isolate()
        begin = time.monotonic()
        time.sleep(0.5)
        end = time.monotonic()
        node.rejoin()
        time.sleep(0.5)
    gaps = asker.answers.gaps()
    assert {gap.address for gap in gaps} == set(ADDRESSES) and len(gaps) == len(ADDRESSES)
    for gap in gaps:
        assert gap.begin == pytest.approx(begin, abs=0.06) and gap.end == pytest.approx(end, abs=0.06), str(gap)
        assert gap.questions == pytest.approx(gap.seconds * 200, abs=3)
    assert asker.answers.lost == sum(gap.questions for gap in gaps)
    assert lab.story().count("node-a isolated from the LAN") == 1


def test_a_move_is_seen_with_its_announcement(lab):
    one, other = lab["node-a"], lab["node-b"]
    one.start(configuration(ADDRESSES))
    other.start(configuration(["192.0.2.99"]))
    with lab.asker(ADDRESSES) as asker:
        time.sleep(0.5)
        one.speaker.write(configuration([each for each in ADDRESSES if each not in (OTHER, OTHER6)]))
        lab.wait_holder(OTHER6)
        begin = time.monotonic()
        other.speaker.write(configuration(["192.0.2.99", OTHER, OTHER6]))
        lab.wait_holder(OTHER6, other)
        time.sleep(0.2)
    moves = asker.answers.moves()
    assert {move[1:] for move in moves} == {(OTHER, "node-a", "node-b"), (OTHER6, "node-a", "node-b")}
    for when, address, _, _ in moves:
        assert begin < when < begin + 3
        first, _, host = asker.answers.announcements(address)[0]
        assert host == "node-b" and first == pytest.approx(when, abs=0.1)
    assert {gap.address for gap in asker.answers.gaps()} == {OTHER, OTHER6}
    assert asker.answers.overlaps() == []
