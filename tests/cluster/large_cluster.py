# SPDX-License-Identifier: Apache-2.0
"""Services, EndpointSlices and Nodes by the thousand, and what their API server needs to hand them out.

The objects are copies of ones that the API server made, written behind its back: 20,000 requests would take minutes.
"""

import concurrent.futures
import copy
import re
import time

import manifests
from resources import Resources

SERVICES, SLICES_EACH, NODES = 5_000, 2, 200
# As isat asks for them: objects in a page of each list.
PAGES = {"/api/v1/services": 250, "/apis/discovery.k8s.io/v1/endpointslices": 250, "/api/v1/nodes": 25}


def address(number):
    return f"10.1.{number // 250}.{1 + number % 250}"


def populate(api):
    """Services with an address each, their EndpointSlices, nodes with as many images as real ones have, and MetalLB's
    resources, by which all are announced."""
    manifests.apply(api, "deploy/base")
    resources = Resources(api)
    resources.pool(addresses=["10.1.0.0/16"])
    resources.advertisement()
    api.create_service("model")
    api.create_endpoints("model")
    service = api.patch_ingress("model", [address(0)])
    endpoints = api.request("GET", "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices/model")
    endpoints["endpoints"] = [{"addresses": [f"10.244.{n}.1"], "conditions": {"ready": True},
                               "nodeName": f"node-{n}"} for n in range(10)]
    images = [{"names": [f"registry.example/image-{n}@sha256:{n:064x}"], "sizeBytes": n} for n in range(50)]
    api.create("/api/v1/nodes", {"metadata": {"name": "model"}})
    node = api.request("PATCH", "/api/v1/nodes/model/status", {"status": {"images": images}},
                       "application/merge-patch+json")
    made = {}
    for number in range(SERVICES):
        made[f"/registry/services/specs/default/s-{number}"] = _named(service, f"s-{number}", number)
        made[f"/registry/services/specs/default/s-{number}"]["status"]["loadBalancer"]["ingress"] = [
            {"ip": address(number)}]
        for part in range(SLICES_EACH):
            each = _named(endpoints, f"s-{number}-{part}", number)
            each["metadata"]["labels"]["kubernetes.io/service-name"] = f"s-{number}"
            made[f"/registry/endpointslices/default/s-{number}-{part}"] = each
    for number in range(NODES):
        made[f"/registry/minions/node-{number}"] = _named(node, f"node-{number}", number)
    api.delete_service("model")
    api.delete("/api/v1/nodes/model")
    api.write_behind(made)


def _named(model, name, number):
    made = copy.deepcopy(model)
    made["metadata"].update(name=name, uid=f"00000000-0000-4000-8000-{number:012d}")
    del made["metadata"]["resourceVersion"]
    return made


def hand_out(api):
    """(seconds, bytes) that the API server needs for the pages of all lists at once, with nobody parsing them."""
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(len(PAGES)) as readers:
        size = sum(readers.map(lambda collection: _read_pages(api, collection, PAGES[collection]), PAGES))
    return time.monotonic() - begin, size


def _read_pages(api, collection, page):
    more, size = "", 0
    with api.connect() as connection:
        while True:
            text = api.text(f"{collection}?limit={page}&continue={more}", connection)
            size += len(text)
            found = re.search(r'"continue":"([^"]+)"', text[:1000])
            if found is None:
                return size
            more = found[1]
