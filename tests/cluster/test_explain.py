# SPDX-License-Identifier: Apache-2.0
"""`isat explain` on the nodes of a cluster: each cause made for real, and exactly that one named."""

import json
import re

import pytest
from election import addresses_held_by, holder
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


def told(lab, node, *arguments):
    """What `isat explain -o json` prints there: one explanation, or with --all several."""
    speaker = lab[node].speaker
    result = speaker.host.run(speaker.program, "explain", "--pin", speaker.pin, "-o", "json", *arguments, check=False)
    explanations = json.loads(result.stdout)
    each_answers = [each["answers"] for each in (explanations if "--all" in arguments else [explanations])]
    assert result.returncode == (0 if all(each_answers) else 1)
    return explanations


def broken_link(explanation):
    """"" when the node answers."""
    broken = [each["link"] for each in explanation["links"] if each["state"] == "broken"]
    assert len(broken) == (0 if explanation["answers"] else 1), explanation
    return (broken or [""])[0]


def links(explanation):
    """{link: (state, evidence)}"""
    return {each["link"]: (each["state"], each["evidence"]) for each in explanation["links"]}


def all_links(lab, node):
    """{address: its broken link}, of --all"""
    return {each["address"]: broken_link(each) for each in told(lab, node, "--all")}


def explained(lab, node=FIRST, address=V4):
    """(broken link, cause, mend); ("", "", "") when the node answers."""
    explanation = told(lab, node, address)
    return broken_link(explanation), explanation["cause"], explanation["mend"]


def wait_explained(lab, link, words, node=FIRST, address=V4):
    lab.wait(lambda: explained(lab, node, address)[0] == link and words in explained(lab, node, address)[1],
             f"{link}: {words}; now {explained(lab, node, address)}")


def test_another_node_holds_it(lab):
    assert explained(lab) == ("", "", "")
    link, cause, mend = explained(lab, OTHER)
    assert link == "elected" and f"node {FIRST} holds it" in cause
    assert mend == f"isat explain {V4} on node {FIRST}"


def test_top_names_the_holder(lab):
    """On every node the same; only where it is held it is in the map."""
    rows = {}
    for node in ALL:
        speaker = lab[node].speaker
        seen = json.loads(speaker.host.run(speaker.program, "top", "--pin", speaker.pin, "--interval", "100ms",
                                           "-o", "json").stdout)
        rows[node] = [(row["address"], row["interface"], row["holder"]) for row in seen["addresses"]]
    assert sorted(rows[FIRST]) == [(V4, interface, FIRST) for interface in INTERFACES]
    assert rows[OTHER] == [(V4, "", FIRST)]


def test_each_link_that_holds_has_evidence_of_its_own(lab):
    lab.resources.advertisement("other", nodeSelectors=named(OTHER))
    lab.resources.endpoints("web", A, A, B)
    lab.wait(lambda: links(told(lab, FIRST, V4))["endpoint"] == ("holds", "3 can serve, on 2 nodes"), "the endpoints")
    seen = links(told(lab, FIRST, V4))
    assert seen["assigned"] == ("holds", "default/web")
    assert seen["pool"] == ("holds", "IPAddressPool pool")
    assert seen["advertisement"] == ("holds", "L2Advertisement advertisement"), "the other does not select this node"
    assert seen["node eligible"] == ("holds", f"node {FIRST}: its network is available, and no label excludes it")
    assert seen["elected"][0] == "holds" and seen["elected"][1].startswith(f"{FIRST}, of: ")
    assert links(told(lab, OTHER, V4))["advertisement"] == ("holds", "L2Advertisement advertisement, other")


def test_what_holds_before_the_broken_link_is_shown(lab):
    lab.resources.label(FIRST, exclude="")
    wait_explained(lab, "node eligible", "exclude-from-external-load-balancers")
    seen = links(told(lab, FIRST, V4))
    assert list(seen) == ["assigned", "pool", "advertisement", "node eligible"]
    assert seen["pool"] == ("holds", "IPAddressPool pool")


def test_all_tells_of_what_fails_too(lab):
    """Held elsewhere, refused, another controller's: none of them is in this node's map, and each is known."""
    assert all_links(lab, OTHER) == {V4: "elected"}
    lab.resources.service("bad", "198.51.100.9", endpoints=[A])
    lab.resources.service("theirs", "192.0.2.11", load_balancer_class="example.org/lb")
    lab.resources.service("slow", endpoints=[A])
    wanted = {V4: "elected", "192.0.2.11": "assigned", "198.51.100.9": "pool"}
    lab.wait(lambda: all_links(lab, OTHER) == wanted, "all of them")
    speaker = lab[OTHER].speaker
    text = speaker.host.run(speaker.program, "explain", "--pin", speaker.pin, "--all", check=False).stdout
    assert "default/slow: has no address yet" in text


