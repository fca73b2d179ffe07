# SPDX-License-Identifier: Apache-2.0
"""A right that the ServiceAccount lacks is named, and what needs no such right goes on."""

import contextlib
import json

import pytest
from election import addresses_held_by
from resources import ISAT, METALLB

ALL = ("node-a", "node-b", "node-c")
V4, ANOTHER = addresses_held_by("node-a", ALL, 2)
RBAC = "/apis/rbac.authorization.k8s.io/v1"
CLUSTER, OURS, THEIRS = (f"{RBAC}/clusterroles/isat-speaker", f"{RBAC}/namespaces/{ISAT}/roles/isat-speaker",
                         f"{RBAC}/namespaces/{METALLB}/roles/isat-speaker")


def without(role, resource):
    """The role's rules less this resource."""
    rules = [{**rule, "resources": [each for each in rule["resources"] if each != resource]} for rule in role["rules"]]
    return {**role, "rules": [rule for rule in rules if rule["resources"]]}


WATCHED = [(CLUSTER, "services"), (CLUSTER, "nodes"), (CLUSTER, "endpointslices"), (OURS, "leases"),
           (THEIRS, "ipaddresspools"), (THEIRS, "l2advertisements")]
WRITTEN = [(CLUSTER, "events"), (OURS, "servicel2statuses"), (OURS, "servicel2statuses/status")]


@pytest.mark.parametrize("path, resource", WATCHED + WRITTEN)
def test_missing_right_is_named_and_survived(lab, path, resource):
    with started_without(lab, path, resource) as node:
        pid = node.speaker.daemon.pid()
        lab.stays_with(V4, "node-a", seconds=1)
        assert node.speaker.daemon.pid() == pid is not None, node.speaker.log()


@pytest.mark.parametrize("path, resource", WATCHED + WRITTEN)
def test_missing_right_is_in_the_status(lab, path, resource):
    with started_without(lab, path, resource) as node:
        assert resource in json.dumps(node.speaker.status())


@contextlib.contextmanager
def started_without(lab, path, resource):
    """node-a, which holds the address, started anew without this right, once its log has named it."""
    lab.resources.pool()
    lab.resources.advertisement()
    lab.resources.service("web", V4, endpoints=ALL)
    lab.wait_holder(V4, "node-a")
    node = lab["node-a"]
    role = lab.api.request("GET", path)
    node.leave()
    try:
        lab.api.request("PUT", path, without(role, resource))
        before = len(node.speaker.log())
        node.start(wait=False)
        lab.resources.service("news", ANOTHER, endpoints=ALL)  # for there to be something to write
        lab.wait(lambda: any("403" in line and resource in line
                             for line in node.speaker.log()[before:].splitlines()), f"{resource} in the log", 15)
        yield node
    finally:
        found = lab.api.request("GET", path)
        lab.api.request("PUT", path, {**role, "metadata": found["metadata"]})
    lab.wait(node.speaker.ready, "readiness with all rights", 30)
