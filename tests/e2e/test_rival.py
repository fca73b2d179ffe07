# SPDX-License-Identifier: Apache-2.0
"""Somebody else claims an announced address: reported while the deadline holds, obeyed after it."""

import json
import subprocess
import time

import pytest
from lab import ISAT, wait_for
from rival import Rival

V4, V6, OTHER_V4, OTHER_V6 = "192.0.2.10", "2001:db8::10", "192.0.2.20", "2001:db8::20"
CONFIGURATION = f"""
source: file
interfaces: [eth0]
addresses: [{V4}, "{V6}", {OTHER_V4}, "{OTHER_V6}"]
announce: {{rounds: 1, refresh: 0s}}
"""


class Segment:
    """A node, a client and a rival on one bridge."""

    def __init__(self, lab, configuration=CONFIGURATION):
        self.node, self.client, rival = lab.host("node"), lab.host("client"), lab.host("rival")
        lab.bridge(self.node, self.client, rival)
        lab.address(self.client, "192.0.2.1/24", "2001:db8::1/64")
        self.rival = Rival(rival)
        self.speaker = lab.speaker(self.node, configuration).start()
        wait_for(lambda: self.answers(V4) and self.answers(V6), 10, "first answers")

    def answers(self, address):
        return self.client.asks(address) == [self.node.mac()]

    def yielded(self, address):
        return next(a["yielded"] for a in self.speaker.status()["announcements"] if a["address"] == address)



def test_rival_is_reported_and_changes_nothing(lab):
    segment = Segment(lab)
    speaker = segment.speaker
    for address in (V4, V6):
        segment.rival.announces(address)
    wait_for(lambda: speaker.metric("isat_events_total", kind="conflict") >= 2, 3, "the conflicts in the metrics")
    for address in (V4, V6):
        wait_for(lambda a=address: f"{a} on eth0: {segment.rival.mac} claims it too" in speaker.log(), 3, "the log")
        assert segment.answers(address), "without a deadline a rival is never obeyed"
        assert not segment.yielded(address)
    assert speaker.metric("isat_events_total", kind="yield") == 0


def test_watch_shows_the_rival_beside_the_speaker(lab):
    segment = Segment(lab)
    command = ["nsenter", f"--net=/run/netns/{segment.node.namespace}", "--", ISAT, "watch", "--pin",
               segment.speaker.pin, "-o", "json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as watch:
        try:
            # The ring is in its place once the first event comes through; events are limited to one a second.
            time.sleep(1)
            segment.rival.announces(V4)
            event = json.loads(watch.stdout.readline())
        finally:
            watch.terminate()
    assert (event["kind"], event["interface"], event["address"], event["mac"]) == ("conflict", "eth0", V4,
                                                                                   segment.rival.mac)
    assert event["ifindex"] == segment.node.index()
    # The speaker has got its own copy.
    wait_for(lambda: segment.speaker.metric("isat_events_total", kind="conflict") >= 1, 3, "the speaker's own event")


@pytest.mark.parametrize("address, other", [(V4, OTHER_V4), (V6, OTHER_V6)])
def test_after_the_deadline_the_first_announcement_is_obeyed(lab, address, other):
    segment = Segment(lab)
    segment.speaker.stop(kill=True)
    segment.speaker.pass_deadline()
    assert segment.speaker.status()["deadline"]["state"] == "passed"
    assert segment.answers(address), "a passed deadline alone silences nobody"
    segment.rival.asks_from(address, "192.0.2.77" if address == V4 else "2001:db8::77")
    assert segment.answers(address), "a question is no announcement"
    segment.rival.announces(address)
    assert segment.client.asks(address) == [], "silent at once"
    assert segment.yielded(address) and not segment.yielded(other)
    assert segment.answers(other), "only what was claimed is given up"
    segment.speaker.start()
    wait_for(lambda: segment.answers(address), 3, "the speaker vouches anew")


def test_yield_is_an_event(lab):
    segment = Segment(lab)
    segment.speaker.pass_deadline()
    segment.rival.announces(V4)
    wait_for(lambda: segment.speaker.metric("isat_events_total", kind="yield") == 1, 3, "the yield in the metrics")
    wait_for(lambda: f"{V4} on eth0: given up to {segment.rival.mac}" in segment.speaker.log(), 3, "the log")


def test_silent_policy(lab):
    segment = Segment(lab, CONFIGURATION + "after_deadline: silent\n")
    segment.rival.announces(V4)
    assert segment.answers(V4)
    segment.speaker.stop(kill=True)
    assert segment.answers(V4)
    segment.speaker.pass_deadline()
    for address in (V4, V6, OTHER_V4, OTHER_V6):
        assert segment.client.asks(address) == [], f"{address} after the deadline"
