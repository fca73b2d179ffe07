# SPDX-License-Identifier: Apache-2.0
"""A real API server takes what deploy/ holds, and it grants the speaker what it needs and nothing else."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
sys.path += [str(ROOT), str(ROOT / "tests/cluster"), str(ROOT / "tests/e2e")]
import api_server  # noqa: E402
import manifests  # noqa: E402
from api_client import ApiError  # noqa: E402
from lab import CAPABILITIES, ISAT  # noqa: E402
from resources import ADVERTISEMENTS, ISAT as OURS, LEASES, METALLB, POOLS, STATUSES  # noqa: E402
from tests.requirement import require  # noqa: E402

CUSTOM = ("ipaddresspools", "l2advertisements", "servicel2statuses")


@pytest.fixture(name="api", scope="module")
def _api(tmp_path_factory):
    try:
        programs = api_server.binaries()
    except RuntimeError as error:
        require(False, str(error))
    with api_server.ApiServer(tmp_path_factory.mktemp("api"), programs) as api:
        for name in (OURS, METALLB):  # a dry run makes none, and then has no place for what goes in
            api.create("/api/v1/namespaces", {"metadata": {"name": name}})
        yield api


@pytest.fixture(name="applied", scope="module")
def _applied(api):
    manifests.apply(api, "deploy/base")
    return api


def test_server_takes_a_dry_run_of_everything(api):
    alone = manifests.dry_run(api, "deploy/base")
    assert "daemonset.apps/speaker created (server dry run)" in alone
    assert all(f"{each}.metallb.io created" in alone for each in CUSTOM)
    beside = manifests.dry_run(api, "deploy/overlays/beside-metallb")
    assert "daemonset.apps/speaker created (server dry run)" in beside


def rendered(api, directory):
    """{kind: the object of it}, of kinds of which there is one."""
    return {each["kind"]: each for each in yaml.safe_load_all(manifests.rendered(api, directory))}


def test_an_overlay_sets_what_is_ones_own(api):
    """deploy/overlays/example is what people copy: the API takes it, and what it sets arrives."""
    assert "daemonset.apps/speaker created (server dry run)" in manifests.dry_run(api, "deploy/overlays/example")
    objects = rendered(api, "deploy/overlays/example")
    pod = objects["DaemonSet"]["spec"]["template"]["spec"]
    assert [each["image"] for each in pod["containers"]] == ["registry.example.com/isat:0.1.0"]
    assert pod["nodeSelector"] == {"kubernetes.io/os": "linux", "example.com/lan": "yes"}
    own = ROOT / "deploy/overlays/example/isat.yaml"
    assert objects["ConfigMap"]["data"] == {"isat.yaml": own.read_text()}
    assert [each["configMap"]["name"] for each in pod["volumes"] if "configMap" in each] == [
        objects["ConfigMap"]["metadata"]["name"]]
    subprocess.run([ISAT, "check", "--config", own], check=True)


METALLBS_PORTS = {7472, 7473, 7946, 9120, 9121, 17472}  # of its speaker, on the host's network as we are


@pytest.mark.parametrize("directory", ["deploy/base", "deploy/overlays/beside-metallb", "deploy/overlays/example"])
def test_probes_ask_where_the_speaker_listens(api, directory, tmp_path):
    """Also where the configuration leaves `metrics` out; a pod whose probes ask elsewhere is killed."""
    objects = rendered(api, directory)
    own = tmp_path / "isat.yaml"
    own.write_text(objects["ConfigMap"]["data"]["isat.yaml"])
    checked = subprocess.run([ISAT, "check", "-o", "json", "--config", own], check=True, capture_output=True, text=True)
    host, _, port = json.loads(checked.stdout)["configuration"]["metrics"]["listen"].rpartition(":")
    assert int(port) not in METALLBS_PORTS
    (container,) = objects["DaemonSet"]["spec"]["template"]["spec"]["containers"]
    asked = {each: container[each]["httpGet"] for each in ("livenessProbe", "readinessProbe")}
    assert asked == {"livenessProbe": {"host": host, "port": int(port), "path": "/healthz"},
                     "readinessProbe": {"host": host, "port": int(port), "path": "/readyz"}}


def test_beside_metallb_nothing_of_metallbs_is_touched(api):
    beside = manifests.dry_run(api, "deploy/overlays/beside-metallb")
    assert "customresourcedefinition" not in beside
    assert f"namespace/{METALLB}" not in beside and f"namespace/{OURS}" in beside


def test_applying_twice_changes_nothing(applied):
    uids = [applied.request("GET", f"/apis/apps/v1/namespaces/{OURS}/daemonsets/speaker")["metadata"][key]
            for key in ("uid", "generation")]
    manifests.apply(applied, "deploy/base")
    assert uids == [applied.request("GET", f"/apis/apps/v1/namespaces/{OURS}/daemonsets/speaker")["metadata"][key]
                    for key in ("uid", "generation")]


def test_pods_have_the_capabilities_that_the_tests_run_with(applied):
    template = applied.request("GET", f"/apis/apps/v1/namespaces/{OURS}/daemonsets/speaker")["spec"]["template"]
    (container,) = template["spec"]["containers"]
    security = container["securityContext"]
    added = {f"+{name.lower()}" for name in security["capabilities"]["add"]}
    assert security["capabilities"]["drop"] == ["ALL"] and {"-all", *added} == set(CAPABILITIES.split(","))
    assert security["readOnlyRootFilesystem"] is True and security["allowPrivilegeEscalation"] is False
    assert template["spec"]["hostNetwork"] is True


def test_pods_stay_where_and_as_long_as_they_must(applied):
    """On control planes too, before workloads that may be evicted; killed when the loop hangs for half a minute, not at
    the first late answer; with time for a withdrawal when they end."""
    pod = applied.request("GET", f"/apis/apps/v1/namespaces/{OURS}/daemonsets/speaker")["spec"]["template"]["spec"]
    assert pod["tolerations"] == [
        {"key": f"node-role.kubernetes.io/{role}", "operator": "Exists", "effect": "NoSchedule"}
        for role in ("control-plane", "master")]
    assert pod["priorityClassName"] == "system-node-critical"
    assert pod["terminationGracePeriodSeconds"] == 10
    (container,) = pod["containers"]
    paces = {each: [container[each][what] for what in ("periodSeconds", "timeoutSeconds", "failureThreshold")]
             for each in ("livenessProbe", "readinessProbe")}
    assert paces == {"livenessProbe": [10, 3, 3], "readinessProbe": [2, 3, 3]}


def test_configuration_is_valid():
    subprocess.run([ISAT, "check", "--config", ROOT / "deploy/speaker/isat.yaml"], check=True)


POOL = {"addresses": ["192.0.2.0/24", "2001:db8::10-2001:db8::20"], "autoAssign": False, "avoidBuggyIPs": True,
        "serviceAllocation": {"priority": 5, "namespaces": ["web"],
                              "namespaceSelectors": [{"matchLabels": {"team": "a"}}],
                              "serviceSelectors": [{"matchExpressions": [
                                  {"key": "app", "operator": "In", "values": ["x", "y"]}]}]}}
SELECTOR = {"matchExpressions": [{"key": "zone", "operator": "Exists"}]}
ADVERTISEMENT = {"ipAddressPools": ["pool"], "ipAddressPoolSelectors": [SELECTOR], "nodeSelectors": [SELECTOR],
                 "serviceSelectors": [SELECTOR], "interfaces": ["eth0"],
                 "preferredNodeSelectors": [{"weight": 1, "preference": SELECTOR}, {"weight": 100, "preference": {}}]}


def create(api, collection, name, spec):
    kinds = {POOLS: "IPAddressPool", ADVERTISEMENTS: "L2Advertisement", STATUSES: "ServiceL2Status"}
    body = {"apiVersion": "metallb.io/v1beta1", "kind": kinds[collection], "metadata": {"name": name}, "spec": spec}
    return api.request("POST", f"{collection}?fieldValidation=Strict", body)


@pytest.mark.parametrize("collection, spec", [(POOLS, POOL), (POOLS, {"addresses": []}),
                                              (ADVERTISEMENTS, ADVERTISEMENT), (ADVERTISEMENTS, {})])
def test_every_field_of_metallbs_is_taken_and_kept(applied, collection, spec):
    try:
        made = create(applied, collection, "every-field", spec)
    finally:
        applied.delete(f"{collection}/every-field")
    assert {name: made["spec"][name] for name in spec} == spec


def with_weight(weight):
    return {"preferredNodeSelectors": [{"weight": weight, "preference": {}}]}


@pytest.mark.parametrize("collection, spec, cause", [
    (POOLS, {}, "spec.addresses: Required"),
    (POOLS, {"addresses": [7]}, "must be of type string"),
    (ADVERTISEMENTS, with_weight(0), "greater than or equal to 1"),
    (ADVERTISEMENTS, with_weight(101), "less than or equal to 100"),
    (ADVERTISEMENTS, {"preferredNodeSelectors": [{"weight": 5}]}, "preference: Required"),
    (ADVERTISEMENTS, {"nodeSelectors": [{"matchExpressions": [{"key": "a", "operator": "Near"}]}]}, "supported values"),
    (ADVERTISEMENTS, {"nodeSelector": []}, "unknown field"),
])
def test_nonsense_is_refused_with_its_field(applied, collection, spec, cause):
    with pytest.raises(ApiError, match=cause):
        create(applied, collection, "nonsense", spec)
    assert not [each for each in applied.request("GET", collection)["items"]]


def test_pools_have_metallbs_defaults(applied):
    try:
        spec = create(applied, POOLS, "plain", {"addresses": ["192.0.2.0/24"]})["spec"]
    finally:
        applied.delete(f"{POOLS}/plain")
    assert (spec["autoAssign"], spec["avoidBuggyIPs"]) == (True, False)


def test_status_says_the_same_for_ever(applied):
    path = f"{STATUSES}/l2-test"
    create(applied, STATUSES, "l2-test", {})

    def write(**fields):
        applied.request("PATCH", f"{path}/status", {"status": fields}, "application/merge-patch+json")

    try:
        write(node="node-a", serviceName="web", serviceNamespace="default", interfaces=[{"name": "eth0"}])
        write(interfaces=[{"name": "eth1"}])
        for field in ("node", "serviceName", "serviceNamespace"):
            with pytest.raises(ApiError, match="Value is immutable"):
                write(**{field: "another"})
        # Not a subresource, and an ordinary write would change it.
        applied.request("PATCH", path, {"status": {"interfaces": []}}, "application/merge-patch+json")
        assert applied.request("GET", path)["status"]["interfaces"] == [{"name": "eth1"}]
    finally:
        applied.delete(path)


GRANTED = [
    *((verb, "", resource, None) for verb in ("get", "list", "watch")
      for resource in ("services", "nodes")),
    *((verb, "discovery.k8s.io", "endpointslices", None) for verb in ("get", "list", "watch")),
    *((verb, "", "events", None) for verb in ("create", "patch")),
    *((verb, "coordination.k8s.io", "leases", OURS) for verb in ("get", "list", "watch", "create", "update")),
    *((verb, "metallb.io", resource, METALLB) for verb in ("get", "list", "watch")
      for resource in ("ipaddresspools", "l2advertisements")),
    *((verb, "metallb.io", "servicel2statuses", OURS)
      for verb in ("get", "list", "watch", "create", "update", "delete")),
    *((verb, "metallb.io", "servicel2statuses/status", OURS) for verb in ("update", "patch")),
]
DENIED = [
    ("update", "", "services", None), ("patch", "", "services/status", None), ("patch", "", "nodes", None),
    ("list", "", "namespaces", None),
    ("list", "", "secrets", OURS), ("list", "", "pods", OURS), ("list", "", "configmaps", OURS),
    ("delete", "coordination.k8s.io", "leases", OURS), ("list", "coordination.k8s.io", "leases", "kube-system"),
    ("update", "metallb.io", "ipaddresspools", METALLB), ("list", "metallb.io", "ipaddresspools", "default"),
    ("create", "metallb.io", "servicel2statuses", METALLB), ("list", "", "events", None),
]


def allowed(api, token, verb, group, resource, namespace):
    resource, _, subresource = resource.partition("/")
    attributes = {"verb": verb, "group": group, "resource": resource, "subresource": subresource,
                  **({"namespace": namespace} if namespace else {})}
    review = {"apiVersion": "authorization.k8s.io/v1", "kind": "SelfSubjectAccessReview",
              "spec": {"resourceAttributes": attributes}}
    path = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
    return api.request("POST", path, review, token=token)["status"]["allowed"]


def test_speaker_may_do_what_it_needs_and_nothing_else(applied):
    token = applied.issue_token()
    refused = [each for each in GRANTED if not allowed(applied, token, *each)]
    granted = [each for each in DENIED if allowed(applied, token, *each)]
    assert (refused, granted) == ([], [])


def test_leases_have_a_queue_with_the_clusters_own(applied):
    schema = applied.request("GET", "/apis/flowcontrol.apiserver.k8s.io/v1/flowschemas/isat-leases")
    assert {each["type"]: each["status"] for each in schema["status"].get("conditions", [])}.get("Dangling") != "True"
    token = applied.issue_token()

    def queue(path):
        return applied.headers("GET", path, token)["X-Kubernetes-PF-FlowSchema-UID"]

    assert queue(LEASES) == schema["metadata"]["uid"]
    assert queue("/api/v1/services") != schema["metadata"]["uid"]
