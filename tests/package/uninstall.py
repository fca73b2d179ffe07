# SPDX-License-Identifier: Apache-2.0
"""scripts/uninstall against a real API server, with the test in the place of controllers and kubelet."""

import contextlib
import datetime
import os
import shutil
import subprocess
import sys

from machine import ROOT, require, wait_for

sys.path.append(str(ROOT / "tests/cluster"))
import api_server  # noqa: E402

NAMESPACE = "isat-system"
NODE = "node-1.example.org"
DAEMON_SETS = f"/apis/apps/v1/namespaces/{NAMESPACE}/daemonsets"
JOBS = f"/apis/batch/v1/namespaces/{NAMESPACE}/jobs"
LEASES = f"/apis/coordination.k8s.io/v1/namespaces/{NAMESPACE}/leases"
IMAGE = "registry.example.org/isat:1"  # an overlay may say so
POD = {"metadata": {"labels": {"app": "isat"}}, "spec": {"containers": [{"name": "speaker", "image": IMAGE}]}}


class Uninstall:
    """Use as a context manager: an API server with one node, its speaker's DaemonSet and its Lease."""

    def __init__(self, directory):
        require(shutil.which("openssl"), "openssl is missing: run scripts/install")
        try:
            self._binaries = api_server.binaries()
        except RuntimeError as error:
            require(False, str(error))
        self._server = api_server.ApiServer(directory, self._binaries)
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with contextlib.ExitStack() as stack:
            self.api = stack.enter_context(self._server)
            self.api.request("POST", "/api/v1/namespaces", {"metadata": {"name": NAMESPACE}})
            self.api.request("POST", "/api/v1/nodes", {"metadata": {"name": NODE, "labels": {"kubernetes.io/os": "linux"}}})
            self.api.request("POST", DAEMON_SETS, {"metadata": {"name": "speaker"}, "spec": {
                "selector": {"matchLabels": {"app": "isat"}}, "template": POD}})
            self.api.request("POST", LEASES, {"metadata": {"name": NODE}})
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    def run(self, container):
        """container(name, arguments, capabilities) is what a kubelet would start on the node."""
        environment = os.environ | {"KUBECONFIG": str(self.api.kubeconfig("token", "admin")),
                                    "PATH": f"{self._binaries}:{os.environ['PATH']}"}
        script = subprocess.Popen([ROOT / "scripts/uninstall"], env=environment, text=True,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            wait_for(lambda: self._finish_deletion() or script.poll() is not None, 20, "the end of the DaemonSet")
            jobs = wait_for(lambda: self._items(JOBS) or script.poll() is not None, 20, "a Job for the node")
            assert script.poll() is None, script.communicate()[0]
            assert self._items(LEASES), "the Lease goes last"
            self._complete(jobs, container)
            output = script.communicate(timeout=60)[0]
        finally:
            script.kill()
        assert script.returncode == 0, output
        assert (self._items(DAEMON_SETS), self._items(LEASES), self._items(JOBS)) == ([], [], [])

    def _items(self, path):
        return self.api.request("GET", path)["items"]

    def _finish_deletion(self):
        """The garbage collector's part: what waits for its dependents has none any more."""
        for item in self._items(DAEMON_SETS):
            if "deletionTimestamp" in item["metadata"]:
                self.api.request("PATCH", f"{DAEMON_SETS}/speaker", {"metadata": {"finalizers": None}},
                                 "application/merge-patch+json")
        return not self._items(DAEMON_SETS)

    def _complete(self, jobs, container):
        """The kubelet's part, and the Job controller's."""
        assert [job["metadata"]["name"] for job in jobs] == [f"uninstall-{NODE}"]
        pod = jobs[0]["spec"]["template"]["spec"]
        assert pod["nodeName"] == NODE and pod["containers"][0]["image"] == IMAGE
        wanted = pod["containers"][0]
        capabilities = ["CAP_" + name for name in wanted["securityContext"]["capabilities"]["add"]]
        running = container("uninstall", wanted["args"], capabilities)
        assert running.start().wait(20) == 0, running.log()
        now = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        conditions = [{"type": kind, "status": "True", "lastTransitionTime": now}
                      for kind in ("SuccessCriteriaMet", "Complete")]
        status = {"startTime": now, "completionTime": now, "succeeded": 1, "conditions": conditions,
                  "uncountedTerminatedPods": {}}
        self.api.request("PATCH", f"{JOBS}/uninstall-{NODE}/status", {"status": status}, "application/merge-patch+json")
