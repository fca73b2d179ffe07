# SPDX-License-Identifier: Apache-2.0
"""On a wireless interface: answers between the stations of a cell, and the cause explain names while nothing arrives."""

import json
import subprocess
from pathlib import Path

import pytest
from lab import ISAT, Lab, wait_for
from tests.requirement import require
from two_addresses import V4, V6

CONFIGURATION = f"interfaces: [eth0]\naddresses: [{V4}, \"{V6}\"]\nannounce: {{rounds: 1, refresh: 0s}}\n"


# A host's /sys shows its own interfaces; `ip netns exec` would do the same, but hide the pins.
OWN_SYSFS = "mount --bind /sys/fs/bpf /mnt && mount -t sysfs none /sys && mount --move /mnt /sys/fs/bpf && exec \"$@\""


@pytest.fixture(name="stations")
def _stations():
    """A node and a client with a simulated radio each, not in a cell yet."""
    require(subprocess.run(["modprobe", "mac80211_hwsim", "radios=2"], capture_output=True).returncode == 0,
            "this kernel has no simulated radios: scripts/test-kernel 6.1")
    try:
        with Lab() as lab:
            node, client = lab.host("node"), lab.host("client")
            for host, radio in zip((node, client), sorted(Path("/sys/class/ieee80211").iterdir())):
                name = next((radio / "device/net").iterdir()).name
                subprocess.run(["iw", "phy", radio.name, "set", "netns", "name", host.namespace], check=True)
                host.ip(f"link set {name} name eth0")
                host.run("iw", "dev", "eth0", "set", "type", "ibss")
                host.ip("link set eth0 up")
            lab.address(client, "192.0.2.1/24", "2001:db8::1/64")
            yield lab, node, client
    finally:
        # The radios come back a moment after the namespaces are gone.
        wait_for(lambda: subprocess.run(["rmmod", "mac80211_hwsim"], capture_output=True).returncode == 0, 10, "radios at rest")


def join_the_cell(host):
    """All on one channel and with one name: no access point is needed."""
    host.run("iw", "dev", "eth0", "ibss", "join", "isat", "2412", "fixed-freq", "02:11:22:33:44:55")
    wait_for(lambda: "LOWER_UP" in host.links()["eth0"]["flags"], 10, f"{host.name} in the cell")


def explain(speaker):
    return json.loads(speaker.host.run("unshare", "-m", "sh", "-c", OWN_SYSFS, "own-sysfs", ISAT, "explain", "--config",
                                       speaker.configuration, "-o", "json", V4, check=False).stdout)


def test_a_wireless_interface_answers_once_questions_arrive(stations):
    lab, node, client = stations
    join_the_cell(node)
    speaker = lab.speaker(node, CONFIGURATION).start()
    # Out of the cell, the client's questions stay in the air, as behind firmware that filters.
    told = explain(speaker)
    assert "asked" in [link["link"] for link in told["links"] if link["state"] == "broken"], told
    assert "it is wireless, and firmware often filters" in told["cause"]
    assert told["mend"] == "ip link set eth0 promisc on"
    join_the_cell(client)
    for address in (V4, V6):
        wait_for(lambda: client.asks(address) == [node.mac()], 10, f"an answer for {address}")
    assert explain(speaker)["answers"]
