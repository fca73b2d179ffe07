# SPDX-License-Identifier: Apache-2.0
"""The file is edited under a running speaker, or wrong from the start; check and replay read it too."""

import json
import signal
import time

import pytest
from lab import ISAT, wait_for
from probe import nothing_lost
from two_addresses import CONFIGURATION, V4, V6

SECOND = "192.0.2.11"
EDITED = CONFIGURATION.replace(V4, f"{V4}, {SECOND}")


def run(host, path, *before):
    """`isat run` that is expected to give up at once: (exit status, lines on standard error)."""
    result = host.run(*before, ISAT, "run", "--config", path, check=False, timeout=20)
    return result.returncode, result.stderr.splitlines()


def test_edit_is_applied_without_a_gap(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION).start()
    assert client.asks(SECOND) == []
    with nothing_lost(client, V4, V6):
        speaker.write(EDITED)
        wait_for(lambda: client.asks(SECOND) == [node.mac()], 3, "the added address")
        speaker.write(CONFIGURATION)
        wait_for(lambda: client.asks(SECOND) == [], 3, "the end of the removed address")


def test_invalid_edit_is_refused(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION).start()
    with nothing_lost(client, V4, V6):
        speaker.write(CONFIGURATION + "adresses: [192.0.2.99]\n")
        line = speaker.configuration.read_text().splitlines().index("adresses: [192.0.2.99]") + 1
        wait_for(lambda: f"{speaker.configuration}:{line}: adresses:" in speaker.log(), 3, "file, line and field")
    assert speaker.ready()
    assert len(speaker.status()["announcements"]) == 2, "the last valid one stays"
    speaker.write(EDITED)
    wait_for(lambda: client.asks(SECOND) == [node.mac()], 3, "the mended file")


def test_file_removed_and_back(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION).start()
    with nothing_lost(client, V4, V6):
        speaker.configuration.unlink()
        wait_for(lambda: f"{speaker.configuration}: cannot read" in speaker.log(), 3, "the complaint")
    speaker.write(EDITED)
    wait_for(lambda: client.asks(SECOND) == [node.mac()], 3, "the file that came back")


def test_config_map(lab):
    """As the kubelet mounts one: the file links to ..data/FILE, and ..data is swapped to another folder."""
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION)
    folder = speaker.directory
    for version, text in (("..one", CONFIGURATION), ("..two", EDITED)):
        speaker.write(text)
        (folder / version).mkdir()
        speaker.configuration.rename(folder / version / "isat.yaml")
    (folder / "..data").symlink_to("..one")
    speaker.configuration.symlink_to("..data/isat.yaml")
    speaker.start()
    assert client.asks(SECOND) == []
    with nothing_lost(client, V4, V6):
        (folder / "..data_tmp").symlink_to("..two")
        (folder / "..data_tmp").rename(folder / "..data")
        wait_for(lambda: client.asks(SECOND) == [node.mac()], 3, "the swapped map")


def test_hangup_reads_the_file_again(lab):
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION + "bogus: 1\n")
    assert run(node, speaker.configuration)[0] == 1
    speaker.write(CONFIGURATION)
    speaker.start()
    speaker.write(CONFIGURATION + "bogus: 1\n")
    wait_for(lambda: speaker.log().count("bogus:") == 1, 3, "the refusal")
    speaker.signal(signal.SIGHUP)
    wait_for(lambda: speaker.log().count("bogus:") == 2, 3, "the refusal once more, as asked")
    assert client.asks(V4) == [node.mac()]


@pytest.mark.parametrize("text, line, field, words", [
    (None, None, None, "cannot read"),
    ("", 1, "document", "empty"),
    ("addresses: [192.0.2.10\n", None, None, "mend"),
    ("adresses: [192.0.2.10]\n", 1, "adresses", "addresses"),
    ("addresses: [192.0.2.20-192.0.2.10]\n", 1, "addresses", "192.0.2.20-192.0.2.10"),
    ("addresses: [192.0.2.0/28, 192.0.2.3]\n", 1, "addresses", "overlaps"),
    ("addresses: [10.0.0.0/8]\n", 1, "addresses", "capacity"),
    ("addresses: [\"2001:db8::/64\"]\n", 1, "addresses", "capacity"),
    ("capacity: 2\naddresses: [192.0.2.1-192.0.2.3]\n", 2, "addresses", "capacity 2"),
])
def test_wrong_file(lab, text, line, field, words):
    """Said by check and by run alike, on one line, and soon."""
    node = lab.host("node")
    path = lab.directory / "wrong.yaml"
    if text is not None:
        path.write_text(text)
    started = time.monotonic()
    checked = node.run(ISAT, "check", "--config", path, check=False)
    status, lines = run(node, path)
    assert (checked.returncode, status) == (1, 1)
    assert len(lines) == 1 and checked.stderr.splitlines() == lines
    assert str(path) in lines[0] and words in lines[0], lines
    if field:
        assert lines[0].startswith(f"{path}:{line}: {field}: "), lines
    as_json = node.run(ISAT, "check", "--config", path, "-o", "json", check=False)
    assert json.loads(as_json.stdout) == {"valid": False, "error": lines[0]} and as_json.returncode == 1
    assert time.monotonic() - started < 10


