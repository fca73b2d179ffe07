# SPDX-License-Identifier: Apache-2.0
"""Another build takes over, one that has a map more: up and down, answers go on while a client asks."""

import pytest
from lab import BUILD, ISAT
from probe import nothing_lost
from two_addresses import CONFIGURATION, V4, V6

FURTHER = BUILD / "tests/isat_further"


def has_further(speaker):
    return (speaker.pin / "further").exists()


@pytest.mark.parametrize("mode", ["tc", "generic"])
@pytest.mark.parametrize("first, then", [(ISAT, FURTHER), (FURTHER, ISAT)], ids=["up", "down"])
def test_another_set_of_maps(lab, mode, first, then):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION + f"attach: {mode}\n", program=first).start()
    assert has_further(speaker) is (first == FURTHER), "the other build is another build"
    with nothing_lost(client, V4, V6):
        speaker.stop(kill=True)
        speaker.program = then
        speaker.start()
    assert len(speaker.status()["announcements"]) == 2
    assert speaker.status()["totals"]["arp"]["answered"] > 0, "it is the new build's maps that answer"
    speaker.stop()
    node.run(then, "detach", "--pin", speaker.pin)
    assert client.asks(V4) == []


def test_a_replacement_that_was_cut_short_by_another_build(lab):
    """It left maps that nobody here knows under next/; they are in nobody's way."""
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION).start()
    speaker.stop(kill=True)
    (speaker.pin / "next").mkdir()
    node.run("bpftool", "map", "create", speaker.pin / "next" / "further", "type", "array", "key", "4", "value", "8",
             "entries", "1", "name", "further")
    with nothing_lost(client, V4, V6):
        speaker.start()
    assert not (speaker.pin / "next").exists()
