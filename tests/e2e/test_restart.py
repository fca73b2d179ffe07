# SPDX-License-Identifier: Apache-2.0
"""The speaker dies, leaves, comes back and is replaced while a client asks a thousand times a second."""

import json
import subprocess
import time

import pytest
from lab import wait_for
from probe import Probe, nothing_lost
from two_addresses import CONFIGURATION, V4, V6


def answers_nothing(client, seconds=0.3):
    with Probe(client, V4) as arp, Probe(client, V6) as ndp:
        time.sleep(seconds)
    assert arp.sent > 50 and ndp.sent > 50
    return arp.answered == 0 and ndp.answered == 0


def bpftool(*arguments):
    return json.loads(subprocess.run(["bpftool", "-j", *map(str, arguments)], capture_output=True, text=True,
                                     check=True).stdout)


def programs(map_id):
    """The ids of the programs that use this map: every one of the speaker's that is still in the kernel."""
    return {program["id"] for program in bpftool("prog") if map_id in program.get("map_ids", [])}


def map_of_the_programs(speaker):
    return bpftool("map", "show", "pinned", speaker.pin / "pages_v4")["id"]


def pair_for(lab, mode):
    """A pair on which answers in this mode arrive: veth loses native XDP's unless the peer runs a program too."""
    node, client = lab.pair()
    if mode == "native":
        client.ip(f"link set dev eth0 xdpdrv obj {lab.stranger()} sec xdp")
    return node, client


@pytest.mark.parametrize("mode", ["tc", "native", "generic"])
def test_kill_and_start_again(lab, mode):
    node, client = pair_for(lab, mode)
    speaker = lab.speaker(node, CONFIGURATION + f"attach: {mode}\n").start()
    with nothing_lost(client, V4, V6):
        speaker.stop(kill=True)
        time.sleep(0.5)
        speaker.start()
    assert "adopted 2 announcements" in speaker.log()


def test_leave_and_start_again(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION + "on_exit: keep\n").start()
    with nothing_lost(client, V4, V6):
        speaker.stop()
        time.sleep(0.5)
        speaker.start()


@pytest.mark.parametrize("mode", ["tc", "native", "generic"])
@pytest.mark.parametrize("kill", [True, False])
def test_another_layout(lab, mode, kill):
    """A changed capacity is a changed layout: the maps are replaced, and nobody may notice."""
    node, client = pair_for(lab, mode)
    speaker = lab.speaker(node, CONFIGURATION + f"attach: {mode}\n").start()
    with nothing_lost(client, V4, V6):
        speaker.stop(kill=kill)
        speaker.write(CONFIGURATION + f"attach: {mode}\ncapacity: 1000\n")
        speaker.start()
        time.sleep(0.5)
    assert speaker.status()["capacity"] == 1000
    assert [each["mode"] for each in speaker.status()["attachments"]] == [mode]
    # And the other way round: nothing of the first set is in the way.
    with nothing_lost(client, V4, V6):
        speaker.stop(kill=kill)
        speaker.write(CONFIGURATION + f"attach: {mode}\n")
        speaker.start()
    assert speaker.status()["capacity"] == 65536


def test_withdraw_on_exit(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION + "on_exit: withdraw\n").start()
    assert not answers_nothing(client)
    speaker.stop()
    assert answers_nothing(client)
    wait_for(lambda: programs(map_of_the_programs(speaker)) == set(), 3, "the end of the programs")
    assert speaker.status()["attachments"] == []


def test_withdrawn_while_away(lab):
    """What the file no longer names when the speaker comes back is answered no longer."""
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION).start()
    speaker.stop(kill=True)
    assert client.asks(V6) == [node.mac()]
    speaker.write(CONFIGURATION.replace(f', "{V6}"', ""))
    speaker.start()
    assert client.asks(V4) == [node.mac()]
    wait_for(lambda: client.asks(V6) == [], 3)


def test_second_speaker_is_refused(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION).start()
    second = lab.speaker(node, CONFIGURATION + 'metrics: {listen: "127.0.0.1:7473"}\n', name="2", pin=speaker.pin)
    with nothing_lost(client, V4, V6):
        second.start(wait=False)
        wait_for(lambda: second.daemon.pid() is None, 10, "the end of the second speaker")
    lines = second.log().splitlines()
    assert len(lines) == 1, lines
    assert str(speaker.pin) in lines[0] and "another isat speaker runs on these pins" in lines[0], lines


def test_detach_leaves_nothing(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION).start()
    pages = map_of_the_programs(speaker)
    ours = programs(pages)
    assert ours
    running = node.run(speaker.program, "detach", "--pin", speaker.pin, check=False)
    assert running.returncode == 1 and len(running.stderr.splitlines()) == 1, "not under a running speaker"
    assert client.asks(V4) == [node.mac()]
    speaker.stop()
    node.run(speaker.program, "detach", "--pin", speaker.pin)
    assert not speaker.pin.exists()
    # The kernel frees programs a little after their last user went.
    wait_for(lambda: programs(pages) == set(), 3, "the end of the programs")
    assert not [link for link in bpftool("link") if link.get("prog_id") in ours]
    wait_for(lambda: pages not in {each["id"] for each in bpftool("map")}, 3, "the end of the maps")
    assert "bpf" not in node.run("tc", "filter", "show", "dev", "eth0", "ingress").stdout
    assert answers_nothing(client)
    node.run(speaker.program, "detach", "--pin", speaker.pin)  # nothing there is success


def test_counters_go_on_after_a_restart(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION).start()
    with nothing_lost(client, V4, V6):
        pass

    def counts():
        status = speaker.status()
        return (status["totals"]["arp"]["answered"], status["totals"]["ndp"]["answered"],
                *(a["answered"] for a in status["announcements"]))

    before = counts()
    assert min(before) >= 500
    speaker.stop(kill=True)
    assert counts() == before, "read without a speaker"
    speaker.start()
    assert all(now >= then for now, then in zip(counts(), before))
    assert speaker.metric("isat_frames_total", family="arp", outcome="answered") >= before[0]