def test_check(lab):
    node = lab.host("node")
    path = lab.directory / "right.yaml"
    path.write_text(CONFIGURATION)
    report = json.loads(node.run(ISAT, "check", "--config", path, "-o", "json").stdout)
    assert report["valid"] is True and report["warnings"] == []
    assert report["configuration"]["addresses"] == [V4, V6]
    assert report["configuration"]["capacity"] == 65536
    assert str(path) in node.run(ISAT, "check", "--config", path).stdout


def test_no_privilege(lab):
    node, _ = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION)
    status, lines = run(node, speaker.configuration, "setpriv", "--bounding-set=-all", "--inh-caps=-all", "--")
    assert status == 1 and len(lines) == 1, lines
    assert "CAP_BPF" in lines[0], lines
    assert not speaker.pin.exists(), "nothing is left behind"


def test_pins_of_another_user(lab):
    """Everybody may make a directory in a bpffs, and take from it what root puts there."""
    node, _ = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION)
    node.run("setpriv", "--reuid=65534", "--clear-groups", "mkdir", speaker.pin)
    status, lines = run(node, speaker.configuration)
    assert status == 1 and len(lines) == 1, lines
    assert f"{speaker.pin}: it belongs to user 65534; remove it" in lines[0], lines


def test_dot_in_the_pins_name(lab):
    node, _ = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION, pin=f"/sys/fs/bpf/isat-{node.namespace}.dot")
    status, lines = run(node, speaker.configuration)
    assert status == 1 and len(lines) == 1, lines
    assert f"{speaker.pin}: a BPF file system takes no dot in a name" in lines[0], lines


def test_no_bpf_file_system(lab):
    node, _ = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION, pin=lab.directory / "pins")
    status, lines = run(node, speaker.configuration)
    assert status == 1 and len(lines) == 1, lines
    assert "mount -t bpf bpf /sys/fs/bpf" in lines[0] and str(speaker.pin) in lines[0], lines
    assert not speaker.pin.exists()


def test_kernel_without_type_information(lab):
    """Nothing of ours needs the kernel's own BTF (CONFIG_DEBUG_INFO_BTF), which small kernels lack."""
    node, client = lab.pair()
    empty = lab.directory / "empty"
    empty.mkdir()
    script = 'mount --bind "$0" /sys/kernel/btf && ! test -e /sys/kernel/btf/vmlinux && exec "$@"'
    speaker = lab.speaker(node, CONFIGURATION, wrap=["unshare", "-m", "sh", "-c", script, empty]).start()
    assert client.asks(V4) == [node.mac()] and client.asks(V6) == [node.mac()]


def test_unknown_interface(lab):
    """It may come later, so it is no error; but whoever looks must see that nothing is served."""
    node, client = lab.pair()
    speaker = lab.speaker(node, CONFIGURATION.replace("eth0", "eth9")).start()
    assert client.asks(V4) == []
    assert speaker.status()["attachments"] == []
    assert "Attached to no interface." in node.run(ISAT, "status", "--pin", speaker.pin).stdout
    said = speaker.log() + speaker.http("/readyz")[1]
    assert "interface" in said and ("eth9" in said or "no interface" in said), said


