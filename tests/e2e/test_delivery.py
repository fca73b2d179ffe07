# SPDX-License-Identifier: Apache-2.0
"""Requests are answered, and the client's packets that follow are lost: each cause made for real, and that one named."""

import socket

import pytest
from explanation import broken, explain
from lab import wait_for
from two_addresses import CONFIGURATION, V4, V6

POD = {V4: "10.244.0.10", V6: "fd00:244::10"}
NODE = {V4: "10.244.0.1", V6: "fd00:244::1"}
FORWARDING = {V4: "net.ipv4.ip_forward", V6: "net.ipv6.conf.all.forwarding"}
BOTH = pytest.mark.parametrize("address", [V4, V6])


def reaches(client, address):
    """Whether a packet to it comes through: nobody listens, which the host there says at once."""
    with client.inside():
        try:
            socket.create_connection((address, 9), timeout=0.5).close()
        except ConnectionRefusedError:
            return True
        except OSError:
            return False
    return True


class Service:
    """The addresses, served by a pod behind the node, as kube-proxy's rules would have it."""

    def __init__(self, lab, pair):
        self.node, self.client = pair
        self.pod = lab.host("pod")
        lab.wire(self.node, self.pod, "cni0", "eth0")
        lab.address(self.node, "192.0.2.2/24", "2001:db8::2/64")
        for address, length in ((V4, 24), (V6, 64)):
            lab.address(self.node, f"{NODE[address]}/{length}", interface="cni0")
            lab.address(self.pod, f"{POD[address]}/{length}")
            self.pod.ip(f"route add default via {NODE[address]}")
            self.node.run("sysctl", "-qw", f"{FORWARDING[address]}=1")
        self.proxy()
        self.speaker = lab.speaker(self.node, CONFIGURATION).start()

    def proxy(self):
        """As kube-proxy's nftables mode: a map of Services, a chain for each, and one of its endpoints by lot."""
        for address, family in ((V4, "ip"), (V6, "ip6")):
            kind = "ipv4_addr" if family == "ip" else "ipv6_addr"
            self.node.run("nft", f"""
                table {family} kube-proxy {{
                  map service-ips {{ type {kind} . inet_proto . inet_service : verdict; }}
                  map no-endpoint-services {{ type {kind} . inet_proto . inet_service : verdict; }}
                  chain endpoint {{ meta l4proto tcp dnat to {POD[address]} ; }}
                  chain web {{ numgen random mod 1 vmap {{ 0 : goto endpoint }} ; }}
                  chain services {{
                    type nat hook prerouting priority dstnat;
                    {family} daddr . meta l4proto . th dport vmap @service-ips ;
                  }}
                  chain check {{
                    type filter hook forward priority -110;
                    ct state new {family} daddr . meta l4proto . th dport vmap @no-endpoint-services ;
                  }}
                }}
                add element {family} kube-proxy service-ips {{ {address} . tcp . 9 : goto web }}""")

    def works(self, address):
        """Answered, reached, and nothing to explain."""
        # IPv6 begins when the link-local addresses are no longer tentative.
        wait_for(lambda: reaches(self.client, address), 10, f"the way to {address}")
        assert broken(self.speaker, address) == ("", "")
        assert explain(self.speaker, address)[1]["warnings"] == []

    def is_lost(self, address):
        """Answered, not reached; the cause."""
        assert self.client.asks(address) == [self.node.mac()]
        assert not reaches(self.client, address)
        link, cause = broken(self.speaker, address)
        assert link == "delivered", cause
        return cause

    def warnings(self, address):
        """Of an address that nothing certain speaks against."""
        status, explanation = explain(self.speaker, address)
        assert status == 0, explanation
        return explanation["warnings"]


@pytest.fixture(name="service")
def _service(lab, pair):
    return Service(lab, pair)


