# SPDX-License-Identifier: Apache-2.0
"""A small client of the Kubernetes API, enough for tests to play the user and the controller."""

import concurrent.futures
import contextlib
import http.client
import json
import ssl

import network_namespace

_MERGE_PATCH = "application/merge-patch+json"


class ApiError(Exception):
    """The server's answer was not a success. status: HTTP's, or the code of a watch's ERROR event."""

    def __init__(self, operation, status, message):
        super().__init__(f"{operation}: {status} {message}")
        self.status = status


class _Connection(http.client.HTTPSConnection):
    """http.client, not urllib: a connection can be kept for many requests and made in another network namespace."""

    def __init__(self, namespace, *arguments, **named):
        super().__init__(*arguments, **named)
        self._namespace = namespace

    def connect(self):
        with network_namespace.entered(self._namespace):
            super().connect()


class ApiClient:
    def __init__(self, address, port, authority, token, netns=None):
        self.address, self.port, self.token, self.netns = address, port, token, netns
        self._tls = ssl.create_default_context(cafile=str(authority))

    def trust(self):
        """A client's TLS context that trusts this server only."""
        return self._tls

    def connect(self, timeout=30):
        """A context manager of a connection that request() can use many times."""
        return contextlib.closing(_Connection(self.netns, self.address, self.port, context=self._tls, timeout=timeout))

    def request(self, method, path, body=None, content_type="application/json", token=None, connection=None):
        """The answer's JSON (plain text as a string). token: another than the client's own. Raises ApiError, OSError."""
        if connection is None:
            with self.connect() as connection:
                return self.request(method, path, body, content_type, token, connection)
        answer = self._send(connection, method, path, body, content_type, token)
        text = answer.read().decode()
        if answer.headers.get_content_type() != "application/json":
            return text
        return json.loads(text)

    def text(self, path, connection):
        """What a GET answers, as it comes: for what is counted and not looked into."""
        return self._send(connection, "GET", path).read().decode()

    def headers(self, method, path, token=None):
        with self.connect() as connection:
            return self._send(connection, method, path, token=token).headers

    def watch(self, path, resource_version, timeout=10, token=None):
        """Yields the events (dictionaries with type and object) until the server or timeout (seconds) ends the watch."""
        query = f"{path}?watch=true&resourceVersion={resource_version}&timeoutSeconds={timeout}"
        with self.connect(timeout + 5) as connection:
            for line in self._send(connection, "GET", query, token=token):
                event = json.loads(line)
                if event["type"] == "ERROR":
                    status = event["object"]
                    raise ApiError(f"watch {path}", status["code"], status["message"])
                yield event

    def create(self, path, body, connection=None):
        """Creates an object in the collection at path; one that is there already is success."""
        try:
            return self.request("POST", path, body, connection=connection)
        except ApiError as error:
            if error.status != 409:
                raise
            return self.request("GET", f"{path}/{body['metadata']['name']}", connection=connection)

    def delete(self, path):
        """Absent is success."""
        try:
            self.request("DELETE", path)
        except ApiError as error:
            if error.status != 404:
                raise

    def create_service(self, name, namespace="default", type="LoadBalancer", load_balancer_class=None, families=None,
                       annotations=None, connection=None):
        """families: for example ["IPv4", "IPv6"]; None leaves the choice to the server (IPv4)."""
        spec = {"type": type, "ports": [{"port": 80, "protocol": "TCP"}], "selector": {"app": name}}
        if type == "LoadBalancer":
            spec["allocateLoadBalancerNodePorts"] = False  # there are only 2,768 node ports
        if load_balancer_class is not None:
            spec["loadBalancerClass"] = load_balancer_class
        if families is not None:
            spec["ipFamilies"] = list(families)
            spec["ipFamilyPolicy"] = "RequireDualStack" if len(families) > 1 else "SingleStack"
        metadata = {"name": name, "namespace": namespace, "annotations": annotations or {}}
        return self.create(f"/api/v1/namespaces/{namespace}/services",
                           {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}, connection)

    def create_endpoints(self, service, namespace="default", connection=None):
        """An EndpointSlice with one ready endpoint, of which nobody knows the node; no controller would write it."""
        body = {"apiVersion": "discovery.k8s.io/v1", "kind": "EndpointSlice", "addressType": "IPv4",
                "metadata": {"name": service, "labels": {"kubernetes.io/service-name": service}},
                "endpoints": [{"addresses": ["10.244.0.1"], "conditions": {"ready": True}}]}
        return self.create(f"/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices", body, connection)

    def patch_ingress(self, name, addresses, namespace="default", connection=None):
        """What a load balancer's controller does: status.loadBalancer.ingress becomes these addresses."""
        ingress = [{"ip": str(address)} for address in addresses]
        return self.request("PATCH", f"/api/v1/namespaces/{namespace}/services/{name}/status",
                            {"status": {"loadBalancer": {"ingress": ingress}}}, _MERGE_PATCH, connection=connection)

    def delete_service(self, name, namespace="default"):
        self.delete(f"/api/v1/namespaces/{namespace}/services/{name}")

    def create_services(self, services, namespace="default", threads=4, **options):
        """Many quickly. services: {name: [address, ...]}; those with addresses get them as their ingress.

        Each has an endpoint.
        """
        names = list(services)

        def some(part):
            with self.connect() as connection:
                for name in part:
                    self.create_service(name, namespace, connection=connection, **options)
                    self.create_endpoints(name, namespace, connection)
                    if services[name]:
                        self.patch_ingress(name, services[name], namespace, connection)

        with concurrent.futures.ThreadPoolExecutor(threads) as pool:
            list(pool.map(some, [names[start::threads] for start in range(threads)]))

    def _send(self, connection, method, path, body=None, content_type="application/json", token=None):
        headers = {"Authorization": f"Bearer {token or self.token}", "Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = content_type
            body = body if isinstance(body, (str, bytes)) else json.dumps(body)
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        if answer.status >= 400:
            raise ApiError(f"{method} {path}", answer.status, answer.read().decode(errors="replace")[:500])
        return answer