def test_all_tells_of_what_does_not_fit_the_map(lab):
    """Room for two announcements: the first address takes both, one on each interface."""
    second = addresses_held_by(FIRST, ALL, 2)[1]
    lab[FIRST].leave()
    lab[FIRST].start(lab.configuration(lab[FIRST], top="capacity: 2\n"))
    try:
        lab.wait_holder(V4, FIRST, f"{FIRST}.eth1")
        lab.resources.service("more", second, endpoints=[A])
        wait_explained(lab, "programmed", "the map is full: 2 of 2 announcements", address=second)
        assert all_links(lab, FIRST) == {V4: "", second: "programmed"}
    finally:
        lab[FIRST].leave()
        lab[FIRST].start(lab.configuration(lab[FIRST]))


def test_a_probe_reports_who_answers_whatever_breaks(lab):
    """Asked from a node that does not hold it, where the chain breaks long before a probe would be looked at."""
    rival = lab.client.mac()
    holders = {lab[FIRST].mac(interface): FIRST for interface in INTERFACES}

    def probed():
        explanation = told(lab, OTHER, "--probe", V4)
        assert broken_link(explanation) == "elected"
        seen = {answer["mac"]: answer for probe in explanation["probes"] for answer in probe["answers"]}
        assert all(0 < answer["milliseconds"] < 500 for answer in seen.values())
        return {mac: answer["node"] for mac, answer in seen.items()}, explanation["warnings"]
    assert probed() == (holders, [])
    lab.network.address(lab.client, f"{V4}/32")
    try:
        seen, warnings = probed()
        speaker = lab[OTHER].speaker
        text = speaker.host.run(speaker.program, "explain", "--pin", speaker.pin, "--probe", V4, check=False).stdout
    finally:
        lab.client.ip(f"address del {V4}/32 dev eth0")
    assert seen == {**holders, rival: ""}
    assert any(f"{rival} (of no node known here) answers for it" in each and f"node {FIRST} holds it" in each
               for each in warnings), warnings
    for mac in (lab[FIRST].mac(), rival):
        assert re.search(rf"probe: from eth\d: .*{mac} after \d+\.\d ms", text), text


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


def api_warned(explanation):
    return any(re.match("the speaker (goes by its last view of the API|cannot renew its Lease): .", each)
               for each in explanation["warnings"])


def test_the_api_is_out_of_reach(lab):
    """Of this node alone. What is announced is answered still, which is said; once another took over, why not."""
    lab[OTHER].freeze()
    lab[FIRST].cut_api()
    lab.wait(lambda: "the deadline passed;" in links(told(lab, FIRST, V4))["vouched"][1]
             and api_warned(told(lab, FIRST, V4)), "the API missed", 20)
    alone = told(lab, FIRST, V4)
    assert broken_link(alone) == ""
    assert links(alone)["vouched"] == ("holds", "the deadline passed; answered until somebody else announces it")
    assert links(alone)["announced"] == ("lacking", "past its deadline the speaker does not repeat it")
    lab[OTHER].thaw()
    wait_explained(lab, "vouched", "another machine announced the address: this node gave way; the speaker ")
    lost = told(lab, FIRST, V4)
    assert re.search("; the speaker (goes by its last view of the API|cannot renew its Lease): .", lost["cause"])
    assert lost["mend"] == "let this node reach the API server and write its Lease"
    assert api_warned(lost)
    lab[FIRST].mend_api()
    lab.wait(lambda: broken_link(told(lab, FIRST, V4)) == "" and not api_warned(told(lab, FIRST, V4)), "all well", 20)


def test_the_api_is_away_for_all(lab):
    """Nobody takes over: the holder answers past its deadline, and each node says by what it goes."""
    lab.api.stop_api()

    def said():
        here, elsewhere = told(lab, FIRST, V4), told(lab, OTHER, V4)
        return ((broken_link(here), broken_link(elsewhere)) == ("", "elected")
                and "the deadline passed;" in links(here)["vouched"][1]
                and all(any("last view of the API: " in warning for warning in each["warnings"])
                        for each in (here, elsewhere)))
    lab.wait(said, "the API missed", 20)
    lab.stays_with(V4, FIRST, f"{FIRST}.eth1")
    assert said()


def test_the_api_is_down(lab):
    """Its watches end in the middle; each is begun anew, and counted."""
    lab.api.stop_api()
    lab.wait(lambda: lab[FIRST].speaker.metric("isat_watch_restarts_total", resource="services", cause="failed") > 0,
             "the watch begun anew", 20)