@BOTH
def test_forwarding_is_off(service, address):
    service.works(address)
    service.node.run("sysctl", "-qw", f"{FORWARDING[address]}=0")
    assert f"on their way to {POD[address]} are not forwarded: {FORWARDING[address]} is 0" in service.is_lost(address)
    service.node.run("sysctl", "-qw", f"{FORWARDING[address]}=1")
    service.works(address)


def test_forwarding_is_off_where_the_packets_come_in(service):
    """What `sysctl net.ipv4.ip_forward` does not show: each interface has its own."""
    service.works(V4)
    service.node.run("sysctl", "-qw", "net.ipv4.conf.eth0.forwarding=0")
    assert "or that of eth0" in service.is_lost(V4)


@BOTH
def test_the_forward_chain_accepts_nothing(service, address):
    """As Docker leaves it: the policy drops, and what was accepted stays accepted."""
    service.works(address)
    service.node.run("nft", "add table inet lan; add chain inet lan fence { type filter hook forward priority 0; policy drop; };"
                     " add rule inet lan fence ct state established,related accept")
    assert f"table inet lan, chain fence drops packets to {address}, on their way to {POD[address]}" in service.is_lost(address)
    service.node.run("nft", "add rule inet lan fence iifname eth0 oifname cni0 accept")
    service.works(address)


def test_the_forward_chain_of_iptables(service):
    service.works(V4)
    service.node.run("iptables-nft", "-P", "FORWARD", "DROP")
    assert "table ip filter, chain FORWARD drops packets" in service.is_lost(V4)
    service.node.run("iptables-nft", "-A", "FORWARD", "-d", "10.244.0.0/16", "-j", "ACCEPT")
    # And back: of that nothing is said.
    service.node.run("iptables-nft", "-A", "FORWARD", "-s", "10.244.0.0/16", "-j", "ACCEPT")
    service.works(V4)


def test_rules_of_iptables_legacy_are_not_seen_and_that_is_said(service):
    service.works(V4)
    service.node.run("iptables-legacy", "-A", "FORWARD", "-d", POD[V4], "-j", "DROP")
    assert not reaches(service.client, V4)
    assert [each for each in service.warnings(V4) if "iptables-legacy has tables here (filter)" in each]
    assert service.warnings(V6) == []


@BOTH
def test_a_rule_drops_what_goes_to_the_pod(service, address):
    service.works(address)
    family = "ip" if address == V4 else "ip6"
    service.node.run("nft", "add table inet lan; add chain inet lan forward { type filter hook forward priority 10; };"
                     " add chain inet lan pods; add rule inet lan forward jump pods;"
                     f" add rule inet lan pods {family} daddr {POD[address]} drop")
    assert "table inet lan, chain pods drops packets" in service.is_lost(address)


def test_a_chain_that_may_accept_is_a_warning(service):
    """What marks a packet bears is not known: then it is said, and not called the cause."""
    service.works(V4)
    service.node.run("nft", "add table inet lan; add chain inet lan fence { type filter hook forward priority 0; policy drop; };"
                     " add rule inet lan fence meta mark 0x4000 accept")
    assert service.client.asks(V4) == [service.node.mac()]
    assert not reaches(service.client, V4)
    assert any("table inet lan, chain fence may drop packets" in each for each in service.warnings(V4))


def test_a_rule_drops_it_before_it_is_translated(service):
    service.works(V4)
    service.node.run("nft", "add table inet lan; add chain inet lan early { type filter hook prerouting priority raw; };"
                     f" add rule inet lan early ip daddr {V4} drop")
    assert f"table inet lan, chain early drops packets to {V4}:" in service.is_lost(V4)


@BOTH
def test_there_is_no_way_to_the_pod(service, address):
    service.works(address)
    service.node.ip("route del 10.244.0.0/24 dev cni0" if address == V4 else "-6 route del fd00:244::/64 dev cni0")
    assert f"on their way to {POD[address]} have no way there: " in service.is_lost(address)


