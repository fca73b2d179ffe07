# SPDX-License-Identifier: Apache-2.0
"""The Debian package in a Debian with systemd: installed, started, upgraded and removed while a client asks."""

import json
import re
import subprocess
import time

import pytest
from machine import BUILD, Lab, Machine, package, repacked, wait_for
from probe import nothing_lost
from two_addresses import CONFIGURATION, V4, V6

FILE = "/etc/isat/isat.yaml"
# What a package may leave behind: the system's own notes.
NOTES = "/proc /sys /dev /run /tmp /var/tmp /var/log /var/cache /var/lib/dpkg /var/lib/systemd /package".split()


@pytest.fixture(scope="module", name="deb")
def _deb():
    return package()


@pytest.fixture(name="wired")
def _wired(deb):
    """A machine with the package installed, and a client on the same wire."""
    with Lab() as lab:
        node, client = lab.pair()
        with Machine(node, deb) as machine:
            yield machine, client


@pytest.fixture(name="started")
def _started(wired):
    machine, client = wired
    install(machine)
    machine.write(FILE, CONFIGURATION)
    machine.run("systemctl", "start", "isat")
    return machine, client


def install(machine, deb=None):
    return machine.run("dpkg", "--install", f"/package/{(deb or machine.deb).name}")


def files(machine):
    prune = " -o ".join(f"-path {path}" for path in NOTES)
    return set(machine.run("sh", "-c", f"find / \\( {prune} \\) -prune -o -print").stdout.splitlines())


def bpftool(*arguments):
    return json.loads(subprocess.run(["bpftool", "-j", *map(str, arguments)], capture_output=True, check=True).stdout)


def in_kernel(map_id):
    """The map itself, and the programs that use it."""
    maps = [each["id"] for each in bpftool("map") if each["id"] == map_id]
    return maps + [each["id"] for each in bpftool("prog") if map_id in each.get("map_ids", [])]


def interface(host):
    """What an interface may keep of somebody: groups joined on it, queueing disciplines that carry filters."""
    return host.ip("maddress show dev eth0"), host.run("tc", "qdisc", "show", "dev", "eth0").stdout


def asks(client):
    return client.asks(V4) + client.asks(V6)


def test_installed_it_waits_for_addresses(wired):
    machine, _ = wired
    install(machine)
    assert machine.service("LoadState") == "loaded" and machine.service("ActiveState") == "inactive"
    assert machine.service("UnitFileState") == "disabled"
    assert machine.run("systemd-analyze", "verify", "--man=no", "isat.service").stderr == ""
    assert machine.run("isat", "check", "--config", FILE).stdout.startswith(f"{FILE}: valid: 0 addresses")
    assert machine.pins() == []
    version = machine.run("dpkg-query", "-W", "-f", "${Version}", "isat").stdout
    assert machine.run("isat", "--version").stdout == f"isat {version}\n"


def test_start_reload_and_the_sandbox(started):
    machine, client = started
    # No waiting: `systemctl start` returns when it answers.
    assert asks(client) == 2 * [machine.host.mac()]
    pid = machine.service("MainPID")
    status = dict(re.findall(r"^(\w+):\s+(\S+)", machine.run("cat", f"/proc/{pid}/status").stdout, re.M))
    # CAP_NET_ADMIN 12, CAP_NET_RAW 13, CAP_BPF 39
    assert int(status["CapBnd"], 16) == int(status["CapEff"], 16) == 1 << 12 | 1 << 13 | 1 << 39
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    machine.write(FILE, CONFIGURATION.replace(V4, "192.0.2.11"))
    machine.run("systemctl", "reload", "isat")
    wait_for(lambda: client.asks("192.0.2.11") == [machine.host.mac()], 3)
    assert client.asks(V4) == []
    assert machine.log("--priority=warning") == ""


def test_a_hung_loop_is_noticed_and_nobody_else_notices(started):
    machine, client = started
    machine.write("/etc/systemd/system/isat.service.d/watchdog.conf", "[Service]\nWatchdogSec=1s")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", "isat")
    time.sleep(1.5)
    assert machine.service("NRestarts") == "0", "fed in time"
    with nothing_lost(client, V4):
        machine.run("sh", "-c", f"kill -STOP {machine.service('MainPID')}")
        wait_for(lambda: machine.service("NRestarts") == "1" and machine.service("SubState") == "running", 10, "a restart")
    assert "Watchdog timeout" in machine.log()


def test_upgrade_loses_no_answer(started):
    machine, client = started
    before = machine.service("MainPID")
    with nothing_lost(client, V4, V6):
        install(machine)
    assert machine.service("ActiveState") == "active" and machine.service("MainPID") not in ("0", before)
    assert "adopted 2 announcements" in machine.log()
    assert machine.run("cat", FILE).stdout.strip() == CONFIGURATION.strip(), "an edited file is the user's"


def test_upgrade_to_other_maps_and_back_loses_no_answer(started):
    machine, client = started
    further = repacked(machine.deb, "+further", BUILD / "tests/isat_further")
    for deb, has_further in ((further, True), (machine.deb, False)):
        with nothing_lost(client, V4, V6):
            install(machine, deb)
        assert machine.service("ActiveState") == "active"
        assert ("isat/further" in machine.pins()) is has_further
        assert json.loads(machine.run("isat", "status", "-o", "json").stdout)["totals"]["arp"]["answered"] > 0


@pytest.mark.parametrize("directory", ["isat", "elsewhere"])
def test_removed_it_leaves_nothing(wired, directory):
    machine, client = wired
    before = files(machine), interface(machine.host)
    install(machine)
    machine.write(FILE, CONFIGURATION + f"pin: /sys/fs/bpf/{directory}\n")
    machine.run("systemctl", "enable", "--now", "isat")
    assert asks(client) == 2 * [machine.host.mac()]
    pages = bpftool("map", "show", "pinned", machine.bpffs / directory / "pages_v4")["id"]
    assert len(in_kernel(pages)) >= 2 and interface(machine.host) != before[1]
    machine.run("systemctl", "stop", "isat")
    assert asks(client) == 2 * [machine.host.mac()], "stopped, the kernel answers"
    machine.run("systemctl", "start", "isat")
    machine.run("dpkg", "--remove", "isat")
    assert asks(client) == [] and machine.pins() == []
    assert machine.run("test", "-e", FILE, check=False).returncode == 0, "kept until purged"
    machine.run("dpkg", "--purge", "isat")
    wait_for(lambda: in_kernel(pages) == [], 3, "the end of maps and programs")
    assert (files(machine), interface(machine.host)) == before


def test_removed_with_a_file_that_cannot_be_read(started):
    machine, client = started
    machine.write(FILE, "addresses: 7")
    removed = machine.run("dpkg", "--remove", "isat")
    assert f"{FILE}:1: addresses: " in removed.stderr
    assert asks(client) == [] and machine.pins() == []
