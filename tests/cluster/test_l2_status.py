# SPDX-License-Identifier: Apache-2.0
"""What users look at: ServiceL2Status objects, events on the Service, metrics; in MetalLB's form, and true."""

import time

import pytest
from election import order
from resources import METALLB, STATUSES, named, selector

V4 = "192.0.2.10"
ALL = "node-a", "node-b", "node-c"
FIRST, SECOND, THIRD = order(V4, ALL)


@pytest.fixture(name="web", autouse=True)
def _web(lab):
    lab.resources.pool()
    lab.resources.advertisement()
    lab.resources.service("web", V4, endpoints=ALL)
    lab.wait_holder(V4, FIRST)


def objects(lab, service="web"):
    return [each for each in lab.api.request("GET", STATUSES)["items"]
            if each.get("status", {}).get("serviceName") == service]


def wait_status(lab, node):
    lab.wait(lambda: [each["status"]["node"] for each in objects(lab)] == ([node] if node else []), f"status of {node}")


def test_status_is_the_holder_and_goes_with_the_service(lab):
    wait_status(lab, FIRST)
    (found,) = objects(lab)
    assert found["metadata"]["name"].startswith("l2-")
    assert found["metadata"]["labels"] == {"metallb.io/node": FIRST, "metallb.io/service-name": "web",
                                           "metallb.io/service-namespace": "default"}
    assert found["status"] == {"node": FIRST, "serviceName": "web", "serviceNamespace": "default", **(
        {"interfaces": []} if "interfaces" in found["status"] else {})}
    version = found["metadata"]["resourceVersion"]
    time.sleep(2)
    assert [each["metadata"]["resourceVersion"] for each in objects(lab)] == [version], "written once"
    lab.resources.delete_service("web")
    wait_status(lab, None)


def test_status_follows_the_holder(lab):
    wait_status(lab, FIRST)
    lab.resources.label(FIRST, exclude="")
    lab.wait_holder(V4, SECOND)
    wait_status(lab, SECOND)
    lab.resources.label(FIRST, exclude=None)
    wait_status(lab, FIRST)


def test_status_that_somebody_deletes_is_written_again(lab):
    wait_status(lab, FIRST)
    lab.api.delete(f"{STATUSES}/{objects(lab)[0]['metadata']['name']}")
    wait_status(lab, FIRST)


def test_status_of_a_node_that_died_is_removed(lab):
    wait_status(lab, FIRST)
    lab[FIRST].kill()
    lab.wait_holder(V4, SECOND)
    wait_status(lab, SECOND)


def test_one_event_for_each_change(lab):
    def assigned():
        return [(each["message"], each.get("count", 1)) for each in lab.resources.events("nodeAssigned")
                if each["involvedObject"]["name"] == "web" and each["involvedObject"]["uid"] == uid]

    def message(node):
        return f'announcing from node "{node}" with protocol "layer2"'

    uid = lab.api.request("GET", "/api/v1/namespaces/default/services/web")["metadata"]["uid"]
    lab.wait(lambda: assigned() == [(message(FIRST), 1)], "one event")
    lab.resources.patch_service("web", {"metadata": {"annotations": {"example.com/touched": "yes"}}})
    lab.resources.service("marker", "192.0.2.11", endpoints=ALL)
    lab.wait_one_holder("192.0.2.11")
    assert assigned() == [(message(FIRST), 1)]
    lab.resources.label(FIRST, exclude="")
    lab.wait(lambda: sorted(assigned()) == sorted([(message(FIRST), 1), (message(SECOND), 1)]), "one more event")


def test_a_new_speaker_tells_no_event_again_and_leaves_the_object(lab):
    wait_status(lab, FIRST)
    lab.wait(lambda: lab.resources.events("nodeAssigned"), "the event")
    before = [each["metadata"]["name"] for each in lab.resources.events("nodeAssigned")]
    version = objects(lab)[0]["metadata"]["resourceVersion"]
    lab[FIRST].leave()
    lab[FIRST].start()
    time.sleep(2)
    assert [each["metadata"]["name"] for each in lab.resources.events("nodeAssigned")] == before
    assert [each["metadata"]["resourceVersion"] for each in objects(lab)] == [version]


