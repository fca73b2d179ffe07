# SPDX-License-Identifier: Apache-2.0
"""Stands in for the kubelets and the controllers of DaemonSets, Jobs and namespaces, as far as a walk through deploy/'s
manifests needs them: what runs on a node is what the API server says should."""

import contextlib
import datetime
import threading

from api_client import ApiError

_MERGE_PATCH = "application/merge-patch+json"
_APPS, _BATCH = "/apis/apps/v1", "/apis/batch/v1"


class Kubelets:
    """Use as a context manager; looks at the API server several times a second meanwhile."""

    def __init__(self, lab, start, job):
        """start: {namespace of a DaemonSet: a function of (node, the DaemonSet) that returns a container, with
        start(wait=False), stop() and ready()}; job: a function of (node, arguments) that runs a Job to its end."""
        self._lab, self._api, self._start, self._job = lab, lab.api, start, job
        self._running = {}  # (namespace, node's name): its container
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work)
        self.failure = None  # why the last look ended early

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._ending.set()
        self._thread.join()
        for namespace, node in list(self._running):
            self._end(namespace, node)

    def running(self, namespace):
        """The names of the nodes on which its container runs."""
        return sorted(node for each, node in list(self._running) if each == namespace)

    def containers(self, namespace):
        return [container for (each, _), container in list(self._running.items()) if each == namespace]

    def _work(self):
        while not self._ending.wait(0.2):
            try:
                for namespace in self._start:
                    self._daemon_set(namespace)
                    self._jobs(namespace)
                    self._end_namespace(namespace)
                self.failure = None
            except Exception as error:  # what changed under its feet is looked at again, as controllers do
                self.failure = error

    # DaemonSets.

    def _daemon_set(self, namespace):
        path = f"{_APPS}/namespaces/{namespace}/daemonsets"
        found = self._items(path)
        for each in found:
            if "deletionTimestamp" in each["metadata"]:  # it waits for its pods
                self._run_where(namespace, each, [])
                self._patch(f"{path}/{each['metadata']['name']}", {"metadata": {"finalizers": None}})
                continue
            nodes = self._selected(each)
            self._run_where(namespace, each, nodes)
            self._report(path, each, nodes)
        if not found:
            self._run_where(namespace, None, [])

    def _selected(self, daemon_set):
        wanted = daemon_set["spec"]["template"]["spec"].get("nodeSelector") or {}
        labels = {each["metadata"]["name"]: each["metadata"].get("labels", {}) for each in self._items("/api/v1/nodes")}
        return [node for node in self._lab.nodes.values() if wanted.items() <= labels[node.name].items()]

    def _run_where(self, namespace, daemon_set, nodes):
        for each, name in list(self._running):
            if each == namespace and name not in [node.name for node in nodes]:
                self._end(namespace, name)
        for node in nodes:
            if (namespace, node.name) not in self._running:
                container = self._start[namespace](node, daemon_set)
                self._lab.note(f"{namespace}: a speaker started on {node}")
                container.start(wait=False)
                self._running[namespace, node.name] = container

    def _end(self, namespace, name):
        self._lab.note(f"{namespace}: the speaker ended on {name}")
        self._running.pop((namespace, name)).stop()

    def _report(self, path, daemon_set, nodes):
        ready = sum(self._running[daemon_set["metadata"]["namespace"], node.name].ready() for node in nodes)
        status = {"observedGeneration": daemon_set["metadata"]["generation"], "desiredNumberScheduled": len(nodes),
                  "currentNumberScheduled": len(nodes), "updatedNumberScheduled": len(nodes), "numberReady": ready,
                  "numberAvailable": ready, "numberMisscheduled": 0}
        self._patch(f"{path}/{daemon_set['metadata']['name']}/status", {"status": status})

    # Jobs and namespaces.

    def _jobs(self, namespace):
        path = f"{_BATCH}/namespaces/{namespace}/jobs"
        for each in self._items(path):
            if each["status"].get("completionTime"):
                continue
            pod = each["spec"]["template"]["spec"]
            self._job(self._lab.nodes[pod["nodeName"]], pod["containers"][0]["args"])
            now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
            conditions = [{"type": kind, "status": "True", "lastTransitionTime": now}
                          for kind in ("SuccessCriteriaMet", "Complete")]
            status = {"startTime": now, "completionTime": now, "succeeded": 1, "conditions": conditions,
                      "uncountedTerminatedPods": {}}
            self._patch(f"{path}/{each['metadata']['name']}/status", {"status": status})

    def _end_namespace(self, namespace):
        found = self._get(f"/api/v1/namespaces/{namespace}")
        if found is not None and "deletionTimestamp" in found["metadata"]:
            found["spec"]["finalizers"] = []
            self._api.request("PUT", f"/api/v1/namespaces/{namespace}/finalize", found)

    def _get(self, path):
        with contextlib.suppress(ApiError):
            return self._api.request("GET", path)
        return None

    def _items(self, path):
        return self._api.request("GET", path)["items"]

    def _patch(self, path, body):
        self._api.request("PATCH", path, body, _MERGE_PATCH)