def test_rp_filter_on_the_way_to_the_pod(service):
    service.node.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1")
    service.works(V4)
    service.node.ip("route replace 192.0.2.0/24 dev cni0")
    assert "rp_filter drops packets from clients such as 192.0.2.11 on eth0" in service.is_lost(V4)


def test_iptables_does_not_show_where_it_sends_packets(service):
    """So that they are not forwarded is a warning: they may be for the node itself."""
    service.works(V4)
    service.node.run("nft", "delete table ip kube-proxy")
    service.node.run("iptables-nft", "-t", "nat", "-A", "PREROUTING", "-d", V4, "-p", "tcp", "-m", "comment", "--comment", "web",
                     "-j", "DNAT", "--to-destination", POD[V4])
    service.works(V4)
    service.node.run("sysctl", "-qw", "net.ipv4.ip_forward=0")
    assert not reaches(service.client, V4)
    assert any("net.ipv4.ip_forward is 0" in each for each in service.warnings(V4))
    service.node.run("sysctl", "-qw", "net.ipv4.ip_forward=1")
    service.node.run("iptables-nft", "-P", "FORWARD", "DROP")
    assert "chain FORWARD drops packets" in service.is_lost(V4)


def test_a_rule_drops_what_follows_the_answer(lab, pair):
    node, client = pair
    speaker = lab.speaker(node, CONFIGURATION).start()
    lab.address(node, f"{V4}/32", "192.0.2.2/24")
    assert reaches(client, V4)
    node.run("nft", "add table inet lan; add chain inet lan guard { type filter hook input priority 0; };"
             f" add rule inet lan guard ip daddr {V4} drop")
    assert client.asks(V4) == [node.mac()]
    assert not reaches(client, V4)
    link, cause = broken(speaker)
    assert link == "delivered" and f"table inet lan, chain guard drops packets to {V4}:" in cause
    node.run("nft", "delete table inet lan")
    assert broken(speaker) == ("", "")


def test_the_way_back_leads_elsewhere(lab, pair):
    """No address of the clients' network on the interface, which isat does not need, and a strict rp_filter."""
    node, client = pair
    speaker = lab.speaker(node, CONFIGURATION).start()
    node.ip("link add other type bridge")
    node.ip("link set other up")
    lab.address(node, f"{V4}/32", interface="other")
    node.ip("route add 192.0.2.0/24 dev other")
    assert broken(speaker) == ("", "")
    node.run("sysctl", "-qw", "net.ipv4.conf.all.rp_filter=1")
    assert client.asks(V4) == [node.mac()]
    assert not reaches(client, V4)
    link, cause = broken(speaker)
    assert link == "delivered" and "rp_filter drops packets from clients such as 192.0.2.11 on eth0" in cause
    node.ip("route replace 192.0.2.0/24 dev eth0")
    assert broken(speaker) == ("", "")
    assert reaches(client, V4)


def test_nothing_takes_what_follows_the_answer(lab, pair):
    """As without kube-proxy: the address is answered for, and nobody serves it. Its rules, even unused, are a sign."""
    node, _ = pair
    speaker = lab.speaker(node, CONFIGURATION).start()

    def warned():
        status, explanation = explain(speaker, V4)
        assert status == 0
        return any("nothing that can be seen here takes packets" in each for each in explanation["warnings"])
    assert warned()
    node.run("nft", "add table ip kube-proxy; add chain ip kube-proxy services { type nat hook prerouting priority -100; };"
             " add map ip kube-proxy service-ips { type ipv4_addr . inet_proto . inet_service : verdict; };"
             " add chain ip kube-proxy web { }; add rule ip kube-proxy web accept;"
             f" add element ip kube-proxy service-ips {{ {V4} . tcp . 80 : goto web }};"
             " add rule ip kube-proxy services ip daddr . meta l4proto . th dport vmap @service-ips")
    assert not warned()