def test_hand_in_an_object_is_undone(lab):
    wait_status(lab, FIRST)
    name = objects(lab)[0]["metadata"]["name"]
    patch = "application/merge-patch+json"
    lab.api.request("PATCH", f"{STATUSES}/{name}/status", {"status": {"interfaces": [{"name": "eth7"}]}}, patch)
    lab.wait(lambda: not objects(lab)[0]["status"].get("interfaces"), "the interfaces as they are")
    lab.api.request("PATCH", f"{STATUSES}/{name}", {"metadata": {"labels": {"metallb.io/node": "node-z"}}}, patch)
    lab.wait(lambda: [each["metadata"]["labels"]["metallb.io/node"] for each in objects(lab)] == [FIRST], "the labels")


INVALID = {
    "IPAddressPool": (lambda resources: resources.pool("wrong", addresses=["192.0.2.9-192.0.2.1"]),
                      lambda resources: resources.delete_pool("wrong"),
                      "192.0.2.9-192.0.2.1"),
    "L2Advertisement": (lambda resources: resources.advertisement("wrong", ipAddressPools=["pool", "pool"]),
                        lambda resources: resources.delete_advertisement("wrong"),
                        "duplicate definition of ipAddressPools"),
}


@pytest.mark.parametrize("kind", INVALID)
def test_invalid_resource_has_an_event_and_is_in_the_status(lab, kind):
    make, delete, cause = INVALID[kind]
    make(lab.resources)
    found = []

    def told():
        found[:] = [each for each in lab.resources.events("ConfigurationError", METALLB)
                    if each["involvedObject"]["name"] == "wrong" and each["involvedObject"]["kind"] == kind]
        return found

    lab.wait(told, f"an event about the {kind}")
    assert found[0]["involvedObject"]["uid"]
    time.sleep(1)
    assert len(told()) == 1, "all nodes see it, and one of them says so"
    assert found[0]["type"] == "Warning" and cause in found[0]["message"]

    def problems():
        return [lab[node].speaker.status()["account"]["problems"] for node in ALL]

    assert problems() == [{f"{kind} {METALLB}/wrong": found[0]["message"]}] * len(ALL)
    assert lab.who(V4) == [FIRST], "the others apply"
    delete(lab.resources)
    lab.wait(lambda: problems() == [{}] * len(ALL), "the end of the problem")


def test_metrics_are_those_of_the_announcing_node(lab):
    labels = {"service": "default/web", "protocol": "layer2", "ip": V4}

    def announced():
        return {node: lab[node].speaker.metric("metallb_speaker_announced", node=node, **labels) for node in ALL}

    lab.wait(lambda: announced() == {FIRST: 1, SECOND: 0, THIRD: 0}, "the gauge of the holder")
    speaker = lab[FIRST].speaker
    asked = speaker.metric("metallb_layer2_requests_received", ip=V4)
    lab.who(V4)
    assert speaker.metric("metallb_layer2_requests_received", ip=V4) > asked
    assert speaker.metric("metallb_layer2_responses_sent", ip=V4) > 0
    lab.wait(lambda: speaker.metric("metallb_layer2_gratuitous_sent", ip=V4) >= 2, "gratuitous frames")
    assert lab[THIRD].speaker.metric("metallb_layer2_responses_sent", ip=V4) == 0
    lab.resources.delete_service("web")
    lab.wait(lambda: announced() == {FIRST: 0, SECOND: 0, THIRD: 0}, "the end of the gauge")


def test_isat_status_says_who_and_why_for_machines(lab):
    def accounts():
        return [[each for each in lab[node].speaker.status()["account"]["addresses"] if each["address"] == V4]
                for node in ALL]

    def row(why, *candidates):
        return {"holder": candidates[0][0], "why": why,
                "candidates": [{"node": node, "score": score} for node, score in candidates]}

    def wait_rows(expected):
        lab.wait(lambda: all({name: each[name] for name in expected} == expected for (each,) in accounts()), expected)

    by_hash = row("first in the order of the election", (FIRST, 0), (SECOND, 0), (THIRD, 0))
    wait_rows(by_hash)
    lab.resources.advertisement(preferredNodeSelectors=[{"weight": 7, "preference": selector(
        {"kubernetes.io/hostname": THIRD})}])
    wait_rows(row("preferred by an L2Advertisement", (THIRD, 7), (FIRST, 0), (SECOND, 0)))
    lab.resources.advertisement(nodeSelectors=named(SECOND))
    wait_rows(row("the only candidate", (SECOND, 0)))


def test_isat_status_says_who_and_why(lab):
    for node in ALL:
        text = lab[node].host.run(lab[node].speaker.program, "status", "--pin", lab[node].speaker.pin).stdout
        assert V4 in text and FIRST in text, text
