# SPDX-License-Identifier: Apache-2.0
"""`isat explain` on the nodes of a cluster: each cause made for real, and exactly that one named."""

import json

import pytest
from election import holder
from resources import named

NODES = 2
INTERFACES = ("eth0", "eth1")
V4 = "192.0.2.10"
ALL = A, B = "node-a", "node-b"
FIRST = holder(V4, ALL)
OTHER = B if FIRST == A else A


@pytest.fixture(name="web", autouse=True)
def _web(lab):
    lab.resources.pool()
    lab.resources.advertisement()
    lab.resources.service("web", V4, endpoints=[A])
    lab.wait_holder(V4, FIRST, f"{FIRST}.eth1")


def explained(lab, node=FIRST, address=V4):
    """(broken link, cause, mend); ("", "", "") when the node answers."""
    speaker = lab[node].speaker
    result = speaker.host.run(speaker.program, "explain", "--pin", speaker.pin, "-o", "json", address, check=False)
    explanation = json.loads(result.stdout)
    assert result.returncode == (0 if explanation["answers"] else 1)
    broken = [each["link"] for each in explanation["links"] if each["state"] == "broken"]
    assert len(broken) == (0 if explanation["answers"] else 1), explanation
    return (broken or [""])[0], explanation["cause"], explanation["mend"]


def wait_explained(lab, link, words, node=FIRST, address=V4):
    lab.wait(lambda: explained(lab, node, address)[0] == link and words in explained(lab, node, address)[1],
             f"{link}: {words}; now {explained(lab, node, address)}")


def test_another_node_holds_it(lab):
    assert explained(lab) == ("", "", "")
    link, cause, mend = explained(lab, OTHER)
    assert link == "elected" and f"node {FIRST} holds it" in cause
    assert mend == f"isat explain {V4} on node {FIRST}"


def test_no_speaker_runs_any_more(lab):
    """The deadline passes; the kernel answers on, until somebody else announces the address."""
    lab[FIRST].kill()
    wait_explained(lab, "vouched", "the deadline passed and another machine announced the address")
    assert "isat run" in explained(lab)[2]


def test_the_advertisement_names_an_interface_that_does_not_exist(lab):
    lab.resources.advertisement(interfaces=["no-such"])
    for node in ALL:
        wait_explained(lab, "interface", f"its L2Advertisements name no-such, and node {node} has no such interface", node)


def test_the_advertisement_excludes_the_interfaces_in_use(lab):
    lab.resources.advertisement(interfaces=["mgmt0"])
    wait_explained(lab, "interface", "allow other interfaces than those in use: mgmt0 is not served by isat")
    lab.resources.advertisement(interfaces=["eth1"])
    wait_explained(lab, "", "")
    lab.resources.advertisement(interfaces=["eth1"], nodeSelectors=named(FIRST))
    lab[FIRST].unplug("eth1")
    wait_explained(lab, "interface", "allow other interfaces than those in use: eth1 has no carrier")


def test_another_class(lab):
    lab.resources.service("theirs", "192.0.2.11", load_balancer_class="example.org/lb")
    wait_explained(lab, "assigned", "default/theirs has it, and its loadBalancerClass is example.org/lb", address="192.0.2.11")
    lab.resources.delete_service("theirs")
    wait_explained(lab, "assigned", "no Service of type LoadBalancer", address="192.0.2.11")


def test_no_address_yet(lab):
    lab.resources.service("slow", endpoints=[A])
    wait_explained(lab, "assigned", "without an address yet: default/slow", address="192.0.2.12")


def test_local_traffic_policy_without_a_local_endpoint(lab):
    lab.resources.service("here", "192.0.2.13", endpoints=[OTHER], local=True)
    wait_explained(lab, "", "", OTHER, "192.0.2.13")
    wait_explained(lab, "endpoint", f"externalTrafficPolicy is Local, and node {FIRST} has no endpoint", FIRST, "192.0.2.13")


def test_the_api_is_out_of_reach(lab):
    """What is announced is answered still, until somebody else announces it: a warning, and the fence in the chain."""
    lab[FIRST].cut_api()

    def warned():
        speaker = lab[FIRST].speaker
        told = json.loads(speaker.host.run(speaker.program, "explain", "--pin", speaker.pin, "-o", "json", V4, check=False).stdout)
        return any("last view of the API" in each for each in told["warnings"]) or "gave way" in told["cause"]
    lab.wait(warned, "the API missed", 20)


def test_the_api_is_down(lab):
    """Its watches end in the middle; each is begun anew, and counted."""
    lab.api.stop_api()
    lab.wait(lambda: lab[FIRST].speaker.metric("isat_watch_restarts_total", resource="services", cause="failed") > 0,
             "the watch begun anew", 20)
