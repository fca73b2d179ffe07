# SPDX-License-Identifier: Apache-2.0
"""The cluster's objects that decide who announces what, as users and controllers write them."""

import contextlib

from api_client import ApiError

METALLB = "metallb-system"
ISAT = "isat-system"
EXCLUDE = "node.kubernetes.io/exclude-from-external-load-balancers"
_MERGE_PATCH = "application/merge-patch+json"
_METALLB_API = f"/apis/metallb.io/v1beta1/namespaces/{METALLB}"
POOLS, ADVERTISEMENTS = f"{_METALLB_API}/ipaddresspools", f"{_METALLB_API}/l2advertisements"
STATUSES = f"/apis/metallb.io/v1beta1/namespaces/{ISAT}/servicel2statuses"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{ISAT}/leases"
NODES = "/api/v1/nodes"


def _services(namespace="default"):
    return f"/api/v1/namespaces/{namespace}/services"


def _slices(namespace="default"):
    return f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices"


def selector(matched):
    return {"matchLabels": dict(matched)}


def named(*names):
    """Selects nodes by name, as MetalLB's own tests do."""
    return [selector({"kubernetes.io/hostname": str(name)}) for name in names]


class Resources:
    def __init__(self, api):
        self.api = api

    # Nodes: without a kubelet, an object is all there is of one.

    def node(self, name, **labels):
        self.api.create(NODES, {"metadata": {"name": str(name), "labels": {"kubernetes.io/hostname": str(name),
                                                                          **labels}}})

    def label(self, node, **labels):
        """None removes a label. `exclude` stands for MetalLB's long one."""
        if "exclude" in labels:
            labels[EXCLUDE] = labels.pop("exclude")
        self._patch(f"{NODES}/{node}", {"metadata": {"labels": labels}})

    def network_unavailable(self, node, status):
        """status: "True", "False" or "Unknown"; None removes the condition."""
        self.conditions(node, {} if status is None else {"NetworkUnavailable": status})

    def conditions(self, node, statuses):
        """statuses: {type: status}; of the node, which has no others then."""
        conditions = [{"type": kind, "status": status, "reason": "Test", "message": "set by a test"}
                      for kind, status in statuses.items()]
        self._patch(f"{NODES}/{node}/status", {"status": {"conditions": conditions}})

    def cordon(self, node, taint=None):
        taints = [{"key": taint, "effect": "NoSchedule"}] if taint else []
        self._patch(f"{NODES}/{node}", {"spec": {"unschedulable": True, "taints": taints}})

    # MetalLB's.

    def pool(self, name="pool", addresses=("192.0.2.0/24", "2001:db8::/64"), labels=None, **spec):
        self.apply(POOLS, name, {"addresses": list(addresses), **spec}, labels)

    def advertisement(self, name="advertisement", **spec):
        """spec: ipAddressPools, nodeSelectors, interfaces and so on, as in the resource."""
        self.apply(ADVERTISEMENTS, name, spec)

    def delete_pool(self, name="pool"):
        self.api.delete(f"{POOLS}/{name}")

    def delete_advertisement(self, name="advertisement"):
        self.api.delete(f"{ADVERTISEMENTS}/{name}")

    def apply(self, collection, name, spec, labels=None):
        """Creates the custom resource, or replaces its spec."""
        body = {"apiVersion": "metallb.io/v1beta1", "metadata": {"name": name, "labels": labels or {}}, "spec": spec,
                "kind": {POOLS: "IPAddressPool", ADVERTISEMENTS: "L2Advertisement"}[collection]}
        with contextlib.suppress(ApiError):
            found = self.api.request("GET", f"{collection}/{name}")
            body["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
            return self.api.request("PUT", f"{collection}/{name}", body)
        return self.api.request("POST", collection, body)

    def statuses(self):
        """The `status` of every ServiceL2Status."""
        return [each.get("status", {}) for each in self.api.request("GET", STATUSES)["items"]]

    def leases(self):
        return {each["metadata"]["name"]: each for each in self.api.request("GET", LEASES)["items"]}

    def events(self, reason, namespace="default"):
        events = self.api.request("GET", f"/api/v1/namespaces/{namespace}/events")["items"]
        return [each for each in events if each["reason"] == reason]

    # Services and their endpoints.

    def service(self, name, *addresses, endpoints=(), local=False, annotations=None, labels=None, namespace="default",
                **options):
        """endpoints: where its pods are, as in endpoints(); local: externalTrafficPolicy."""
        self.api.create_service(name, namespace, annotations=annotations, **options)
        body = {"metadata": {"labels": labels or {}},
                "spec": {"externalTrafficPolicy": "Local" if local else "Cluster"}}
        self._patch(f"{_services(namespace)}/{name}", body)
        self.endpoints(name, *endpoints, namespace=namespace)
        if addresses:
            self.api.patch_ingress(name, addresses, namespace)

    def patch_service(self, name, body, namespace="default"):
        self._patch(f"{_services(namespace)}/{name}", body)

    def delete_service(self, name, namespace="default"):
        self.api.delete(f"{_slices(namespace)}/{name}")
        self.api.delete_service(name, namespace)

    def endpoints(self, service, *endpoints, namespace="default"):
        """The Service's EndpointSlice. Each: a node's name, or (name, {conditions}), or (None, {conditions}) for a pod
        without a node. There is no controller here that would write it."""
        listed = []
        for number, each in enumerate(endpoints):
            node, conditions = each if isinstance(each, tuple) else (each, {"ready": True})
            listed.append({"addresses": [f"10.244.0.{number + 1}"], "conditions": conditions,
                           **({"nodeName": str(node)} if node else {})})
        body = {"metadata": {"name": service, "labels": {"kubernetes.io/service-name": service}},
                "apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "endpoints": listed, "ports": [{"port": 80, "name": ""}]}
        self.api.create(_slices(namespace), body)
        self._patch(f"{_slices(namespace)}/{service}", {"endpoints": listed})

    def restore_node(self, name):
        """As node() makes it, whatever became of it."""
        self._patch(f"{NODES}/{name}", {"spec": {"unschedulable": None, "taints": None}})
        self.network_unavailable(name, None)
        found = self.api.request("GET", f"{NODES}/{name}")
        found["metadata"]["labels"] = {"kubernetes.io/hostname": str(name)}
        self.api.request("PUT", f"{NODES}/{name}", found)

    def clear(self):
        """Services, pools and advertisements are gone; Leases and statuses are the speakers' own affair."""
        for service in self.api.request("GET", "/api/v1/services")["items"]:
            metadata = service["metadata"]
            if metadata["name"] != "kubernetes":
                self.delete_service(metadata["name"], metadata["namespace"])
        for collection in (POOLS, ADVERTISEMENTS):
            self.api.request("DELETE", collection)

    def _patch(self, path, body):
        self.api.request("PATCH", path, body, _MERGE_PATCH)