def test_full_map(lab):
    """Two addresses on two interfaces are four announcements: the fourth is refused by name, three answer."""
    node, client = lab.pair()
    lab.wire(node, client, "eth1", "eth1")
    lab.address(client, "192.0.2.2/24", interface="eth1")
    speaker = lab.speaker(node, f"""
source: file
interfaces: ["eth.*"]
addresses: [{V4}, {SECOND}]
capacity: 3
announce: {{rounds: 1, refresh: 0s}}
""").start()
    wait_for(lambda: "the map is full at 3 announcements per family; raise `capacity`" in speaker.log(), 5, "the error")
    assert len(speaker.status()["announcements"]) == 3
    assert speaker.metric("isat_announcement_failures") == 1
    assert speaker.metric("isat_map_capacity", map="announced_v4") == 3
    answered = [client.asks(address, interface) == [node.mac(interface)]
                for address in (V4, SECOND) for interface in ("eth0", "eth1")]
    assert answered.count(True) == 3
    # Room is made: the one that failed comes without a restart.
    node.ip("link delete eth1")
    wait_for(lambda: client.asks(V4) == client.asks(SECOND) == [node.mac()], 5, "both on the interface that is left")


@pytest.mark.parametrize("mode", ["tc", "generic"])
def test_jumbo(lab, mode):
    node, client = lab.pair()
    for host in (node, client):
        host.ip("link set eth0 mtu 9000")
    speaker = lab.speaker(node, CONFIGURATION + f"attach: {mode}\n").start()
    assert client.asks(V4) == [node.mac()] and client.asks(V6) == [node.mac()]
    assert speaker.status()["attachments"][0]["mode"] == mode


def test_jumbo_native(lab):
    """Without xdp.frags veth's driver refuses a program at this MTU."""
    node, client = lab.pair()
    for host in (node, client):
        host.ip("link set eth0 mtu 9000")
    speaker = lab.speaker(node, CONFIGURATION + "attach: native\n").start()
    assert speaker.status()["attachments"][0]["mode"] == "native"
    # No pass program fits on the peer at this MTU, so the answer is lost on veth; that it was given is counted.
    client.asks(V4)
    assert speaker.metric("isat_frames_total", family="arp", outcome="answered") >= 1


def test_replay(lab):
    from scapy.layers.inet import IP, UDP
    from scapy.layers.inet6 import ICMPv6ND_NA, ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
    from scapy.layers.l2 import ARP, Ether
    from scapy.utils import rdpcap, wrpcap

    node = lab.host("node")
    mac = "02:00:00:00:00:aa"
    broadcast = Ether(src=mac, dst="ff:ff:ff:ff:ff:ff")
    frames = [
        broadcast / ARP(op=1, hwsrc=mac, psrc="192.0.2.1", pdst=V4),
        broadcast / ARP(op=1, hwsrc=mac, psrc="192.0.2.1", pdst="192.0.2.99"),
        Ether(src=mac, dst="33:33:ff:00:00:10") / IPv6(src="2001:db8::1", dst="ff02::1:ff00:10", hlim=255)
        / ICMPv6ND_NS(tgt=V6) / ICMPv6NDOptSrcLLAddr(lladdr=mac),
        Ether(src=mac, dst="02:00:00:00:00:01") / IP(src="192.0.2.1", dst=V4) / UDP(dport=9),
    ]
    source, target, path = lab.directory / "in.pcap", lab.directory / "out.pcap", lab.directory / "isat.yaml"
    wrpcap(str(source), frames)
    path.write_text(CONFIGURATION)
    out = node.run(ISAT, "replay", "--config", path, "-o", "json", "--mac", "02:00:00:00:00:01", source, target).stdout
    verdicts = [json.loads(line) for line in out.splitlines()]
    assert [{k: v for k, v in verdict.items() if k != "reply"} for verdict in verdicts] == [
        {"frame": 1, "family": "arp", "outcome": "answered", "action": "tx"},
        {"frame": 2, "family": "arp", "outcome": "not_announced", "action": "pass"},
        {"frame": 3, "family": "ndp", "outcome": "answered", "action": "tx"},
        {"frame": 4, "family": "other", "outcome": "other_traffic", "action": "pass"},
    ]
    assert ["reply" in verdict for verdict in verdicts] == [True, False, True, False]
    replies = rdpcap(str(target))
    assert [bytes(reply).hex() for reply in replies] == [v["reply"] for v in verdicts if "reply" in v]
    assert (replies[0][ARP].op, replies[0][ARP].psrc, replies[0][ARP].hwsrc) == (2, V4, "02:00:00:00:00:01")
    assert (replies[1][ICMPv6ND_NA].tgt, replies[1][IPv6].dst) == (V6, "2001:db8::1")
    refused = node.run(ISAT, "replay", "--config", path, source, source, check=False)
    assert refused.returncode == 1 and len(refused.stderr.splitlines()) == 1
    assert len(rdpcap(str(source))) == 4, "the input is left alone"
